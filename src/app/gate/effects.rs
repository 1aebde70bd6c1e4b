//! Carries out what a gate's screen asks, and tells it what happens elsewhere. Everything the screen shows of the
//! world comes through here.

mod righting;

use super::Gate;
use super::desk::{Desk, Done};
use super::others::{Others, Peer};
use super::unopened::Unopened;
use crate::device::Outcome;
use crate::domain::concession::Concession;
use crate::domain::desk::{NoDataRequest, Priced, Refusal, StayKey};
use crate::domain::duty::Need;
use crate::domain::view::{ClassCount, LaneNews, Occupancy, PhotoView};
use crate::sync::Event;
use crate::tui::msg::{ChargeView, Cmd, Level, Msg};
use jiff::Timestamp;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{broadcast, mpsc};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// Rows of "Terakhir" a screen may show.
const RECENT: usize = 12;
/// Changes that come together are shown together.
const GATHER: Duration = Duration::from_millis(40);

struct Effects {
    desk: Arc<Desk>,
    others: Others,
    screen: mpsc::Sender<Msg>,
    hub: bool,
    refresh_at: Option<Instant>,
}

/// Serves one screen until it ends. Gives the gate back for the next one.
pub async fn serve(
    mut gate: Gate,
    others: Others,
    mut peers: mpsc::Receiver<Peer>,
    mut asked: mpsc::Receiver<Cmd>,
    screen: mpsc::Sender<Msg>,
    stop: CancellationToken,
) -> Gate {
    let desk = gate.desk.clone();
    let mut done = desk.watch();
    let mut link = desk.sync.link.clone();
    let mut effects = Effects { desk, others, screen, hub: false, refresh_at: Some(Instant::now()) };
    effects.say(Msg::Classes(effects.desk.settings().classes)).await;
    effects.badge().await;
    effects.duty().await;
    effects.unopened().await;
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            cmd = asked.recv() => match cmd {
                Some(cmd) => effects.carry_out(cmd).await,
                None => break,
            },
            event = gate.events.recv() => match event {
                Some(event) => effects.heard(event).await,
                None => break,
            },
            changed = link.changed() => {
                if changed.is_err() {
                    break;
                }
                link.borrow_and_update();
                effects.badge().await;
                effects.duty().await;
            }
            fact = done.recv() => match fact {
                Ok(fact) => effects.recorded(&fact).await,
                Err(broadcast::error::RecvError::Lagged(_)) => effects.refresh_soon(),
                Err(broadcast::error::RecvError::Closed) => break,
            },
            peer = peers.recv() => match peer {
                Some(peer) => effects.around(peer).await,
                None => break,
            },
            () = sleep_until(effects.refresh_at.unwrap_or_else(Instant::now)), if effects.refresh_at.is_some() => {
                effects.refresh_at = None;
                effects.refresh().await;
            }
        }
    }
    effects.others.finish(&mut done).await;
    gate
}

impl Effects {
    async fn say(&self, msg: Msg) {
        let _ = self.screen.send(msg).await;
    }

    async fn badge(&self) {
        self.say(Msg::Link(self.desk.link_view(self.hub))).await;
    }

    async fn duty(&self) {
        self.say(Msg::Duty(Box::new(self.desk.duty()))).await;
    }

    /// Logins and shifts; `None` gives the command back. A PIN is looked at on another thread.
    async fn at_the_post(&self, cmd: Cmd) -> Result<(), Cmd> {
        let denied = match cmd {
            Cmd::Login { name, pin } => self.desk.login(&name, pin).await.err(),
            Cmd::NewPin(pin) => self.desk.change_pin(pin).await.err(),
            Cmd::CheckSupervisor { name, pin } => match self.desk.check_supervisor(&name, pin).await {
                Ok(granted) => {
                    self.say(Msg::Granted(granted)).await;
                    return Ok(());
                }
                Err(why) => Some(why),
            },
            Cmd::Lock => {
                self.desk.lock();
                None
            }
            Cmd::OpenShift(float) => {
                if let Err(why) = self.desk.open_shift(float).await {
                    self.say(Msg::Refused(why)).await;
                }
                None
            }
            Cmd::CountCash(count) => {
                let reckoned = self.desk.count_cash(count).await;
                self.say(reckoned.map_or_else(Msg::Refused, Msg::Reckoned)).await;
                None
            }
            Cmd::CloseShift { reason } => {
                let closed = self.desk.close_shift(&reason, "counted").await;
                self.say(closed.map_or_else(Msg::Refused, |slip| Msg::ShiftClosed(Box::new(slip)))).await;
                None
            }
            // Whoever typed before the login came up has sold nothing.
            Cmd::Leave(_) | Cmd::LeaveNoData { .. } if self.desk.duty().need() != Need::Nothing => {
                self.say(Msg::NotLeft(Refusal::NotOnDuty)).await;
                return Ok(());
            }
            Cmd::Enter(_)
            | Cmd::VoidExit(_)
            | Cmd::TakeBack(_)
            | Cmd::CorrectMethod(_)
            | Cmd::Refund(_)
            | Cmd::KeyIn(_)
                if self.desk.duty().need() != Need::Nothing =>
            {
                self.say(Msg::Refused(Refusal::NotOnDuty)).await;
                return Ok(());
            }
            other => return Err(other),
        };
        if let Some(why) = denied {
            self.say(Msg::Denied(why)).await;
        }
        self.duty().await;
        Ok(())
    }

