//! Members at the centre, as the admin changes them and gates hear of them; and vouchers two gates took.

use crate::support::*;
use jiff::civil::date;
use parkir::central::{IngestVerdict, Put};
use parkir::domain::concession::{Conceded, VoucherNote};
use parkir::domain::kinds::{Event, Left};
use parkir::domain::member::Member;
use parkir::domain::money::Rupiah;
use parkir::domain::tariff::Voucher;

fn member(card: &str, plates: &[&str]) -> Member {
    Member {
        card: card.into(),
        name: format!("Siti {card}"),
        group: "karyawan".into(),
        plates: plates.iter().map(|p| (*p).to_owned()).collect(),
        from: None,
        until: Some(date(2027, 1, 31)),
        active: true,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_hears_of_what_changed_and_nothing_else_and_a_list_goes_in_whole_or_not_at_all() {
    let rig = Rig::new(&[("A1", "in")]).await;
    let (gate, admin) = (rig.central("A1").await, rig.central("admin").await);
    let put = async |members: &[Member], how| admin.put_members(members, how, false, LIMIT).await;

    let list: Vec<Member> = (0..2_500).map(|n| member(&format!("K{n:05}"), &[&format!("B{n}AA")])).collect();
    let trial = admin.put_members(&list, Put::Import, true, LIMIT).await.unwrap();
    assert_eq!((trial.added, trial.changed, trial.same), (2_500, 0, 0));
    assert_eq!(admin.members("", LIMIT).await.unwrap().len(), 0, "a trial changes nothing");
    put(&list, Put::Import).await.unwrap();
    let again = put(&list, Put::Import).await.unwrap();
    assert_eq!((again.added, again.changed, again.same), (0, 0, 2_500), "twice changes nothing");

    let (mut heard, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = gate.pull_members(cursor.as_deref(), LIMIT).await.unwrap();
        assert_eq!(page.reset, cursor.is_none());
        heard.extend(page.members);
        cursor = Some(page.cursor);
        pages += 1;
        if !page.more {
            break;
        }
    }
    assert_eq!((heard.len(), pages), (2_500, 3));
    heard.sort_by(|a, b| a.card.cmp(&b.card));
    assert_eq!(heard, list);

    // One change is one row, and asking again tells nothing.
    let ended = Member { active: false, ..member("K00007", &["B7AA"]) };
    put(std::slice::from_ref(&ended), Put::Change).await.unwrap();
    let page = gate.pull_members(cursor.as_deref(), LIMIT).await.unwrap();
    assert_eq!((page.members, page.reset, page.more), (vec![ended], false, false));
    let still = gate.pull_members(Some(&page.cursor), LIMIT).await.unwrap();
    assert_eq!((still.members.len(), still.cursor == page.cursor), (0, true));

    // A plate goes from an ended member to the next, and both rows travel.
    put(&[member("BARU", &["B7AA"])], Put::Add).await.unwrap();
    let page = gate.pull_members(Some(&page.cursor), LIMIT).await.unwrap();
    let told: Vec<(&str, usize)> = page.members.iter().map(|m| (m.card.as_str(), m.plates.len())).collect();
    assert_eq!(told, [("BARU", 1), ("K00007", 0)]);

    // All or none: the good line before the bad one is not there.
    let bad = [member("BAIK", &["B9999XX"]), member("BURUK", &["B8AA"])];
    let why = put(&bad, Put::Import).await.unwrap_err().to_string();
    assert!(why.contains("plat B8AA milik dua anggota") && why.contains("K00008"), "{why}");
    assert_eq!(admin.members("BAIK", LIMIT).await.unwrap(), []);
    assert!(put(&[member("BARU", &[])], Put::Add).await.unwrap_err().to_string().contains("sudah ada"));
    assert!(put(&[member("X", &[])], Put::Change).await.unwrap_err().to_string().contains("tidak ada"));

    // A cursor of another life, or of changes this centre has not reached, begins anew.
    let generation = page.cursor.split('|').next().unwrap();
    for odd in ["lain|3|K", "", &format!("{generation}|999|K"), &format!("{generation}|x|")] {
        assert!(gate.pull_members(Some(odd), LIMIT).await.unwrap().reset, "{odd}");
    }

    // Audited, and without a name.
    let root = rig.root().await;
    let sql = "SELECT tindakan, rincian::text FROM audit WHERE tindakan LIKE 'anggota%' ORDER BY waktu";
    let rows = root.query(sql, &[]).await.unwrap();
    let done: Vec<String> = rows.iter().map(|r| r.get(0)).collect();
    assert_eq!(done, ["anggota_impor", "anggota_ubah", "anggota_tambah"]);
    assert!(rows.iter().all(|r| !r.get::<_, String>(1).contains("Siti")));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_gates_hear_members_and_only_the_admin_changes_them() {
    let rig = Rig::new(&[("A1", "in")]).await;
    let (gate, admin, hub) = (rig.central("A1").await, rig.central("admin").await, rig.central("hub").await);
    assert!(admin.pull_members(None, LIMIT).await.is_err());
    assert!(hub.pull_members(None, LIMIT).await.is_err());
    assert!(gate.put_members(&[member("A", &[])], Put::Add, false, LIMIT).await.is_err());
    assert!(gate.members("", LIMIT).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_voucher_two_gates_took_is_shown_until_one_of_the_exits_is_taken_back() {
    let rig = Rig::new(&[("B1", "out"), ("B2", "out")]).await;
    let (one, two, admin) = (rig.central("B1").await, rig.central("B2").await, rig.central("admin").await);
    let now = 3 * 3_600;
    let (mut a, mut b) = (Pen::new("B1", 1), Pen::new("B2", 2));
    let slip = |event| {
        let Event::Left(left) = event else { panic!() };
        let note =
            VoucherNote { reference: "V-7".into(), worth: Voucher::Amount(Rupiah(2_000)), off: Rupiah(2_000) };
        Event::Left(Left { more: Box::new(Conceded { voucher: Some(note), ..Conceded::default() }), ..left })
    };
    let (x, y) = (id_at(now, 4), id_at(now + 60, 5));
    let first = a.write(x, now, &slip(left(id_at(now, 1), 3_000)), None);
    let second = b.write(y, now + 60, &slip(left(id_at(now, 2), 3_000)), None);
    // The later one arrives first: the set decides.
    let told = [two.ingest(&[second], LIMIT).await.unwrap(), one.ingest(&[first], LIMIT).await.unwrap()].concat();
    assert!(told.iter().all(|v| *v == IngestVerdict::Inserted), "{told:?}");
    let at = |s: i64| jiff::Timestamp::from_second(DAY + s).unwrap();
    let twice = async || admin.vouchers(at(now - 10), at(now + 3_600), true, LIMIT).await.unwrap();
    let rows = twice().await;
    let told: Vec<_> = rows.iter().map(|r| (r.gate.as_str(), r.nth, r.times, r.off)).collect();
    assert_eq!(told, [("B2", 2, 2, Rupiah(2_000)), ("B1", 1, 2, Rupiah(2_000))]);
    let void = b.write(id_at(now + 90, 6), now + 90, &voided(id_at(now, 2), y, "B2"), None);
    two.ingest(&[void], LIMIT).await.unwrap();
    assert_eq!(twice().await, []);
    assert_eq!(admin.vouchers(at(now - 10), at(now + 3_600), false, LIMIT).await.unwrap().len(), 1);
}
