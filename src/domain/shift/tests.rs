//! Shifts from facts made up here: any order, any interruption, and the sums agree.

use super::*;
use crate::domain::shift_slip::ShiftSlip;
use jiff::Zoned;
use proptest::prelude::*;
use serde_json::json;

fn fact(n: u128, kind: &str, body: Value) -> Content {
    Content {
        v: 1,
        id: Uuid::from_u128(n),
        kind: kind.into(),
        site: "S1".into(),
        gate: crate::domain::ids::GateId::parse("B1").unwrap(),
        terminal: "pc".into(),
        operator: "Sari".into(),
        shift: Some(Uuid::from_u128(1)),
        at: "2026-11-22T22:00:00.000000+07:00".into(),
        mono_ms: 0,
        boot: Uuid::nil(),
        clock: None,
        tariff: 1,
        config: 1,
        body,
        commit: BTreeMap::new(),
    }
}

fn exit(n: u128, fee: i64, method: &str, flags: &[&str], lines: Value) -> Content {
    fact(n, kind::LEFT, json!({"fee": fee, "method": method, "flags": flags, "lines": lines}))
}

fn at(text: &str) -> Zoned {
    format!("{text}+07:00[Asia/Jakarta]").parse().unwrap()
}

#[test]
fn three_in_the_morning_belongs_to_yesterday_with_a_cutoff_at_four() {
    let zone = TimeZone::get("Asia/Jakarta").unwrap();
    let at: Timestamp = "2026-11-22T03:00:00+07:00".parse().unwrap();
    assert_eq!(business_day(at, &zone, 240).to_string(), "2026-11-21");
    assert_eq!(business_day(at, &zone, 0).to_string(), "2026-11-22");
}

fn day() -> Vec<Content> {
    let fine = json!([{"kind": "first", "amount": 5000}, {"kind": "lost_fine", "amount": 20000}]);
    vec![
        fact(1, kind::SHIFT_OPENED, json!({"float": 200_000})),
        fact(2, kind::ENTERED, json!({"ticket": "A1"})),
        exit(3, 5_000, "tunai", &[], json!([{"kind": "first", "amount": 5000}])),
        exit(4, 7_000, "tunai", &["qr_only"], json!([])),
        exit(5, 25_000, "tunai", &["no_data"], fine),
        exit(6, 0, "tunai", &[], json!([{"kind": "member", "amount": 0}])),
        exit(7, 0, "tunai", &[], json!([{"kind": "voucher", "amount": 0}])),
        exit(8, 9_000, "qris", &[], json!([])),
        exit(9, 4_000, "tunai", &[], json!([])),
        fact(10, kind::VOIDED, json!({"target": Uuid::from_u128(9)})),
        exit(11, 3_000, "tunai", &[], json!([])),
        fact(12, kind::VOIDED, json!({"target": Uuid::from_u128(11)})),
        fact(13, kind::VOIDED, json!({"target": Uuid::from_u128(12)})),
        fact(14, kind::BARRIER_OPENED, json!({"reason": "manual", "why": "emergency"})),
        fact(19, kind::BARRIER_OPENED, json!({"reason": "left", "stay": Uuid::from_u128(3)})),
        fact(15, kind::PASSED, json!({"opening": null, "stay": null})),
        // Of an opening by hand: of no stay, and of no orphan either.
        fact(16, kind::PASSED, json!({"opening": Uuid::from_u128(14), "stay": null})),
        fact(17, kind::NOTE, json!({"what": CASH_COUNTED})),
        fact(18, "something_new", json!({"fee": "many"})),
    ]
}

#[test]
fn every_kind_of_exit_stands_in_its_line() {
    let t = Totals::of(&day());
    let line = |count, sum| Line { count, sum: Rupiah(sum) };
    assert_eq!((t.regular, t.lost, t.fines), (line(4, 24_000), line(1, 5_000), line(1, 20_000)));
    assert_eq!((t.members, t.free, t.voids), (line(1, 0), line(1, 0), line(1, 4_000)));
    assert_eq!((t.entries, t.openings, t.orphans, t.counts), (1, 1, 1, 1));
    assert_eq!(t.methods["tunai"], line(6, 40_000));
    assert_eq!((t.revenue(), t.expected(Rupiah(200_000))), (Rupiah(49_000), Rupiah(240_000)));
}

