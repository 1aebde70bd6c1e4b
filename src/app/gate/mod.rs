//! A gate at work: opens journal, sync, hub and devices, joins them at one desk, and puts a face before it.

pub mod clock;
pub mod desk;
pub mod exit;
