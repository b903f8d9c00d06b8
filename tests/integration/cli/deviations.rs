//! Known deviations, in files of their own and in target files.

use super::{Endpoint, reference_as_process, status, stderr, stdout};

#[test]
fn deviations_are_known_failures_until_they_no_longer_fail() {
    let place = Endpoint::new();
    let output = place.run(&["--write-deviations", "deviations.toml"]);
    assert_eq!(status(&output), Some(1));
    let baseline = std::fs::read_to_string(place.path("deviations.toml")).unwrap();
    assert!(
        baseline.contains("\"few/wrong\" = { why = \"to be explained\", finding = \"invalid-accepted\", level = \"must\" }"),
        "{baseline}"
    );

    assert_eq!(status(&place.run(&["--deviations", "deviations.toml"])), Some(0));
    place.write("stale.toml", "\"few/wrong\" = \"known\"\n\"few/array\" = \"no longer\"\n");
    let output = place.run(&["--deviations", "stale.toml"]);
    assert_eq!(status(&output), Some(1));
    assert!(stdout(&output).contains("stale-deviation"), "{}", stdout(&output));
    place.write("glob.toml", "\"few/w*\" = \"known\"\n\"few/[am]*\" = \"no longer\"\n");
    let output = place.run(&["--deviations", "glob.toml"]);
    assert_eq!(status(&output), Some(1));
    assert!(stdout(&output).contains("`few/[am]*` matches only scenarios that pass"));
    place.write("typo.toml", "\"few/wrnog\" = \"known\"\n");
    assert_eq!(status(&place.run(&["--deviations", "typo.toml"])), Some(2));
    assert_eq!(status(&place.run(&["--write-deviations", "typo.toml"])), Some(2));
}

#[test]
fn a_deviations_file_is_brought_up_to_date() {
    let place = Endpoint::new();
    let written = "# Ours.\n\n# It is so.\n\"few/wrong\" = \"by design\" # indeed\n\n\
                   # It was so.\n\"few/array\" = \"once\"\n";
    place.write("known.toml", written);
    assert_eq!(status(&place.run(&["--write-deviations", "known.toml"])), Some(1));
    let updated = std::fs::read_to_string(place.path("known.toml")).unwrap();
    assert_eq!(
        updated,
        "# Ours.\n\n# It is so.\n\"few/wrong\" = { why = \"by design\", finding = \
         \"invalid-accepted\", level = \"must\" } # indeed\n"
    );
    assert_eq!(status(&place.run(&["--deviations", "known.toml", "--strict"])), Some(0));
    place.write("broken.toml", "\"few/wrong\" = 5\n");
    assert_eq!(status(&place.run(&["--write-deviations", "broken.toml"])), Some(2));
    let nowhere = place.run(&["--write-deviations", "nowhere/known.toml"]);
    assert_eq!((status(&nowhere), stdout(&nowhere).as_str()), (Some(2), ""));
}

#[test]
fn a_mistake_in_deviations_has_its_place_in_any_file() {
    let place = Endpoint::new();
    place.write(
        "target.toml",
        "name = \"x\"\nstart = { command = [\"./none\"] }\n[deviations]\n\
         \"expiry/pst\" = \"x\"\n\"[\" = \"x\"\n",
    );
    place.write("known.toml", "\"expiry/pst\" = \"x\"\n\"expiry/past\" = { why = \" \" }\n");
    let run = |target: &[&str]| place.jwtspec(&[&["run"], target].concat());
    for (output, told) in [
        (run(&["--target", "target.toml"]), ["target.toml:4:1", "target.toml:5:1"].as_slice()),
        (place.jwtspec(&["check", "target.toml"]), &["target.toml:4:1", "target.toml:5:1"]),
        (run(&["--deviations", "known.toml"]), &["known.toml:2:17", "needs its why"]),
        (place.jwtspec(&["check", "known.toml"]), &["known.toml:2:17", "needs its why"]),
    ] {
        assert_eq!(status(&output), Some(2));
        for told in told {
            assert!(stderr(&output).contains(told), "{told}: {}", stderr(&output));
        }
    }
    place.write("known.toml", "\"expiry/past\" = \"known\"\n");
    assert_eq!(status(&place.jwtspec(&["check", "known.toml"])), Some(0));
}

