//! A site on a real private PostgreSQL: cluster, `db init`, gates, and facts sealed as terminals seal them.
#![allow(dead_code, clippy::expect_used, clippy::panic, clippy::unwrap_used)]

pub mod face;
pub mod pty;
pub mod site;

use jiff::Timestamp;
use parkir::app::cluster::{ClusterOptions, PrivateCluster};
use parkir::app::enrol::{InitOptions, SuperuserOptions, db_init, gate_add};
use parkir::app::kit::Kit;
use parkir::central::{Central, Target, Tls};
use parkir::domain::fact::{Fact, Origin, Sealed, Stamp};
use parkir::domain::ids::GateId;
use parkir::domain::kinds::{Corrected, Entered, Event, Left, Voided};
use parkir::domain::money::Rupiah;
use parkir::domain::prepaid::Prepaid;
use parkir::domain::seal::{GateKey, Hash};
use parkir::domain::secret::Secret;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio_postgres::{Client, NoTls};
use uuid::Uuid;

pub const LIMIT: Duration = Duration::from_secs(30);
/// 2026-11-22T00:00:00Z
pub const DAY: i64 = 1_795_305_600;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// A folder nobody else uses, and that does not exist yet.
pub fn own_folder() -> PathBuf {
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("parkir-uji-{}-{number}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    folder
}

pub struct Rig {
    pub cluster: PrivateCluster,
    pub folder: PathBuf,
    pub superuser: SuperuserOptions,
    tcp: bool,
}

impl Rig {
    /// A cluster with `db init` done and these gates enrolled.
    pub async fn new(gates: &[(&str, &str)]) -> Self {
        Self::with(gates, false, false).await
    }

    pub async fn with(gates: &[(&str, &str)], durable: bool, tcp: bool) -> Self {
        let rig = Self::bare(durable, tcp);
        db_init(&rig.init()).await.unwrap();
        for (gate, kind) in gates {
            gate_add(&GateId::parse(gate).unwrap(), kind, &rig.superuser, &rig.kit_path(gate)).await.unwrap();
        }
        rig
    }

    /// A cluster in a folder of its own, and nothing in it yet.
    pub fn bare(durable: bool, tcp: bool) -> Self {
        let folder = own_folder();
        let options = ClusterOptions { folder: folder.join("pg"), durable, tcp };
        let cluster = PrivateCluster::start(&options).unwrap();
        let superuser = SuperuserOptions { text: cluster.superuser(), database: "parkir2".into(), ca_file: None };
        Self { cluster, folder, superuser, tcp }
    }

    pub fn init(&self) -> InitOptions {
        InitOptions {
            superuser: self.superuser.clone(),
            out: self.folder.join("kit"),
            site: Some("S1".into()),
            site_name: "Parkir Uji".into(),
            zone: "Asia/Jakarta".into(),
            ask: false,
            rotate_kits: false,
        }
    }

    pub fn kit_path(&self, name: &str) -> PathBuf {
        self.folder.join("kit").join(name)
    }

    /// The key a gate's kit holds: what it signs counts.
    pub fn key_of(&self, gate: &str) -> GateKey {
        std::sync::Arc::into_inner(Kit::open(&self.kit_path(gate)).unwrap().key.unwrap()).unwrap()
    }

    pub fn target(&self, name: &str) -> Target {
        let kit = Kit::open(&self.kit_path(name)).unwrap();
        Target {
            host: if self.tcp { "127.0.0.1".into() } else { self.cluster.socket().display().to_string() },
            port: self.cluster.port(),
            database: "parkir2".into(),
            tls: Tls::Off,
            login: kit.login,
            password: kit.password,
        }
    }

    pub async fn central(&self, name: &str) -> Central {
        Central::connect(&self.target(name), "uji", LIMIT).await.unwrap()
    }

    /// A plain connection, to look with.
    pub async fn client(&self, text: &str) -> Client {
        let (client, connection) = tokio_postgres::connect(text, NoTls).await.unwrap();
        tokio::spawn(connection);
        client
    }

    pub async fn root(&self) -> Client {
        self.client(&format!("{} dbname=parkir2", self.cluster.superuser().reveal())).await
    }

    pub async fn plain(&self, name: &str) -> Client {
        let t = self.target(name);
        let text = format!(
            "host={} port={} user={} password={} dbname=parkir2",
            t.host,
            t.port,
            t.login,
            t.password.reveal()
        );
        self.client(&text).await
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        // A test that failed may have left it frozen.
        let _ = self.cluster.resume();
        let _ = self.cluster.stop();
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// One journal's pen: seals events one after the other.
pub struct Pen {
    pub gate: GateId,
    pub epoch: Uuid,
    pub seq: u64,
    pub prev: Hash,
    pub key: GateKey,
    pub site: String,
    /// What its envelopes name.
    pub shift: Option<Uuid>,
}

/// A UUIDv7 of a second of the test's day.
pub fn id_at(second: i64, n: u128) -> Uuid {
    let ms = u128::try_from((DAY + second) * 1000).unwrap();
    Uuid::from_u128(ms << 80 | 0x7000_u128 << 64 | 0x8_u128 << 60 | (n & 0xFFFF_FFFF))
}

impl Pen {
    pub fn new(gate: &str, epoch: u128) -> Self {
        Self {
            gate: GateId::parse(gate).unwrap(),
            epoch: Uuid::from_u128(epoch),
            seq: 0,
            prev: Hash::ZERO,
            key: GateKey::from_seed(&[7; 32]).unwrap(),
            site: "S1".into(),
            shift: None,
        }
    }

    pub fn fact(&self, id: Uuid, second: i64, event: &Event, plate: Option<&str>) -> Fact {
        let origin = Origin {
            site: self.site.clone(),
            gate: self.gate.clone(),
            terminal: "pc-uji".into(),
            operator: "budi".into(),
            shift: self.shift,
            tariff: 1,
            config: 1,
        };
        let zone = jiff::tz::TimeZone::get("Asia/Jakarta").unwrap();
        let stamp = Stamp {
            at: Timestamp::from_second(DAY + second).unwrap().to_zoned(zone),
            mono_ms: 1,
            boot: Uuid::from_u128(9),
            clock: None,
        };
        let personal: Vec<(&str, &str)> = plate.into_iter().flat_map(|p| [("plate", p), ("typed", p)]).collect();
        Fact::new(id, &origin, &stamp, event, &personal, || "00112233445566778899aabbccddeeff".into()).unwrap()
    }

    pub fn seal(&mut self, fact: Fact) -> Sealed {
        self.seq += 1;
        let sealed = fact.seal(&self.key, self.epoch, self.seq, self.prev).unwrap();
        self.prev = sealed.link();
        sealed
    }

    pub fn write(&mut self, id: Uuid, second: i64, event: &Event, plate: Option<&str>) -> String {
        let fact = self.fact(id, second, event, plate);
        text(&self.seal(fact))
    }

    pub fn enter(&mut self, stay: Uuid, second: i64, plate: &str) -> String {
        self.write(stay, second, &entered("mobil", stay), Some(plate))
    }

    pub fn leave(&mut self, id: Uuid, second: i64, stay: Uuid, fee: i64) -> String {
        self.write(id, second, &left(stay, fee), Some("B1XX"))
    }
}

pub fn text(sealed: &Sealed) -> String {
    serde_json::to_string(sealed).unwrap()
}

pub fn entered(class: &str, stay: Uuid) -> Event {
    let ticket = format!("A1{}", &stay.simple().to_string()[24..]).to_uppercase();
    Event::Entered(Entered {
        ticket,
        class: class.into(),
        source: "operator".into(),
        tariff: 1,
        paper: None,
        prepaid: None,
    })
}

/// An entry that was paid: cash, exactly.
pub fn prepaid(stay: Uuid, amount: i64) -> Event {
    let Event::Entered(mut entry) = entered("mobil", stay) else { unreachable!() };
    entry.prepaid = Some(Box::new(Prepaid {
        amount: Rupiah(amount),
        method: "tunai".into(),
        tendered: Rupiah(amount),
        change: Rupiah(0),
        receipt: None,
        charge: None,
        lines: vec![],
        tax: None,
        flags: vec![],
    }));
    Event::Entered(entry)
}

pub fn left(stay: Uuid, fee: i64) -> Event {
    Event::Left(Left {
        stay,
        ticket: Some(format!("A1{}", &stay.simple().to_string()[24..]).to_uppercase()),
        class: "mobil".into(),
        entered_at: "2026-11-22T07:00:00.000000+07:00".into(),
        entered_gate: Some("A1".into()),
        known: "qr".into(),
        fee: Rupiah(fee),
        lines: vec![],
        method: "tunai".into(),
        tendered: Rupiah(fee),
        change: Rupiah(0),
        receipt: None,
        tariff: 1,
        tax: None,
        lost: None,
        more: Default::default(),
        flags: vec!["qr_only".into()],
    })
}

pub fn voided(stay: Uuid, target: Uuid, target_gate: &str) -> Event {
    Event::Voided(Voided { stay, target, target_gate: target_gate.into(), reason: "salah".into(), by: None })
}

pub fn corrected(stay: Uuid, target: Uuid, target_gate: &str, class: Option<&str>) -> Event {
    Event::Corrected(Corrected {
        stay,
        target,
        target_gate: target_gate.into(),
        class: class.map(Into::into),
        reason: "salah".into(),
        method: None,
        receipt: None,
        by: None,
    })
}

pub fn secret(text: &str) -> Secret {
    Secret::new(text)
}

/// Everything the books say, without what tells when it came.
pub async fn books(rig: &Rig) -> String {
    let root = rig.root().await;
    let mut all = String::new();
    let tables = [
        "peristiwa",
        "kunjungan",
        "kendaraan",
        "transaksi",
        "pendapatan_harian",
        "karantina",
        "epok",
        "titipan",
        "duplikat",
        "shift",
        "cetakan",
        "pengembalian",
        "denda_kembali",
        "bayar_di_depan",
        "pendapatan_bersih",
    ];
    for table in tables {
        let sql = format!(
            "SELECT coalesce(string_agg(r, chr(10) ORDER BY r), '') FROM \
             (SELECT (to_jsonb(t) - 'xid' - 'diterima')::text AS r FROM {table} t) x"
        );
        let rows: String = root.query_one(&sql, &[]).await.unwrap().get(0);
        all.push_str(&format!("== {table}\n{rows}\n"));
    }
    all
}
