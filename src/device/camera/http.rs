//! Snapshot over HTTP or HTTPS: one GET, one JPEG, everything within one limit, with digest or basic authentication
//! as the camera asks for it.
//!
//! A challenge is kept and answered with the next count, so that a photo costs one round trip until the camera calls
//! the nonce stale. A refused login is not repeated for a while: cameras lock the account after a few.

use super::trouble::Trouble;
use super::{CameraAuth, CameraOptions};
use crate::device::digest::{self, Challenge, Login, Offer, Use};
use crate::device::jpeg;
use data_encoding::{BASE64, HEXLOWER};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use ureq::http::{Response, Uri, header};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body, ResponseExt};

/// So long a camera is left alone that refused user and password.
const REFUSED_FOR: Duration = Duration::from_secs(30);
/// A stale nonce, and one more.
const ASKED_MOST: usize = 3;

#[derive(Default)]
pub struct Snapshots {
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    known: Option<Known>,
    refused: Option<Instant>,
}

/// How the camera wants to be asked.
enum Known {
    Basic,
    Digest { challenge: Challenge, count: u32 },
}

impl Snapshots {
    /// One picture, whole, or why there is none, within the camera's limit.
    pub fn shot(&self, options: &CameraOptions) -> Result<Vec<u8>, Trouble> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.refused.is_some_and(|at| at.elapsed() < REFUSED_FOR) {
            return Err(Trouble::Login);
        }
        let answer = ask(options, &mut memory);
        memory.refused = matches!(answer, Err(Trouble::Login)).then(Instant::now);
        answer
    }
}

fn ask(options: &CameraOptions, memory: &mut Memory) -> Result<Vec<u8>, Trouble> {
    let deadline = Instant::now() + options.timeout;
    let tls = tls(options)?;
    let mut uri: Uri = options.url.parse().map_err(|_| bad_address())?;
    if memory.known.is_none() && options.auth == CameraAuth::Basic && !options.user.is_empty() {
        memory.known = Some(Known::Basic);
    }
    // Whether the answer is one to a challenge of this very shot.
    let mut fresh = false;
    for _ in 0..ASKED_MOST {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(Trouble::Slow);
        }
        let mut request = agent(left, tls.clone()).get(&uri);
        let credentials = credentials(options, memory, &uri)?;
        if let Some(credentials) = &credentials {
            request = request.header(header::AUTHORIZATION, credentials);
        }
        let mut response = request.call().map_err(trouble)?;
        match response.status().as_u16() {
            200 => {
                let body = response.body_mut().with_config().limit(jpeg::JPEG_MOST as u64);
                let body = body.read_to_vec().map_err(broken_off)?;
                return jpeg::whole(&body).map(<[u8]>::to_vec).ok_or(Trouble::Torn);
            }
            401 if options.user.is_empty() => return Err(Trouble::Login),
            401 => {
                let stale = learn(options, memory, &response)?;
                if fresh && !stale {
                    memory.known = None;
                    return Err(Trouble::Login);
                }
                fresh = true;
                // Where a redirect led to is what the next answer is for.
                uri = response.get_uri().clone();
            }
            403 => return Err(Trouble::Login),
            other => return Err(Trouble::Status(other)),
        }
    }
    Err(Trouble::Login)
}

/// Takes up the best challenge of a 401; whether it only called the nonce stale.
fn learn(options: &CameraOptions, memory: &mut Memory, response: &Response<Body>) -> Result<bool, Trouble> {
    let headers = response.headers().get_all(header::WWW_AUTHENTICATE);
    let offers = digest::offers(headers.iter().filter_map(|value| value.to_str().ok()));
    let had_digest = matches!(memory.known, Some(Known::Digest { .. }));
    let wanted = offers.into_iter().find(|offer| match (options.auth, offer) {
        (CameraAuth::Auto, Offer::Digest(_)) | (CameraAuth::Digest, Offer::Digest(_)) => true,
        // Nobody talks it into sending the password in the clear where it did not before.
        (CameraAuth::Auto, Offer::Basic) => !had_digest,
        (CameraAuth::Basic, offer) => *offer == Offer::Basic,
        (CameraAuth::Digest, Offer::Basic) => false,
    });
    match wanted {
        Some(Offer::Digest(challenge)) => {
            let stale = challenge.stale;
            memory.known = Some(Known::Digest { challenge, count: 0 });
            Ok(stale)
        }
        Some(Offer::Basic) => {
            memory.known = Some(Known::Basic);
            Ok(false)
        }
        None => Err(Trouble::Login),
    }
}