    fn refresh_soon(&mut self) {
        self.refresh_at.get_or_insert_with(|| Instant::now() + GATHER);
    }

    async fn carry_out(&mut self, cmd: Cmd) {
        let Err(cmd) = self.at_the_post(cmd).await else { return };
        let answer: Result<Msg, Refusal> = match cmd {
            Cmd::Enter(request) => self.desk.enter(request).await.map(|answer| Msg::Entered(Box::new(answer))),
            Cmd::LookPlate(typed) => {
                let key = crate::domain::plate::normalise(&typed);
                let beside = self.desk.journal.beside(key.clone()).await;
                let inside = beside.inside.first().cloned();
                let told = self.desk.member_at_entry(beside, None);
                if !told.is_empty() {
                    self.say(Msg::MemberSeen { plate: key.clone(), told }).await;
                }
                Ok(Msg::PlateSeen { plate: key, inside: inside.map(Box::new) })
            }
            Cmd::Find(query) => self.desk.find(&query).await.map(|stays| Msg::Found { query, stays }),
            Cmd::Quote { number, of, more } => return self.quote(number, *of, *more).await,
            Cmd::KeyIn(request) => self.desk.key_in(request).await.map(|answer| Msg::Keyed(Box::new(answer))),
            Cmd::Leave(request) => {
                let left = self.desk.leave(request).await;
                Ok(left.map_or_else(Msg::NotLeft, |answer| Msg::Left(Box::new(answer))))
            }
            Cmd::LeaveNoData { request, payment, as_of } => {
                let left = self.desk.leave_no_data(&request, payment, Some(as_of)).await;
                Ok(left.map_or_else(Msg::NotLeft, |answer| Msg::Left(Box::new(answer))))
            }
            Cmd::CorrectClass { stay, class } => {
                self.desk.correct_class(stay, &class).await.map(|answer| Msg::Corrected(Box::new(answer)))
            }
            Cmd::ShowQr(stay) => match self.desk.qr_of(stay).await {
                Some((ticket, text)) => Ok(Msg::Qr { ticket, text }),
                None => Err(Refusal::TicketUnknown(stay.to_string())),
            },
            Cmd::Charge(charge) => match self.others.charge(*charge).await {
                Ok(()) => return,
                Err(why) => Ok(Msg::Charge(ChargeView::NotBegun(why))),
            },
            Cmd::CancelCharge => return self.others.cancel_charge(),
            Cmd::OpenBarrier(request) => {
                self.others.open_by_hand(&request).await.map(|_| Msg::Lane(LaneNews::Ordered))
            }
            Cmd::Reprint { receipt } => {
                let paper = &self.others.paper;
                let done = if receipt { paper.reprint_receipt().await } else { paper.reprint_last_ticket().await };
                let (level, text) = match paper.told(done) {
                    Ok(text) => (Level::Info, text),
                    Err(text) => (Level::Warning, text),
                };
                Ok(Msg::Notice { level, text })
            }
            Cmd::LookAt(stay) => return self.look_at(stay),
            cmd @ (Cmd::FindLost(_)
            | Cmd::LoadExits
            | Cmd::VoidExit(_)
            | Cmd::TakeBack(_)
            | Cmd::CorrectMethod(_)
            | Cmd::Refund(_)) => self.put_right(cmd).await,
            Cmd::SyncNow => return self.desk.sync.send(false),
            Cmd::SyncRetry => return self.desk.sync.send(true),
            Cmd::SyncLater => return self.desk.sync.later(),
            // The rest is asked by other screens, or ends this one in the loop itself.
            _ => return,
        };
        match &answer {
            Ok(Msg::NotLeft(why)) | Err(why) => self.others.audience.refused(why),
            Ok(_) => {}
        }
        self.say(answer.unwrap_or_else(Msg::Refused)).await;
    }

    /// The fee, and with it the exit photo and the entry photo, which may take their time.
    async fn quote(&self, number: u32, of: Priced, more: Concession) {
        let looked_up = !matches!(of, Priced::NoData(_));
        let quote = match of {
            Priced::Key(key) => self.desk.quote_with(&key, None, &more).await,
            Priced::Lost(stay, claim) => self.desk.quote_with(&StayKey::Stay(stay), Some(&claim), &more).await,
            Priced::NoData(request) => {
                self.desk.quote_no_data(&NoDataRequest { more: Box::new(more), ..request }).await
            }
        };
        let quote = match quote {
            Ok(quote) => Box::new(quote),
            Err(why) => {
                self.others.audience.refused(&why);
                return self.say(Msg::NotQuoted { number, why }).await;
            }
        };
        if looked_up {
            self.badge().await;
            let stay = quote.stay.stay;
            self.say(Msg::Photo { stay, out: false, photo: PhotoView::Waiting }).await;
            self.others.exit_photo(&quote.stay, &quote.as_of);
            self.look_at(stay);
        }
        self.others.audience.quoted(&quote);
        self.say(Msg::Quoted { number, quote }).await;
    }

