//! The folder a terminal is enrolled with.
