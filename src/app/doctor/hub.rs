//! The hub, step by step: its machine, `/healthz`, and whether it knows this terminal's token.
//!
//! The token is shown to `/healthz`, which says whether it would be let in: no session is opened that could push a
//! working terminal out, and nothing looks like somebody who tried to get in.

use super::{Steps, Tongue, check, skipped, trouble, well};
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
            steps.tell(check(reach, Verdict::Warn, format!("{url}: {}", said(&e, tongue)), todo)).await;
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
    let shown = format!("Authorization: Bearer {}\r\n", kit.token.reveal());
    let told = match door.ask("/healthz", &shown).await {
        Ok((200, _)) => well(pass, tongue.say("dikenal", "known")),
        Ok((503, _)) => {
            let detail = tongue
                .say("hub baru mulai dan belum mengenal siapa pun", "the hub just began and knows nobody yet");
            let todo =
                tongue.say("pastikan server terhubung ke database", "see that the server reaches the database");
            check(pass, Verdict::Warn, detail, todo)
        }
        Ok((401 | 403, _)) => {
            let todo = tongue.say(
                "kit ini dicabut atau dari pendaftaran lama; minta kit baru (parkir gate add)",
                "this kit was revoked or is of an older enrolment; ask for a new one (parkir gate add)",
            );
            check(pass, Verdict::Fail, tongue.say("ditolak", "refused"), todo)
        }
        Ok((status, _)) => check(pass, Verdict::Warn, format!("HTTP {status}"), ""),
        Err(e) => check(pass, Verdict::Warn, said(&e, tongue), ""),
    };
    steps.tell(told).await;
}

/// A failure in the operator's words.
fn said(error: &DialError, tongue: Tongue) -> String {
    match error {
        DialError::Io(e) => trouble(e, tongue),
        DialError::Late => trouble(&io::ErrorKind::TimedOut.into(), tongue),
        DialError::Ca(e) => {
            format!("{} ({e})", tongue.say("berkas CA tidak terbaca", "the CA file cannot be read"))
        }
        DialError::Tls(e) => format!("{} ({e})", tongue.say("sambungan aman ditolak", "TLS refused")),
        other => other.to_string(),
    }
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
            let host = self.address.authority();
            let request = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{fields}\r\n");
            socket.write_all(request.as_bytes()).await?;
            let mut bytes = Vec::new();
            match socket.take(MOST).read_to_end(&mut bytes).await {
                // Some end a TLS connection without saying so.
                Err(e) if e.kind() != io::ErrorKind::UnexpectedEof => return Err(e.into()),
                _ => {}
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
