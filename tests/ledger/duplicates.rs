//! What was taken down twice: found by class, set aside and taken back as facts of the centre.

use crate::support::*;
use jiff::Timestamp;
use parkir::central::{Central, ErrorClass, Recorded};
use parkir::domain::duplicates::{Certainty, Found, Search, facts, undoing};
use parkir::domain::fact::{Origin, Stamp};
use parkir::domain::ids::GateId;
use parkir::domain::kinds::Event;
use uuid::Uuid;

pub fn search() -> Search {
    Search {
        from: Timestamp::from_second(DAY - 86_400).unwrap(),
        to: Timestamp::from_second(DAY + 10 * 86_400).unwrap(),
        class: None,
        filter: String::new(),
        limit: 100,
        group: String::new(),
    }
}

/// Facts of the centre, as an administrator's program makes them.
pub fn decision(events: &[Event], n: u128) -> Vec<String> {
    let origin = Origin {
        site: "S1".into(),
        gate: GateId::parse("PUSAT").unwrap(),
        terminal: "pc-admin".into(),
        operator: "siti".into(),
        shift: None,
        tariff: 0,
        config: 0,
    };
    let at = Timestamp::from_second(DAY + 50_000).unwrap().to_zoned(jiff::tz::TimeZone::UTC);
    let stamp = Stamp { at, mono_ms: 1, boot: Uuid::from_u128(9), clock: None };
    let ids: Vec<Uuid> = (0..20).map(|i| id_at(50_000, 1_000_000 + n * 100 + i)).collect();
    facts(events, &ids, Uuid::from_u128(900 + n), &origin, &stamp).unwrap()
}

async fn found(admin: &Central) -> Found {
    admin.duplicates(&search(), LIMIT).await.unwrap()
}

fn causes(found: &Found) -> Vec<(Certainty, Vec<&str>, usize)> {
    let mut all: Vec<_> = found
        .groups
        .iter()
        .map(|g| (g.class, g.causes.iter().map(String::as_str).collect::<Vec<_>>(), g.members.len()))
        .collect();
    all.sort();
    all
}

async fn money(rig: &Rig) -> (i64, i64, i64, i64) {
    let sql = "SELECT coalesce(sum(jumlah), 0)::bigint, coalesce(sum(total), 0)::bigint, \
               coalesce(sum(batal), 0)::bigint, coalesce(sum(total_batal), 0)::bigint FROM pendapatan_harian";
    let row = rig.root().await.query_one(sql, &[]).await.unwrap();
    (row.get(0), row.get(1), row.get(2), row.get(3))
}

