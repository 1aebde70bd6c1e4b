//! From the journal to the centre.
