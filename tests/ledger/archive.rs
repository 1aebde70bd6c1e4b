//! Facts that went to the archive: the gates that still have them leave it at that.

use crate::support::face::Head;
use crate::support::site::Site;
use serde_json::{Value, json};

/// The fact's id, as the headless gate told it.
fn stay(answer: &Value) -> String {
    answer["stay"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_archived_is_not_sent_again_and_what_is_missing_above_it_is() {
    let site = Site::new(&[("A1", "in")]);
    let config = site.config("A1", "A1", "");
    let mut gate = Head::start("in", &config);
    let old: Vec<String> = (0..4).map(|n| stay(&gate.enter(&format!("D {} OLD", 1000 + n), "motor"))).collect();
    gate.settled();
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let horizon = site.rows("SELECT clock_timestamp()").await;
    tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    let new: Vec<String> = (0..4).map(|n| stay(&gate.enter(&format!("D {} NEW", 2000 + n), "motor"))).collect();
    gate.settled();
    let facts = site.rows("SELECT count(*) FROM peristiwa").await;

    // The archive takes what is older; one fact above it is lost. All in the gate's one range.
    let root = site.rig.root().await;
    let sql = format!(
        "UPDATE lokasi SET arsip_sebelum = '{horizon}'; \
         DELETE FROM peristiwa WHERE id < intern.uuid_batas('{horizon}') AND kunjungan::text <> '{}'; \
         DELETE FROM peristiwa WHERE id = '{}'",
        old[3], new[1]
    );
    root.batch_execute(&sql).await.unwrap();
    let left: i64 = root.query_one("SELECT count(*) FROM peristiwa", &[]).await.unwrap().get(0);
    assert!(left >= 4 && left < facts.parse::<i64>().unwrap() - 3);
    gate.quit();

    let mut gate = Head::start("in", &config);
    gate.link("up");
    site.comes_to(&format!("SELECT count(*) FROM peristiwa WHERE id = '{}'", new[1]), "1").await;
    gate.settled();
    let status = gate.ask(&json!({"cmd": "status"}));
    assert_eq!((&status["parked"], &status["link"]), (&json!(0), &json!("up")), "{status}");
    let known =
        format!("SELECT count(*) FROM peristiwa WHERE jenis = 'entered' AND id < intern.uuid_batas('{horizon}')");
    assert_eq!(site.rows(&known).await, "1", "what the archive has not removed yet stays as it is");
    assert_eq!(site.rows("SELECT count(*) FROM karantina").await, "0");
}
