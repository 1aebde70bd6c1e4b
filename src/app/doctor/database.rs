//! PostgreSQL, step by step: name, TCP or socket, TLS and login, database and functions, and whose clock is right.
//!
//! The first step that fails is the one to act on; those behind it are told as not tried.

use super::{Steps, Tongue, check, skipped, trouble, well};
use crate::app::kit::Kit;
use crate::app::stage::in_tongue as lang;
use crate::central::{Central, CentralError, Target, Tls, TlsFault};
use crate::config::Config;
use crate::domain::link::DownReason;
use crate::domain::view::{Check, Verdict};
use jiff::Timestamp;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::net::{TcpStream, UnixStream, lookup_host};
use tokio::time::timeout;

const LIMIT: Duration = Duration::from_secs(3);

/// A gate whose clock is further off is told so; fees are reckoned in minutes.
const FAR_OFF_MS: i64 = 5_000;

pub(super) async fn steps(config: &Config, kit: Option<&Kit>, tongue: Tongue, steps: &Steps) {
    let names = [
        tongue.say("Database: alamat", "Database: address"),
        tongue.say("Database: jaringan", "Database: network"),
        tongue.say("Database: login", "Database: login"),
        tongue.say("Database: fungsi", "Database: functions"),
        tongue.say("Jam server", "Server's clock"),
    ];
    let mut left = names.into_iter();
    let mut next = || left.next().unwrap_or_default();
    let outcome = async {
        let addresses = told(steps, find(config, tongue, next()).await).await?;
        told(steps, reach(config, &addresses, tongue, next()).await).await?;
        let central = told(steps, log_in(config, kit, tongue, next()).await).await?;
        greet(&central, tongue, next(), next(), steps).await;
        Some(())
    };
    if outcome.await.is_none() {
        for name in left {
            steps.tell(skipped(name, tongue)).await;
        }
    }
}

/// A step's line, and what the next one works with if there is a next one.
type Step<T> = (Check, Option<T>);

async fn told<T>(steps: &Steps, (check, outcome): Step<T>) -> Option<T> {
    steps.tell(check).await;
    outcome
}

async fn find(config: &Config, tongue: Tongue, name: String) -> Step<Vec<SocketAddr>> {
    let (host, port) = (config.central.host.as_str(), config.central.port);
    if host.starts_with('/') {
        return (well(name, tongue.say(&format!("soket {host}"), &format!("socket {host}"))), Some(Vec::new()));
    }
    let bare = host.trim_matches(['[', ']']).to_owned();
    let todo = tongue.say(
        "periksa ejaan [central] host, DNS, atau pakai alamat IP",
        "check the spelling of [central] host, DNS, or use an IP address",
    );
    match timeout(LIMIT, lookup_host((bare, port))).await {
        Err(_) => {
            (check(name, Verdict::Fail, tongue.say("DNS tidak menjawab", "DNS does not answer"), todo), None)
        }
        Ok(Err(e)) => (check(name, Verdict::Fail, format!("{host}: {}", name_trouble(&e, tongue)), todo), None),
        Ok(Ok(found)) => {
            let found: Vec<SocketAddr> = found.collect();
            let shown: Vec<String> = found.iter().map(|a| a.ip().to_string()).collect();
            (well(name, format!("{host} = {}", shown.join(", "))), Some(found))
        }
    }
}

async fn reach(config: &Config, addresses: &[SocketAddr], tongue: Tongue, name: String) -> Step<()> {
    let (host, port) = (&config.central.host, config.central.port);
    let (what, outcome) = if host.starts_with('/') {
        let path = Path::new(host).join(format!(".s.PGSQL.{port}"));
        (path.display().to_string(), timeout(LIMIT, UnixStream::connect(&path)).await.map(|r| r.map(drop)))
    } else {
        (format!("TCP {host}:{port}"), timeout(LIMIT, TcpStream::connect(addresses)).await.map(|r| r.map(drop)))
    };
    let todo = tongue.say(
        "pastikan PostgreSQL berjalan di server, kabel terpasang, port terbuka di firewall, dan listen_addresses benar",
        "see that PostgreSQL runs on the server, the cable is in, the firewall lets the port through, listen_addresses is right",
    );
    match outcome {
        Ok(Ok(())) => (well(name, what), Some(())),
        Ok(Err(e)) => (check(name, Verdict::Fail, format!("{what}: {}", trouble(&e, tongue)), todo), None),
        Err(_) => (check(name, Verdict::Fail, format!("{what}: {}", tongue.say("diam", "silent")), todo), None),
    }
}

async fn log_in(config: &Config, kit: Option<&Kit>, tongue: Tongue, name: String) -> Step<Central> {
    let Some(kit) = kit else {
        let detail = tongue.say("tanpa kit tidak ada login", "no login without a kit");
        return (check(name, Verdict::Skipped, detail, ""), None);
    };
    let target: Target = crate::app::gate::target(config, kit);
    let tls = if target.tls == Tls::Off { "TLS off" } else { "TLS verify-full" };
    match Central::connect(&target, "parkir doctor", LIMIT).await {
        Ok(central) => (well(name, format!("{} @ {}, {tls}", target.login, target.database)), Some(central)),
        Err(e) => (
            check(
                name,
                Verdict::Fail,
                format!("{} @ {}, {tls}: {}", target.login, target.database, said(&e, tongue)),
                remedy(&e, tongue),
            ),
            None,
        ),
    }
}

