//! Snapshot over HTTP: one GET, one JPEG, everything within one limit. Basic authentication only.

use super::CameraOptions;
use super::trouble::Trouble;
use crate::device::jpeg;
use data_encoding::BASE64;
use std::io;
use std::time::Duration;
use ureq::Agent;

/// A fresh connection for each photo: cameras drop idle ones, and a half-open one would cost the whole limit.
fn agent(limit: Duration) -> Agent {
    Agent::config_builder()
        .timeout_global(Some(limit))
        .timeout_connect(Some(limit))
        .http_status_as_error(false)
        .max_redirects(2)
        .max_idle_connections(0)
        // The camera stands in the car park's own network, whatever the environment says.
        .proxy(None)
        .user_agent("parkir")
        .build()
        .new_agent()
}

pub fn shot(options: &CameraOptions) -> Result<Vec<u8>, Trouble> {
    let mut request = agent(options.timeout).get(&options.url);
    if !options.user.is_empty() {
        let pair = format!("{}:{}", options.user, options.password.reveal());
        request = request.header("Authorization", format!("Basic {}", BASE64.encode(pair.as_bytes())));
    }
    let mut response = request.call().map_err(trouble)?;
    match response.status().as_u16() {
        200 => {}
        401 | 403 => return Err(Trouble::Login),
        other => return Err(Trouble::Status(other)),
    }
    let body =
        response.body_mut().with_config().limit(jpeg::JPEG_MOST as u64).read_to_vec().map_err(broken_off)?;
    jpeg::whole(&body).map(<[u8]>::to_vec).ok_or(Trouble::Torn)
}

/// In the middle of the answer only time and size are worth telling apart.
fn broken_off(error: ureq::Error) -> Trouble {
    match trouble(error) {
        Trouble::Slow => Trouble::Slow,
        _ => Trouble::Torn,
    }
}

fn trouble(error: ureq::Error) -> Trouble {
    use ureq::Error;
    match error {
        Error::Timeout(_) => Trouble::Slow,
        Error::Io(e) if e.kind() == io::ErrorKind::TimedOut => Trouble::Slow,
        Error::Io(e) => Trouble::Device(e),
        Error::HostNotFound | Error::ConnectionFailed => Trouble::NotThere,
        Error::BodyExceedsLimit(_) => Trouble::Torn,
        // Not the error's own words: they may quote an address with a password in it.
        Error::BadUri(_) | Error::Http(_) | Error::RequireHttpsOnly(_) | Error::TlsRequired => {
            Trouble::Setup("url (http://…)".to_owned())
        }
        other => Trouble::Driver(other.to_string()),
    }
}
