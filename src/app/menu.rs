//! The main menu.
