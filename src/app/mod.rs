//! The only hallway: builds rooms and joins their channels.

pub mod admin;
pub mod books;
pub mod cluster;
pub mod demo;
pub mod dispatch;
pub mod doctor;
pub mod duplicates;
pub mod enrol;
pub mod gate;
pub mod headless;
pub mod kit;
pub mod menu;
pub mod people;
pub mod pin;
pub mod server;
pub mod shifts;
pub mod stage;
