//! A whole car park under everything at once: two gates in, two gates out, each behind a cable of its own, a server with
//! its hub; and somebody who cuts, stalls, kills, freezes and stops whatever the dice say while cars come and go.

use crate::checker::{Excuse, Shown};
use crate::dice::Dice;
use crate::lane::{HEALED, NO_GRACE, config, note, pick, upstream};
use crate::proxy::{Proxy, Rule, Way};
use crate::support::face::{Head, Service};
use crate::support::site::Site;
use serde_json::json;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const GATES: [(&str, &str); 4] = [("A1", "in"), ("A2", "in"), ("K1", "out"), ("K2", "out")];

struct Gate {
    // Dropped first: it must not outlive its PostgreSQL by much.
    head: Head,
    side: &'static str,
    proxy: Proxy,
    config: PathBuf,
}

impl Gate {
    fn restart(&mut self) {
        self.head.kill();
        self.head = Head::start(self.side, &self.config);
    }
}

fn rule(dice: &mut Dice) -> Rule {
    match dice.below(10) {
        0 | 1 => Rule::Refuse,
        2 => Rule::Dead,
        3 => Rule::Stall(Way::Reply),
        4 => Rule::Stall(Way::Request),
        5 => Rule::Cut(Way::Reply, dice.below(3000) as u64),
        6 => Rule::Reset(Way::Request, dice.below(6000) as u64),
        7 => Rule::Trickle(64),
        8 => Rule::Delay(Duration::from_millis(40)),
        _ => Rule::Pass,
    }
}

struct Park {
    gates: Vec<Gate>,
    server: Option<Service>,
    server_config: PathBuf,
    site: Site,
    dice: Dice,
    down: bool,
}

impl Park {
    /// One blow.
    fn strikes(&mut self) {
        let at = self.dice.below(self.gates.len());
        match self.dice.below(12) {
            0..=6 => {
                let rule = rule(&mut self.dice);
                self.gates[at].proxy.set(rule);
            }
            7 | 8 => self.gates[at].restart(),
            9 => {
                // The server and its hub go, or come back.
                self.server = match self.server.take() {
                    Some(_) => None,
                    None => Some(Service::start(&self.server_config, &self.site.hub)),
                };
            }
            10 if !self.down => {
                self.site.rig.cluster.stop_immediate().unwrap();
                self.down = true;
            }
            _ if self.down => {
                self.site.rig.cluster.start_again().unwrap();
                self.down = false;
            }
            _ => {
                self.site.rig.cluster.pause().unwrap();
                std::thread::sleep(Duration::from_millis(300));
                self.site.rig.cluster.resume().unwrap();
            }
        }
    }

    fn calms(&mut self) {
        if self.down {
            self.site.rig.cluster.start_again().unwrap();
        }
        self.gates.iter().for_each(|gate| gate.proxy.set(Rule::Pass));
    }

    /// Nothing waits at any gate, without a hand being lifted; how long that took.
    fn heals(&mut self) -> Duration {
        let begun = Instant::now();
        for gate in &mut self.gates {
            loop {
                let status = gate.head.status();
                if status["link"] == "up" && status["pending"] == 0 {
                    break;
                }
                assert!(begun.elapsed() < HEALED, "not healed within a minute: {status}");
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        begun.elapsed()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_whole_car_park_under_everything_at_once_loses_nothing_and_doubles_nothing() {
    let site = Site::new(&GATES);
    site.rows(NO_GRACE).await;
    let server_config = site.config("server", "hub", "");
    let gates = GATES.map(|(name, kind)| {
        let proxy = Proxy::start(&upstream(&site));
        let config = config(&site, name, proxy.port());
        let side = if kind == "in" { "in" } else { "out" };
        Gate { head: Head::start(side, &config), side, proxy, config }
    });
    let server = Some(site.server());
    let mut park = Park { gates: gates.into(), server, server_config, site, dice: Dice::new("soak"), down: false };
    park.heals();
    let mut shown = Shown { once: true, ..Shown::default() };
    let steps = pick(30, 1500);
    let (mut cars, mut healed) = (0, Duration::ZERO);
    for step in 0..steps {
        if park.dice.below(3) == 0 {
            park.strikes();
        }
        for _ in 0..=park.dice.below(3) {
            let at = park.dice.below(2);
            shown.enter(&mut park.gates[at].head, cars);
            cars += 1;
        }
        if park.dice.below(4) > 0
            && let Some(qr) = shown.inside()
        {
            let at = 2 + park.dice.below(2);
            let leave = json!({"cmd": "leave", "qr": qr, "method": "tunai", "tendered": 100_000});
            let answer = park.gates[at].head.yes(&leave);
            shown.note(&answer);
        }
        // Now and then everything is left alone, and has to come to rest by itself.
        if step % 100 == 99 {
            park.calms();
            park.down = false;
            healed = healed.max(park.heals());
        }
    }
    park.calms();
    healed = healed.max(park.heals());
    let tally = shown.check(&park.site, &["A1", "A2", "K1", "K2"], Excuse::default()).await;
    note("a whole car park under everything at once", steps, tally, healed);
    for gate in park.gates {
        gate.head.quit();
    }
}
