//! `parkir demo`.