    /// The entry photo, whenever it comes.
    fn look_at(&self, stay: Uuid) {
        let (desk, others, screen) = (self.desk.clone(), self.others.clone(), self.screen.clone());
        tokio::spawn(async move {
            let photo = others.entry_photo(&desk, stay).await;
            let _ = screen.send(Msg::Photo { stay, out: false, photo }).await;
        });
    }

    /// Whom a power cut left before a closed barrier, or paying.
    async fn unopened(&self) {
        let now = self.desk.clock.now().timestamp();
        if let Some(Unopened { stay, leaves }) = self.others.unopened(now).await.into_iter().next() {
            self.say(Msg::Lane(LaneNews::Unopened { stay: Box::new(stay), leaves })).await;
        }
        if let Some(charge) = self.desk.charge_adrift().await {
            self.say(Msg::Charge(ChargeView::Adrift(Box::new(charge)))).await;
        }
    }

    async fn recorded(&mut self, fact: &Done) {
        self.others.after(fact);
        self.badge().await;
        self.refresh_soon();
    }

    async fn heard(&mut self, event: Event) {
        match event {
            Event::Ask(ask) => self.say(Msg::SyncAsk(ask)).await,
            Event::Progress(progress) => {
                self.say(Msg::SyncProgress(progress)).await;
                self.badge().await;
            }
            Event::Summary(summary) => {
                self.say(Msg::SyncSummary(summary)).await;
                self.badge().await;
                self.refresh_soon();
            }
            Event::Heard => self.refresh_soon(),
            Event::Settled => {
                self.badge().await;
                self.refresh_soon();
            }
            Event::Settings(settings) => {
                self.say(Msg::Classes(settings.classes.clone())).await;
                self.desk.adopt(*settings);
                self.duty().await;
                self.refresh_soon();
            }
            Event::Greeted { .. } => {}
        }
    }

    async fn around(&mut self, peer: Peer) {
        match peer {
            Peer::Hub(up) => {
                self.hub = up;
                self.badge().await;
            }
            Peer::Heard => self.refresh_soon(),
            Peer::Charge(view) => self.say(Msg::Charge(view)).await,
            Peer::Devices(devices) => self.say(Msg::Devices(devices)).await,
            Peer::Pressed(answer) => self.say(Msg::Lane(LaneNews::Pressed(answer))).await,
            Peer::PressRefused(why) => {
                self.others.audience.refused(&why);
                self.say(Msg::Lane(LaneNews::PressRefused(why))).await
            }
            Peer::Help => self.say(Msg::Lane(LaneNews::Help)).await,
            Peer::Barrier(done) => {
                if let Outcome::Failed(why) = done.outcome {
                    self.say(Msg::Lane(LaneNews::NotOpened(why))).await;
                }
            }
            Peer::Passed(_) => {}
            Peer::Scanned(text) => self.say(Msg::Scanned(text)).await,
            Peer::Scanner(there) => self.say(Msg::Scanner(there)).await,
            Peer::Photo { stay, out, photo } => self.say(Msg::Photo { stay, out, photo }).await,
        }
    }

    async fn refresh(&self) {
        self.badge().await;
        if let Some(occupancy) = occupancy(&self.desk).await {
            self.say(Msg::Occupancy(occupancy)).await;
        }
        if let Ok(rows) = self.desk.journal.recent(RECENT).await {
            self.say(Msg::Recent(rows)).await;
        }
    }
}

/// What stands inside and what passed since the business day began, as this terminal knows it.
pub async fn occupancy(desk: &Desk) -> Option<Occupancy> {
    let settings = desk.settings();
    let now = desk.clock.now();
    let tallies = desk.journal.tallies(day_start(&now, settings.cutoff_minutes)).await.ok()?;
    let classes = settings.classes.iter().map(|class| {
        let inside = tallies.inside.iter().find(|(id, _)| *id == class.id).map_or(0, |(_, n)| *n);
        ClassCount { class: class.id.clone(), name: class.name.clone(), inside, capacity: class.capacity }
    });
    let rooms = desk.rooms().await.into_iter().filter(|room| !room.area.is_empty() || room.class.is_empty());
    Some(Occupancy {
        classes: classes.collect(),
        entered_today: tallies.entered,
        left_today: tallies.left,
        rooms: rooms.collect(),
        as_heard: desk.counts_are_old(),
    })
}

/// When the business day of `now` began.
fn day_start(now: &jiff::Zoned, cutoff_minutes: u16) -> Timestamp {
    let zone = now.time_zone().clone();
    let day = crate::domain::shift::business_day(now.timestamp(), &zone, cutoff_minutes);
    let begin = day.to_zoned(zone).map(|midnight| midnight.timestamp()).unwrap_or_else(|_| now.timestamp());
    begin.checked_add(jiff::SignedDuration::from_mins(i64::from(cutoff_minutes))).unwrap_or(begin)
}
