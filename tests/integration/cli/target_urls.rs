//! URLs of targets on the command line.

use super::{Endpoint, status, stderr};

#[test]
fn a_url_that_would_be_misread_is_refused_with_what_to_write() {
    let place = Endpoint::new();
    for (url, told, write) in [
        ("http://127.0.0.1:9/a?x=y", "has a query", "write `http://127.0.0.1:9/a`"),
        ("http://127.0.0.1:9/#x", "has a fragment", "write `http://127.0.0.1:9/`"),
        ("http://me:hush@127.0.0.1:9/", "has a user", "write `http://127.0.0.1:9/`"),
        ("http://me:hush@127.0.0.1:x/", "not an http or https URL", "http://127.0.0.1:4000"),
        ("ftp://me:hush@127.0.0.1/", "not an http or https URL", "http://127.0.0.1:4000"),
        ("127.0.0.1:9", "failed to read the target file", "the URL of a driver"),
    ] {
        for options in [&[][..], &["--allow-remote"]] {
            for command in ["run", "probe", "snapshot", "property"] {
                let output = place.jwtspec(&[&[command, "--target", url], options].concat());
                let text = stderr(&output);
                assert_eq!(status(&output), Some(2), "{command} {url}: {text}");
                assert!(text.contains(told) && text.contains(write), "{command} {url}: {text}");
                assert!(!text.contains("hush"), "{text}");
            }
        }
    }
    for url in ["http://127.0.0.1:9/#x", "http://me:hush@127.0.0.1:9/?x=y"] {
        let output = place.jwtspec(&["token-source", "--command", "true", "--target", url]);
        assert_eq!(status(&output), Some(2), "{}", stderr(&output));
        assert!(!stderr(&output).contains("hush"), "{}", stderr(&output));
    }
}

#[test]
fn no_password_of_another_url_is_printed() {
    let place = Endpoint::new();
    for arguments in [
        &["lint-issuer", "http://me:hush@192.0.2.1/"][..],
        &["lint-issuer", "http://me:hush@127.0.0.1:x/"],
        &["lint-issuer", "http://me:hush@127.0.0.1:9/"],
        &["token-source", "--url", "http://me:hush@192.0.2.1/"],
        &["token-source", "--url", "http://me:hush@127.0.0.1:x/"],
        &["token-source", "--url", "http://me:hush@127.0.0.1:9/"],
    ] {
        let output = place.jwtspec(arguments);
        let text = stderr(&output) + &String::from_utf8_lossy(&output.stdout);
        assert!(!text.contains("hush") && !text.is_empty(), "{arguments:?}: {text}");
    }
}

#[test]
fn white_space_and_the_case_of_the_scheme_do_not_count() {
    let place = Endpoint::new();
    for url in ["HTTP://127.0.0.1:9/", " http://127.0.0.1:9/", "Http://127.0.0.1:9/ "] {
        let output = place.jwtspec(&["run", "--target", url]);
        let text = stderr(&output);
        assert_eq!(status(&output), Some(3), "{text}");
        assert!(text.contains("the driver at http://127.0.0.1:9/: no connection"), "{text}");
    }
}
