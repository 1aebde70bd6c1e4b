//! A small car park to draw: made-up vehicles, one fixed afternoon, and hands that type like a person.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use parkir::domain::concession::Concession;
use parkir::domain::desk::{EnterAnswer, LeaveAnswer, Refusal, Warning};
pub use parkir::domain::desk::{Priced, Quote};
use parkir::domain::link::{DownReason, Link};
use parkir::domain::money::Rupiah;
use parkir::domain::payment::{Method, Offer, Payment};
use parkir::domain::stay::{State, Stay};
use parkir::domain::tariff::{Tariff, TaxSplit};
use parkir::domain::vehicle;
use parkir::domain::view::*;
use parkir::tui::msg::{Cmd, Component, Msg};
use parkir::tui::theme::Theme;
use parkir::tui::{Colours, Entry, Lang, Look, Screen, Setup, glyphs};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use std::time::Duration;
use uuid::Uuid;

pub fn now() -> Zoned {
    "2026-11-22T14:05:00+07:00[Asia/Jakarta]".parse().unwrap()
}

pub fn at(clock: &str) -> Timestamp {
    format!("2026-11-22T{clock}:00+07:00").parse().unwrap()
}

pub fn colour() -> Look {
    Look::default()
}

pub fn mono() -> Look {
    Look { theme: Theme::mono(), glyphs: &glyphs::CONSOLE, colours: Colours::Mono }
}

pub fn ascii() -> Look {
    Look { theme: Theme::mono(), glyphs: &glyphs::ASCII, colours: Colours::Mono }
}

pub fn setup(lang: Lang, look: Look) -> Setup {
    let (gate, operator, site_name) = ("A1".to_owned(), "Budi".to_owned(), "RS Harapan".to_owned());
    let zone = TimeZone::get("Asia/Jakarta").unwrap();
    let entry = |component, detail: &str, available| Entry { component, detail: detail.into(), available };
    let components = vec![
        entry(Component::GateIn, "terminal masuk, gerbang A1", true),
        entry(Component::GateOut, "terminal keluar, gerbang A1", true),
        entry(Component::Admin, "tidak ada kit admin", false),
        entry(Component::Server, "WebSocket 8181", true),
        entry(Component::Sync, "", true),
        entry(Component::Doctor, "semua perangkat dan koneksi", true),
    ];
    let classes = vehicle::built_in();
    Setup {
        gate,
        operator,
        site_name,
        lang,
        zone,
        now: now(),
        classes,
        look,
        offers: vec![Offer::CASH],
        free_reasons: ["Ambulans", "Dinas", "Lain-lain"].map(str::to_owned).to_vec(),
        components,
    }
}

/// An exit that takes everything: QRIS by a program, e-money by the cashier's eye.
pub fn all_offers(setup: Setup) -> Setup {
    let qris = Offer { method: Method::Qris, charged: true };
    Setup { offers: vec![Offer::CASH, qris, Offer { method: Method::EMoney, charged: false }], ..setup }
}

/// A person at the keys: time goes on 100 ms a key, and the screen is woken when it asked to be.
pub struct Hands {
    pub screen: Screen,
    pub at: Duration,
    pub cmds: Vec<Cmd>,
    /// Of the last price that was asked for.
    number: u32,
}

impl Hands {
    pub fn on(mut screen: Screen) -> Self {
        let cmds = screen.start();
        Self { screen, at: Duration::from_secs(10), cmds, number: 0 }
    }

    fn take(&mut self, cmds: Vec<Cmd>) {
        for cmd in &cmds {
            if let Cmd::Quote { number, .. } = cmd {
                self.number = *number;
            }
        }
        self.cmds.extend(cmds);
    }

    fn wake(&mut self) {
        while let Some(due) = self.screen.next_wake().filter(|due| *due <= self.at) {
            let update = self.screen.wake(due);
            self.take(update.cmds);
        }
    }

    /// Lets time pass.
    pub fn wait(&mut self, ms: u64) -> &mut Self {
        self.at += Duration::from_millis(ms);
        self.wake();
        self
    }

    pub fn tell(&mut self, msg: Msg) -> &mut Self {
        let update = self.screen.update(msg, self.at);
        self.take(update.cmds);
        self
    }

