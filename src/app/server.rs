//! `parkir server`.
