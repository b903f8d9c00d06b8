//! Every scenario against the reference verifier, each as a test of its own.

use std::process::ExitCode;

use jwtspec::Conformance;
use jwtspec_reference::Reference;

fn main() -> ExitCode {
    Conformance::of(Reference::default()).main()
}
