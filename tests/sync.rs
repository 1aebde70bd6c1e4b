//! What sending may never do: hold up a car, or wait for whoever listens.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used)]

mod support;

use parkir::app::gate::clock::{Clock, fresh_id};
use parkir::app::kit::Kit;
use parkir::domain::fact::Origin;
use parkir::domain::ids::GateId;
use parkir::domain::kinds::{Entered, Event};
use parkir::journal::{Draft, Journal, Options};
use parkir::sync::{self, Mode, Sync};
use rustix::process::{Signal, kill_process};
use serde_json::{Value, json};
use std::time::{Duration, Instant};
use support::Rig;
use support::face::Head;
use support::site::Site;

/// A journal and a worker of gate A1, as a headless gate has them.
struct Desk {
    clock: Clock,
    origin: Origin,
    journal: Journal,
    sync: Sync,
    events: sync::Events,
}

impl Desk {
    fn open(rig: &Rig) -> Self {
        let kit = Kit::open(&rig.kit_path("A1")).unwrap();
        let clock = Clock::new(jiff::tz::TimeZone::get("Asia/Jakarta").unwrap());
        let origin = Origin {
            site: kit.site.clone(),
            gate: GateId::parse("A1").unwrap(),
            terminal: "pc-uji".into(),
            operator: "budi".into(),
            shift: None,
            tariff: 1,
            config: 1,
        };
        let stamp = clock.stamp();
        let dir = rig.folder.join("a1");
        std::fs::create_dir_all(&dir).unwrap();
        let (epoch, started) = (fresh_id(&stamp), fresh_id(&stamp));
        let options =
            Options { dir, key: kit.key.clone().unwrap(), origin: origin.clone(), stamp, epoch, started };
        let journal = Journal::open(options).unwrap();
        let (told, events) = sync::channel();
        let options = sync::Options {
            target: Some(rig.target("A1")),
            application: "uji".into(),
            mode: Mode::Auto,
            operator: "budi".into(),
        };
        let sync = sync::spawn(options, journal.clone(), told);
        Self { clock, origin, journal, sync, events }
    }

    async fn enter(&self) {
        let stamp = self.clock.stamp();
        let entered = Entered {
            ticket: String::new(),
            class: "mobil".into(),
            source: "button".into(),
            tariff: 1,
            paper: None,
            prepaid: None,
        };
        let (id, event) = (fresh_id(&stamp), Event::Entered(entered));
        let draft = Draft { id, origin: self.origin.clone(), stamp, event, personal: vec![], stay: None };
        self.journal.record(draft).await.unwrap();
        self.sync.wake();
    }

    async fn link(&mut self, up: bool) {
        let came = self.sync.link.wait_for(|state| state.link.is_up() == up);
        tokio::time::timeout(Duration::from_secs(30), came).await.expect("the link").unwrap();
    }

