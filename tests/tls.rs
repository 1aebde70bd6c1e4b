//! Encrypted ways to the centre and to the hub: only the site's own server is talked to, whoever else answers hears
//! nothing, and the operator is told what is wrong.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use parkir::central::{Central, CentralError, Superuser, Target, Tls, TlsFault};
use parkir::domain::link::DownReason;
use parkir::domain::secret::Secret;
use parkir::hub::{Address, DialError, Hub, HubOptions, Limits, ServerTls, server};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, date_time_ymd};
use serde_json::{Value, json};
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, chown};
use std::path::{Path, PathBuf};
use support::face::{Head, Service, once, until};
use support::pty::Pty;
use support::site::Site;
use support::{LIMIT, Rig};
use tokio_util::sync::CancellationToken;

/// Certificate and key, PEM.
struct Paper {
    certificate: String,
    key: String,
}

/// Somebody who signs certificates.
struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    /// All carry the same name: a name proves nothing.
    fn new() -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, "CA Parkir Uji");
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    fn file(&self, path: &Path) -> PathBuf {
        std::fs::write(path, self.0.pem()).unwrap();
        path.to_owned()
    }

    fn signs(&self, name: &str) -> Paper {
        self.signs_for_years(name, 2020, 2100)
    }

    fn signs_for_years(&self, name: &str, from: i32, to: i32) -> Paper {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        (params.not_before, params.not_after) = (date_time_ymd(from, 1, 1), date_time_ymd(to, 1, 1));
        let certificate = params.signed_by(&key, &self.0).unwrap().pem();
        Paper { certificate, key: key.serialize_pem() }
    }
}

