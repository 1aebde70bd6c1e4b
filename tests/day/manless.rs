//! A gate nobody stands at: button, camera, dispenser and barrier on one PC, and shifts that close by themselves.

use crate::devices::{Camera, Lane, event};
use crate::support::face::{Head, until};
use crate::support::site::{Site, files};
use parkir::device::barrier::sim::Do;
use parkir::domain::lane::{Side, Spot};
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn a_manless_entry_takes_a_press_gives_a_ticket_and_opens_for_one_vehicle() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let (camera, lane) = (Camera::start(), Lane::new(Side::In));
    let more = format!("{}{}[button]\nclass = \"mobil\"\nguard_s = 0\n", camera.section, lane.section());
    let mut gate = Head::start("in", &site.config("A1", "A1", &more));
    lane.connected();
    gate.link("up");
    let mut tickets = Vec::new();
    for n in 0..3 {
        // A hand on the button and nobody on the loop; then a vehicle, and an impatient driver.
        for there in [false, true] {
            lane.barrier.act(Do::Loop(Spot::Presence, there));
            lane.barrier.act(Do::Press);
            lane.barrier.act(Do::Press);
        }
        let entered = event(&mut gate, "entered");
        assert_eq!((&entered["plate"], &entered["source"]), (&Value::Null, &json!("button")), "{n}");
        let passed = lane.through(&mut gate);
        assert_eq!(passed["stay"], entered["stay"]);
        assert!(passed["opening"].is_string());
        tickets.push(entered["ticket"].as_str().unwrap().to_owned());
    }
    let mut papers = Vec::new();
    until("three tickets", || {
        papers.extend(lane.papers());
        (papers.len() >= 3).then_some(())
    });
    for (ticket, paper) in tickets.iter().zip(&papers) {
        assert!(paper.contains(ticket.as_str()), "{ticket}\n{paper}");
        site.photo("A1", "Masuk", ticket);
    }
    assert!(!gate.events.iter().any(|e| e["event"] == "entered"), "{:?}", gate.events);
    assert_eq!((papers.len(), files(&site.data("A1").join("Images/Masuk")).len()), (3, 3));
    gate.settled();
    // Let out at the other gate by what the dispenser gave.
    let mut exit = Head::start("out", &site.config("B1", "B1", ""));
    exit.link("up");
    for ticket in &tickets {
        exit.knows(&json!(ticket));
        exit.yes(&json!({"cmd": "leave", "ticket": ticket, "tendered": 20_000}));
    }
    exit.settled();
    gate.quit();
    exit.quit();
    site.comes_to("SELECT count(*), count(plat_nomor) FROM kunjungan WHERE keadaan = 'keluar'", "3|0").await;
    let printed = "SELECT count(*) FROM peristiwa WHERE jenis = 'printed' AND isi #>> '{body,outcome}' = 'ok'";
    site.comes_to(printed, "3").await;
    let passages =
        "SELECT count(*) FROM peristiwa WHERE jenis = 'passed' AND isi #>> '{body,opening}' IS NOT NULL";
    site.comes_to(passages, "3").await;
}

