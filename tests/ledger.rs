//! Promises of the ledger, on a real PostgreSQL in a private cluster.

mod support;

use parkir::central::IngestVerdict::*;
use parkir::central::{Central, ErrorClass, HeldKey};
use parkir::domain::fact::Sealed;
use parkir::domain::kinds::{Event, Parent, Started};
use support::*;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn an_entry_and_its_exit_stand_in_the_books_once() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let central = rig.central("A1").await;
    let mut pen = Pen::new("A1", 1);
    let stay = id_at(0, 1);
    let enter = pen.enter(stay, 0, "B1234XYZ");
    assert_eq!(central.ingest(std::slice::from_ref(&enter), LIMIT).await.unwrap(), [Inserted]);
    let page = central.snapshot(None, LIMIT).await.unwrap();
    assert_eq!(page.stays.len(), 1);
    assert!(page.stays[0].is_inside() && page.stays[0].plate.as_deref() == Some("B1234XYZ"));

    let leave = pen.leave(id_at(3600, 2), 3600, stay, 7000);
    let both = [leave.clone(), enter.clone()];
    assert_eq!(central.ingest(&both, LIMIT).await.unwrap(), [Inserted, Already]);
    assert!(central.snapshot(None, LIMIT).await.unwrap().stays.is_empty());
    let root = rig.root().await;
    let row =
        root.query_one("SELECT count(*), sum(biaya)::bigint, min(hari)::text FROM transaksi", &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1), row.get::<_, &str>(2)), (1, 7000, "2026-11-22"));
    let row = root.query_one("SELECT jumlah, total FROM pendapatan_harian", &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1)), (1, 7000));
}

/// Everything the books say, without what tells when it came.
async fn books(rig: &Rig) -> String {
    let root = rig.root().await;
    let mut all = String::new();
    for table in
        ["peristiwa", "kunjungan", "kendaraan", "transaksi", "pendapatan_harian", "karantina", "epok", "titipan"]
    {
        let sql = format!(
            "SELECT coalesce(string_agg(r, chr(10) ORDER BY r), '') FROM \
             (SELECT (to_jsonb(t) - 'xid' - 'diterima')::text AS r FROM {table} t) x"
        );
        let rows: String = root.query_one(&sql, &[]).await.unwrap().get(0);
        all.push_str(&format!("== {table}\n{rows}\n"));
    }
    all
}

async fn empty(rig: &Rig) {
    let sql = "TRUNCATE peristiwa, kunjungan, kendaraan, transaksi, pendapatan_harian, karantina, epok, titipan";
    rig.root().await.batch_execute(sql).await.unwrap();
}

/// A small car park's history with everything that may go wrong in it, drawn from a seed.
fn history(random: &mut Random) -> Vec<String> {
    let mut pens = [Pen::new("A1", 1), Pen::new("A1", 2), Pen::new("A1", 3)];
    let mut facts = Vec::new();
    let mut n = 0;
    for stay_number in 0..6 {
        n += 1;
        let second = stay_number * 600;
        let stay = id_at(second, n);
        let pen = |random: &mut Random| random.below(3);
        if random.below(4) > 0 {
            let p = pen(random);
            facts.push(pens[p].enter(stay, second, &format!("B{stay_number}AA")));
        }
        let mut exits = Vec::new();
        for exit in 0..random.below(3) {
            n += 1;
            let second = second + 3600 + i64::try_from(exit).unwrap() * 100_000;
            let id = id_at(second, n);
            exits.push(id);
            let p = pen(random);
            facts.push(pens[p].leave(id, second, stay, 1000 * i64::try_from(n).unwrap()));
        }
        for target in exits.iter().chain([&stay]) {
            if random.below(4) == 0 {
                n += 1;
                let id = id_at(second + 9000, n);
                let p = pen(random);
                facts.push(pens[p].write(id, second + 9000, &voided(stay, *target, "A1"), None));
                if random.below(3) == 0 {
                    n += 1;
                    let undo = id_at(second + 9100, n);
                    facts.push(pens[p].write(undo, second + 9100, &voided(stay, id, "A1"), None));
                }
            }
            if random.below(4) == 0 {
                n += 1;
                let id = id_at(second + 9500, n);
                let class = (random.below(2) == 0).then_some("bus");
                let p = pen(random);
                facts.push(pens[p].write(id, second + 9500, &corrected(stay, *target, "A1", class), Some("D9ZZ")));
            }
        }
        if random.below(3) == 0 {
            // The same id with another content: another plate, even another stay or kind.
            let p = pen(random);
            let id = exits.first().copied().unwrap_or(stay);
            let other = match random.below(3) {
                0 => pens[p].leave(id, second + 200_000, id_at(0, 1), 77),
                1 => pens[p].enter(id, second + 50, "F1F"),
                _ => pens[p].leave(id, second + 3600, stay, 99_000),
            };
            facts.push(other);
        }
        if random.below(3) == 0 {
            // Another fact in the same place of the chain.
            n += 1;
            let p = pen(random);
            pens[p].seq = pens[p].seq.saturating_sub(1);
            facts.push(pens[p].enter(id_at(second + 70, n), second + 70, "E2E"));
        }
        if random.below(3) == 0 {
            n += 1;
            let p = pen(random);
            let parent = Parent { epoch: Uuid::from_u128(7), seq: 4, hash: "00".repeat(32) };
            let event = Event::Started(Started { parent: Some(parent), version: "1".into() });
            facts.push(pens[p].write(id_at(second + 80, n), second + 80, &event, None));
        }
    }
    facts
}

