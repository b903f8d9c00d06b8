//! Unstable: the plain data of jwtspec, without input or output.

pub mod advised;
pub mod capabilities;
pub mod expect;
pub mod members;
pub mod nearest;
pub mod profile;
pub mod requirements;
pub mod signed;
pub mod text;
pub mod timing;
pub mod trust;
pub mod words;
