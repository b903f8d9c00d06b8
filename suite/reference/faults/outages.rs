//! Faults that show when keys cannot be had.

use super::{as_before, changed};
use crate::reference::{Check, Examination, Needs, Objection, Reference};

/// A choice of key that is also asked when there is none to choose from.
const fn choosing(run: fn(&mut Examination<'_>) -> Result<(), Objection>) -> Check {
    Check { needs: Needs::KeysOrOutage, ..changed("key", run) }
}

pub(super) fn fail_open(reference: Reference) -> Reference {
    const KEY: Check = choosing(|it| if_keys_are_there("key", it));
    const SIGNATURE: Check = changed("signature", |it| if_keys_are_there("signature", it));
    reference.replacing("key", KEY).replacing("signature", SIGNATURE)
}

fn if_keys_are_there(name: &str, examination: &mut Examination<'_>) -> Result<(), Objection> {
    match examination.keys {
        Some(_) => as_before(name, examination),
        None => Ok(()),
    }
}

pub(super) const PANICKING: Check = choosing(|examination| {
    assert!(examination.keys.is_some(), "no keys, as this fault wants it");
    as_before("key", examination)
});

pub(super) const ALL_OR_NOTHING: Check = Check {
    needs: Needs::EverySet,
    ..changed("algorithm-allowed", |examination| as_before("algorithm-allowed", examination))
};