fn slip(count: Option<Count>, reason: &str) -> ShiftSlip {
    let shift = OpenShift {
        id: Uuid::from_u128(1),
        operator: "Sari".into(),
        opened_at: at("2026-11-22T22:00:00").timestamp(),
        float: Rupiah(200_000),
        left: Some(Rupiah(200_000)),
    };
    let closed_at = at("2026-11-23T06:02:00");
    let how = if count.is_some() { "counted" } else { "cutoff" };
    let closing = Closing {
        shift: &shift,
        totals: Totals::of(&day()),
        count,
        reason,
        how,
        at: &closed_at,
        gate: "B1",
        waiting: 3,
    };
    ShiftSlip {
        site: "Parkir Pasar Baru".into(),
        gate: "B1".into(),
        closed_by: "Tono".into(),
        opened_at: at("2026-11-22T22:00:00"),
        closed: closing.body(),
        closed_at,
        seal: "033e8d87911b7299d1936f43a906664336ca3becc81064c0b5a536a7eeba62a7".into(),
    }
}

#[test]
fn a_night_shift_reads_like_this() {
    let expected = "
       Parkir Pasar Baru
         LAPORAN SHIFT
--------------------------------
Gerbang : B1
Petugas : Sari
Ditutup : Tono
Buka    : 22-11-2026 22.00
Tutup   : 23-11-2026 06.02
Setoran : SB1-261123-0602-100
--------------------------------
Reguler          4     Rp 24.000
Tiket hilang     1      Rp 5.000
Denda            1     Rp 20.000
Member           1          Rp 0
Voucher/grts     1          Rp 0
PENDAPATAN             Rp 49.000
  qris           1      Rp 9.000
Dibatalkan       1      Rp 4.000
Kendaraan masuk                1
Palang manual                  1
Lewat tanpa tiket              1
--------------------------------
Modal awal            Rp 200.000
Tunai diterima         Rp 40.000
Seharusnya            Rp 240.000
  100.000 x 2            200.000
   20.000 x 1             20.000
   10.000 x 1             10.000
Dihitung              Rp 230.000
SELISIH               Rp -10.000
Sebab: kembalian keliru
SETORAN                Rp 30.000
Tinggal di laci       Rp 200.000
3 data belum sampai di pusat
--------------------------------
Segel jurnal
033e8d87911b7299d1936f43a9066643
36ca3becc81064c0b5a536a7eeba62a7

Petugas        Penerima


(............)  (............)
";
    let seen = slip(Some(Count::of(&[2, 0, 1, 1])), " kembalian keliru ").lines().join("\n") + "\n";
    assert_eq!(seen, expected.trim_start_matches('\n'), "\n{seen}");
    let short = slip(Some(Count::of(&[2, 0, 1, 1])), "");
    let short = ShiftSlip { closed: ShiftClosed { handed: Some(Rupiah(250_000)), ..short.closed }, ..short };
    let short = short.lines().join("\n");
    let handed =
        "Ditinggalkan          Rp 250.000\nSELISIH SERAH         Rp -50.000\nModal awal            Rp 200.000";
    assert!(short.contains(handed), "{short}");
    let alone = slip(None, "").lines().join("\n");
    assert!(alone.contains("Tidak dihitung") && !alone.contains("SELISIH"), "{alone}");
}

#[test]
fn a_terminal_stands_where_its_openings_and_closings_leave_it() {
    let opened = |n| fact(n, kind::SHIFT_OPENED, json!({"float": 100_000, "from_shift": null}));
    let closed = |n, of: u128| fact(n, kind::SHIFT_CLOSED, json!({"shift": Uuid::from_u128(of), "left": 100_000}));
    assert_eq!(standing(&[]), (None, None));
    let (open, handed) = standing(&[opened(6), closed(5, 1), opened(1)]);
    assert_eq!((open.unwrap().id, handed), (Uuid::from_u128(6), None));
    let (open, handed) = standing(&[closed(9, 6), opened(6), closed(5, 1), opened(1)]);
    assert_eq!((open, handed.as_ref().unwrap().left), (None, Rupiah(100_000)));
    assert_eq!(handed.unwrap().shift, Uuid::from_u128(6));
    let accepted = fact(10, kind::SHIFT_OPENED, json!({"float": 1, "from_shift": Uuid::from_u128(6)}));
    let (open, handed) = standing(&[closed(11, 10), accepted, closed(9, 6), opened(6)]);
    assert_eq!((open, handed.unwrap().shift), (None, Uuid::from_u128(10)));
    // A clock that was years ahead made the larger ids: the order of the journal counts.
    let (open, _) = standing(&[opened(6), closed(901, 900), opened(900)]);
    assert_eq!(open.unwrap().id, Uuid::from_u128(6));
    let (_, handed) = standing(&[closed(9, 6), opened(6), closed(901, 900), opened(900)]);
    assert_eq!(handed.unwrap().shift, Uuid::from_u128(6));
}