#[test]
fn a_glob_keeps_the_findings_of_scenarios_that_do_not_run() {
    let place = Endpoint::new();
    let known = "\"few/*\" = { why = \"x\", finding = \"secret-leaked\", level = \"may\" }\n";
    place.write("known.toml", known);
    assert_eq!(status(&place.run(&["--write-deviations", "known.toml"])), Some(1));
    let updated = std::fs::read_to_string(place.path("known.toml")).unwrap();
    assert_eq!(
        updated,
        "\"few/*\" = { why = \"to be explained; before: x\", finding = [\"invalid-accepted\", \
         \"secret-leaked\"], level = \"must\" }\n"
    );
    // Nothing of it fails here, and not all of it runs.
    place.write("known.toml", known);
    place.run(&["--filter", "few/array", "--write-deviations", "known.toml"]);
    assert_eq!(std::fs::read_to_string(place.path("known.toml")).unwrap(), known);
}

#[test]
fn what_other_files_say_wrongly_is_told_and_written_where_it_fails() {
    let place = Endpoint::new();
    reference_as_process(&place);
    let target = std::fs::read_to_string(place.path("target.toml")).unwrap();
    let known = "[deviations]\n\
                 \"few/wrong\" = { why = \"ours\", finding = \"valid-rejected\", level = \"must\" }\n";
    place.write("target.toml", &format!("{target}{known}"));
    place.write("other.toml", "\"few/array\" = \"once\"\n");
    let run = |more: &[&str]| place.run(&[&["--target", "target.toml"], more].concat());

    let output = run(&["--deviations", "other.toml", "--write-deviations", "known.toml"]);
    assert_eq!(status(&output), Some(1));
    for told in [
        "target.toml: the deviation `few/wrong` is left as it is: known.toml says what fails otherwise now\n",
        "other.toml: the deviation `few/array` is left as it is: it no longer fails, remove it\n",
    ] {
        assert!(stderr(&output).contains(told), "{told}: {}", stderr(&output));
    }
    let written = std::fs::read_to_string(place.path("known.toml")).unwrap();
    let entry = "\n\"few/wrong\" = { why = \"to be explained; before: ours\", \
                 finding = \"invalid-accepted\", level = \"must\" }\n";
    assert!(written.contains(entry) && !written.contains("few/array"), "{written}");

    assert_eq!(status(&run(&["--deviations", "known.toml"])), Some(0));
    assert_eq!(status(&run(&["--write-deviations", "known.toml"])), Some(0));
    assert_eq!(std::fs::read_to_string(place.path("known.toml")).unwrap(), written);
}

#[test]
fn a_file_that_is_written_is_the_same_by_every_name() {
    let place = Endpoint::new();
    let known = "\"few/array\" = \"once\"\n\"few/wrong\" = \"by design\"\n";
    place.write("known.toml", known);
    std::os::unix::fs::symlink("known.toml", place.path("link.toml")).unwrap();
    std::fs::hard_link(place.path("known.toml"), place.path("hard.toml")).unwrap();
    let whole = place.path("known.toml").display().to_string();
    for (read, written) in [
        ("link.toml", "known.toml"),
        ("known.toml", "link.toml"),
        ("./known.toml", "known.toml"),
        (whole.as_str(), "./link.toml"),
        ("hard.toml", "known.toml"),
    ] {
        place.write("known.toml", known);
        let output = place.run(&["--deviations", read, "--write-deviations", written]);
        assert_eq!(status(&output), Some(1), "{read}, {written}: {}", stderr(&output));
        assert!(!stderr(&output).contains("left as it is"), "{read}: {}", stderr(&output));
        assert_eq!(
            std::fs::read_to_string(place.path("known.toml")).unwrap(),
            "\"few/wrong\" = { why = \"by design\", finding = \"invalid-accepted\", \
             level = \"must\" }\n",
            "{read}, {written}"
        );
    }
}

#[test]
fn a_link_to_a_file_that_is_still_to_be_written_stays_one() {
    let place = Endpoint::new();
    std::os::unix::fs::symlink("new.toml", place.path("link.toml")).unwrap();
    // A run that does not begin leaves no file.
    let broken = place.run(&["--write-deviations", "link.toml", "--target", "http://127.0.0.1:1"]);
    assert_eq!(status(&broken), Some(3));
    assert!(place.path("link.toml").is_symlink() && !place.path("new.toml").exists());
    place.run(&["--write-deviations", "link.toml"]);
    assert!(place.path("link.toml").is_symlink() && place.path("new.toml").exists());
}
