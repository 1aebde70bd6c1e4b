//! Without data leaves who has none; a plate that is inside has some.

use crate::support::site::Site;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_plate_that_is_inside_is_said_and_flagged_where_it_leaves_without_data() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let (mut entry, mut exit) = (site.head("in", "A1"), site.head("out", "B1"));
    let car = entry.enter("B 900 K", "mobil");
    exit.knows(&car["ticket"]);
    let half_an_hour_ago = (Timestamp::now() - SignedDuration::from_mins(30)).to_string();
    let leave = |plate: &str| {
        json!({"cmd": "leave_no_data", "plate": plate, "class": "mobil", "entered_at": half_an_hour_ago,
            "reason": "tiket hilang", "tendered": 100_000})
    };
    let other = exit.yes(&leave("b 901 k"));
    assert_eq!(other["warnings"], json!([]));
    let same = exit.yes(&leave("b 900 k"));
    assert_eq!(same["warnings"][0]["stated_inside"]["ticket"], car["ticket"], "{same}");
    exit.settled();
    let flagged = "SELECT plat_nomor, 'plate_inside' = ANY(tanda) FROM transaksi ORDER BY 1";
    assert_eq!(site.rows(flagged).await, "B900K|t\nB901K|f");
    // What is inside is inside, and leaves by its ticket.
    exit.yes(&json!({"cmd": "leave", "query": car["ticket"], "tendered": 100_000}));
    for head in [entry, exit] {
        head.quit();
    }
}
