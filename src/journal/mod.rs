//! The journal: the only room that knows rusqlite.