/// Names fail in the resolver's own words, of no kind the standard library knows.
fn name_trouble(error: &std::io::Error, tongue: Tongue) -> String {
    format!("{} ({error})", tongue.say("nama tidak dikenal", "name not known"))
}

/// Why, in words, and the server's own in brackets.
fn said(error: &CentralError, tongue: Tongue) -> String {
    format!("{} ({error})", (lang(tongue.0).words().say.why)(error.reason()))
}

fn remedy(error: &CentralError, tongue: Tongue) -> String {
    match error.reason() {
        DownReason::Tls => encryption(error.tls_fault().unwrap_or(TlsFault::Other), tongue),
        DownReason::Refused => tongue.say(
            "login ditolak: gerbang dicabut atau kit lama; minta kit baru (parkir gate add)",
            "login refused: the gate was revoked or the kit is old; ask for a new one (parkir gate add)",
        ),
        DownReason::Schema => tongue.say(
            "database belum disiapkan atau versinya lain: parkir db init, parkir db migrate",
            "the database is not set up or of another version: parkir db init, parkir db migrate",
        ),
        DownReason::Unreachable | DownReason::Silent | DownReason::NotEnrolled => tongue.say(
            "server menjawab tidak atau terlalu lambat; lihat log PostgreSQL",
            "the server does not answer or is too slow; see PostgreSQL's log",
        ),
    }
}

fn encryption(fault: TlsFault, tongue: Tongue) -> String {
    match fault {
        TlsFault::CaFile => tongue.say(
            "[central] ca_file tidak dapat dipakai: salin sertifikat CA situs (PEM) ke mesin ini",
            "[central] ca_file cannot be used: copy the certificate of the site's CA (PEM) to this machine",
        ),
        TlsFault::NotOffered => tongue.say(
            "server tidak menawarkan TLS: pasang sertifikat dan ssl = on di PostgreSQL; tanpa itu tidak disambung",
            "the server offers no TLS: give PostgreSQL a certificate and ssl = on; nothing connects without",
        ),
        TlsFault::Untrusted => tongue.say(
            "sertifikat server tidak ditandatangani CA situs: periksa [central] ca_file; sertifikat yang menandatangani dirinya sendiri tidak diterima",
            "the server's certificate is not signed by the site's CA: check [central] ca_file; one that signed itself is not taken",
        ),
        TlsFault::Date => tongue.say(
            "sertifikat server kedaluwarsa atau belum berlaku: periksa tanggal mesin ini, lalu perbarui sertifikat di server",
            "the server's certificate has expired or is not valid yet: check this machine's date, then renew it on the server",
        ),
        TlsFault::Name => tongue.say(
            "sertifikat server bukan untuk nama ini: isi [central] host dengan nama di sertifikat, atau buat sertifikat untuk nama ini",
            "the server's certificate is for another name: set [central] host to a name in it, or make one for this name",
        ),
        TlsFault::Other => tongue.say(
            "sambungan aman gagal: periksa sertifikat dan ssl = on di PostgreSQL, lihat log server",
            "the secure connection fails: check certificate and ssl = on in PostgreSQL, see the server's log",
        ),
    }
}

/// Functions, role and clock, all in one call, which reports nothing of this terminal.
async fn greet(central: &Central, tongue: Tongue, functions: String, clock: String, steps: &Steps) {
    let sent = Timestamp::now();
    let hello = match central.greeting(LIMIT).await {
        Ok(hello) => hello,
        Err(e) => {
            steps.tell(check(functions, Verdict::Fail, said(&e, tongue), remedy(&e, tongue))).await;
            steps.tell(skipped(clock, tongue)).await;
            return;
        }
    };
    let got = Timestamp::now();
    let role = if hello.gate.is_empty() { hello.kind.clone() } else { format!("{} ({})", hello.gate, hello.kind) };
    let detail = tongue.say(
        &format!("situs {}, peran {role}, skema {}, setelan {}", hello.site, hello.schema, hello.settings_version),
        &format!("site {}, role {role}, schema {}, settings {}", hello.site, hello.schema, hello.settings_version),
    );
    steps.tell(well(functions, detail)).await;
    let middle = (sent.as_millisecond() + got.as_millisecond()) / 2;
    let off = hello.server_time.as_millisecond() - middle;
    let detail = tongue.say(&format!("selisih {off} ms"), &format!("{off} ms apart"));
    if off.abs() > FAR_OFF_MS {
        let todo = tongue.say(
            "nyalakan NTP di mesin ini dan di server (timedatectl set-ntp true)",
            "turn NTP on here and on the server (timedatectl set-ntp true)",
        );
        steps.tell(check(clock, Verdict::Warn, detail, todo)).await;
    } else {
        steps.tell(well(clock, detail)).await;
    }
}
