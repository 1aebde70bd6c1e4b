//! Many at once and wild clocks: replays, facts of one stay at the same moment, a slow transaction under the cursor,
//! years that are not.

use crate::checker::{Tally, envelopes};
use crate::lane::{Lane, NO_GRACE, note, pick};
use crate::plants;
use crate::proxy::Rule;
use crate::support::site::Site;
use crate::support::{LIMIT, Pen, entered, id_at, text, voided};
use data_encoding::BASE64;
use jiff::SignedDuration;
use parkir::central::{Central, IngestVerdict};
use parkir::domain::fact::{Origin, Stamp};
use parkir::domain::ids::GateId;
use parkir::domain::kinds::Event;
use parkir::domain::seal::GateKey;
use parkir::journal::{Draft, Journal, Options};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

/// Where faketime's library is, if it is installed.
fn faketime() -> Option<String> {
    let found = glob("/usr/lib", "faketime/libfaketime.so.1");
    if found.is_none() {
        println!("skipped: install the package faketime to try wild clocks");
    }
    found
}

fn glob(root: &str, tail: &str) -> Option<String> {
    let below = std::fs::read_dir(root).ok()?.flatten().map(|e| e.path().join(tail));
    below.chain([std::path::Path::new(root).join(tail)]).find(|p| p.exists()).map(|p| p.display().to_string())
}

/// What the clocks of this machine say, some time ago: the wall clock by one measure, the time since boot by another.
fn stamp(wall: SignedDuration, since_boot: SignedDuration) -> Stamp {
    let read = |path: &str| std::fs::read_to_string(path).unwrap();
    let seconds: f64 = read("/proc/uptime").split(' ').next().unwrap().parse().unwrap();
    let uptime = SignedDuration::from_secs_f64(seconds) - since_boot;
    Stamp {
        at: (jiff::Timestamp::now() - wall).to_zoned(jiff::tz::TimeZone::UTC),
        mono_ms: u64::try_from(uptime.as_millis()).unwrap(),
        boot: read("/proc/sys/kernel/random/boot_id").trim().parse().unwrap(),
        clock: None,
    }
}

