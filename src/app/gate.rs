//! A gate at work.