fn credentials(options: &CameraOptions, memory: &mut Memory, uri: &Uri) -> Result<Option<String>, Trouble> {
    let login = Login { user: &options.user, password: options.password.reveal() };
    match &mut memory.known {
        None => Ok(None),
        Some(_) if options.user.is_empty() => Ok(None),
        Some(Known::Basic) => {
            let pair = format!("{}:{}", login.user, login.password);
            Ok(Some(format!("Basic {}", BASE64.encode(pair.as_bytes()))))
        }
        Some(Known::Digest { challenge, count }) => {
            *count += 1;
            let mut bytes = [0; 8];
            ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), &mut bytes)
                .map_err(|_| Trouble::Driver("no random numbers".to_owned()))?;
            let cnonce = HEXLOWER.encode(&bytes);
            let path = uri.path_and_query().map_or("/", |p| p.as_str());
            let used = Use { method: "GET", uri: path, count: *count, cnonce: &cnonce };
            Ok(Some(digest::authorization(challenge, login, used)))
        }
    }
}

/// A fresh connection for each photo: cameras drop idle ones, and a half-open one would cost the whole limit.
fn agent(limit: Duration, tls: TlsConfig) -> Agent {
    Agent::config_builder()
        .timeout_global(Some(limit))
        .timeout_connect(Some(limit))
        .http_status_as_error(false)
        .max_redirects(2)
        .max_idle_connections(0)
        .tls_config(tls)
        // The camera stands in the car park's own network, whatever the environment says.
        .proxy(None)
        .user_agent("parkir")
        .build()
        .new_agent()
}

/// Only `ca_file` vouches for a camera: no public authority signs one. Without it the configuration says in so many
/// words that the certificate is not looked at.
fn tls(options: &CameraOptions) -> Result<TlsConfig, Trouble> {
    let builder = TlsConfig::builder()
        .provider(TlsProvider::Rustls)
        .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .disable_verification(!options.verify);
    let certificates = match &options.ca_file {
        Some(path) if options.verify && options.url.starts_with("https:") => authorities(path)?,
        _ => Vec::new(),
    };
    Ok(builder.root_certs(RootCerts::new_with_certs(&certificates)).build())
}

fn authorities(path: &Path) -> Result<Vec<Certificate<'static>>, Trouble> {
    let bad = |why: String| Trouble::Setup(format!("ca_file {}: {why}", path.display()));
    let read = CertificateDer::pem_file_iter(path).map_err(|e| bad(e.to_string()))?;
    let all: Result<Vec<_>, _> = read.map(|c| c.map(|c| Certificate::from_der(&c).to_owned())).collect();
    let all = all.map_err(|e| bad(e.to_string()))?;
    if all.is_empty() { Err(bad("no certificate in it".to_owned())) } else { Ok(all) }
}

/// In the middle of the answer only time and size are worth telling apart.
fn broken_off(error: ureq::Error) -> Trouble {
    match trouble(error) {
        Trouble::Slow => Trouble::Slow,
        _ => Trouble::Torn,
    }
}

fn bad_address() -> Trouble {
    Trouble::Setup("url (http://…)".to_owned())
}

fn trouble(error: ureq::Error) -> Trouble {
    use ureq::Error;
    match error {
        Error::Timeout(_) => Trouble::Slow,
        Error::Io(e) if e.kind() == io::ErrorKind::TimedOut => Trouble::Slow,
        Error::Io(e) if e.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => Trouble::Certificate,
        Error::Io(e) => Trouble::Device(e),
        Error::Rustls(_) | Error::Tls(_) | Error::Pem(_) => Trouble::Certificate,
        Error::HostNotFound | Error::ConnectionFailed => Trouble::NotThere,
        Error::BodyExceedsLimit(_) => Trouble::Torn,
        // Not the error's own words: they may quote an address with a password in it.
        Error::BadUri(_) | Error::Http(_) | Error::RequireHttpsOnly(_) | Error::TlsRequired => bad_address(),
        other => Trouble::Driver(other.to_string()),
    }
}
