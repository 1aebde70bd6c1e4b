//! The hub, step by step: its machine, `/healthz`, and whether it knows this terminal's token.
//!
//! The token is shown in an upgrade request that asks for a WebSocket version nobody speaks: a hub that knows the
//! token answers 426, one that does not 401, and no session is opened that could push a working terminal out.

use super::{Steps, Tongue, check, skipped, well};
use crate::app::kit::Kit;
use crate::config::Config;
use crate::domain::view::Verdict;
use crate::hub::{Address, DialError};
use std::io;
use std::path::Path;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(3);

/// What is read of an answer at most.
const MOST: u64 = 16 * 1024;

pub(super) async fn steps(config: &Config, kit: Option<&Kit>, tongue: Tongue, steps: &Steps) {
    let reach = tongue.say("Hub", "Hub");
    let health = tongue.say("Hub: keadaan", "Hub: health");
    let pass = tongue.say("Hub: token", "Hub: token");
    let url = config.hub_url();
    let address = match Address::parse(&url) {
        Ok(address) => address,
        Err(e) => {
            let todo = tongue.say("perbaiki [hub] url", "mend [hub] url");
            steps.tell(check(reach, Verdict::Fail, e.to_string(), todo)).await;
            return;
        }
    };
    let door = Door { address, ca_file: config.central.ca_file.as_deref() };
    let todo = tongue.say(
        "jalankan `parkir server` di server, periksa kabel dan firewall port 8181; tanpa hub semua tetap bekerja, hanya lebih lambat tahu",
        "start `parkir server` on the server, check cable and firewall (port 8181); without a hub all goes on, only slower",
    );
    let answer = door.ask("/healthz", "").await;
    match answer {
        Err(e) => {
            let todo = if matches!(e, DialError::Ca(_) | DialError::Tls(_)) {
                tongue.say(
                    "periksa [central] ca_file, tanggal mesin ini, dan nama di sertifikat hub; tanpa hub semua tetap bekerja",
                    "check [central] ca_file, this machine's date, the name in the hub's certificate; all works on without",
                )
            } else {
                todo
            };
            steps.tell(check(reach, Verdict::Warn, format!("{url}: {e}"), todo)).await;
            steps.tell(skipped(health, tongue)).await;
            steps.tell(skipped(pass, tongue)).await;
            return;
        }
        Ok((status, body)) => {
            steps.tell(well(reach, url.clone())).await;
            let first = body.lines().next().unwrap_or_default();
            if status == 200 {
                steps.tell(well(health, format!("/healthz {status} {first}"))).await;
            } else {
                let todo = tongue.say(
                    "lihat log server; port ini mungkin milik program lain",
                    "see the server's log; this port may be another program's",
                );
                steps.tell(check(health, Verdict::Warn, format!("/healthz {status} {first}"), todo)).await;
            }
        }
    }
    let Some(kit) = kit else {
        steps.tell(check(pass, Verdict::Skipped, tongue.say("tanpa kit", "no kit"), "")).await;
        return;
    };
    let fields = format!(
        "Authorization: Bearer {}\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 0\r\nSec-WebSocket-Key: cGFya2lyLXBlcmlrc2EhIQ==\r\n",
        kit.token.reveal()
    );
    let told = match door.ask(door.address.path(), &fields).await {
        Ok((426 | 101, _)) => well(pass, tongue.say("dikenal", "known")),
        Ok((401 | 403, _)) => {
            let todo = tongue.say(
                "kit ini dicabut atau dari pendaftaran lama; minta kit baru (parkir gate add)",
                "this kit was revoked or is of an older enrolment; ask for a new one (parkir gate add)",
            );
            check(pass, Verdict::Fail, tongue.say("ditolak", "refused"), todo)
        }
        Ok((status, _)) => check(pass, Verdict::Warn, format!("HTTP {status}"), ""),
        Err(e) => check(pass, Verdict::Warn, e.to_string(), ""),
    };
    steps.tell(told).await;
}

struct Door<'a> {
    address: Address,
    ca_file: Option<&'a Path>,
}

impl Door<'_> {
    /// One request on a connection of its own: status and body.
    async fn ask(&self, path: &str, fields: &str) -> Result<(u16, String), DialError> {
        let talk = async {
            let mut socket = self.address.connect(self.ca_file).await?;
            let (host, connection) =
                (self.address.authority(), if fields.is_empty() { "close" } else { "Upgrade" });
            let request =
                format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: {connection}\r\n{fields}\r\n");
            socket.write_all(request.as_bytes()).await?;
            let mut bytes = Vec::new();
            let mut limited = socket.take(MOST);
            // Until the whole head is there; the body of so small an answer comes with it or right behind.
            loop {
                match limited.read_buf(&mut bytes).await {
                    Ok(0) => break,
                    // Some end a TLS connection without saying so.
                    Err(e) if e.kind() == io::ErrorKind::UnexpectedEof => break,
                    Err(e) => return Err(e.into()),
                    Ok(_) if fields.is_empty() => {}
                    Ok(_) if bytes.windows(4).any(|w| w == b"\r\n\r\n") => break,
                    Ok(_) => {}
                }
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
            let status = head.split_whitespace().nth(1).and_then(|word| word.parse().ok());
            let status = status.filter(|_| head.starts_with("HTTP/1."));
            Ok((status.ok_or_else(|| io::Error::other("bukan HTTP"))?, body.to_owned()))
        };
        timeout(LIMIT, talk).await.unwrap_or(Err(DialError::Late))
    }
}