#[test]
fn a_shift_ends_with_its_business_day_and_never_by_a_clock_that_is_doubted() {
    let zone = TimeZone::get("Asia/Jakarta").unwrap();
    let at = |text: &str| text.parse::<Timestamp>().unwrap();
    let opened = at("2026-11-22T23:00:00+07:00");
    for (now, doubted, over) in [
        ("2026-11-23T03:59:00+07:00", false, false),
        ("2026-11-23T04:00:00+07:00", false, true),
        ("2026-11-23T04:00:00+07:00", true, false),
        // Its clock was ahead when it was opened.
        ("2026-11-20T12:00:00+07:00", false, true),
        ("2026-11-20T12:00:00+07:00", true, false),
    ] {
        assert_eq!(is_of_another_day(opened, (at(now), doubted), &zone, 240), over, "{now} {doubted}");
    }
}

fn any_fact(n: u128) -> impl Strategy<Value = Content> {
    let fee = 0_i64..100_000;
    let method = proptest::sample::select(vec!["tunai", "qris", "member", "voucher", "emoney"]);
    let flags = proptest::sample::subsequence(vec!["no_data", "member", "lost", "other"], 0..3);
    (fee, method, flags, 0_u8..10, 1_u128..40, any::<bool>()).prop_map(
        move |(fee, method, flags, what, target, fined)| match what {
            0 | 1 => fact(n, kind::VOIDED, json!({"target": Uuid::from_u128(target)})),
            2 => fact(n, kind::ENTERED, json!({})),
            3 => fact(n, kind::BARRIER_OPENED, json!({})),
            _ => {
                let fine = if fined { fee / 2 } else { 0 };
                let lines =
                    json!([{"kind": "first", "amount": fee - fine}, {"kind": "lost_fine", "amount": fine}]);
                exit(n, fee, method, &flags, if fined { lines } else { json!([]) })
            }
        },
    )
}

fn any_shift() -> impl Strategy<Value = Vec<Content>> {
    (1_u128..40).prop_flat_map(|n| (1..=n).map(any_fact).collect::<Vec<_>>())
}

proptest! {
    #[test]
    fn totals_are_the_same_in_any_order_and_with_any_fact_twice(
        facts in any_shift(), shuffled in any::<prop::sample::Index>(), again in any::<prop::sample::Index>()
    ) {
        let expected = Totals::of(&facts);
        let mut other = facts.clone();
        other.rotate_left(shuffled.index(facts.len()));
        other.reverse();
        other.push(facts[again.index(facts.len())].clone());
        prop_assert_eq!(Totals::of(&other), expected);
    }

    #[test]
    fn the_lines_are_the_revenue_and_the_variance_is_what_it_says(
        facts in any_shift(), pieces in prop::collection::vec(0_u32..50, 10), float in 0_i64..1_000_000
    ) {
        let t = Totals::of(&facts);
        let lines = [t.regular, t.lost, t.fines, t.members, t.free];
        prop_assert_eq!(lines.iter().map(|l| l.sum).sum::<Rupiah>(), t.revenue());
        let exits = [t.regular, t.lost, t.members, t.free].iter().map(|l| l.count).sum::<u32>();
        prop_assert_eq!(exits, t.methods.values().map(|l| l.count).sum::<u32>());
        let all = facts.iter().filter(|f| f.kind == kind::LEFT);
        let gross: Rupiah = all.clone().map(|f| Rupiah(f.body["fee"].as_i64().unwrap())).sum();
        prop_assert_eq!(gross, t.revenue() + t.voids.sum);

        let shift = OpenShift {
            id: Uuid::from_u128(1), operator: "Sari".into(), opened_at: Timestamp::UNIX_EPOCH, float: Rupiah(float), left: None,
        };
        let now = at("2026-11-23T06:02:00");
        let closed = Closing {
            shift: &shift, totals: t, count: Some(Count::of(&pieces)), reason: "", how: "counted", at: &now,
            gate: "B1", waiting: 0,
        }.body();
        prop_assert_eq!(closed.counted.unwrap() - closed.expected, closed.variance.unwrap());
        prop_assert_eq!(closed.deposit + closed.left, closed.counted.unwrap());
        let text = serde_json::to_value(&closed).unwrap();
        prop_assert_eq!(serde_json::from_value::<ShiftClosed>(text).unwrap(), closed);
    }

    #[test]
    fn no_line_of_the_slip_is_wider_than_the_roll(name in ".{0,60}", reason in ".{0,120}", site in ".{0,60}") {
        let mut slip = slip(Some(Count::of(&[99_999; 10])), &reason);
        slip.site = site;
        slip.closed.opened_by = name.clone();
        slip.closed.totals.methods.insert(name, Line { count: 99_999, sum: Rupiah(999_999_999_999) });
        for line in slip.lines() {
            prop_assert!(line.chars().count() <= 32, "{line}");
        }
    }
}

