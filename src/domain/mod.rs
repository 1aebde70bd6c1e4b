//! What a car park is, without any machine around it.
//!
//! Pure: no I/O, no clock, no randomness. Time, ids and salts are passed in, so that every rule here can be
//! tested as data and runs the same at a gate, at the centre's server and in a simulation. It may not know any
//! other room.

pub mod capacity;
pub mod cash;
pub mod charge;
pub mod clock;
pub mod concession;
pub mod desk;
pub mod dialect;
pub mod disclaimer;
pub mod display;
pub mod duplicates;
pub mod duty;
pub mod fact;
pub mod ids;
pub mod kinds;
pub mod lane;
pub mod ledger;
pub mod link;
pub mod lost;
pub mod member;
pub mod money;
pub mod old_system;
pub mod operator;
pub mod paper;
pub mod payment;
pub mod plate;
pub mod prepaid;
pub mod qr;
pub mod seal;
pub mod search;
pub mod secret;
pub mod settings;
pub mod shift;
pub mod shift_slip;
pub mod stay;
pub mod tariff;
pub mod ticket;
pub mod undo;
pub mod vehicle;
pub mod view;
