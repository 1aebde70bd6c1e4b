//! A site with one lane behind the cable: the gate's binary, PostgreSQL, everything that was shown; and the end all
//! scenarios share: the fault is taken away, nobody does anything, and within a minute all is as it should be.

use crate::checker::{Excuse, Shown, Tally};
use crate::plants;
use crate::proxy::{Proxy, Rule};
use crate::support::face::{Head, until};
use crate::support::site::Site;
use serde_json::json;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// From now on every minute costs money.
pub const NO_GRACE: &str = "INSERT INTO tarif (situs, versi, berlaku_sejak, aturan) SELECT situs, 2, '1971-01-01', \
    (SELECT jsonb_object_agg(key, value || '{\"grace_minutes\": 0}') FROM jsonb_each(aturan)) FROM tarif";
/// Healed means: nothing waits any more, so soon after the fault is gone, without any command.
pub const HEALED: Duration = Duration::from_secs(60);
/// What a process may have grown by when all is over, in KiB.
const GROWTH: u64 = 24 * 1024;

/// The long run, `make faults`.
pub fn long() -> bool {
    std::env::var("PARKIR_FAULTS").is_ok_and(|word| word == "long")
}

pub fn pick(bounded: usize, long_run: usize) -> usize {
    if long() { long_run } else { bounded }
}

/// Where the scenarios of a long run leave their rows for the table.
pub fn results() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("faults.jsonl")
}

pub fn note(scenario: &str, runs: usize, tally: Tally, healed: Duration) {
    if !long() {
        return;
    }
    let row = json!({"scenario": scenario, "runs": runs, "shown": tally.shown, "lost": tally.lost,
        "doubled": tally.doubled, "healed_ms": u64::try_from(healed.as_millis()).unwrap()});
    let mut file = std::fs::OpenOptions::new().create(true).append(true).open(results()).unwrap();
    file.write_all(format!("{row}\n").as_bytes()).unwrap();
}

pub struct Lane {
    // Dropped first: it must not outlive its PostgreSQL by much.
    pub head: Head,
    pub proxy: Proxy,
    pub site: Site,
    pub shown: Shown,
    pub runs: usize,
    pub excuse: Excuse,
    pub environment: Vec<(String, String)>,
    scenario: &'static str,
    base: (u64, usize),
    longest: Duration,
    cars: usize,
}

/// The configuration of a gate behind the cable.
pub fn config(site: &Site, gate: &str, port: u16) -> PathBuf {
    let data = site.data(gate);
    std::fs::create_dir_all(&data).unwrap();
    let path = site.rig.folder.join(format!("{gate}.toml"));
    let text = format!(
        "data_dir = \"{}\"\nkit = \"{}\"\n[gate]\noperator = \"budi\"\n[central]\nhost = \"127.0.0.1\"\n\
         port = {port}\n[hub]\nurl = \"ws://{}/parking\"\n",
        data.display(),
        site.rig.kit_path(gate).display(),
        site.hub,
    );
    std::fs::write(&path, text).unwrap();
    path
}

/// PostgreSQL's socket.
pub fn upstream(site: &Site) -> PathBuf {
    site.rig.cluster.socket().join(format!(".s.PGSQL.{}", site.rig.cluster.port()))
}

/// Resident KiB and open descriptors.
fn size(head: &Head) -> (u64, usize) {
    let folder = format!("/proc/{}", head.pid().as_raw_nonzero());
    let status = std::fs::read_to_string(format!("{folder}/status")).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:")).unwrap();
    let resident = line.split_whitespace().nth(1).unwrap().parse().unwrap();
    (resident, std::fs::read_dir(format!("{folder}/fd")).unwrap().count())
}

impl Lane {
    /// A site, a gate for both ways, settled.
    pub async fn open(scenario: &'static str) -> Self {
        Self::open_with(scenario, |_| Vec::new()).await
    }