#[tokio::test(flavor = "multi_thread")]
async fn each_class_of_duplicates_is_found_with_its_reason_and_nothing_else() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "out")]).await;
    let (central, other, admin) = (rig.central("A1").await, rig.central("B1").await, rig.central("admin").await);
    let (mut pen, mut b) = (Pen::new("A1", 1), Pen::new("B1", 2));
    let stay = |n: u128| id_at(i64::try_from(n).unwrap() * 1000, n);
    let plate = |pen: &mut Pen, id: Uuid, at: i64, stay: Uuid, plate: &str| {
        pen.write(id, at, &left(stay, 5000), Some(plate))
    };
    // Quiet neighbours: another plate; the same plate hours later; out and in again within minutes.
    let mut all = vec![
        pen.enter(stay(1), 1000, "B1AA"),
        plate(&mut pen, id_at(1100, 50), 1100, stay(1), "B1AA"),
        pen.enter(stay(9), 9000, "B1AA"),
        pen.enter(id_at(1130, 60), 1130, "B1AA"),
        plate(&mut pen, id_at(1160, 61), 1160, id_at(1130, 60), "B1AA"),
        pen.enter(id_at(1140, 62), 1140, "B1AC"),
    ];
    // Exact: one exit under two ids.
    all.push(pen.enter(stay(2), 2000, "D2AA"));
    all.push(plate(&mut pen, id_at(2600, 51), 2600, stay(2), "D2AA"));
    all.push(plate(&mut pen, id_at(2600, 52), 2600, stay(2), "D2AA"));
    // Strong: two exits of one stay, at two gates, far apart.
    all.push(pen.enter(stay(3), 3000, "F3AA"));
    all.push(plate(&mut pen, id_at(3600, 53), 3600, stay(3), "F3AA"));
    let second = plate(&mut b, id_at(9600, 54), 9600, stay(3), "F3AA");
    // Strong: one plate comes in twice within minutes.
    all.push(pen.enter(stay(4), 4000, "H4AA"));
    all.push(pen.enter(id_at(4120, 55), 4120, "H4AA"));
    // Weak: a look-alike character apart; and inside twice, hours apart.
    all.push(pen.enter(stay(5), 5000, "K508OA"));
    all.push(pen.enter(id_at(5100, 56), 5100, "K5080A"));
    all.push(pen.enter(stay(6), 6000, "L6AA"));
    all.push(pen.enter(id_at(9900, 57), 9900, "L6AA"));
    central.ingest(&all, LIMIT).await.unwrap();
    other.ingest(&[second], LIMIT).await.unwrap();
    let found = found(&admin).await;
    assert_eq!(
        causes(&found),
        [
            (Certainty::Exact, vec!["isi_sama", "dua_keluar", "plat_sama", "tiket_sama"], 2),
            (Certainty::Strong, vec!["dua_keluar"], 2),
            (Certainty::Strong, vec!["plat_sama", "dua_di_dalam"], 2),
            (Certainty::Weak, vec!["dua_di_dalam"], 2),
            (Certainty::Weak, vec!["plat_mirip"], 2),
        ],
    );
    assert_eq!(found.site, "S1");
    let weak = admin.duplicates(&Search { class: Some(Certainty::Weak), ..search() }, LIMIT).await.unwrap();
    assert_eq!(weak.total, 2);
    let by_plate = Search { filter: "l 6-aa".into(), ..search() };
    assert_eq!(admin.duplicates(&by_plate, LIMIT).await.unwrap().total, 1);
    let page = admin.duplicates(&Search { limit: 2, ..search() }, LIMIT).await.unwrap();
    assert_eq!((page.total, page.groups.len()), (5, 2));
    let before = Search { to: Timestamp::from_second(DAY).unwrap(), ..search() };
    assert_eq!(admin.duplicates(&before, LIMIT).await.unwrap().total, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_duplicate_set_aside_leaves_the_takings_and_an_undo_brings_them_back() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (central, admin) = (rig.central("A1").await, rig.central("admin").await);
    let mut pen = Pen::new("A1", 1);
    let stay = id_at(0, 1);
    let all = [
        pen.enter(stay, 0, "B1A"),
        pen.leave(id_at(100, 2), 100, stay, 3000),
        pen.leave(id_at(200, 3), 200, stay, 5000),
    ];
    central.ingest(&all, LIMIT).await.unwrap();
    assert_eq!(money(&rig).await, (2, 8000, 0, 0));
    let before = books(&rig).await;
    let cursor = central.pull(None, LIMIT).await.unwrap().cursor;

    let group = found(&admin).await.groups.remove(0);
    assert_eq!(group.kept, id_at(100, 2));
    let facts = decision(&group.removal(&[], "ditekan dua kali").unwrap(), 1);
    assert_eq!(admin.decide(false, &facts, LIMIT).await.unwrap(), Recorded { inserted: 1, already: 0 });
    assert_eq!(money(&rig).await, (1, 3000, 1, 5000));
    // Whoever heard no answer asks again: nothing happens twice.
    assert_eq!(admin.decide(false, &facts, LIMIT).await.unwrap(), Recorded { inserted: 0, already: 1 });
    assert_eq!(money(&rig).await, (1, 3000, 1, 5000));
    let root = rig.root().await;
    let sql = "SELECT (SELECT count(*) FROM transaksi), (SELECT tanda FROM transaksi WHERE batal), \
               (SELECT tanda FROM kunjungan), (SELECT alasan || pelaku FROM duplikat), \
               (SELECT count(*) FROM audit WHERE tindakan = 'duplikat_hapus')";
    let row = root.query_one(sql, &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 2);
    assert_eq!(row.get::<_, Vec<String>>(1), ["qr_only", "duplikat"]);
    assert_eq!(row.get::<_, Vec<String>>(2), ["qr_only", "duplikat"]);
    assert_eq!((row.get::<_, &str>(3), row.get::<_, i64>(4)), ("ditekan dua kalisiti", 1));
    assert_eq!(central.pull(Some(&cursor), LIMIT).await.unwrap().stays.len(), 1);

    let aside = found(&admin).await.groups;
    assert!(aside.len() == 1 && aside[0].removed && aside[0].group == group.group && aside[0].members.len() == 2);
    assert_eq!(aside[0].removed_by.as_deref(), Some("siti"));
    let standing = admin.duplicate_facts(group.group, LIMIT).await.unwrap();
    let undo = decision(&undoing(&standing, "keliru"), 2);
    assert_eq!(admin.decide(true, &undo, LIMIT).await.unwrap(), Recorded { inserted: 1, already: 0 });
    assert_eq!(admin.decide(true, &undo, LIMIT).await.unwrap(), Recorded { inserted: 0, already: 1 });
    assert_eq!(money(&rig).await, (2, 8000, 0, 0));
    let row = root.query_one("SELECT count(*) FROM duplikat", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 0);
    // All tables but the ledger stand as before.
    let less = |books: &str| -> Vec<String> {
        let part = books.split("== kunjungan").nth(1).unwrap().split("== epok").next().unwrap();
        part.lines().filter(|l| !l.contains("\"versi\"")).map(str::to_owned).collect()
    };
    assert_eq!(less(&books(&rig).await), less(&before));
    // It may be set aside once more, by new facts.
    let group = found(&admin).await.groups.remove(0);
    let again = decision(&group.removal(&[], "memang dua kali").unwrap(), 3);
    admin.decide(false, &again, LIMIT).await.unwrap();
    assert_eq!(money(&rig).await, (1, 3000, 1, 5000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_vehicle_whose_exit_was_a_duplicate_is_not_inside_again() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (central, admin) = (rig.central("A1").await, rig.central("admin").await);
    let mut pen = Pen::new("A1", 1);
    let (one, two) = (id_at(0, 1), id_at(10, 2));
    let all = [
        pen.enter(one, 0, "B1A"),
        pen.enter(two, 10, "B1A"),
        pen.leave(id_at(600, 3), 600, one, 3000),
        pen.leave(id_at(630, 4), 630, two, 3000),
        pen.enter(id_at(700, 5), 700, "F7A"),
        pen.enter(id_at(710, 6), 710, "F7A"),
    ];
    central.ingest(&all, LIMIT).await.unwrap();
    let groups = found(&admin).await.groups;
    assert_eq!(groups.len(), 3);
    for (n, group) in (1..).zip(&groups) {
        admin.decide(false, &decision(&group.removal(&[], "x").unwrap(), n), LIMIT).await.unwrap();
        let inside = central.snapshot(None, LIMIT).await.unwrap().stays;
        assert!(inside.iter().all(|s| s.plate.as_deref() != Some("B1A")), "after group {n}");
    }
    let inside = central.snapshot(None, LIMIT).await.unwrap().stays;
    assert_eq!(inside.iter().map(|s| s.stay).collect::<Vec<_>>(), [id_at(700, 5)]);
    assert_eq!(money(&rig).await, (1, 3000, 1, 3000));
    let row = rig.root().await.query_one("SELECT count(*) FROM duplikat", &[]).await.unwrap();
    assert_eq!(row.get::<_, i64>(0), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_administrator_decides_and_one_of_a_group_always_stays() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (central, admin, hub) = (rig.central("A1").await, rig.central("admin").await, rig.central("hub").await);
    let mut pen = Pen::new("A1", 1);
    let stay = id_at(0, 1);
    let all = [
        pen.enter(stay, 0, "B1A"),
        pen.leave(id_at(100, 2), 100, stay, 3000),
        pen.leave(id_at(200, 3), 200, stay, 5000),
    ];
    central.ingest(&all, LIMIT).await.unwrap();
    let group = found(&admin).await.groups.remove(0);
    let facts = decision(&group.removal(&[], "x").unwrap(), 1);
    for stranger in [&central, &hub] {
        let error = stranger.decide(false, &facts, LIMIT).await.unwrap_err();
        assert_eq!(error.class(), ErrorClass::NeedsAdmin, "{error}");
        assert!(stranger.duplicates(&search(), LIMIT).await.is_err());
    }
    // A gate that says the same in its own name, or takes the centre's word back, changes nothing.
    let Event::Duplicate(body) = group.removal(&[], "x").unwrap().remove(0) else { unreachable!() };
    let forged = pen.write(id_at(300, 7), 300, &Event::Duplicate(body), None);
    central.ingest(&[forged], LIMIT).await.unwrap();
    assert_eq!(money(&rig).await, (2, 8000, 0, 0));
    admin.decide(false, &facts, LIMIT).await.unwrap();
    let standing = admin.duplicate_facts(group.group, LIMIT).await.unwrap();
    let back = pen.write(id_at(400, 8), 400, &voided(stay, standing[0].fact, "PUSAT"), None);
    central.ingest(&[back], LIMIT).await.unwrap();
    assert_eq!(money(&rig).await, (1, 3000, 1, 5000));
    // Another administrator, with the list as it was, keeps the other one.
    let mut other = group.clone();
    other.keep_next();
    let error = admin.decide(false, &decision(&other.removal(&[], "x").unwrap(), 2), LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("sudah dibatalkan atau disisihkan"), "{error}");
    // Facts of a gate, of another kind, of an unknown target, and an undo of what is not set aside.
    let error = admin.decide(false, &all[..1], LIMIT).await.unwrap_err();
    assert!(matches!(error.class(), ErrorClass::Data { .. }), "{error}");
    let mut nobody = group.removal(&[], "x").unwrap();
    if let Event::Duplicate(body) = &mut nobody[0] {
        body.target = id_at(5, 5);
    }
    assert!(admin.decide(false, &decision(&nobody, 3), LIMIT).await.is_err());
    let undo = undoing(&standing, "keliru");
    admin.decide(true, &decision(&undo, 4), LIMIT).await.unwrap();
    assert!(admin.decide(true, &decision(&undo, 5), LIMIT).await.is_err());
    assert_eq!(money(&rig).await, (2, 8000, 0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_people_who_each_keep_what_the_other_removes_one_is_refused() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (central, one, two) = (rig.central("A1").await, rig.central("admin").await, rig.central("admin").await);
    let mut pen = Pen::new("A1", 1);
    for n in 0..15 {
        let at = i64::try_from(n).unwrap() * 1000;
        let (a, b) = (id_at(at, 10 + n), id_at(at + 20, 500 + n));
        let plate = format!("B{n}AA");
        central.ingest(&[pen.enter(a, at, &plate), pen.enter(b, at + 20, &plate)], LIMIT).await.unwrap();
        let mine = found(&one).await.groups.into_iter().find(|g| !g.removed).unwrap();
        let mut other = mine.clone();
        other.keep_next();
        let facts = [&mine, &other].map(|g| g.removal(&[], "x").unwrap());
        let (x, y) = (decision(&facts[0], 2 * n), decision(&facts[1], 2 * n + 1));
        let (x, y) = tokio::join!(one.decide(false, &x, LIMIT), two.decide(false, &y, LIMIT));
        assert!(x.is_ok() != y.is_ok(), "{x:?} {y:?}");
        assert_eq!(central.snapshot(None, LIMIT).await.unwrap().stays.len(), usize::try_from(n).unwrap() + 1);
    }
}

/// One stay with three exits: 3000, 5000 and 7000.
async fn three_exits(rig: &Rig) -> (Pen, Uuid, Vec<Uuid>) {
    let mut pen = Pen::new("A1", 1);
    let stay = id_at(0, 1);
    let exits: Vec<Uuid> = (1..=3).map(|n| id_at(100 * n, 1 + u128::try_from(n).unwrap())).collect();
    let mut all = vec![pen.enter(stay, 0, "B1A")];
    for (exit, n) in exits.iter().zip(1..) {
        all.push(pen.leave(*exit, 100 * n, stay, 1000 + 2000 * n));
    }
    rig.central("A1").await.ingest(&all, LIMIT).await.unwrap();
    (pen, stay, exits)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exit_is_set_aside_only_in_favour_of_an_exit_and_one_at_a_time_stays() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (_, stay, exits) = three_exits(&rig).await;
    let admin = rig.central("admin").await;
    let group = found(&admin).await.groups.remove(0);
    assert_eq!(group.members.len(), 3);
    let said = |change: &dyn Fn(usize, &mut parkir::domain::kinds::Duplicate)| {
        let mut events = group.removal(&[], "x").unwrap();
        for (i, event) in events.iter_mut().enumerate() {
            if let Event::Duplicate(body) = event {
                change(i, body);
            }
        }
        events
    };
    // In favour of the entry all three exits could go.
    let entry = said(&|i, body| (body.kept, body.target) = (stay, exits[i]));
    let error = admin.decide(false, &decision(&entry, 1), LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("keluar hanya menggantikan keluar"), "{error}");
    // Each in favour of another one.
    let mixed = said(&|i, body| body.kept = exits[[0, 1][i]]);
    assert!(admin.decide(false, &decision(&mixed, 2), LIMIT).await.is_err());
    let groups = said(&|i, body| body.group = Uuid::from_u128(u128::try_from(i).unwrap()));
    let error = admin.decide(false, &decision(&groups, 3), LIMIT).await.unwrap_err();
    assert!(error.to_string().contains("satu kelompok"), "{error}");
    assert_eq!(money(&rig).await, (3, 15_000, 0, 0));
    admin.decide(false, &decision(&said(&|_, _| {}), 4), LIMIT).await.unwrap();
    assert_eq!(money(&rig).await, (1, 3_000, 2, 12_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_exit_that_is_voided_later_is_told_and_an_undo_counts_the_others_again() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (mut pen, stay, exits) = three_exits(&rig).await;
    let (central, admin) = (rig.central("A1").await, rig.central("admin").await);
    let group = found(&admin).await.groups.remove(0);
    assert!(group.kept_stands);
    admin.decide(false, &decision(&group.removal(&[], "x").unwrap(), 1), LIMIT).await.unwrap();
    assert!(found(&admin).await.groups[0].kept_stands);
    central.ingest(&[pen.write(id_at(900, 9), 900, &voided(stay, exits[0], "A1"), None)], LIMIT).await.unwrap();
    assert_eq!(money(&rig).await, (0, 0, 3, 15_000));
    let aside = found(&admin).await.groups.remove(0);
    assert!(aside.removed && !aside.kept_stands, "{aside:?}");
    let standing = admin.duplicate_facts(aside.group, LIMIT).await.unwrap();
    admin.decide(true, &decision(&undoing(&standing, "keliru"), 2), LIMIT).await.unwrap();
    assert_eq!(money(&rig).await, (2, 12_000, 1, 3_000));
}
