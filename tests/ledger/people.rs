//! What terminals and administrators are shown.

use crate::support::*;
use parkir::central::HelloInfo;
use parkir::domain::kinds::{Entered, Event};
use parkir::domain::money::Rupiah;
use parkir::domain::paper::{Keyed, Paper};
use parkir::domain::tariff::Tariff;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn settings_arrive_as_terminals_read_them_and_tariff_1_is_the_built_in_one() {
    let rig = Rig::new(&[("A1", "in")]).await;
    let central = rig.central("A1").await;
    let settings = central.settings(LIMIT).await.unwrap();
    assert_eq!((settings.site.as_str(), settings.site_name.as_str()), ("S1", "Parkir Uji"));
    assert_eq!(settings.zone, "Asia/Jakarta");
    let built_in = Tariff::built_in();
    assert_eq!((settings.tariffs[0].version, &settings.tariffs[0].rules), (1, &built_in.rules));
    let classes: Vec<_> = settings.classes.iter().map(|c| (c.id.as_str(), c.key)).collect();
    assert_eq!(classes, [("motor", '1'), ("mobil", '2'), ("truk", '3'), ("bus", '4')]);
    assert!(settings.classes.iter().all(|c| c.capacity.is_some()));
    let sql = "UPDATE jenis_kendaraan SET kapasitas = 7 WHERE id = 'bus'";
    rig.root().await.batch_execute(sql).await.unwrap();
    let newer = central.settings(LIMIT).await.unwrap();
    assert!(newer.version > settings.version);
    assert_eq!(newer.class("bus").unwrap().capacity, Some(7));
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_see_todays_figures_stays_and_terminals() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let (entry, exit, admin) = (rig.central("A1").await, rig.central("B1").await, rig.central("admin").await);
    let now = jiff::Timestamp::now().as_second() - DAY;
    let (mut a, mut b) = (Pen::new("A1", 1), Pen::new("B1", 2));
    let (one, two) = (id_at(now, 1), id_at(now, 2));
    let stale = id_at(now - 200_000, 3);
    let facts = [a.enter(one, now, "B1AA"), a.enter(two, now, "D2BB"), a.enter(stale, now - 200_000, "F3CC")];
    entry.ingest(&facts, LIMIT).await.unwrap();
    exit.ingest(&[b.leave(id_at(now, 4), now, one, 5000)], LIMIT).await.unwrap();
    let info = HelloInfo {
        version: "1.0".into(),
        operator: "siti".into(),
        pending: 4,
        epoch: Uuid::from_u128(1),
        seq: 3,
    };
    entry.hello(&info, LIMIT).await.unwrap();

    let overview = admin.overview(LIMIT).await.unwrap();
    assert_eq!((overview.inside, overview.entries, overview.exits, overview.stale), (2, 2, 1, 1));
    assert_eq!(
        (overview.revenue, overview.hours.len(), overview.hours.iter().sum::<u64>()),
        (Rupiah(5000), 24, 2)
    );
    assert_eq!(overview.capacity, Some(530));
    let mobil = overview.classes.iter().find(|c| c.name == "Mobil").unwrap();
    assert_eq!((mobil.inside, mobil.entries, mobil.exits, mobil.revenue), (2, 2, 1, Rupiah(5000)));
    assert_eq!(overview.gates.iter().map(|g| (g.entries, g.exits)).collect::<Vec<_>>(), [(2, 0), (0, 1)]);

    assert_eq!(admin.stays("", LIMIT).await.unwrap().len(), 3);
    let found = admin.stays("b 1-aa", LIMIT).await.unwrap();
    assert_eq!((found.len(), found[0].stay, found[0].state.as_str()), (1, one, "keluar"));
    assert_eq!(found[0].fee, Some(Rupiah(5000)));
    assert!(admin.stays("%", LIMIT).await.unwrap().is_empty());

    let terminals = admin.terminals(LIMIT).await.unwrap();
    assert_eq!(terminals.len(), 2);
    assert!(terminals[0].connected && terminals[0].pending == 4 && terminals[0].operator == "siti");
    assert!(!terminals[1].connected && terminals[1].last_seen.is_none());
    assert!(admin.tokens(LIMIT).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_travels_from_the_entry_to_the_exit_and_a_large_one_is_refused() {
    let rig = Rig::new(&[("A1", "in"), ("B1", "out")]).await;
    let (entry, exit) = (rig.central("A1").await, rig.central("B1").await);
    let stay = id_at(0, 1);
    assert_eq!(exit.photo_get(stay, "in", LIMIT).await.unwrap(), None);
    entry.photo_put(stay, "in", &"0".repeat(64), b"jpeg", LIMIT).await.unwrap();
    entry.photo_put(stay, "in", &"0".repeat(64), b"jpeg", LIMIT).await.unwrap();
    exit.photo_put(stay, "in", &"1".repeat(64), b"other", LIMIT).await.unwrap();
    assert_eq!(exit.photo_get(stay, "in", LIMIT).await.unwrap().as_deref(), Some(&b"jpeg"[..]));
    assert!(entry.photo_put(stay, "in", "", &vec![0; 32 * 1024 + 1], LIMIT).await.is_err());
    assert!(entry.photo_put(stay, "up", "", b"x", LIMIT).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_month_made_late_takes_its_rows_out_of_the_default_partition() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let central = rig.central("A1").await;
    let past = -400 * 86_400;
    let mut pen = Pen::new("A1", 1);
    let stay = id_at(past, 1);
    let facts = [pen.enter(stay, past, "B1A"), pen.leave(id_at(past + 60, 2), past + 60, stay, 2000)];
    central.ingest(&facts, LIMIT).await.unwrap();
    let root = rig.root().await;
    let count = "SELECT (SELECT count(*) FROM peristiwa_lain), (SELECT count(*) FROM transaksi_lain), \
                 (SELECT count(*) FROM peristiwa), (SELECT count(*) FROM transaksi)";
    let row = root.query_one(count, &[]).await.unwrap();
    assert_eq!([0, 1, 2, 3].map(|i| row.get::<_, i64>(i)), [2, 1, 2, 1]);
    root.batch_execute("SELECT intern.buat_bulan('2025-10-18')").await.unwrap();
    let row = root.query_one(count, &[]).await.unwrap();
    assert_eq!([0, 1, 2, 3].map(|i| row.get::<_, i64>(i)), [0, 0, 2, 1]);
    assert_eq!(rig.central("hub").await.prepare_months(LIMIT).await.unwrap(), 0);
    let replay = central.ingest(&facts, LIMIT).await.unwrap();
    assert!(replay.iter().all(|v| *v == parkir::central::IngestVerdict::Already));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_an_entry_was_flagged_with_stands_with_the_flags_of_its_stay() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (gate, mut pen) = (rig.central("A1").await, Pen::new("A1", 1));
    let [plain, keyed, paid] = [1, 2, 3].map(|n| id_at(0, n));
    let with = |stay, change: &dyn Fn(&mut Entered)| {
        let Event::Entered(mut entry) = entered("mobil", stay) else { unreachable!() };
        change(&mut entry);
        Event::Entered(entry)
    };
    let paper = with(keyed, &|entry| {
        let paper = Paper { book: "K1".into(), serial: "000346".into() };
        let keyed_at = "2026-11-22T07:00:00.000000+07:00".into();
        entry.paper = Some(Keyed { paper, keyed_at, flags: vec!["paper_twice".into()] });
    });
    let Event::Entered(mut seen) = prepaid(paid, 5_000) else { unreachable!() };
    seen.prepaid.as_mut().unwrap().flags = vec!["proof_seen".into()];
    let facts = [
        pen.enter(plain, 0, "B1A"),
        pen.write(keyed, 1, &paper, Some("B2A")),
        pen.write(paid, 2, &Event::Entered(seen), Some("B3A")),
        pen.leave(id_at(90, 9), 90, keyed, 2_000),
    ];
    gate.ingest(&facts, LIMIT).await.unwrap();
    let admin = rig.central("admin").await;
    let rows = admin.stays("", LIMIT).await.unwrap();
    let told = |stay| rows.iter().find(|row| row.stay == stay).unwrap().flags.clone();
    assert_eq!(told(plain), [] as [String; 0]);
    assert_eq!(told(keyed), ["paper", "paper_twice", "qr_only"], "the exit's behind them");
    assert_eq!(told(paid), ["proof_seen"]);
}
