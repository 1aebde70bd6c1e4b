//! How a terminal reaches the hub: address, TLS, upgrade. Everything here runs under one limit.

use super::socket;
use crate::domain::secret::Secret;
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::{HeaderValue, Uri};
use tokio_tungstenite::tungstenite::{Error, http::header};
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

/// Any byte stream, plain or encrypted.
pub trait Wire: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Wire for T {}

pub type Socket = WebSocketStream<Box<dyn Wire>>;

/// Where Debian keeps the certificates a machine trusts.
const MACHINE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// The largest message a terminal takes from the hub, in bytes: a status of a thousand gates fits.
const LARGEST: usize = 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum DialError {
    #[error("hub address {0:?}: ws://HOST:PORT/parking or wss://… expected")]
    Address(String),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("certificate of the site's CA: {0}")]
    Ca(String),
    #[error("TLS: {0}")]
    Tls(rustls::Error),
    #[error("the token holds characters no header can carry")]
    Token,
    #[error("refused with status {0}")]
    Refused(u16),
    #[error("{0}")]
    Handshake(Box<Error>),
    #[error("no answer in time")]
    Late,
}

/// Where the hub is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    url: String,
    host: String,
    port: u16,
    path: String,
    tls: bool,
}

impl Address {
    /// Reads `ws://host:port/parking`; an empty path means `/parking`.
    pub fn parse(url: &str) -> Result<Self, DialError> {
        let wrong = || DialError::Address(url.to_owned());
        let uri: Uri = url.trim().parse().map_err(|_| wrong())?;
        let tls = match uri.scheme_str() {
            Some("ws") => false,
            Some("wss") => true,
            _ => return Err(wrong()),
        };
        let host = uri.host().filter(|host| !host.is_empty()).ok_or_else(wrong)?;
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        let path = if uri.path() == "/" { "/parking" } else { uri.path() };
        Ok(Self {
            url: format!("{}://{host}:{port}{path}", if tls { "wss" } else { "ws" }),
            host: host.trim_start_matches('[').trim_end_matches(']').to_owned(),
            port,
            path: path.to_owned(),
            tls,
        })
    }

    /// As a request's `Host` names it.
    pub fn authority(&self) -> String {
        let bracket = self.host.contains(':');
        if bracket { format!("[{}]:{}", self.host, self.port) } else { format!("{}:{}", self.host, self.port) }
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    /// Connects, and for `wss` encrypts; the certificate must be signed by the CA in the file (without one, by whom
    /// the machine trusts) and be for this host.
    pub async fn connect(&self, ca_file: Option<&Path>) -> Result<Box<dyn Wire>, DialError> {
        let connector = if self.tls { Some(connector(ca_file.unwrap_or(Path::new(MACHINE)))?) } else { None };
        let stream = TcpStream::connect((self.host.as_str(), self.port)).await?;
        stream.set_nodelay(true)?;
        let Some(connector) = connector else { return Ok(Box::new(stream)) };
        let name = ServerName::try_from(self.host.clone()).map_err(|_| DialError::Address(self.url.clone()))?;
        match connector.connect(name, stream).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(error) => Err(match error.downcast::<rustls::Error>() {
                Ok(error) => DialError::Tls(error),
                Err(error) => DialError::Io(error),
            }),
        }
    }
}

/// Connects, encrypts if asked to, and upgrades with the token.
pub async fn dial(address: &Address, token: &Secret, ca_file: Option<&PathBuf>) -> Result<Socket, DialError> {
    let stream = address.connect(ca_file.map(PathBuf::as_path)).await?;
    let handshake = |error| match error {
        Error::Http(answer) => DialError::Refused(answer.status().as_u16()),
        Error::Io(error) => DialError::Io(error),
        other => DialError::Handshake(Box::new(other)),
    };
    let mut request = address.url.as_str().into_client_request().map_err(handshake)?;
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.reveal())).map_err(|_| DialError::Token)?;
    bearer.set_sensitive(true);
    request.headers_mut().insert(header::AUTHORIZATION, bearer);
    let (socket, _) =
        client_async_with_config(request, stream, Some(socket::config(LARGEST))).await.map_err(handshake)?;
    Ok(socket)
}

fn connector(ca_file: &Path) -> Result<TlsConnector, DialError> {
    let wrong = |error: &dyn std::fmt::Display| DialError::Ca(format!("{}: {error}", ca_file.display()));
    let mut roots = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(ca_file).map_err(|e| wrong(&e))? {
        roots.add(certificate.map_err(|e| wrong(&e))?).map_err(|e| wrong(&e))?;
    }
    if roots.is_empty() {
        return Err(wrong(&"no certificate in it"));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| wrong(&e))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_with_its_defaults() {
        let read = |url| Address::parse(url).unwrap();
        assert_eq!(read("ws://10.0.0.2:8181/parking").url, "ws://10.0.0.2:8181/parking");
        assert_eq!(read("ws://server:8181").url, "ws://server:8181/parking");
        assert_eq!((read("wss://server/x").port, read("wss://server/x").tls), (443, true));
        assert_eq!(read("ws://[::1]:8181/").host, "::1");
        assert_eq!(read("ws://[::1]:8181/").authority(), "[::1]:8181");
        assert_eq!(
            (read("wss://server").authority().as_str(), read("wss://server").path()),
            ("server:443", "/parking")
        );
        for bad in ["", "server:8181", "http://server", "ws://"] {
            assert!(Address::parse(bad).is_err(), "{bad}");
        }
    }
}
