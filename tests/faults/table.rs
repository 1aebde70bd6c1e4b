//! The last word of a long run: every scenario with what was shown, lost and doubled, and how long it took to heal.

use crate::lane::results;
use serde_json::Value;

#[test]
#[ignore = "the end of `make faults`"]
fn table() {
    let text = std::fs::read_to_string(results()).expect("no long run has left its results");
    let mut rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    rows.sort_by_key(|row| row["scenario"].as_str().unwrap().to_owned());
    let head = ["scenario", "runs", "shown", "lost", "doubled", "heals in"];
    println!("{:<44}{:>6}{:>8}{:>6}{:>9}{:>10}", head[0], head[1], head[2], head[3], head[4], head[5]);
    let mut sums = [0; 4];
    for row in &rows {
        let number = |name: &str| row[name].as_u64().unwrap();
        let all = ["runs", "shown", "lost", "doubled"].map(number);
        sums.iter_mut().zip(all).for_each(|(sum, n)| *sum += n);
        let scenario = row["scenario"].as_str().unwrap();
        #[allow(clippy::cast_precision_loss)]
        let seconds = number("healed_ms") as f64 / 1000.0;
        println!("{scenario:<44}{:>6}{:>8}{:>6}{:>9}{seconds:>8.1} s", all[0], all[1], all[2], all[3]);
    }
    println!("{:<44}{:>6}{:>8}{:>6}{:>9}", "all", sums[0], sums[1], sums[2], sums[3]);
    assert_eq!((sums[2], sums[3]), (0, 0));
}
