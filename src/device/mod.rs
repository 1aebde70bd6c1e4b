//! Cameras, printers, barriers, scanners.
