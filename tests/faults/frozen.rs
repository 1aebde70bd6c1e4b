//! PostgreSQL frozen, killed, and held up by somebody's locks.

use crate::lane::{Lane, long, pick};
use crate::proxy::{Rule, Way};
use crate::support::face::until;
use rustix::process::{Pid, Signal, kill_process};
use std::time::Duration;

fn signal(pid: i32, signal: Signal) {
    kill_process(Pid::from_raw(pid).unwrap(), signal).unwrap();
}

/// Goes on with a frozen process when the test ends, however it ends.
struct Frozen(i32);

impl Frozen {
    fn new(pid: i32) -> Self {
        signal(pid, Signal::STOP);
        Self(pid)
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        let _ = kill_process(Pid::from_raw(self.0).unwrap(), Signal::CONT);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_backend_is_left_behind_and_the_gate_heals_beside_it() {
    let mut lane = Lane::open("backend frozen (SIGSTOP)").await;
    for _ in 0..pick(1, 10) {
        let sql = "SELECT max(pid) FROM pg_stat_activity WHERE usename = 'gate_a1'";
        let frozen = Frozen::new(lane.site.rows(sql).await.parse().unwrap());
        lane.traffic(3);
        lane.falls();
        lane.traffic(3);
        // On a new connection, while the old backend still hangs.
        lane.heals();
        drop(frozen);
        lane.traffic(1);
        lane.heals();
    }
    lane.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_frozen_postmaster_that_takes_connections_and_says_nothing_costs_no_ticket() {
    let mut lane = Lane::open("postmaster frozen (SIGSTOP)").await;
    let file = lane.site.rig.folder.join("pg/data/postmaster.pid");
    for _ in 0..pick(1, 10) {
        let pid: i32 = std::fs::read_to_string(&file).unwrap().lines().next().unwrap().parse().unwrap();
        let frozen = Frozen::new(pid);
        lane.proxy.break_all();
        lane.breaks();
        lane.traffic(5);
        // Long enough for a login that hangs.
        until("a connection that hangs", || (lane.proxy.open() > 0).then_some(()));
        std::thread::sleep(Duration::from_secs(if long() { 60 } else { 1 }));
        lane.traffic(2);
        drop(frozen);
        lane.heals();
    }
    lane.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_immediate_stop_in_the_middle_of_a_batch_loses_nothing_and_doubles_nothing() {
    let mut lane = Lane::open("immediate stop in the middle of a batch").await;
    for n in 0..pick(2, 30) as u64 {
        lane.proxy.set(Rule::Refuse);
        lane.breaks();
        lane.traffic(8);
        // The backlog is on its way when PostgreSQL dies; every other time its answer is.
        let way = if n % 2 == 0 { Way::Request } else { Way::Reply };
        let before = lane.proxy.carried(way);
        lane.proxy.set(if n % 2 == 0 { Rule::Trickle(64) } else { Rule::Pass });
        let begun = before + if n % 2 == 0 { 6000 } else { 2000 + 50 * n };
        until("the backlog on its way", || (lane.proxy.carried(way) > begun).then_some(()));
        lane.site.rig.cluster.stop_immediate().unwrap();
        lane.traffic(2);
        lane.site.rig.cluster.start_again().unwrap();
        lane.heals();
    }
    lane.ends().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_held_for_longer_than_the_limits_holds_up_no_car_and_loses_nothing() {
    let mut lane = Lane::open("lock held past lock_timeout").await;
    let locks = [
        "LOCK TABLE epok IN ACCESS EXCLUSIVE MODE",
        "LOCK TABLE peristiwa IN ACCESS EXCLUSIVE MODE",
        "SELECT 1 FROM kunjungan FOR UPDATE",
    ];
    for sql in &locks[..pick(1, 3)] {
        lane.enter();
        lane.heals();
        let mut root = lane.site.rig.root().await;
        let held = root.transaction().await.unwrap();
        held.batch_execute(sql).await.unwrap();
        lane.leave();
        lane.traffic(3);
        std::thread::sleep(Duration::from_secs(if long() { 60 } else { 6 }));
        lane.traffic(1);
        held.rollback().await.unwrap();
        lane.heals();
    }
    lane.ends().await;
}
