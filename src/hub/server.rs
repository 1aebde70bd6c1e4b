//! The listening side: takes connections within limits, speaks TLS if told to, and ends all of it in order.

use super::http::FrontDoor;
use super::switchboard::Hub;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject};
use std::collections::HashMap;
use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

/// What the kernel may hold for one client: more would hide for minutes that it stopped reading.
const SEND_BUFFER: u32 = 128 * 1024;
/// Connections beside the sessions: health checks, and those still at the door.
const AT_THE_DOOR: usize = 64;

#[derive(Clone, Debug, Default)]
pub struct HubOptions {
    /// Origins of web pages that may connect; none by default.
    pub origins: Vec<String>,
    pub tls: Option<ServerTls>,
}

/// PEM files of the server's certificate chain and key.
#[derive(Clone, Debug)]
pub struct ServerTls {
    pub cert_file: PathBuf,
    pub key_file: PathBuf,
}

#[derive(Debug, thiserror::Error)]
pub enum HubError {
    #[error("{file}: {source}")]
    Pem { file: PathBuf, source: pem::Error },
    #[error("certificate and key: {0}")]
    Tls(#[from] rustls::Error),
}

/// Listens with a modest send buffer, which accepted connections inherit.
pub fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv6() { TcpSocket::new_v6()? } else { TcpSocket::new_v4()? };
    socket.set_reuseaddr(true)?;
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(1024)
}

/// Serves until `stop`; then tells every client, and waits a little for them to go.
pub async fn run(
    listener: TcpListener,
    options: HubOptions,
    hub: Hub,
    stop: CancellationToken,
) -> Result<(), HubError> {
    let tls = options.tls.as_ref().map(acceptor).transpose()?;
    let limits = hub.limits().clone();
    let connections = Door::new(limits.sessions + AT_THE_DOOR, limits.per_address * 2);
    let tracker = TaskTracker::new();
    let front = Arc::new(FrontDoor {
        hub: hub.clone(),
        origins: options.origins,
        sessions: Door::new(limits.sessions, limits.per_address),
        tracker: tracker.clone(),
        stop: stop.clone(),
    });
    let accept = async {
        loop {
            match listener.accept().await {
                Ok((stream, peer)) => {
                    let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
                    let Some(pass) = connections.enter(peer.ip()) else {
                        hub.refused(peer.to_string(), 503);
                        let _ = stream.try_write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n");
                        continue;
                    };
                    let (front, tls, stop) = (Arc::clone(&front), tls.clone(), stop.clone());
                    tracker.spawn(async move {
                        let _pass = pass;
                        tokio::select! {
                            () = stop.cancelled() => {}
                            () = connection(stream, peer, front, tls) => {}
                        }
                    });
                }
                Err(error) => {
                    // Out of descriptors, or a peer gone before it was met: neither may end the hub.
                    tracing::warn!(target: "hub", %error, "sambungan tidak dapat diterima");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    tokio::select! {
        () = stop.cancelled() => {}
        () = accept => {}
        () = hub.tell_changes() => {}
    }
    drop(listener);
    tracker.close();
    let _ = timeout(limits.linger + Duration::from_secs(1), tracker.wait()).await;
    Ok(())
}

/// One connection up to its upgrade or its end.
async fn connection(stream: TcpStream, peer: SocketAddr, front: Arc<FrontDoor>, tls: Option<TlsAcceptor>) {
    let _ = stream.set_nodelay(true);
    let limit = front.hub.limits().handshake;
    match tls {
        None => requests(stream, peer, front).await,
        Some(tls) => {
            if let Ok(Ok(stream)) = timeout(limit, tls.accept(stream)).await {
                requests(stream, peer, front).await;
            }
        }
    }
}

async fn requests<S>(stream: S, peer: SocketAddr, front: Arc<FrontDoor>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let limit = front.hub.limits().handshake;
    let service = service_fn(move |request| {
        let answer = front.answer(request, peer);
        async move { Ok::<_, Infallible>(answer) }
    });
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limit)
        .max_buf_size(16 * 1024)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades();
    // Bodies are never read and answers are short: nobody needs longer than a few heads' time.
    let _ = timeout(limit * 6, served).await;
}

fn acceptor(files: &ServerTls) -> Result<TlsAcceptor, HubError> {
    let pem = |file: &Path| {
        let file = file.to_owned();
        move |source| HubError::Pem { file, source }
    };
    let chain = CertificateDer::pem_file_iter(&files.cert_file)
        .and_then(|certificates| certificates.collect::<Result<Vec<_>, _>>())
        .map_err(pem(&files.cert_file))?;
    let key = PrivateKeyDer::from_pem_file(&files.key_file).map_err(pem(&files.key_file))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(chain, key)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Counts who is in, in all and by address; the loopback has only the limit in all.
pub struct Door {
    total: usize,
    per_address: usize,
    inside: Mutex<(usize, HashMap<IpAddr, usize>)>,
}

/// A place inside, given back when dropped.
pub struct Pass {
    door: Arc<Door>,
    address: IpAddr,
}

impl Door {
    pub fn new(total: usize, per_address: usize) -> Arc<Self> {
        Arc::new(Self { total, per_address, inside: Mutex::default() })
    }

    pub fn enter(self: &Arc<Self>, address: IpAddr) -> Option<Pass> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, by_address) = &mut *inside;
        let here = by_address.get(&address).copied().unwrap_or(0);
        if *all >= self.total || (here >= self.per_address && !address.is_loopback()) {
            return None;
        }
        *all += 1;
        by_address.insert(address, here + 1);
        Some(Pass { door: Arc::clone(self), address })
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        let mut inside = self.door.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let (all, by_address) = &mut *inside;
        *all -= 1;
        if let Some(here) = by_address.get_mut(&self.address) {
            *here -= 1;
            if *here == 0 {
                by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_its_share_and_the_loopback_all_there_is() {
        let door = Door::new(4, 2);
        let lan: IpAddr = "10.0.0.7".parse().unwrap();
        let passes = [door.enter(lan), door.enter(lan)];
        assert!(passes.iter().all(Option::is_some) && door.enter(lan).is_none());
        let local: IpAddr = "127.0.0.1".parse().unwrap();
        let (a, b) = (door.enter(local), door.enter(local));
        assert!(a.is_some() && b.is_some() && door.enter(local).is_none());
        drop(passes);
        assert!(door.enter(lan).is_some());
        assert!(door.inside.lock().unwrap().1.contains_key(&local));
    }
}
