//! Every scenario against the reference verifier, each as a test of its own.

use std::process::ExitCode;

use jwtspec::harness::Conformance;
use jwtspec::reference::Reference;

fn main() -> ExitCode {
    Conformance::of(Reference::default()).main()
}
