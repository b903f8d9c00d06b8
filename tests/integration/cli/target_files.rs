//! Target files and their templates, as the command reads them.

use super::{Endpoint, status, stderr};

const TARGET: &str = "name = \"x\"\nstart = { command = [\"./none\"], config = \"x.j2\" }\n[trust]\n\
                      providers = \"many\"\nkeys = [\"inline\"]\nalgorithms = [\"RS256\"]\nleeway = \"60s\"\n";

#[test]
fn a_mistake_in_a_template_has_its_place_in_the_template() {
    let place = Endpoint::new();
    place.write("target.toml", TARGET);
    let check = ["check", "target.toml"].as_slice();
    let run = ["run", "--target", "target.toml"].as_slice();
    let both: [(&[&str], i32); 2] = [(check, 2), (run, 2)];
    let assert_told = |commands: &[(&[&str], i32)], told: [&str; 2]| {
        for (command, expected) in commands {
            let output = place.jwtspec(command);
            let text = stderr(&output);
            assert_eq!(status(&output), Some(*expected), "{command:?}: {text}");
            assert!(told.iter().all(|told| text.contains(told)), "{command:?}: {text}");
        }
    };
    assert_told(&both, ["target.toml:2:33", "failed to read the template"]);
    for (template, at, told) in [
        ("a: 1\n\nb: {% if trusts %}\n", "x.j2:3:17", "not a template"),
        ("a: 1\nb: {{ trusts | }}\n", "x.j2:2:16", "not a template"),
        ("prot: {{ port }}\nb: {{ prot }}\n", "x.j2:2:7", "did you mean `port`"),
    ] {
        place.write("x.j2", template);
        assert_told(&both, [at, told]);
    }
    std::fs::write(place.path("x.j2"), b"a: 1\nb: \xff\n").unwrap();
    assert_told(&both, ["x.j2:2:4", "not UTF-8"]);
}

#[test]
fn what_a_template_fails_on_is_found_before_a_run() {
    let place = Endpoint::new();
    place.write("target.toml", TARGET);
    let check = |template: &str| {
        place.write("x.j2", template);
        let output = place.jwtspec(&["check", "target.toml"]);
        assert!(output.stderr.len() < 4000);
        (status(&output), stderr(&output))
    };
    // Every mistake at once, also where nothing is rendered.
    let (status, text) = check(
        "a: 1\nb: {{ trusts[0].other.id }}\n{% for trust in trusts %}\n{{ trust.providrs }}\n\
         {{ trust.id | tojsn }} {{ prot }}\n{% if false %}{{ port is evn }}{% endif %}\n\
         {{ trust.providers[0].isuer | tojson }}\n{% endfor %}\n",
    );
    assert_eq!(status, Some(2), "{text}");
    for told in [
        "x.j2:2:16",
        "x.j2:4:4",
        "did you mean `providers`",
        "x.j2:5:15",
        "unknown filter `tojsn`",
        "did you mean `tojson`",
        "x.j2:5:27",
        "unknown variable `prot`",
        "x.j2:6:26",
        "unknown test `evn`",
        "x.j2:7:31",
        "there is no such member",
        "6 mistakes",
    ] {
        assert!(text.contains(told), "no {told}: {text}");
    }
    // What need not be there is no mistake.
    let (status, text) = check(
        "{% if trusts[0].other is defined %}{{ trusts[0].other.id }}{% endif %}\n\
         {{ trusts[0].other | default('none') }}{% for it in trusts %}{% for p in it.providers %}\n\
         {% if p.jwks %}{{ p.jwks | tojson }}{% else %}{{ p.jwks_uri }}{% endif %}{{ p.typ }}\n\
         {% endfor %}{% endfor %}{{ pems['rs256-a'] }}{{ origins[0].id }}{{ port }}{{ ca_file }}\n",
    );
    assert_eq!(status, Some(0), "{text}");

    // The strings of the file itself.
    for (from, to, told) in [
        ("\"./none\"", "\"./none\", \"{{ trusts[0].idd }}\"", "target.toml:2:"),
        (
            "leeway",
            "leeway = \"60s\"\n[present]\nrequest.path = \"/{{ trust.id | uper }}\"\n#",
            "uper",
        ),
        ("leeway", "leeway = \"60s\"\n[present]\nrequest.path = \"{{ trust.id }}\"\n#", "`t0`"),
        ("leeway", "leeway = \"60s\"\n[present]\nrequest.path = \"/#a\"\n#", "a fragment"),
    ] {
        place.write("target.toml", &TARGET.replacen(from, to, 1));
        let (status, text) = check("{{ port }}");
        assert_eq!(status, Some(2), "{to}: {text}");
        assert!(text.contains(told), "{to}: {text}");
    }
}
