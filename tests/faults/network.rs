//! The cable between gate and PostgreSQL: cut, reset, stalled, slow, flapping.

use crate::lane::{Lane, long, pick};
use crate::proxy::{Rule, Way};
use std::time::Duration;

/// Cuts the answer to a fact after every so many bytes, or all of them.
async fn cut_the(way: Way, scenario: &'static str, step: u64) {
    let mut lane = Lane::open(scenario).await;
    let before = lane.proxy.carried(way);
    lane.traffic(1);
    lane.heals();
    let most = lane.proxy.carried(way) - before;
    let step = if long() { 1 } else { step };
    let mut n = 0;
    while n < most {
        let fell = lane.proxy.fell();
        lane.proxy.set(Rule::Cut(way, n));
        lane.enter();
        lane.leave();
        // A cut behind the last byte falls at the next check's first one: that is a run of its own.
        crate::support::face::until("the cut", || (lane.proxy.fell() > fell).then_some(()));
        lane.heals();
        n += step;
    }
    lane.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_after_any_byte_of_the_reply_makes_no_duplicate() {
    cut_the(Way::Reply, "reply cut after any byte", 37).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_after_any_byte_of_the_request_loses_nothing() {
    cut_the(Way::Request, "request cut after any byte", 700).await;
}

/// One way of the line carries nothing any more, and nobody says so.
async fn stall_the(way: Way, scenario: &'static str) {
    let mut lane = Lane::open(scenario).await;
    for _ in 0..pick(1, 20) {
        lane.proxy.set(Rule::Stall(way));
        lane.traffic(5);
        lane.falls();
        lane.traffic(5);
        lane.heals();
    }
    lane.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_reply_makes_no_duplicate() {
    stall_the(Way::Reply, "reply lost (server to gate silent)").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stalled_request_loses_nothing() {
    stall_the(Way::Request, "request stalled (gate to server silent)").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_connection_loses_nothing_and_doubles_nothing() {
    let mut lane = Lane::open("connection reset").await;
    for n in 0..pick(6, 200) as u64 {
        let way = if n % 2 == 0 { Way::Reply } else { Way::Request };
        lane.proxy.set(Rule::Reset(way, n * 17 % 400));
        lane.traffic(2);
        lane.heals();
    }
    lane.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_that_trickles_or_delays_still_carries_everything() {
    let mut lane = Lane::open("trickle and delay").await;
    for rule in [Rule::Trickle(40), Rule::Delay(Duration::from_millis(200))] {
        for _ in 0..pick(1, 5) {
            lane.proxy.set(rule);
            lane.traffic(10);
            std::thread::sleep(Duration::from_millis(500));
            lane.heals();
        }
    }
    lane.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_flapping_line_loses_nothing_and_doubles_nothing() {
    let mut lane = Lane::open("flapping line").await;
    for n in 0..pick(8, 300) as u64 {
        lane.proxy.set(if n % 2 == 0 { Rule::Refuse } else { Rule::Pass });
        lane.traffic(2);
        std::thread::sleep(Duration::from_millis(if long() { 1000 } else { 150 + n * 37 % 200 }));
    }
    lane.ends().await;
}
