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

    // Shows only where it is rendered.
    place.write("x.j2", "a: 1\nb: {{ trusts[0].other.id }}\n");
    assert_eq!(status(&place.jwtspec(check)), Some(0));
    assert_told(&[(run, 3)], ["x.j2:2:", "failed to render"]);
}