    pub fn key(&mut self, code: KeyCode) -> &mut Self {
        self.tell(Msg::Term(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))).wait(100)
    }

    pub fn f(&mut self, n: u8) -> &mut Self {
        self.key(KeyCode::F(n))
    }

    pub fn enter(&mut self) -> &mut Self {
        self.key(KeyCode::Enter)
    }

    pub fn esc(&mut self) -> &mut Self {
        self.key(KeyCode::Esc)
    }

    pub fn ctrl(&mut self, c: char) -> &mut Self {
        self.tell(Msg::Term(Event::Key(KeyEvent::new(KeyCode::Char(c), KeyModifiers::CONTROL)))).wait(100)
    }

    /// Types like a person.
    pub fn types(&mut self, text: &str) -> &mut Self {
        text.chars().for_each(|c| {
            self.key(KeyCode::Char(c));
        });
        self
    }

    /// Types like a scanner, with its Enter.
    pub fn scans(&mut self, text: &str) -> &mut Self {
        for code in text.chars().map(KeyCode::Char).chain([KeyCode::Enter]) {
            self.tell(Msg::Term(Event::Key(KeyEvent::new(code, KeyModifiers::NONE))));
            self.at += Duration::from_millis(2);
        }
        self.wait(100)
    }

    /// The price that was asked for last.
    pub fn quotes(&mut self, quote: Quote) -> &mut Self {
        let number = self.number;
        self.tell(Msg::Quoted { number, quote: Box::new(quote) })
    }

    pub fn quotes_not(&mut self, why: Refusal) -> &mut Self {
        let number = self.number;
        self.tell(Msg::NotQuoted { number, why })
    }

    /// What prices were asked for, without concessions, since the last time; nothing else was asked.
    pub fn priced(&mut self) -> Vec<Priced> {
        let asked = self.asked().into_iter().map(|cmd| match cmd {
            Cmd::Quote { of, more, .. } if *more == Concession::default() => *of,
            other => unreachable!("{other:?}"),
        });
        asked.collect()
    }

    /// What was asked since the last time.
    pub fn asked(&mut self) -> Vec<Cmd> {
        std::mem::take(&mut self.cmds)
    }

    pub fn text(&self) -> String {
        text(&picture(&self.screen, 80, 24))
    }
}

pub fn picture(screen: &Screen, width: u16, height: u16) -> Buffer {
    let area = Rect::new(0, 0, width, height);
    let mut buf = Buffer::empty(area);
    screen.draw(area, &mut buf);
    buf
}

pub fn text(buf: &Buffer) -> String {
    let row = |cells: &[ratatui::buffer::Cell]| {
        let line: String = cells.iter().map(|c| c.symbol()).collect();
        line.trim_end().to_owned() + "\n"
    };
    buf.content.chunks(usize::from(buf.area.width)).map(row).collect()
}

pub fn stay(n: u128, ticket: &str, plate: Option<&str>, class: &str, clock: &str) -> Stay {
    Stay {
        stay: Uuid::from_u128(n),
        ticket: ticket.into(),
        plate: plate.map(Into::into),
        class: class.into(),
        entered_at: at(clock),
        entered_gate: "A1".into(),
        operator: "Andi".into(),
        tariff: 0,
        prepaid: None,
        state: State::Inside,
        version: 1,
    }
}

/// A ticket whose check character is right.
pub fn ticket() -> String {
    let gate = parkir::domain::ids::GateId::parse("A1").unwrap();
    parkir::domain::ticket::next(&gate, Uuid::from_u128(7), 1234).0
}

pub fn car() -> Stay {
    stay(1, &ticket(), Some("B4411KZA"), "mobil", "11:54")
}

pub fn left(mut stay: Stay, clock: &str) -> Stay {
    stay.state = State::Left { left_at: at(clock), left_gate: "B1".into(), fee: Rupiah(9_000) };
    stay
}

pub fn quote(stay: Stay) -> Quote {
    let fee = Tariff::built_in().fee(&stay.class, stay.entered_at, now().timestamp()).unwrap();
    Quote { stay, fee, as_of: now(), known: "replica".into(), warnings: Vec::new(), charge: None }
}

/// With 10 % tax in its price.
pub fn taxed_quote() -> Quote {
    let mut quote = quote(car());
    quote.fee.tax = Some(TaxSplit { basis_points: 1000, of: quote.fee.total, amount: Rupiah(818) });
    quote
}

/// A quote by a clock nobody should believe.
pub fn doubtful_quote() -> Quote {
    Quote { warnings: vec![Warning::ClockDoubtful], ..quote(car()) }
}

