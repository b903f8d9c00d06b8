//! The stand-in for the JUnit report in a build without the feature `junit`.

use std::io::{self, Write};

use super::Run;

/// Fails: this build writes no JUnit XML.
pub(super) fn write(_: &mut dyn Write, _: &Run<'_>) -> io::Result<()> {
    Err(io::Error::other("jwtspec was built without the feature `junit`"))
}