#[tokio::test]
async fn a_clock_that_jumped_is_doubted_however_often_the_gate_is_killed_and_begun_again() {
    let folder = crate::support::own_folder();
    let data = folder.join("offline_data");
    std::fs::create_dir_all(&data).unwrap();
    std::fs::write(data.join("gate.key"), BASE64.encode(&[9; 32])).unwrap();
    let origin = Origin {
        site: String::new(),
        gate: GateId::parse("A1").unwrap(),
        terminal: "pc".into(),
        operator: "budi".into(),
        shift: None,
        tariff: 0,
        config: 0,
    };
    // Ten seconds ago this machine's clock was five hours behind; a fact was recorded after the jump.
    let (hours, seconds) = (SignedDuration::from_hours(5), SignedDuration::from_secs(10));
    let journal = Journal::open(Options {
        dir: data,
        key: Arc::new(GateKey::from_seed(&[9; 32]).unwrap()),
        origin: origin.clone(),
        stamp: stamp(hours + seconds, seconds),
        epoch: Uuid::now_v7(),
        started: Uuid::now_v7(),
    });
    let event = Event::Other { kind: "note".into(), body: json!({"text": "sesudah jam berubah"}) };
    let (id, stamp) = (Uuid::now_v7(), stamp(SignedDuration::ZERO, SignedDuration::ZERO));
    let journal = journal.unwrap();
    journal.record(Draft { id, origin, stamp, event, personal: Vec::new(), stay: None }).await.unwrap();
    drop(journal);
    for _ in 0..3 {
        let mut gate = crate::power::alone(&folder, &[]);
        let ticket = gate.enter("B 1 JAM", "motor")["ticket"].clone();
        let quote = gate.yes(&json!({"cmd": "quote", "ticket": ticket}));
        let warnings = quote["warnings"].as_array().unwrap();
        assert!(warnings.contains(&json!("clock_doubtful")), "{quote}");
        gate.yes(&json!({"cmd": "leave", "ticket": ticket, "method": "tunai", "tendered": 100_000}));
        gate.kill();
    }
    std::fs::remove_dir_all(&folder).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_ten_years_ahead_or_a_day_behind_loses_nothing() {
    let Some(library) = faketime() else { return };
    let mut lane = Lane::open("clock +10 years, -1 day").await;
    for offset in ["+3650d", "-1d"] {
        let set = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        lane.environment =
            vec![set("LD_PRELOAD", &library), set("FAKETIME", offset), set("FAKETIME_DONT_FAKE_MONOTONIC", "1")];
        lane.restart();
        lane.traffic(3);
        lane.heals();
        lane.proxy.set(Rule::Refuse);
        lane.traffic(3);
        lane.falls();
        lane.heals();
        lane.environment.clear();
        lane.restart();
        lane.traffic(2);
        lane.heals();
    }
    // A month that the default partition holds already.
    let wild = "SELECT count(*) > 0 FROM peristiwa_lain";
    assert_eq!(lane.site.rows(wild).await, "t");
    lane.site.rows("SELECT intern.buat_bulan((now() + interval '3650 days')::date)").await;
    assert_eq!(
        lane.site.rows("SELECT count(*) FROM peristiwa_lain WHERE id > intern.uuid_batas(now())").await,
        "0"
    );
    lane.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_replays_of_one_batch_at_once_are_one_insert_and_no_conflict() {
    let mut lane = Lane::open("20 replays of one batch at once").await;
    lane.site.rows("ALTER ROLE gate_a1 CONNECTION LIMIT -1").await;
    for _ in 0..pick(10, 50) {
        lane.proxy.set(Rule::Refuse);
        lane.breaks();
        lane.traffic(10);
        let all = envelopes(&lane.data());
        let batch = all[all.len() - 21..].to_vec();
        let mut centrals = Vec::new();
        for _ in 0..20 {
            centrals.push(lane.site.rig.central("A1").await);
        }
        let sent = centrals.iter().map(|central| central.ingest(&batch, LIMIT));
        let mut inserted = vec![0; batch.len()];
        for verdicts in futures_util::future::join_all(sent).await {
            for (n, verdict) in verdicts.unwrap().into_iter().enumerate() {
                match verdict {
                    IngestVerdict::Inserted => inserted[n] += 1,
                    IngestVerdict::Already => {}
                    other => panic!("a false verdict: {other:?}"),
                }
            }
        }
        assert!(inserted.iter().all(|n| *n == 1), "{inserted:?}");
        lane.heals();
    }
    lane.ends().await;
}

/// A site without terminals, talked to by hand.
async fn bare_site(gates: &[(&str, &str)]) -> Site {
    let site = Site::new(gates);
    site.rows(NO_GRACE).await;
    plants::in_sql(&site).await;
    site
}

/// A gate's pen that knows its site.
async fn pen(site: &Site, gate: &str, epoch: u128) -> Pen {
    Pen { site: site.rows("SELECT situs FROM lokasi").await, ..Pen::new(gate, epoch) }
}

const SEND: &str = "SELECT api.ingest($1::text::jsonb)";

/// Two facts of one stay, at two gates, each committing while the other is at work.
#[tokio::test(flavor = "multi_thread")]
async fn facts_of_one_stay_at_the_same_moment_are_all_in_it() {
    let site = bare_site(&[("A1", "both"), ("B1", "both")]).await;
    let (mut a, mut b) = (pen(&site, "A1", 1).await, pen(&site, "B1", 2).await);
    let runs = pick(5, 100) as u32;
    for n in 1..=u128::from(runs) {
        let second = i64::try_from(n).unwrap() * 10;
        let (stay, exit) = (id_at(second, n), id_at(second + 1, 1000 + n));
        let first = [a.enter(stay, second, "B1AA"), a.leave(exit, second + 1, stay, 2000)];
        site.rig.central("A1").await.ingest(&first, LIMIT).await.unwrap();
        let mut slow = site.rig.plain("A1").await;
        let held = slow.transaction().await.unwrap();
        let void = a.write(id_at(second + 2, 2000 + n), second + 2, &voided(stay, exit, "A1"), None);
        held.execute(SEND, &[&format!("[{void}]")]).await.unwrap();
        let other = b.leave(id_at(second + 3, 3000 + n), second + 3, stay, 3000);
        let quick = site.rig.plain("B1").await;
        let sent = tokio::spawn(async move { quick.execute(SEND, &[&format!("[{other}]")]).await.map(|_| ()) });
        // Until it waits for the stay's lock, or has gone past where it should have.
        let waits =
            "SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = 'gate_b1' AND wait_event_type = 'Lock'";
        for _ in 0..200 {
            if sent.is_finished() || site.rows(waits).await == "t" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        held.commit().await.unwrap();
        sent.await.unwrap().unwrap();
    }
    let sql = "SELECT count(*) FILTER (WHERE keadaan = 'keluar' AND biaya = 3000 AND jumlah_keluar = 2 AND versi = 4 \
        AND cardinality(dibatalkan) = 1), count(*) FROM kunjungan";
    assert_eq!(site.rows(sql).await, format!("{runs}|{runs}"));
    let money = "SELECT sum(total), sum(total_batal) FROM pendapatan_harian";
    assert_eq!(site.rows(money).await, format!("{}|{}", runs * 3000, runs * 2000));
    note("facts of one stay at once", runs as usize, Tally::default(), Duration::ZERO);
}

/// A gate that asks what changed while somebody's facts are still on their way to their commit.
#[tokio::test(flavor = "multi_thread")]
async fn a_slow_transaction_hides_no_car_from_the_other_gates() {
    let site = bare_site(&[("A1", "in"), ("B1", "out"), ("C1", "in")]).await;
    let hears: Central = site.rig.central("B1").await;
    let (mut a, mut c) = (pen(&site, "A1", 1).await, pen(&site, "C1", 2).await);
    let mut cursor = hears.pull(None, LIMIT).await.unwrap().cursor;
    let mut heard: BTreeMap<String, usize> = BTreeMap::new();
    let runs = pick(3, 100) as u128;
    for n in 1..=runs {
        let second = i64::try_from(n).unwrap() * 10;
        let mut slow = site.rig.plain("A1").await;
        let held = slow.transaction().await.unwrap();
        let hidden = a.enter(id_at(second, n), second, "B1LAMBAT");
        held.execute(SEND, &[&format!("[{hidden}]")]).await.unwrap();
        let quick = c.enter(id_at(second + 1, 5000 + n), second + 1, "B2CEPAT");
        site.rig.central("C1").await.ingest(&[quick], LIMIT).await.unwrap();
        let mut pull = async || {
            let pulled = hears.pull(Some(&cursor), LIMIT).await.unwrap();
            cursor = pulled.cursor;
            pulled.stays.iter().for_each(|s| *heard.entry(s.stay.to_string()).or_default() += 1);
        };
        pull().await;
        held.commit().await.unwrap();
        pull().await;
    }
    assert_eq!((heard.len() as u128, heard.values().max()), (2 * runs, Some(&1)), "{heard:?}");
    note("slow transaction under the cursor", runs as usize, Tally::default(), Duration::ZERO);
}

/// The same id with two contents, from wherever: both are kept, one is projected, the others are told so.
#[tokio::test(flavor = "multi_thread")]
async fn an_id_used_twice_loses_neither_content() {
    let site = bare_site(&[("A1", "both")]).await;
    let mut pen = pen(&site, "A1", 1).await;
    let stay = id_at(1, 1);
    let event: Event = entered("mobil", stay);
    let one = pen.fact(stay, 1, &event, Some("B1AA"));
    let other = pen.fact(stay, 1, &event, Some("B2BB"));
    let facts = [text(&pen.seal(one)), text(&pen.seal(other))];
    let central = site.rig.central("A1").await;
    let verdicts = [&facts[..1], &facts[1..], &facts[..]].map(<[String]>::to_vec);
    for batch in verdicts {
        central.ingest(&batch, LIMIT).await.unwrap();
    }
    let sql = "SELECT (SELECT count(*) FROM peristiwa), (SELECT count(*) FROM karantina), \
        (SELECT count(*) FROM kendaraan)";
    assert_eq!(site.rows(sql).await, "1|1|1");
}
