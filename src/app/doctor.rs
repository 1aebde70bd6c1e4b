//! Periksa.
