//! TLS as PostgreSQL is to be trusted: the site's CA or the machine's, the true host name, nothing less.

use super::CentralError;
use rustls::{CertificateError, ClientConfig, RootCertStore};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use std::error::Error;
use std::io;
use std::path::Path;
use std::sync::Arc;
use tokio_postgres_rustls::MakeRustlsConnect;

/// Where Debian keeps the certificates a machine trusts.
const MACHINE: &str = "/etc/ssl/certs/ca-certificates.crt";

/// Why there is no encrypted connection, by what would mend it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TlsFault {
    /// The CA file cannot be read, or holds no certificate.
    CaFile,
    /// The server does not speak TLS.
    NotOffered,
    /// Signed by nobody who is trusted here; a certificate that signed itself is one of these.
    Untrusted,
    /// Expired or not valid yet; a wrong date on this machine looks the same.
    Date,
    /// Made for another host.
    Name,
    Other,
}

/// What a refused handshake was refused for.
pub fn fault(error: &tokio_postgres::Error) -> TlsFault {
    let mut cause = error.source();
    while let Some(error) = cause {
        let inside = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let refused = inside.and_then(|inner| inner.downcast_ref()).or_else(|| error.downcast_ref());
        if let Some(rustls::Error::InvalidCertificate(why)) = refused {
            return match why {
                CertificateError::Expired
                | CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYet
                | CertificateError::NotValidYetContext { .. } => TlsFault::Date,
                CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                    TlsFault::Name
                }
                _ => TlsFault::Untrusted,
            };
        }
        if error.to_string() == "server does not support TLS" {
            return TlsFault::NotOffered;
        }
        cause = error.source();
    }
    TlsFault::Other
}

/// A connector that verifies the server against the CA file, or against the machine's own store without one.
pub fn connector(ca_file: Option<&Path>) -> Result<MakeRustlsConnect, CentralError> {
    let path = ca_file.unwrap_or_else(|| Path::new(MACHINE));
    let bad = |what: String| CentralError::Tls(format!("{}: {what}", path.display()));
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(path).map_err(|e| bad(e.to_string()))? {
        let certificate = certificate.map_err(|e| bad(e.to_string()))?;
        roots.add(certificate).map_err(|e| bad(e.to_string()))?;
    }
    if roots.is_empty() {
        return Err(bad("no certificate in it".into()));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|e| CentralError::Tls(e.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