/// `own_shift`: at the business day's cut-off the shift of a gate without people is closed and the next one begun.
#[tokio::test(flavor = "multi_thread")]
async fn a_gate_without_people_closes_its_shift_at_the_cut_off_and_every_sale_stands_in_one() {
    let site = Site::new(&[("A1", "both")]);
    let config = site.config("A1", "A1", "");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, text.replace("[gate]", "[gate]\nshifts = true")).unwrap();
    let mut gate = Head::start("in", &config);
    gate.link("up");
    let shift = |gate: &mut Head| until("a shift", || gate.status()["shift"].as_str().map(str::to_owned));
    let first = shift(&mut gate);
    let car = gate.enter("B 1 AA", "mobil");
    gate.yes(&json!({"cmd": "leave", "stay": car["stay"], "tendered": 10_000}));
    gate.settled();
    // The day changes a minute or two from now: whatever the clock says, the shift began before it.
    let now = jiff::Timestamp::now().to_zoned(jiff::tz::TimeZone::get("Asia/Jakarta").unwrap());
    let minutes = i64::from(now.hour()) * 60 + i64::from(now.minute()) + 1;
    site.rows(&format!("UPDATE lokasi SET pergantian_menit = {}", minutes % (24 * 60))).await;
    let begun = std::time::Instant::now();
    let second = loop {
        let now = shift(&mut gate);
        if now != first {
            break now;
        }
        assert!(begun.elapsed().as_secs() < 150, "never closed");
        std::thread::sleep(std::time::Duration::from_millis(200));
    };
    let car = gate.enter("B 2 AA", "mobil");
    gate.yes(&json!({"cmd": "leave", "stay": car["stay"], "tendered": 10_000}));
    gate.settled();
    gate.quit();
    let shifts = "SELECT id, cara, terhitung FROM shift ORDER BY dibuka";
    site.comes_to(shifts, &format!("{first}|cutoff|-\n{second}|-|-")).await;
    let sales =
        "SELECT isi ->> 'shift', count(*) FROM peristiwa WHERE jenis = 'left' GROUP BY 1 ORDER BY min(id::text)";
    site.comes_to(sales, &format!("{first}|1\n{second}|1")).await;
}

/// docs/prepaid.md: nobody is there to take money and no car is kept at a barrier for it, so it is let in unpaid; the exit
/// asks for all of it and flags it.
#[tokio::test(flavor = "multi_thread")]
async fn a_manless_entry_lets_a_class_in_that_should_have_paid_and_the_exit_asks_for_all_of_it() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    site.rows(
        "INSERT INTO tarif (situs, versi, berlaku_sejak, aturan)
         SELECT t.situs, t.versi + 1, now() - interval '1 day',
             jsonb_object_agg(j.key, j.value || '{\"grace_minutes\": 0, \"prepaid\": true}')
         FROM tarif t, jsonb_each(t.aturan) j GROUP BY t.situs, t.versi",
    )
    .await;
    let lane = Lane::new(Side::In);
    let more = format!("{}[button]\nclass = \"mobil\"\nguard_s = 0\n", lane.section());
    let mut gate = Head::start("in", &site.config("A1", "A1", &more));
    lane.connected();
    gate.settled();
    // A person there would be asked: the tariff is in force.
    assert_eq!(gate.no(&json!({"cmd": "enter", "plate": "B 1 A", "class": "mobil"})), "prepayment_due");
    lane.barrier.act(Do::Loop(Spot::Presence, true));
    lane.barrier.act(Do::Press);
    let entered = event(&mut gate, "entered");
    assert_eq!((&entered["source"], &entered["prepaid"]), (&json!("button"), &Value::Null), "{entered}");
    assert_eq!(lane.through(&mut gate)["stay"], entered["stay"]);
    let mut papers = Vec::new();
    until("the ticket", || {
        papers.extend(lane.papers());
        (!papers.is_empty()).then_some(())
    });
    assert!(papers.iter().all(|paper| !paper.contains("LUNAS")), "{papers:?}");
    gate.settled();

    let mut exit = Head::start("out", &site.config("B1", "B1", ""));
    exit.settled();
    exit.knows(&entered["ticket"]);
    let asked = json!({"cmd": "quote", "ticket": entered["ticket"]});
    let quote = exit.asks_until(&asked, |quote| quote["seconds"].as_i64() > Some(0));
    assert_eq!((&quote["fee"], &quote["warnings"]), (&json!(5_000), &json!(["prepaid_unpaid"])), "{quote}");
    exit.yes(&json!({"cmd": "leave", "ticket": entered["ticket"], "tendered": 5_000}));
    exit.settled();
    gate.quit();
    exit.quit();
    site.comes_to("SELECT biaya, array_to_string(tanda, ',') FROM transaksi", "5000|prepaid_unpaid").await;
    site.comes_to("SELECT count(*) FROM bayar_di_depan", "0").await;
}
