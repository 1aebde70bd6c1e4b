//! One fact in two places of the chain: sealed once more after an error whose outcome nobody knew.

use crate::support::*;
use parkir::central::IngestVerdict::*;
use parkir::domain::seal::Hash;
use parkir::journal::Range;
use uuid::Uuid;

#[tokio::test(flavor = "multi_thread")]
async fn a_fact_sealed_twice_is_one_fact_that_a_comparison_finds_in_either_place() {
    let mut all = Vec::new();
    for first in [0, 1] {
        let rig = Rig::new(&[("A1", "in")]).await;
        let central = rig.central("A1").await;
        let stay = id_at(0, 1);
        let mut pens = [Pen::new("A1", 1), Pen::new("A1", 2)];
        let mut hash = Hash::ZERO;
        let mut sealed = pens.each_mut().map(|pen| {
            let fact = pen.fact(stay, 0, &entered("mobil", stay), Some("B1A"));
            hash = fact.hash().unwrap();
            text(&pen.seal(fact))
        });
        sealed.rotate_left(first);
        assert_eq!(central.ingest(&sealed[..1], LIMIT).await.unwrap(), [Inserted]);
        assert_eq!(central.ingest(&sealed[1..], LIMIT).await.unwrap(), [Already]);
        let digest = Hash::of("parkir-ranges-v1", &[hash.0.as_slice()]).hex();
        let ranges = [1, 2].map(|epoch| Range {
            epoch: Uuid::from_u128(epoch),
            from: 1,
            to: 1,
            count: 1,
            digest: digest.clone(),
            least: None,
        });
        assert_eq!(central.ranges(&ranges, LIMIT).await.unwrap(), [0_i32; 0], "it would be sent every hour");
        for range in &ranges {
            assert_eq!(central.range_rows(range.epoch, 1, 1, LIMIT).await.unwrap(), [hash.hex()]);
        }
        assert_eq!(central.ingest(&sealed, LIMIT).await.unwrap(), [Already, Already]);
        all.push(books(&rig).await);
    }
    assert_eq!(all[0], all[1], "the set decides, not the order");
}
