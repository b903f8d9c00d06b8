//! The committed vectors against the reference verifier, without the rest of the suite.
//!
//! It is a test of this crate so that a mutant of a check costs one build of the crate and of this
//! file (docs/mutation.md).

#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

use std::fs;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jwtspec_driver::Verifier;
use jwtspec_engine::vectors::{Expectation, Group, VectorFile};
use jwtspec_reference::Reference;
use jwtspec_types::trust::KeySource;
use jwtspec_types::words::Algorithm;
use serde_json::Value;

/// The groups of the committed files.
fn groups() -> Vec<Group> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../vectors");
    let mut files: Vec<_> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|it| it == "json"));
    let parsed =
        |file| -> VectorFile { serde_json::from_str(&fs::read_to_string(file).unwrap()).unwrap() };
    files.into_iter().flat_map(|file| parsed(file).groups).collect()
}

/// The verifier that a group asks for; none where the reference refuses the trust.
fn verifier(group: &Group) -> Option<impl Verifier + use<>> {
    let is_read = |it: &KeySource| match it {
        KeySource::Jwks(set) => set.get("keys").is_some_and(Value::is_array),
        it => panic!("keys are not given: {it:?}"),
    };
    let is_sound = group.trust.providers.iter().all(|it| is_read(&it.keys));
    match Reference::default().configured(&group.trust) {
        Ok(verifier) => Some(verifier),
        Err(_) if !is_sound || group.algorithms.contains(&Algorithm::None) => None,
        Err(error) => panic!("{}: {error}", group.vectors[0].id),
    }
}

/// The claims of a token, read without the crates of this workspace.
fn signed(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn the_reference_verifier_agrees_with_every_committed_vector() {
    let mut wrong = Vec::new();
    let mut judged = 0;
    for group in groups() {
        let Some(verifier) = verifier(&group) else { continue };
        let now = Duration::from_secs(group.clock);
        let first = &group.vectors[0].id;
        if let Some(control) = &group.control
            && let Err(refusal) = verifier.verify_at(control, now).await
        {
            wrong.push(format!("{first}: the control: {}", refusal.message));
        }
        for vector in &group.vectors {
            judged += 1;
            let verdict = verifier.verify_at(&vector.token, now).await;
            let told = match (&vector.expectation, verdict) {
                (Expectation::Accept, Ok(claims)) if claims != signed(&vector.token) => {
                    "with other claims".to_owned()
                }
                (Expectation::Accept, Err(refusal)) => refusal.message,
                (Expectation::Reject, Ok(_)) => "accepted".to_owned(),
                (_, Err(refusal)) if !vector.reasons.is_empty() => match refusal.reason {
                    Some(reason) if !vector.reasons.contains(&reason) => reason.to_string(),
                    _ => continue,
                },
                _ => continue,
            };
            wrong.push(format!("{}: {}, but {told}", vector.id, vector.expectation));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(judged > 900, "only {judged} vectors");
}