/// SplitMix64: a failing seed replays.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, n: usize) -> usize {
        usize::try_from(self.next() % u64::try_from(n).unwrap()).unwrap()
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            items.swap(i, self.below(i + 1));
        }
    }
}

/// Sends until it is through: a deadlock or a lock timeout is the caller's to try again, as `sync` does.
async fn push(central: &Central, facts: &[String]) {
    for _ in 0..20 {
        match central.ingest(facts, LIMIT).await {
            Ok(_) => return,
            Err(error) => assert_eq!(error.class(), ErrorClass::Connection, "{error}"),
        }
    }
    panic!("never through");
}

#[tokio::test(flavor = "multi_thread")]
async fn any_order_of_the_same_facts_gives_the_same_books() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let central = rig.central("A1").await;
    for seed in 0..12 {
        let mut random = Random(seed);
        let mut facts = history(&mut random);
        push(&central, &facts).await;
        let expected = books(&rig).await;
        for _ in 0..3 {
            empty(&rig).await;
            random.shuffle(&mut facts);
            let mut rest = &facts[..];
            while !rest.is_empty() {
                let (batch, more) = rest.split_at(rest.len().min(1 + random.below(6)));
                push(&central, batch).await;
                rest = more;
            }
            assert_eq!(books(&rig).await, expected, "seed {seed}");
        }
        push(&central, &facts).await;
        assert_eq!(books(&rig).await, expected, "replay changed the books, seed {seed}");
        empty(&rig).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_senders_of_the_same_facts_give_the_same_books() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let first = rig.central("A1").await;
    for seed in 100..106 {
        let mut random = Random(seed);
        let facts = history(&mut random);
        push(&first, &facts).await;
        let expected = books(&rig).await;
        for _ in 0..2 {
            empty(&rig).await;
            let mut senders = Vec::new();
            for _ in 0..4 {
                let mut mine = facts.clone();
                random.shuffle(&mut mine);
                let central = rig.central("A1").await;
                let size = 1 + random.below(9);
                senders.push(tokio::spawn(async move {
                    for batch in mine.chunks(size) {
                        push(&central, batch).await;
                    }
                }));
            }
            for sender in senders {
                sender.await.unwrap();
            }
            assert_eq!(books(&rig).await, expected, "seed {seed}");
        }
        empty(&rig).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn entry_and_exit_committing_at_the_same_moment_do_not_leave_the_car_inside() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let (entry, exit) = (rig.central("A1").await, rig.central("B1").await);
    let (mut a, mut b) = (Pen::new("A1", 1), Pen::new("B1", 2));
    for n in 0..60 {
        let stay = id_at(n, 1 + u128::try_from(n).unwrap());
        let enter = [a.enter(stay, n, "B1A")];
        let leave = [b.leave(id_at(n + 60, 1000 + u128::try_from(n).unwrap()), n + 60, stay, 2000)];
        let (one, two) = tokio::join!(entry.ingest(&enter, LIMIT), exit.ingest(&leave, LIMIT));
        assert_eq!((one.unwrap(), two.unwrap()), (vec![Inserted], vec![Inserted]));
    }
    let root = rig.root().await;
    let row = root
        .query_one(
            "SELECT (SELECT count(*) FROM kendaraan), (SELECT count(*) FROM transaksi), \
             (SELECT count(*) FROM kunjungan WHERE keadaan = 'keluar' AND versi = 2)",
            &[],
        )
        .await
        .unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(1), row.get::<_, i64>(2)), (0, 60, 60));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_exits_of_one_stay_are_both_kept_and_summed() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let central = rig.central("A1").await;
    let mut pen = Pen::new("A1", 1);
    let stay = id_at(0, 1);
    let facts = [
        pen.enter(stay, 0, "B1A"),
        pen.leave(id_at(200, 3), 200, stay, 5000),
        pen.leave(id_at(100, 2), 100, stay, 3000),
    ];
    central.ingest(&facts, LIMIT).await.unwrap();
    let root = rig.root().await;
    let sql = "SELECT k.biaya, k.tanda, (SELECT sum(total)::bigint FROM pendapatan_harian), \
               (SELECT array_agg(biaya ORDER BY biaya) FROM transaksi WHERE ganda) FROM kunjungan k";
    let row = root.query_one(sql, &[]).await.unwrap();
    assert_eq!((row.get::<_, i64>(0), row.get::<_, i64>(2)), (3000, 8000));
    assert_eq!(row.get::<_, Vec<String>>(1), ["qr_only", "keluar_ganda"]);
    assert_eq!(row.get::<_, Vec<i64>>(3), [5000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_malformed_fact_is_turned_away_alone_and_kept() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let central = rig.central("A1").await;
    let mut pen = Pen::new("A1", 1);
    let good = pen.enter(id_at(0, 1), 0, "B1A");
    let foreign = Pen { site: "S2".into(), ..Pen::new("A1", 1) }.enter(id_at(0, 2), 0, "B2A");
    let facts = [
        "{nonsense".to_owned(),
        good.replace("2026-11-22T", "now"),
        good.clone(),
        good.replace("\"seq\":1", "\"seq\":99999999999999999999"),
        good.replace("\"v\":1", "\"v\":2"),
        foreign,
        "[]".to_owned(),
        good.replace("B1A", "\\u0000"),
    ];
    let verdicts = central.ingest(&facts, LIMIT).await.unwrap();
    assert_eq!(verdicts[2], Inserted);
    for (i, verdict) in verdicts.iter().enumerate().filter(|(i, _)| *i != 2) {
        assert!(matches!(verdict, Rejected { .. }), "{i}: {verdict:?}");
    }
    central.ingest(&facts, LIMIT).await.unwrap();
    let root = rig.root().await;
    let kept: i64 = root.query_one("SELECT count(*) FROM karantina", &[]).await.unwrap().get(0);
    assert_eq!(kept, 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn pull_misses_nothing_under_a_slow_transaction() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let central = rig.central("B1").await;
    let start = central.pull(None, LIMIT).await.unwrap();
    assert!(start.reset && start.stays.is_empty());
    let mut slow = rig.plain("A1").await;
    let (mut a, mut b) = (Pen::new("A1", 1), Pen::new("B1", 2));
    let held = slow.transaction().await.unwrap();
    let batch = format!("[{}]", a.enter(id_at(0, 1), 0, "B1SLOW"));
    held.execute("SELECT api.ingest($1::text::jsonb)", &[&batch]).await.unwrap();
    central.ingest(&[b.enter(id_at(5, 2), 5, "B2FAST")], LIMIT).await.unwrap();
    let one = central.pull(Some(&start.cursor), LIMIT).await.unwrap();
    assert!(!one.reset);
    assert_eq!(one.stays.iter().map(|s| s.plate.as_deref()).collect::<Vec<_>>(), [Some("B2FAST")]);
    held.commit().await.unwrap();
    let two = central.pull(Some(&one.cursor), LIMIT).await.unwrap();
    assert_eq!(two.stays.iter().map(|s| s.plate.as_deref()).collect::<Vec<_>>(), [Some("B1SLOW")]);
    assert!(central.pull(Some(&two.cursor), LIMIT).await.unwrap().stays.is_empty());
    assert!(central.pull(Some("1.2.3|5:5:"), LIMIT).await.unwrap().reset);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_couriered_fact_waits_for_its_signature_and_is_applied_under_its_own_gate() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let (exit, hub) = (rig.central("B1").await, rig.central("hub").await);
    let (mut a, mut c) = (Pen::new("A1", 1), Pen::new("A1", 3));
    let facts = [a.enter(id_at(0, 1), 0, "B1A"), c.enter(id_at(0, 2), 0, "B2A")];
    assert_eq!(exit.ingest(&facts, LIMIT).await.unwrap(), [Held, Held]);
    assert_eq!(exit.ingest(&facts, LIMIT).await.unwrap(), [Held, Held]);
    let mut keys = Vec::new();
    for held in hub.held(LIMIT).await.unwrap() {
        let sealed: Sealed = serde_json::from_str(&held).unwrap();
        sealed.verify(&a.key.public()).unwrap();
        keys.push(HeldKey { gate: "A1".into(), fact: sealed.fact.id(), hash: sealed.hash.hex() });
    }
    keys.sort_by_key(|k| k.fact);
    assert_eq!(keys.len(), 2);
    let start = hub.feed(None, LIMIT).await.unwrap();
    hub.settle(&keys[..1], &[(keys[1].clone(), "tanda tangan salah".into())], LIMIT).await.unwrap();
    let feed = hub.feed(Some(&start.cursor), LIMIT).await.unwrap();
    assert_eq!(feed.events.len(), 1);
    assert!(feed.events[0].gate == "A1" && feed.events[0].stay.as_ref().unwrap().is_inside());
    assert!(hub.held(LIMIT).await.unwrap().is_empty());
    let counts = hub.counts(LIMIT).await.unwrap();
    assert_eq!((counts.inside, counts.quarantined), (1, 1));
    assert_eq!(exit.ingest(&facts[..1], LIMIT).await.unwrap(), [Already]);
}
