//! Holds the verifier to jwtspec: each scenario is a test.

mod driver;

use driver::Ours;
use jwtspec::Conformance;

fn main() -> std::process::ExitCode {
    Conformance::of(Ours).deviations("tests/deviations.toml").main()
}
