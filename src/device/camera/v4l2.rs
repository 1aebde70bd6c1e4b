//! One photo from a V4L2 camera (USB webcam): MJPEG as it comes, YUYV encoded.
//!
//! Around the known faults of `v4l` 0.14: after a time-out a stream answers EINVAL for ever, so every try opens anew;
//! its Drop panics when STREAMOFF fails, and a second panic in the drop of its buffers would abort the program, so
//! such a stream is leaked; a frame is the whole buffer, so it is cut to `bytesused`.

use super::frame::{self, Layout};
use super::trouble::Trouble;
use std::io;
use std::path::Path;
use std::time::{Duration, Instant};
use v4l::buffer::{Flags, Type};
use v4l::capability;
use v4l::io::traits::{CaptureStream, Stream as _};
use v4l::prelude::{Device, MmapStream};
use v4l::video::Capture;
use v4l::{Format, FourCC};

/// Frames let go by while exposure settles.
const WARM_UP: usize = 3;
const BUFFERS: u32 = 4;
const TRIES: usize = 3;

/// What the driver gave: the layout and the used bytes, or a frame it marked as damaged.
type Grabbed = Option<Vec<u8>>;

pub fn shot(device: &Path, width: u32, height: u32, limit: Duration) -> Result<Vec<u8>, Trouble> {
    let deadline = Instant::now() + limit;
    reopen(TRIES, || {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Trouble::Slow);
        }
        open_and_grab(device, width, height, deadline)
    })
}

/// Tries again, from the opening on, where a new opening can help.
fn reopen<T>(tries: usize, mut attempt: impl FnMut() -> Result<T, Trouble>) -> Result<T, Trouble> {
    let mut last = Trouble::NotThere;
    for _ in 0..tries.max(1) {
        match attempt() {
            Ok(done) => return Ok(done),
            Err(t @ (Trouble::Device(_) | Trouble::Torn)) if !is_final(&t) => last = t,
            Err(t) => return Err(t),
        }
    }
    Err(last)
}

fn is_final(trouble: &Trouble) -> bool {
    let Trouble::Device(e) = trouble else { return false };
    matches!(e.kind(), io::ErrorKind::NotFound | io::ErrorKind::PermissionDenied | io::ErrorKind::ResourceBusy)
}

fn open_and_grab(path: &Path, width: u32, height: u32, deadline: Instant) -> Result<Vec<u8>, Trouble> {
    let device = Device::with_path(path).map_err(Trouble::Device)?;
    let able = device.query_caps().map_err(not_a_camera)?.capabilities;
    if !able.contains(capability::Flags::VIDEO_CAPTURE | capability::Flags::STREAMING) {
        return Err(Trouble::Setup(format!("{} is not a capture device", path.display())));
    }
    let layout = agree(&device, width, height)?;
    let mut stream = MmapStream::with_buffers(&device, Type::VideoCapture, BUFFERS).map_err(Trouble::Device)?;
    let picked = pick(layout, || {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(io::ErrorKind::TimedOut.into());
        }
        stream.set_timeout(left.max(Duration::from_millis(1)));
        let (buffer, meta) = CaptureStream::next(&mut stream)?;
        let used = buffer.get(..meta.bytesused as usize).unwrap_or(buffer);
        Ok((!meta.flags.contains(Flags::ERROR)).then(|| used.to_vec()))
    });
    leave(stream);
    picked
}

/// ENOTTY: some other character device stands at this path.
fn not_a_camera(error: io::Error) -> Trouble {
    const ENOTTY: i32 = 25;
    match error.raw_os_error() {
        Some(ENOTTY) => Trouble::Setup("not a V4L2 device".to_owned()),
        _ => Trouble::Device(error),
    }
}

/// MJPEG if the camera has it (small, and its own bytes), else YUYV.
fn agree(device: &Device, width: u32, height: u32) -> Result<Layout, Trouble> {
    let mut last = String::new();
    for wanted in [b"MJPG", b"YUYV"] {
        let format = Format::new(width, height, FourCC::new(wanted));
        let format = device.set_format(&format).map_err(Trouble::Device)?;
        match &format.fourcc.repr {
            b"MJPG" | b"JPEG" => return Ok(Layout::Jpeg),
            b"YUYV" => {
                return Ok(Layout::Yuyv { width: format.width, height: format.height, stride: format.stride });
            }
            other => last = String::from_utf8_lossy(other).into_owned(),
        }
    }
    Err(Trouble::Format(last))
}

