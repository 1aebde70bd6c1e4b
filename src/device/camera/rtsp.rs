//! One picture of an RTSP stream, by a child `ffmpeg` where this machine has one. It is given the camera's limit and
//! is then killed with everything it started.
//!
//! ffmpeg knows a login only as a part of the address, which other users of this machine can read while it runs: a
//! camera user that may only look is the one to give.

use super::CameraOptions;
use super::trouble::Trouble;
use crate::device::jpeg;
use rustix::process::{Pid, Signal, kill_process_group};
use std::fmt::Write as _;
use std::io::{self, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Instant;

pub fn shot(options: &CameraOptions) -> Result<Vec<u8>, Trouble> {
    let deadline = Instant::now() + options.timeout;
    let address = address(options)?;
    let mut command = Command::new(&options.ffmpeg);
    command
        .args(["-nostdin", "-hide_banner", "-loglevel", "error", "-rtsp_transport", "tcp", "-i", &address])
        .args(["-frames:v", "1", "-an", "-c:v", "mjpeg", "-q:v", "3", "-f", "image2pipe", "pipe:1"])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .process_group(0);
    let mut child = match command.spawn() {
        Ok(child) => Group(child),
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Err(Trouble::NoFfmpeg),
        Err(e) => return Err(Trouble::Device(e)),
    };
    let (told, read) = mpsc::channel();
    let (picture, complaint) = (child.0.stdout.take(), child.0.stderr.take());
    let reading = thread::Builder::new().name("ffmpeg-picture".to_owned()).spawn(move || {
        let _ = told.send(all(picture, jpeg::JPEG_MOST as u64 + 1));
    });
    let complaining = thread::Builder::new().name("ffmpeg-words".to_owned()).spawn(move || all(complaint, 4096));
    reading.map_err(Trouble::Device)?;
    let bytes = read.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    // Its pipes end with it, so nobody below waits for ever.
    drop(child);
    let Ok(bytes) = bytes else { return Err(Trouble::Slow) };
    if bytes.len() > jpeg::JPEG_MOST {
        return Err(Trouble::Torn);
    }
    if let Some(whole) = jpeg::whole(&bytes) {
        return Ok(whole.to_vec());
    }
    let words = complaining.ok().and_then(|thread| thread.join().ok()).unwrap_or_default();
    Err(complained(&String::from_utf8_lossy(&words), bytes.is_empty()))
}

fn all(pipe: Option<impl Read>, most: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    if let Some(pipe) = pipe {
        // What came before an error counts.
        let _ = pipe.take(most).read_to_end(&mut bytes);
    }
    bytes
}

/// What ffmpeg said, by what would mend it. Its own words may hold the address with the password, so they go nowhere.
fn complained(words: &str, nothing: bool) -> Trouble {
    let says = |needle: &str| words.contains(needle);
    if says("401") || says("403") {
        Trouble::Login
    } else if says("Connection refused") || says("No route to host") || says("Network is unreachable") {
        Trouble::NotThere
    } else if says("timed out") {
        Trouble::Slow
    } else if says("404") {
        Trouble::Status(404)
    } else if nothing {
        Trouble::Driver("ffmpeg".to_owned())
    } else {
        Trouble::Torn
    }
}

/// The configured address with user and password in it.
fn address(options: &CameraOptions) -> Result<String, Trouble> {
    let rest = options.url.strip_prefix("rtsp://");
    let rest = rest.ok_or_else(|| Trouble::Setup("url (rtsp://…)".to_owned()))?;
    if options.user.is_empty() {
        return Ok(options.url.clone());
    }
    Ok(format!("rtsp://{}:{}@{rest}", escaped(&options.user), escaped(options.password.reveal())))
}

fn escaped(text: &str) -> String {
    let mut safe = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            safe.push(char::from(byte));
        } else {
            // Writing into a text cannot fail.
            let _ = write!(safe, "%{byte:02X}");
        }
    }
    safe
}

/// A child and all of its own, gone when dropped.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.0), Signal::KILL);
        let _ = self.0.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::secret::Secret;

    #[test]
    fn a_login_stands_in_the_address_whatever_is_in_it() {
        let options = CameraOptions {
            url: "rtsp://10.0.0.9:554/cam/realmonitor?channel=1&subtype=1".into(),
            user: "ops".into(),
            password: Secret::new("a:b@c/é"),
            ..CameraOptions::default()
        };
        assert_eq!(
            address(&options).unwrap(),
            "rtsp://ops:a%3Ab%40c%2F%C3%A9@10.0.0.9:554/cam/realmonitor?channel=1&subtype=1"
        );
        assert!(matches!(address(&CameraOptions::default()), Err(Trouble::Setup(_))));
    }
}