fn self_signed(name: &str) -> Paper {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    Paper { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
}

/// Sets up PostgreSQL as this server, or as one without encryption; every session of a gate ends.
async fn becomes(rig: &Rig, number: usize, paper: Option<&Paper>) {
    let root = rig.root().await;
    let data = rig.folder.join("pg/data");
    let owner = std::fs::metadata(&data).unwrap();
    let mut wished = String::new();
    if let Some(paper) = paper {
        for (name, text) in [("crt", &paper.certificate), ("key", &paper.key)] {
            let path = data.join(format!("tls{number}.{name}"));
            let mut file =
                std::fs::OpenOptions::new().create_new(true).write(true).mode(0o600).open(&path).unwrap();
            file.write_all(text.as_bytes()).unwrap();
            chown(&path, Some(owner.uid()), Some(owner.gid())).unwrap();
        }
        wished = format!("tls{number}.crt");
        root.batch_execute(&format!("ALTER SYSTEM SET ssl_cert_file = '{wished}'")).await.unwrap();
        root.batch_execute(&format!("ALTER SYSTEM SET ssl_key_file = 'tls{number}.key'")).await.unwrap();
    }
    let on = if paper.is_some() { "on" } else { "off" };
    root.batch_execute(&format!("ALTER SYSTEM SET ssl = {on}")).await.unwrap();
    root.execute("SELECT pg_reload_conf()", &[]).await.unwrap();
    // A session that begins now has what the postmaster has.
    loop {
        let fresh = rig.root().await;
        let now = "SELECT current_setting('ssl'), current_setting('ssl_cert_file')";
        let row = fresh.query_one(now, &[]).await.unwrap();
        if row.get::<_, &str>(0) == on && row.get::<_, &str>(1).contains(&wished) {
            break;
        }
    }
    let end = "SELECT pg_terminate_backend(pid, 30000) FROM pg_stat_activity WHERE usename LIKE 'gate%'";
    root.execute(end, &[]).await.unwrap();
}

/// A terminal's configuration; `central` and `more` are TOML.
fn config(rig: &Rig, name: &str, central: &str, more: &str) -> PathBuf {
    let data = rig.folder.join("data").join(name);
    std::fs::create_dir_all(&data).unwrap();
    let path = rig.folder.join(format!("{name}.toml"));
    let text = format!(
        "data_dir = \"{}\"\nkit = \"{}\"\n[gate]\noperator = \"budi\"\n[central]\nport = {}\n{central}\n\
         [hub]\nlisten = \"127.0.0.1:0\"\n{more}\n",
        data.display(),
        rig.kit_path("A1").display(),
        rig.cluster.port(),
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// Verdict, detail and advice of one step of Periksa.
fn step(config: &Path, name: &str) -> (String, String, String) {
    let (_, out, said) = once(&["doctor", "--json"], config);
    let checks: Vec<Value> = serde_json::from_str(&out).unwrap_or_else(|e| panic!("{e}: {out}{said}"));
    let step = checks.iter().find(|check| check["name"] == name).unwrap_or_else(|| panic!("no {name}: {out}"));
    let word = |key: &str| step[key].as_str().unwrap().to_owned();
    (word("verdict"), word("detail"), word("todo"))
}

async fn number(rig: &Rig, sql: &str) -> i64 {
    rig.root().await.query_one(sql, &[]).await.unwrap().get(0)
}

const SESSIONS: &str = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'gate_a1'";
const ENTERED: &str = "SELECT count(*) FROM peristiwa WHERE jenis = 'entered'";

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_sells_over_tls_to_its_own_server_and_tells_nothing_to_any_other() {
    let rig = Rig::with(&[("A1", "both")], false, true).await;
    let (site, stranger) = (Authority::new(), Authority::new());
    let ca = site.file(&rig.folder.join("ca.pem"));
    let config_of = |name: &str| {
        let central = format!("host = \"127.0.0.1\"\ntls = \"verify-full\"\nca_file = \"{}\"", ca.display());
        config(&rig, name, &central, "[sync]\nmode = \"auto\"")
    };
    let file = config_of("A1");
    becomes(&rig, 0, Some(&site.signs("127.0.0.1"))).await;
    let mut gate = Head::start("in", &file);
    gate.settled();
    gate.enter("B 1 AA", "mobil");
    gate.settled();
    let plain = "SELECT count(*) FROM pg_stat_activity a LEFT JOIN pg_stat_ssl s USING (pid) \
                 WHERE a.usename = 'gate_a1' AND s.ssl IS NOT TRUE";
    assert_eq!((number(&rig, ENTERED).await, number(&rig, plain).await), (1, 0));
    assert!(number(&rig, SESSIONS).await > 0);
    assert_eq!(step(&file, "Database: login").0, "ok");

    let servers = [
        (Some(stranger.signs("127.0.0.1")), "tidak ditandatangani CA situs"),
        (Some(self_signed("127.0.0.1")), "menandatangani dirinya sendiri"),
        (Some(site.signs_for_years("127.0.0.1", 2020, 2021)), "kedaluwarsa atau belum berlaku: periksa tanggal"),
        (Some(site.signs_for_years("127.0.0.1", 2090, 2100)), "kedaluwarsa atau belum berlaku: periksa tanggal"),
        (Some(site.signs("pusat.parkir.example")), "bukan untuk nama ini"),
        (Some(site.signs("localhost")), "bukan untuk nama ini"),
        (None, "tidak menawarkan TLS"),
    ];
    let mut sold = 1;
    for (n, (paper, advice)) in servers.iter().enumerate() {
        becomes(&rig, n + 1, paper.as_ref()).await;
        // Asked to send, it tries at once, and finds whom it meets there.
        until("a refused server", || {
            gate.ask(&json!({"cmd": "sync"}));
            (gate.status()["reason"] == "tls").then_some(())
        });
        let car = gate.enter(&format!("B {n} BB"), "motor");
        assert_eq!((&car["link"], car["pending"].as_u64()), (&json!("down"), Some(n as u64 + 1)), "{advice}");
        sold += 1;
        let (verdict, detail, todo) = step(&file, "Database: login");
        assert!(verdict == "fail" && todo.contains(advice), "{detail} -> {todo}, not {advice}");
        assert_eq!((number(&rig, SESSIONS).await, number(&rig, ENTERED).await), (0, 1), "{detail}");
    }
    // What the person at the gate reads.
    let screen = Pty::start(&["in"], &config_of("screen"));
    screen.shows(&["Database Terputus", "Sambungan aman ditolak", "panggil admin"]);
    assert_eq!(screen.leaves(), 0);

    becomes(&rig, 20, Some(&site.signs("127.0.0.1"))).await;
    gate.settled();
    assert_eq!((number(&rig, ENTERED).await, number(&rig, plain).await), (sold, 0));
    assert_eq!(number(&rig, "SELECT count(DISTINCT id) FROM peristiwa WHERE jenis = 'entered'").await, sold);
    gate.quit();

    // The superuser's commands take the same care.
    let text = rig.superuser.text.reveal().replace(&rig.cluster.socket().display().to_string(), "127.0.0.1");
    let over_tls = format!("{text} sslmode=require");
    let as_root = |ca: &Path| Superuser::connect(&over_tls, "parkir2", None, Some(ca.to_owned()));
    assert!(as_root(&ca).await.is_ok());
    let refused = as_root(&stranger.file(&rig.folder.join("other.pem"))).await.err().unwrap();
    assert_eq!(refused.tls_fault(), Some(TlsFault::Untrusted));
}

fn target(port: u16, ca: &Path) -> Target {
    Target {
        host: "127.0.0.1".into(),
        port,
        database: "parkir2".into(),
        tls: Tls::VerifyFull { ca_file: Some(ca.to_owned()) },
        login: "gate_a1".into(),
        password: Secret::new("rahasia"),
    }
}

#[tokio::test]
async fn a_server_that_will_not_encrypt_hears_the_question_and_not_one_byte_more() {
    let folder = tempfile::tempdir().unwrap();
    let ca = Authority::new().file(&folder.path().join("ca.pem"));
    // No; an error in the clear, as very old servers say it; and yes, followed by a login that needs no password.
    for answer in [&b"N"[..], b"E\0\0\0\x09SFATAL", b"SR\0\0\0\x08\0\0\0\0Z\0\0\0\x05I"] {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let spy = std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().unwrap();
            let mut question = [0; 8];
            socket.read_exact(&mut question).unwrap();
            socket.write_all(answer).unwrap();
            let mut more = Vec::new();
            socket.set_read_timeout(Some(LIMIT)).unwrap();
            // A peer that closes with bytes unread resets.
            let _ = socket.read_to_end(&mut more);
            (question, more)
        });
        let refused = Central::connect(&target(port, &ca), "uji", LIMIT).await.err().unwrap();
        assert_eq!(refused.reason(), DownReason::Tls, "{refused}");
        let (question, more) = spy.join().unwrap();
        assert_eq!(question, [0, 0, 0, 8, 4, 210, 22, 47]);
        let said = String::from_utf8_lossy(&more);
        assert!(!said.contains("gate_a1") && !said.contains("parkir2"), "{answer:?}: {said}");
        if answer == b"N" {
            assert_eq!((refused.tls_fault(), more.len()), (Some(TlsFault::NotOffered), 0));
        }
    }
    for bad in ["", "no certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
        let file = folder.path().join("bad.pem");
        std::fs::write(&file, bad).unwrap();
        for file in [file.as_path(), &folder.path().join("nowhere.pem")] {
            let error = Central::connect(&target(1, file), "uji", LIMIT).await.err().unwrap();
            assert!(matches!(error, CentralError::Tls(_)) && error.to_string().contains(".pem"), "{error}");
            assert_eq!(error.tls_fault(), Some(TlsFault::CaFile));
        }
    }
}

/// 0.0.0.0 is this machine to the kernel and another one to the rule.
#[tokio::test(flavor = "multi_thread")]
async fn another_machine_is_reached_in_the_clear_only_if_the_words_say_so() {
    let rig = Rig::with(&[("A1", "both")], false, true).await;
    let silent = config(&rig, "silent", "host = \"0.0.0.0\"", "");
    let mut gate = Head::start("in", &silent);
    let status = gate.asks_until(&json!({"cmd": "status"}), |status| status["link"] == "down");
    assert_eq!(status["reason"], "tls");
    gate.enter("B 1 AA", "mobil");
    assert_eq!(gate.no(&json!({"cmd": "sync"})), "link_down");
    assert_eq!((number(&rig, SESSIONS).await, number(&rig, ENTERED).await), (0, 0));
    gate.quit();
    assert_eq!(step(&silent, "Konfigurasi").0, "ok");
    assert!(step(&silent, "Database: login").2.contains("tidak menawarkan TLS"));

    let spoken = config(&rig, "silent", "host = \"0.0.0.0\"\ntls = \"off\"", "");
    let (verdict, _, todo) = step(&spoken, "Konfigurasi");
    assert!(verdict == "warn" && todo.contains("tidak dienkripsi"), "{todo}");
    let mut gate = Head::start("in", &spoken);
    gate.settled();
    assert_eq!(number(&rig, ENTERED).await, 1);
    gate.quit();

    let text = rig.superuser.text.reveal().replace(&rig.cluster.socket().display().to_string(), "0.0.0.0");
    let as_root =
        async |text: &str| Superuser::connect(text, "parkir2", None, None).await.err().map(|e| e.tls_fault());
    assert_eq!(as_root(&text).await, Some(Some(TlsFault::NotOffered)));
    assert_eq!(as_root(&format!("{text} sslmode=prefer")).await, Some(Some(TlsFault::NotOffered)));
    assert_eq!(as_root(&format!("{text} sslmode=disable")).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hub_at_wss_tells_the_exit_of_an_entry_while_the_database_is_down() {
    let mut site = Site::new(&[("A1", "in"), ("B1", "out"), ("C1", "in")]);
    let (owner, stranger) = (Authority::new(), Authority::new());
    let file = |name: &str, text: &str| {
        std::fs::write(site.rig.folder.join(name), text).unwrap();
        site.rig.folder.join(name)
    };
    let paper = owner.signs("127.0.0.1");
    let (certificate, key) = (file("hub.pem", &paper.certificate), file("hub.key", &paper.key));
    let (ours, theirs) = (file("ca.pem", &owner.0.pem()), file("other.pem", &stranger.0.pem()));
    let encrypted = |path: PathBuf, ca: &Path, more: &str| {
        let text = std::fs::read_to_string(&path).unwrap();
        let text =
            text.replace("\"ws://", "\"wss://").replace("[central]", &format!("[central]\nca_file = {ca:?}"));
        std::fs::write(&path, text.replace("[hub]", &format!("[hub]\n{more}"))).unwrap();
        path
    };
    let files = format!("cert_file = {certificate:?}\nkey_file = {key:?}");
    let server = Service::start(&encrypted(site.config("server", "hub", ""), &ours, &files), &site.hub);
    let configs = [("A1", &ours), ("B1", &ours), ("C1", &theirs)]
        .map(|(gate, ca)| encrypted(site.config(gate, gate, ""), ca, ""));
    for (name, verdict) in [("Hub", "ok"), ("Hub: keadaan", "ok"), ("Hub: token", "ok")] {
        assert_eq!(step(&configs[0], name).0, verdict, "{name}");
    }
    let (verdict, detail, todo) = step(&configs[2], "Hub");
    assert!(verdict == "warn" && todo.contains("ca_file"), "{detail} -> {todo}");

    let mut entry = Head::start("in", &configs[0]);
    let mut exit = Head::start("out", &configs[1]);
    let mut deaf = Head::start("in", &configs[2]);
    for gate in [&mut entry, &mut exit, &mut deaf] {
        gate.settled();
    }
    // Both have their seats when each has heard of the first.
    let first = entry.enter("B 1 AA", "mobil");
    exit.knows(&first["ticket"]);
    until("the refusal in the log", || {
        site.log("C1", "application_").contains("invalid peer certificate").then_some(())
    });
    site.rig.cluster.stop_immediate().unwrap();
    for gate in [&mut entry, &mut exit, &mut deaf] {
        gate.link("down");
    }
    let car = entry.enter("B 1234 XYZ", "mobil");
    assert_eq!(exit.knows(&car["ticket"])["stay"], car["stay"]);
    // Told to all who had a seat by then; this one has none, and sells all the same.
    assert_eq!(deaf.yes(&json!({"cmd": "find", "query": car["ticket"]}))["stays"], json!([]));
    deaf.enter("B 5 CC", "motor");
    for gate in [entry, exit, deaf] {
        gate.quit();
    }
    server.stop();
}

#[tokio::test]
async fn a_hub_with_a_wrong_certificate_or_none_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (site, stranger) = (Authority::new(), Authority::new());
    let ca = site.file(&folder.path().join("ca.pem"));
    let stop = CancellationToken::new();
    let _end = stop.clone().drop_guard();
    for (n, (paper, wished)) in [
        (Some(site.signs("127.0.0.1")), ""),
        (Some(stranger.signs("127.0.0.1")), "BadSignature"),
        (Some(self_signed("127.0.0.1")), "UnknownIssuer"),
        (Some(site.signs_for_years("127.0.0.1", 2020, 2021)), "expired"),
        (Some(site.signs("localhost")), "not valid for name"),
        (None, "InvalidContentType"),
    ]
    .into_iter()
    .enumerate()
    {
        let tls = paper.map(|paper| {
            let [cert_file, key_file] = ["pem", "key"].map(|end| folder.path().join(format!("{n}.{end}")));
            std::fs::write(&cert_file, paper.certificate).unwrap();
            std::fs::write(&key_file, paper.key).unwrap();
            ServerTls { cert_file, key_file }
        });
        let listener = server::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let hub = Hub::new(Limits::default(), "uji");
        tokio::spawn(server::run(listener, HubOptions { origins: vec![], tls }, hub, stop.clone()));
        let address = Address::parse(&format!("wss://{address}/parking")).unwrap();
        match address.connect(Some(&ca)).await {
            Ok(_) => assert_eq!(wished, "", "it was let in"),
            Err(DialError::Tls(error)) => {
                let said = format!("{error} {error:?}");
                assert!(!wished.is_empty() && said.contains(wished), "{said}, not {wished}");
            }
            Err(other) => panic!("{other}, not {wished}"),
        }
    }
}
