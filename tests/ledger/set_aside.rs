//! What the centre refused: told in words, tried again when somebody says so, and only then.

use crate::support::face::{Head, once};
use crate::support::site::Site;
use serde_json::json;

const POISON: &str = "ALTER TABLE kunjungan ADD CONSTRAINT racun CHECK (plat_nomor <> 'B13UJI')";
const CURE: &str = "ALTER TABLE kunjungan DROP CONSTRAINT racun";
const INSIDE: &str = "SELECT count(*) FROM kendaraan";

/// A gate with one car that PostgreSQL cannot take among two it can.
async fn refused(site: &Site, more: &str) -> Head {
    site.rows(POISON).await;
    let mut head = Head::start("in", &site.config("A1", "A1", more));
    head.settled();
    for plate in ["B 12 UJI", "B 13 UJI", "B 14 UJI"] {
        head.enter(plate, "motor");
    }
    head.asks_until(&json!({"cmd": "status"}), |s| s["pending"] == 0 && s["parked"] == 1);
    head
}

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_set_aside_is_tried_again_when_a_machine_asks_for_it_and_only_then() {
    let site = Site::new(&[("A1", "in")]);
    let mut head = refused(&site, "").await;
    let answer = |sent: u64, parked: u64| {
        json!({"ok": true, "event": "synced", "sent": sent, "already": 0,
        "parked": parked, "pending": 0})
    };
    let (plain, retry) = (json!({"cmd": "sync"}), json!({"cmd": "sync", "retry": true}));
    assert_eq!(head.yes(&plain), answer(0, 1));
    assert_eq!(head.yes(&retry), answer(0, 1), "nothing was put right");
    assert_eq!(site.rows(INSIDE).await, "2");
    site.rows(CURE).await;
    assert_eq!(head.yes(&plain), answer(0, 1), "nobody asked for it");
    assert_eq!(head.yes(&json!({"cmd": "sync", "retry": false})), answer(0, 1));
    assert_eq!(head.no(&json!({"cmd": "sync", "retry": "ya"})), "bad_request");
    assert_eq!(head.yes(&retry), answer(1, 0));
    assert_eq!(site.rows(INSIDE).await, "3");
    assert_eq!(head.yes(&retry), answer(0, 0));
    head.quit();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_reads_in_words_why_a_fact_was_set_aside_and_sends_it_by_command() {
    let site = Site::new(&[("A1", "in")]);
    refused(&site, "").await.quit();
    let config = site.config("A1", "A1", "");
    let raw = "violates check constraint";
    let listed = once(&["journal", "list", "--state", "parked"], &config);
    assert_eq!(listed.0, 0, "{listed:?}");
    let (_, list, _) = listed;
    assert!(list.contains("disisihkan") && list.contains("masuk") && !list.contains(raw), "{list}");
    assert!(list.contains("    melanggar aturan di database (23514). Admin: "), "{list}");
    assert!(list.ends_with("atau: parkir sync --retry\n"), "{list}");
    let english = site.config("A1", "A1", "[site]\nlanguage = \"en\"");
    let (_, list, _) = once(&["journal", "list", "--state", "parked"], &english);
    assert!(list.contains("    against a rule in the database (23514). Administrator: "), "{list}");
    let config = site.config("A1", "A1", "");
    // Who must know more finds the server's own words.
    let (_, json, _) = once(&["journal", "list", "--state", "parked", "--json"], &config);
    assert!(json.contains(raw), "{json}");
    assert!(site.log("A1", "sync_").contains(raw));

    let (code, said, _) = once(&["sync"], &config);
    assert!(code == 0 && said.contains("Disisihkan seluruhnya 1") && !said.contains("melanggar"), "{said}");
    let (_, said, _) = once(&["sync", "--retry"], &config);
    assert!(said.contains("B 13 UJI  masuk ") && said.contains(": melanggar aturan di database. Admin"), "{said}");
    site.rows(CURE).await;
    let (code, said, _) = once(&["sync", "--retry"], &config);
    assert!(code == 0 && said.contains("disisihkan 0, masih menunggu 0\n"), "{said}");
    assert_eq!(site.rows(INSIDE).await, "3");
}
