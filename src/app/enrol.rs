//! `parkir db` and `parkir gate`.
