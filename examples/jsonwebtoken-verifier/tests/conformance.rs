//! Holds the verifier to jwtspec: each scenario is a test.

mod driver;

use driver::Ours;
use jwtspec::harness::Conformance;

fn main() -> std::process::ExitCode {
    Conformance::of(Ours).deviations("tests/deviations.toml").main()
}