/// The first whole frame after the warm-up, or the last whole one before an error: a pale photo is better than none.
fn pick(layout: Layout, mut next: impl FnMut() -> io::Result<Grabbed>) -> Result<Vec<u8>, Trouble> {
    let mut last = None;
    let mut seen = 0;
    let ended = loop {
        match next() {
            Ok(grabbed) => {
                seen += 1;
                let whole =
                    grabbed.filter(|bytes| layout != Layout::Jpeg || crate::device::jpeg::whole(bytes).is_some());
                last = whole.or(last);
                if let (Some(bytes), true) = (&last, seen > WARM_UP) {
                    return frame::to_jpeg(layout, bytes);
                }
            }
            Err(e) => break e,
        }
    };
    match last {
        Some(bytes) => frame::to_jpeg(layout, &bytes),
        None if ended.kind() == io::ErrorKind::TimedOut && seen == 0 => Err(Trouble::Slow),
        None if ended.kind() == io::ErrorKind::TimedOut => Err(Trouble::Torn),
        None => Err(Trouble::Device(ended)),
    }
}

/// Ends a stream without the panic of its Drop.
fn leave(mut stream: MmapStream<'_>) {
    const ENODEV: i32 = 19;
    match stream.stop() {
        Ok(()) => drop(stream),
        Err(e) if e.raw_os_error() == Some(ENODEV) => drop(stream),
        Err(_) => std::mem::forget(stream),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole(mark: u8) -> Vec<u8> {
        vec![0xFF, 0xD8, mark, 0xFF, 0xD9]
    }

    fn played(frames: Vec<io::Result<Grabbed>>) -> Result<Vec<u8>, Trouble> {
        let mut frames = frames.into_iter();
        pick(Layout::Jpeg, || frames.next().unwrap_or_else(|| Err(io::ErrorKind::TimedOut.into())))
    }

    #[test]
    fn the_first_frames_go_by_and_damaged_ones_are_never_taken() {
        let frames = |n: u8| (1..=n).map(|m| Ok(Some(whole(m)))).collect::<Vec<_>>();
        assert_eq!(played(frames(9)).unwrap(), whole(4));
        assert_eq!(played(frames(2)).unwrap(), whole(2));
        let mut torn = frames(1);
        torn.extend([Ok(None), Ok(Some(vec![0xFF, 0xD8, 9])), Ok(None), Ok(Some(whole(7)))]);
        assert_eq!(played(torn).unwrap(), whole(1));
        assert!(matches!(played(vec![Ok(None), Ok(Some(vec![1]))]), Err(Trouble::Torn)));
        assert!(matches!(played(vec![]), Err(Trouble::Slow)));
        let unplugged = || Err(io::Error::from_raw_os_error(19));
        assert!(matches!(played(vec![unplugged()]), Err(Trouble::Device(_))));
        assert_eq!(played(vec![Ok(Some(whole(3))), unplugged()]).unwrap(), whole(3));
    }

    #[test]
    fn a_stream_that_fails_is_opened_anew_but_a_camera_that_is_not_there_is_not_asked_thrice() {
        let mut opened = 0;
        let einval = || Trouble::Device(io::Error::from_raw_os_error(22));
        let second = reopen(3, || {
            opened += 1;
            if opened == 1 { Err(einval()) } else { Ok(opened) }
        });
        assert_eq!(second.unwrap(), 2);
        let mut opened = 0;
        assert!(
            reopen(3, || -> Result<(), _> {
                opened += 1;
                Err(einval())
            })
            .is_err()
        );
        assert_eq!(opened, 3);
        let mut opened = 0;
        let gone = || Trouble::Device(io::ErrorKind::NotFound.into());
        assert!(
            reopen(3, || -> Result<(), _> {
                opened += 1;
                Err(gone())
            })
            .is_err()
        );
        assert_eq!(opened, 1);
    }

    #[test]
    fn a_path_without_a_camera_behind_it_says_so() {
        let limit = Duration::from_secs(5);
        let none = shot(Path::new("/dev/video-not-there"), 640, 480, limit);
        assert!(matches!(none, Err(Trouble::Device(e)) if e.kind() == io::ErrorKind::NotFound));
        assert!(matches!(shot(Path::new("/dev/null"), 640, 480, limit), Err(Trouble::Setup(_))));
    }
}