pub fn entered(stay: Stay) -> Msg {
    let qr = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".repeat(5)[..150].to_owned();
    Msg::Entered(Box::new(EnterAnswer { stay, qr, at: now(), warnings: Vec::new(), prepaid: None }))
}

pub fn paid(stay: Stay, tendered: i64) -> Msg {
    let fee = quote(stay.clone()).fee;
    let change = Rupiah(tendered) - fee.total;
    let stay = left(stay, "14:05");
    let answer = LeaveAnswer {
        fact: Uuid::from_u128(99),
        stay,
        fee,
        payment: Payment::cash(Rupiah(tendered)),
        tendered: Rupiah(tendered),
        change,
        at: now(),
        warnings: Vec::new(),
        lost: None,
    };
    Msg::Left(Box::new(answer))
}

pub fn link(link: Link, pending: u64) -> Msg {
    let reason = (link == Link::Down).then_some(DownReason::Unreachable);
    Msg::Link(LinkView { link, reason, pending, hub: true, ..LinkView::default() })
}

pub fn occupancy() -> Msg {
    let count = |class: &str, name: &str, inside, capacity| ClassCount {
        class: class.into(),
        name: name.into(),
        inside,
        capacity,
    };
    Msg::Occupancy(Occupancy {
        classes: vec![
            count("motor", "Motor", 412, Some(600)),
            count("mobil", "Mobil", 200, Some(200)),
            count("truk", "Truk", 3, Some(10)),
            count("bus", "Bus", 0, None),
        ],
        entered_today: 641,
        left_today: 442,
        ..Occupancy::default()
    })
}

fn row(n: u128, clock: &str, ticket: &str, plate: Option<&str>, class: &str, fee: Option<i64>) -> Recent {
    Recent {
        stay: Uuid::from_u128(n),
        at: at(clock),
        ticket: ticket.into(),
        plate: plate.map(Into::into),
        class: class.into(),
        gate: "A1".into(),
        fee: fee.map(Rupiah),
        printed: Printed::None,
        sent: n != 1,
    }
}

pub fn recent(exits: bool) -> Msg {
    let fee = |f| exits.then_some(f);
    let mut rows = vec![
        row(1, "14:04", &ticket(), Some("B4411KZA"), "mobil", fee(9_000)),
        row(2, "14:03", "A17K0041QD", Some("AB2210UF"), "motor", fee(2_000)),
        row(3, "14:01", "A17K00407M", None, "motor", fee(0)),
        row(4, "13:58", "A17K003ZP4", Some("B777SIA"), "mobil", fee(1_250_000)),
    ];
    rows[1].printed = Printed::Ok;
    rows[2].printed = Printed::Unproven;
    rows[3].printed = Printed::Failed;
    Msg::Recent(rows)
}

pub fn devices() -> Msg {
    Msg::Devices(Devices {
        printer: DeviceState::Failed("kertas habis".into()),
        barrier: DeviceState::None,
        camera: DeviceState::Ready,
    })
}

/// The same with a barrier.
pub fn barrier(barrier: DeviceState) -> Msg {
    Msg::Devices(Devices { printer: DeviceState::None, barrier, camera: DeviceState::Ready })
}

/// A made-up picture of a car: sky, a body, two wheels, a bright plate.
pub fn photo(n: u128, out: bool) -> Msg {
    let (width, height) = (64_u16, 48_u16);
    let mut rgb = Vec::new();
    for y in 0..i32::from(height) {
        for x in 0..i32::from(width) {
            let wheel = |cx: i32| (x - cx).pow(2) + (y - 36).pow(2) < 36;
            let pixel = match () {
                () if wheel(18) || wheel(46) => [20, 20, 20],
                () if (28..36).contains(&x) && (30..34).contains(&y) => [250, 250, 250],
                () if (8..56).contains(&x) && (22..36).contains(&y) => [170, 30, 30],
                () if (18..46).contains(&x) && (12..22).contains(&y) => [90, 90, 100],
                () if y < 30 => [150, 190, 230],
                () => [110, 110, 110],
            };
            rgb.extend(pixel);
        }
    }
    let caption = if out { "14.05 keluar.jpg" } else { "11.54 masuk.jpg" }.to_owned();
    Msg::Photo { stay: Uuid::from_u128(n), out, photo: PhotoView::Here(Picture { width, height, rgb, caption }) }
}
