//! What terminals and hub hear.

use crate::support::*;
use parkir::central::HeldKey;
use parkir::central::IngestVerdict::*;
use parkir::domain::fact::Sealed;

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
        let sealed: Sealed = serde_json::from_str(&held.envelope).unwrap();
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
