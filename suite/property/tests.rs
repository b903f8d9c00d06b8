//! What holds of the properties themselves.
