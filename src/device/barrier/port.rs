//! The line to a controller: a serial port, a socket or a HID relay, as one file that never blocks.

use crate::device::serial::{self, SerialOptions};
use rustix::net::sockopt;
use rustix::termios::{QueueSelector, tcflush};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Port {
    Serial(SerialOptions),
    /// `address:port`.
    Tcp(String),
    /// Without a path the first hidraw device of this vendor and product.
    Hid {
        path: Option<PathBuf>,
        vendor: u16,
        product: u16,
    },
}

/// A controller that does not answer a connection for so long is not there.
pub const CONNECT: Duration = Duration::from_millis(1500);

/// What the network still holds after so long is thrown away by the kernel.
const UNSENT_MS: u32 = 4000;

#[derive(Debug)]
pub struct Open {
    file: File,
    socket: bool,
    serial: bool,
}

impl Port {
    /// May wait as long as `CONNECT`, and longer where a driver hangs.
    pub fn open(&self) -> io::Result<Open> {
        match self {
            Self::Serial(options) => Ok(Open { file: serial::open(options)?, socket: false, serial: true }),
            Self::Tcp(address) => {
                let mut last = io::Error::from(io::ErrorKind::NotFound);
                for address in address.to_socket_addrs()? {
                    match TcpStream::connect_timeout(&address, CONNECT) {
                        Ok(stream) => return Open::stream(stream),
                        Err(e) => last = e,
                    }
                }
                Err(last)
            }
            Self::Hid { path, vendor, product } => {
                let path = match path {
                    Some(path) => path.clone(),
                    None => find_hid(*vendor, *product).ok_or(io::ErrorKind::NotFound)?,
                };
                let file =
                    OpenOptions::new().read(true).write(true).custom_flags(O_NOCTTY | O_NONBLOCK).open(path)?;
                Ok(Open { file, socket: false, serial: false })
            }
        }
    }
}

/// As on x86_64 and aarch64.
const O_NOCTTY: i32 = 0o400;
const O_NONBLOCK: i32 = 0o4000;

/// The device file of a HID relay that is plugged in.
pub fn find_hid(vendor: u16, product: u16) -> Option<PathBuf> {
    let wanted = format!("{vendor:08X}:{product:08X}");
    let mut found: Vec<PathBuf> = fs::read_dir("/sys/class/hidraw").ok()?.flatten().map(|e| e.path()).collect();
    found.sort();
    let node = found.into_iter().find(|node| {
        let told = fs::read_to_string(node.join("device/uevent")).unwrap_or_default();
        told.lines().any(|l| l.strip_prefix("HID_ID=").is_some_and(|id| id.to_uppercase().ends_with(&wanted)))
    })?;
    Some(PathBuf::from("/dev").join(node.file_name()?))
}

impl Open {
    pub(super) fn stream(stream: TcpStream) -> io::Result<Self> {
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        // A cable that is plugged in again must not deliver an order of before; a cut one is noticed in between.
        let _ = sockopt::set_tcp_user_timeout(&stream, UNSENT_MS);
        let _ = sockopt::set_socket_linger(&stream, Some(Duration::ZERO));
        Ok(Self { file: File::from(OwnedFd::from(stream)), socket: true, serial: false })
    }

    /// A socket forgets what lies unsent in it when it is let go; other lines hold nothing for long.
    pub fn is_socket(&self) -> bool {
        self.socket
    }

    pub fn fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }

    /// What lies there now; `Ok(None)`: nothing. The end of the line is an error.
    pub fn read<'a>(&mut self, buffer: &'a mut [u8]) -> io::Result<Option<&'a [u8]>> {
        match self.file.read(buffer) {
            Ok(0) => Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(n) => Ok(Some(&buffer[..n])),
            Err(e) if matches!(e.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted) => Ok(None),
            Err(e) => Err(e),
        }
    }

    /// All or an error: a line that takes no few bytes at once is stuck.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        if self.serial {
            // Closing waits for what cannot be sent.
            let _ = tcflush(&self.file, QueueSelector::OFlush);
        }
    }
}
