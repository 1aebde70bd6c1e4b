//! The only hallway: builds rooms and joins their channels.

pub mod admin;
pub mod books;
pub mod camera;
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
pub mod passages;
pub mod people;
pub mod pin;
pub mod righting;
pub mod server;
pub mod shifts;
pub mod sim;
pub mod slips;
pub mod stage;
mod stays;
pub mod tariff;