    /// The gate's environment may name its folder.
    pub async fn open_with(
        scenario: &'static str,
        environment: impl FnOnce(&Site) -> Vec<(String, String)>,
    ) -> Self {
        let site = Site::new(&[("A1", "both")]);
        let environment = environment(&site);
        site.rows(NO_GRACE).await;
        plants::in_sql(&site).await;
        let proxy = Proxy::start(&upstream(&site));
        let head = Head::start_with("in", &config(&site, "A1", proxy.port()), &environment);
        let mut lane = Self {
            head,
            proxy,
            site,
            shown: Shown::default(),
            runs: 0,
            excuse: Excuse::default(),
            environment,
            scenario,
            base: (0, 0),
            longest: Duration::ZERO,
            cars: 0,
        };
        lane.settle();
        // One car and one exit, so that everything a working gate holds is held.
        lane.enter();
        lane.leave();
        lane.settle();
        lane.base = size(&lane.head);
        lane
    }

    pub fn data(&self) -> PathBuf {
        self.site.data("A1").join("offline_data")
    }

    fn settle(&mut self) {
        let begun = Instant::now();
        loop {
            let status = self.head.status();
            let quiet = status["link"] == "up" && status["pending"] == 0 && status["settings"].as_u64() > Some(1);
            if quiet {
                return;
            }
            assert!(begun.elapsed() < HEALED, "not healed within a minute: {status}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn enter(&mut self) {
        self.cars += 1;
        self.shown.enter(&mut self.head, self.cars);
    }

    pub fn cars_inside(&mut self, n: usize) {
        (0..n).for_each(|_| self.enter());
    }

    pub fn leave(&mut self) {
        self.shown.leave(&mut self.head);
    }

    /// Cars in and out, `n` of each.
    pub fn traffic(&mut self, n: usize) {
        for _ in 0..n {
            self.enter();
            self.leave();
        }
    }

    /// Waits for the badge to turn red.
    pub fn falls(&mut self) {
        self.head.link("down");
    }

    /// A car finds out that the line is broken: sooner than the next check would.
    pub fn breaks(&mut self) {
        self.enter();
        self.falls();
    }

    pub fn pending(&mut self) -> u64 {
        self.head.status()["pending"].as_u64().unwrap()
    }

    /// The same where the gate may know it already.
    pub fn falls_with_a_car(&mut self) {
        self.head.asks_until(&json!({"cmd": "status"}), |s| s["link"] != "checking");
        self.breaks();
    }

    /// Waits until all that is not at PostgreSQL stands in both stores: a second after it was recorded, at the latest.
    pub fn has_its_files(&mut self) {
        until("a file for every fact", || {
            let files = self.site.spool("A1", "parking_").len() as u64;
            (files >= self.pending()).then_some(())
        });
    }

    /// Everything at rest is compared in between; `what` was done to it.
    pub async fn check(&self, what: &str) {
        println!("comparing after: {what}");
        self.shown.check(&self.site, &["A1"], self.excuse).await;
    }

    /// Ends the gate, if it still runs, and starts it again on what it left.
    pub fn restart(&mut self) {
        self.head.kill();
        let config = config(&self.site, "A1", self.proxy.port());
        self.head = Head::start_with("in", &config, &self.environment);
        self.base = (0, 0);
    }

    /// The fault is gone: how long until nothing waits any more. Only `status` is asked.
    pub fn heals(&mut self) -> Duration {
        self.proxy.set(Rule::Pass);
        let begun = Instant::now();
        self.settle();
        if self.base.1 == 0 {
            self.base = size(&self.head);
        }
        self.runs += 1;
        self.longest = self.longest.max(begun.elapsed());
        begun.elapsed()
    }

    /// Memory and descriptors come back to where they were.
    fn shrinks(&mut self) {
        if self.base.1 == 0 {
            return;
        }
        let begun = Instant::now();
        loop {
            let (resident, descriptors) = size(&self.head);
            if resident <= self.base.0 + GROWTH && descriptors <= self.base.1 {
                return;
            }
            let late = begun.elapsed() > Duration::from_secs(20);
            assert!(!late, "was {:?} KiB and descriptors, is {:?}", self.base, (resident, descriptors));
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// The end of a scenario: healed, sized, compared, noted.
    pub async fn ends(mut self) -> Tally {
        self.heals();
        self.shrinks();
        let tally = self.shown.check(&self.site, &["A1"], self.excuse).await;
        note(self.scenario, self.runs, tally, self.longest);
        self.head.quit();
        tally
    }
}