#[test]
fn a_corrected_method_moves_the_money_and_what_was_paid_back_left_the_drawer() {
    let mut facts = day();
    let corrected =
        |n, target, method| fact(n, kind::CORRECTED, json!({"target": Uuid::from_u128(target), "method": method}));
    facts.extend([
        corrected(30, 3, "emoney"),
        corrected(31, 3, "qris"),
        // Of an exit that was taken back, and of a class: no money moves.
        corrected(32, 9, "qris"),
        fact(33, kind::CORRECTED, json!({"target": Uuid::from_u128(4), "class": "bus"})),
        fact(34, kind::REFUNDED, json!({"claim": "X", "amount": 20_000})),
    ]);
    let line = |count, sum| Line { count, sum: Rupiah(sum) };
    let t = Totals::of(&facts);
    assert_eq!((t.methods["qris"], t.methods["tunai"]), (line(2, 14_000), line(5, 35_000)));
    assert_eq!(t.methods.get("emoney"), None, "the newest correction holds");
    assert_eq!((t.refunds, t.revenue()), (line(1, 20_000), Rupiah(49_000)));
    assert_eq!(t.expected(Rupiah(200_000)), Rupiah(215_000));
    facts.reverse();
    assert_eq!(Totals::of(&facts), t);
    // The slip of a shift without refunds says nothing of them, and reads as it did.
    assert!(!serde_json::to_string(&Totals::of(&day())).unwrap().contains("refunds"));
}

#[test]
fn what_was_paid_on_the_way_in_is_revenue_of_that_shift_and_in_its_drawer_if_it_was_cash() {
    let paid = |n, amount, method: &str| {
        fact(n, kind::ENTERED, json!({"class": "mobil", "prepaid": {"amount": amount, "method": method}}))
    };
    let line = |count, sum| Line { count, sum: Rupiah(sum) };
    let mut facts = vec![
        paid(1, 5_000, "tunai"),
        paid(2, 3_000, "qris"),
        paid(3, 2_000, "tunai"),
        fact(4, kind::ENTERED, json!({"class": "bus", "prepaid": null})),
        fact(5, kind::VOIDED, json!({"target": Uuid::from_u128(3)})),
    ];
    let t = Totals::of(&facts);
    assert_eq!((t.prepaid, t.voids, t.entries), (line(2, 8_000), line(1, 2_000), 3));
    assert_eq!((t.revenue(), t.expected(Rupiah(100_000))), (Rupiah(8_000), Rupiah(105_000)));
    facts.reverse();
    assert_eq!(Totals::of(&facts), t);
    assert!(!serde_json::to_string(&Totals::of(&facts[4..4])).unwrap().contains("prepaid"));
    let mut paper = slip(None, "");
    assert!(!paper.lines().iter().any(|line| line.contains("depan")));
    paper.closed.totals = t;
    assert!(paper.lines().contains(&"Bayar di depan   2      Rp 8.000".to_owned()), "{:?}", paper.lines());
}
