//! A serial line as a device speaks it: raw bytes, no echo, no flow control, never this process's terminal.

use rustix::termios::{ControlModes, OptionalActions, QueueSelector, SpecialCodeIndex};
use rustix::termios::{tcflush, tcgetattr, tcsetattr};
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Parity {
    #[default]
    None,
    Even,
    Odd,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialOptions {
    pub path: PathBuf,
    /// Bits a second, as the kernel knows them: 9600, 19200, 38400, 115200, …
    pub baud: u32,
    pub parity: Parity,
    /// 5 to 8.
    pub data_bits: u8,
    /// 1 or 2.
    pub stop_bits: u8,
}

impl Default for SerialOptions {
    fn default() -> Self {
        Self { path: PathBuf::from("/dev/ttyUSB0"), baud: 9600, parity: Parity::None, data_bits: 8, stop_bits: 1 }
    }
}

/// As on x86_64 and aarch64.
const O_NOCTTY: i32 = 0o400;
const O_NONBLOCK: i32 = 0o4000;

/// Opens and sets the line up; what came before is thrown away. The file does not block: reads and writes that would
/// wait say `WouldBlock`. Errors: the device is not there, no terminal, or does not know the speed or the bits.
pub fn open(options: &SerialOptions) -> io::Result<File> {
    let flags = O_NOCTTY | O_NONBLOCK;
    let file = OpenOptions::new().read(true).write(true).custom_flags(flags).open(&options.path)?;
    let mut line = tcgetattr(&file)?;
    line.make_raw();
    line.control_modes -= ControlModes::CSIZE
        | ControlModes::PARENB
        | ControlModes::PARODD
        | ControlModes::CSTOPB
        | ControlModes::CRTSCTS
        | ControlModes::HUPCL;
    line.control_modes |= ControlModes::CLOCAL | ControlModes::CREAD;
    line.control_modes |= match options.data_bits {
        5 => ControlModes::CS5,
        6 => ControlModes::CS6,
        7 => ControlModes::CS7,
        8 => ControlModes::CS8,
        _ => return Err(io::Error::from(io::ErrorKind::InvalidInput)),
    };
    line.control_modes |= match options.stop_bits {
        1 => ControlModes::empty(),
        2 => ControlModes::CSTOPB,
        _ => return Err(io::Error::from(io::ErrorKind::InvalidInput)),
    };
    line.control_modes |= match options.parity {
        Parity::None => ControlModes::empty(),
        Parity::Even => ControlModes::PARENB,
        Parity::Odd => ControlModes::PARENB | ControlModes::PARODD,
    };
    line.special_codes[SpecialCodeIndex::VMIN] = 1;
    line.special_codes[SpecialCodeIndex::VTIME] = 0;
    line.set_speed(options.baud)?;
    tcsetattr(&file, OptionalActions::Now, &line)?;
    tcflush(&file, QueueSelector::IOFlush)?;
    Ok(file)
}
