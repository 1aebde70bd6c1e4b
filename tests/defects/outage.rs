//! Defects 1, 2, 7 and 8: what an outage did to the old system.

use crate::support::face::{Head, once, until};
use crate::support::site::Site;
use parkir::domain::ticket;
use serde_json::{Value, json};
use std::collections::BTreeSet;

fn gate(site: &Site) -> Head {
    Head::start("in", &site.config("A1", "A1", ""))
}

/// 1: an id made when it was sent, files in no order; 7: OFF numbers; 8: OFF0001 that never reached the centre.
#[tokio::test(flavor = "multi_thread")]
async fn defect_1_7_8_an_outage_sold_through_is_sent_once_in_order_and_its_tickets_are_as_always() {
    let mut site = Site::new(&[("A1", "both")]);
    let mut head = gate(&site);
    let mut tickets = vec![head.enter("B 1 A", "mobil")["ticket"].as_str().unwrap().to_owned()];
    head.settled();
    site.rig.cluster.stop_immediate().unwrap();
    head.link("down");
    let mut stays = Vec::new();
    for round in 0..2 {
        for n in 0..6 {
            let car = head.enter(&format!("D {round}{n} AB"), "motor");
            tickets.push(car["ticket"].as_str().unwrap().to_owned());
            if n % 2 == 0 {
                head.yes(&json!({"cmd": "leave", "stay": car["stay"], "tendered": 10_000}));
            }
            stays.push(car["stay"].as_str().unwrap().to_owned());
        }
        // The power goes; what is started anew finds no centre either.
        head.kill();
        head = gate(&site);
    }
    for number in &tickets {
        assert_eq!(ticket::read(number).as_ref(), Some(number), "one format, with or without a line");
        assert!(number.starts_with("A1"), "{number}");
    }
    assert_eq!(tickets.iter().collect::<BTreeSet<_>>().len(), tickets.len(), "a number given twice");
    // The files of the dead PC are carried to another as well.
    let stick = site.rig.folder.join("stick");
    std::fs::create_dir_all(&stick).unwrap();
    let mut carried = 0;
    for name in site.spool("A1", "parking_") {
        std::fs::copy(site.data("A1").join("offline_data").join(&name), stick.join(&name)).unwrap();
        carried += 1;
    }
    assert!(carried >= 18, "{carried}");
    site.rig.cluster.start_again().unwrap();
    head.settled();
    head.quit();
    let config = site.config("A1", "A1", "");
    let (code, _, err) = once(&["journal", "import", stick.to_str().unwrap()], &config);
    assert_eq!(code, 0, "{err}");
    assert_eq!(once(&["sync"], &config).0, 0);
    let sent = site.rows("SELECT id FROM peristiwa WHERE jenis = 'entered' ORDER BY id").await;
    let (sent, told): (BTreeSet<&str>, BTreeSet<&str>) =
        (sent.lines().skip(1).collect(), stays.iter().map(String::as_str).collect());
    assert_eq!(sent, told, "the id the gate told when it happened is the id in the books");
    site.comes_to("SELECT count(*), count(DISTINCT id) FROM peristiwa WHERE jenis = 'left'", "6|6").await;
    // Of each life, in the order in which it happened.
    let turned = "SELECT count(*) FROM peristiwa a JOIN peristiwa b ON a.epoch = b.epoch AND a.seq < b.seq \
                  WHERE a.xid > b.xid";
    assert_eq!(site.rows(turned).await, "0");
}

/// 2: after a POST everything not yet sent was marked as sent, also what had been recorded meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn defect_2_what_is_recorded_while_a_batch_is_under_way_is_not_taken_for_sent() {
    let site = Site::new(&[("A1", "in")]);
    let mut head = gate(&site);
    head.settled();
    let mut root = site.rig.root().await;
    for round in 0..3 {
        let lock = root.transaction().await.unwrap();
        lock.batch_execute("LOCK TABLE peristiwa IN ACCESS EXCLUSIVE MODE").await.unwrap();
        head.enter(&format!("B {round} A"), "mobil");
        let other = site.rig.root().await;
        let waits =
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND usename LIKE 'gate%'";
        while other.query_one(waits, &[]).await.unwrap().get::<_, i64>(0) == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
        }
        for n in 1..4 {
            head.enter(&format!("B {round} A{}", "ABCD".chars().nth(n).unwrap()), "mobil");
        }
        assert!(head.status()["pending"].as_u64() >= Some(3));
        lock.commit().await.unwrap();
        head.settled();
        let want = (4 * (round + 1)).to_string();
        site.comes_to("SELECT count(*) FROM kendaraan", &want).await;
    }
    // Files of what is there are gone, by their own names.
    until("an empty spool", || site.spool("A1", "parking_").is_empty().then_some(()));
    head.quit();
}

/// 8: a column that may not be NULL made every record fail, and nobody saw it for a day.
#[tokio::test(flavor = "multi_thread")]
async fn defect_8_a_centre_that_refuses_every_record_loses_none_and_it_is_told() {
    let site = Site::new(&[("A1", "in")]);
    let mut head = gate(&site);
    head.settled();
    site.rows("ALTER TABLE kendaraan ADD COLUMN is_parked boolean NOT NULL").await;
    let cars: Vec<Value> = (0..5).map(|n| head.enter(&format!("B {n} NN"), "mobil")).collect();
    assert!(cars.iter().all(|car| ticket::read(car["ticket"].as_str().unwrap()).is_some()));
    let told = head.asks_until(&json!({"cmd": "status"}), |s| s["link"] == "down" || s["parked"] != 0);
    assert_eq!(
        told["pending"].as_u64().unwrap() + told["parked"].as_u64().unwrap(),
        5,
        "each waits or is set aside with its reason: {told}"
    );
    until("a file for each", || (site.spool("A1", "parking_entry_").len() == 5).then_some(()));
    assert_eq!(site.rows("SELECT count(*) FROM kendaraan").await, "0");
    site.rows("ALTER TABLE kendaraan DROP COLUMN is_parked").await;
    head.asks_until(&json!({"cmd": "sync", "retry": true}), |a| {
        a["ok"] == true && a["parked"] == 0 && a["pending"] == 0
    });
    site.comes_to("SELECT count(*) FROM kendaraan", "5").await;
    head.quit();
}

/// 8: with the database gone from the start there was no car park.
#[test]
fn defect_8_a_gate_that_never_reached_its_centre_sells() {
    let mut site = Site::new(&[("A1", "both")]);
    site.rig.cluster.stop().unwrap();
    let mut head = gate(&site);
    let car = head.enter("B 1 A", "mobil");
    assert_eq!(ticket::read(car["ticket"].as_str().unwrap()).as_deref(), car["ticket"].as_str());
    head.yes(&json!({"cmd": "leave", "ticket": car["ticket"], "tendered": 10_000}));
    assert!(head.status()["pending"].as_u64() >= Some(2));
    assert_eq!((site.spool("A1", "parking_entry_").len(), site.spool("A1", "parking_exit_").len()), (1, 1));
    head.quit();
}
