//! The screens.
pub mod msg;