    async fn settled(&self) {
        let begun = Instant::now();
        while self.journal.counts().pending() > 0 {
            assert!(begun.elapsed() < Duration::from_secs(30), "{} still wait", self.journal.counts().pending());
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_does_not_listen_to_the_worker_is_answered_all_the_same() {
    let mut rig = Rig::new(&[("A1", "both")]).await;
    let mut desk = Desk::open(&rig);
    desk.link(true).await;
    // Two events and more for each.
    for _ in 0..300 {
        desk.enter().await;
        desk.settled().await;
    }
    rig.cluster.stop_immediate().unwrap();
    desk.link(false).await;
    desk.enter().await;
    rig.cluster.start_again().unwrap();
    desk.link(true).await;
    let summary = tokio::time::timeout(Duration::from_secs(20), desk.sync.send_and_wait(false)).await;
    assert!(summary.expect("no answer").is_some_and(|summary| summary.stopped.is_none()));
    desk.settled().await;
    let Desk { journal, sync, mut events, .. } = desk;
    drop((journal, sync));
    let mut summaries = 0;
    let mut all = 0;
    while let Ok(Some(event)) = tokio::time::timeout(Duration::from_secs(10), events.recv()).await {
        all += 1;
        summaries += u64::from(matches!(event, sync::Event::Summary(_)));
    }
    assert!(summaries == 1 && all < 10, "{summaries} summaries of {all} events");
}

#[tokio::test(flavor = "multi_thread")]
async fn no_car_and_no_signal_waits_behind_a_sync() {
    let site = Site::new(&[("A1", "in")]);
    let mut head = Head::start("in", &site.config("A1", "A1", ""));
    head.settled();
    // PostgreSQL is silent for good: the sync's answer takes its limits.
    site.rig.cluster.pause().unwrap();
    let begun = Instant::now();
    head.write(
        b"{\"cmd\":\"sync\",\"ref\":1}\n{\"cmd\":\"enter\",\"plate\":\"B 1 A\",\"class\":\"mobil\",\"ref\":2}\n",
    );
    let first = head.answer();
    assert_eq!((&first["ref"], &first["event"]), (&json!(2), &json!("entered")), "{first}");
    assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
    let second = head.answer();
    assert_eq!((&second["ref"], &second["error"]["code"]), (&json!(1), &json!("link_down")), "{second}");
    site.rig.cluster.resume().unwrap();
    head.settled();

    // `quit` ends at once, and what is due is said.
    site.rig.cluster.pause().unwrap();
    let begun = Instant::now();
    head.write(b"{\"cmd\":\"sync\",\"ref\":3}\n{\"cmd\":\"quit\",\"ref\":4}\n");
    let (third, last) = (head.answer(), head.answer());
    assert_eq!((&third["ref"], &third["error"]["code"]), (&json!(3), &json!("stopped")), "{third}");
    assert_eq!((&last["ref"], &last["event"]), (&json!(4), &json!("bye")), "{last}");
    assert_eq!(head.ended().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_millis(1_900), "{:?}", begun.elapsed());
    site.rig.cluster.resume().unwrap();

    // So does a signal.
    let mut head = Head::start("in", &site.config("A1", "A1", ""));
    head.settled();
    site.rig.cluster.pause().unwrap();
    head.write(b"{\"cmd\":\"sync\"}\n{\"cmd\":\"status\"}\n");
    assert_eq!(head.answer()["event"], "status");
    let begun = Instant::now();
    kill_process(head.pid(), Signal::TERM).unwrap();
    assert_eq!(head.ended().code(), Some(0));
    assert!(begun.elapsed() < Duration::from_millis(1_900), "{:?}", begun.elapsed());
    site.rig.cluster.resume().unwrap();

    // At the end of stdin the answer is still given.
    let mut head = Head::start("in", &site.config("A1", "A1", ""));
    head.settled();
    head.write(b"{\"cmd\":\"sync\"}\n");
    head.hang_up();
    let answer: Value = head.answer();
    assert_eq!((&answer["ok"], &answer["event"]), (&json!(true), &json!("synced")), "{answer}");
    assert_eq!(head.ended().code(), Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_the_centre_refuses_holds_up_no_other() {
    let site = Site::new(&[("A1", "in")]);
    let config = site.config("A1", "A1", "");
    let waiting = site.data("A1").join("offline_data/photos/waiting");
    std::fs::create_dir_all(&waiting).unwrap();
    let name = |n: u8| format!("00000000-0000-7000-8000-0000000000{n:02}_in_{}.jpg", "ab".repeat(32));
    // PostgreSQL takes no empty one, and the oldest goes first.
    std::fs::write(waiting.join(name(1)), b"").unwrap();
    std::fs::write(waiting.join(name(2)), b"jpeg").unwrap();
    let mut head = Head::start("in", &config);
    head.settled();
    site.comes_to("SELECT kunjungan FROM foto", "00000000-0000-7000-8000-000000000002").await;
    assert!(waiting.join(name(1)).exists(), "it waits, to be tried again");
    assert_eq!(head.status()["link"], "up");
    head.quit();
}
