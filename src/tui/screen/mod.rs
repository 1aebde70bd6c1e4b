//! A screen: one page, the dialogs over it, the badge and the message around it. Pure: told things and moments, it
//! changes its state and says what it wants done; nothing here reads a clock, a file or a socket.

mod admin;
mod doctor;
mod doors;
mod gate_in;
mod gate_out;
mod guard;
mod lane;
mod menu;
pub(super) mod parts;
mod post;
mod sending;
mod server;
mod sync;
mod view;

use super::dialog::question::{Question, Topic};
use super::dialog::{Answer, Dialog, Reply, help};
use super::keys::{self, Action, Binding, Chord};
use super::layer::Layers;
use super::msg::{Cmd, Level, Msg};
use super::scan::{self, Input, Wedge};
use super::shell::{Cx, Moment, Setup, Shell};
use crate::domain::link::Link;
use crate::domain::view::LinkView;
use crossterm::event::{Event, KeyEventKind};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

/// What one message did.
#[derive(Debug, Default)]
pub struct Update {
    /// Something that is shown changed.
    pub changed: bool,
    pub cmds: Vec<Cmd>,
}

/// What differs from screen to screen.
trait Page: Send {
    /// Line 1's first words.
    fn place(&self, shell: &Shell) -> String;
    fn person(&self, shell: &Shell) -> String {
        shell.operator.clone()
    }
    fn table(&self) -> &'static [Binding];
    /// Whether the key does anything now.
    fn enabled(&self, _shell: &Shell, _action: Action) -> bool {
        true
    }
    /// Whether the footer offers it: what would only be answered with a remark is not offered.
    fn offered(&self, shell: &Shell, action: Action) -> bool {
        self.enabled(shell, action)
    }
    /// Text is being typed: letters and digits are not commands.
    fn typing(&self) -> bool {
        false
    }
    /// What to ask before leaving; `None` leaves at once.
    fn leave(&self, shell: &Shell) -> Option<Question>;
    fn start(&mut self, _cx: &mut Cx) {}
    fn act(&mut self, cx: &mut Cx, action: Action);
    /// Somebody is at something here that no question may come into: nothing opens by itself meanwhile.
    fn busy(&self) -> bool {
        false
    }
    /// Money is on its way from somewhere else: nobody leaves or hands over meanwhile.
    fn charging(&self) -> bool {
        false
    }
    /// A key no table binds.
    fn key(&mut self, _cx: &mut Cx, _chord: Chord) {}
    /// A ticket's number or QR from a scanner; `false` if this page has no use for tickets.
    fn scanned(&mut self, _cx: &mut Cx, _text: &str) -> bool {
        false
    }
    /// Text typed too fast for a person that is no ticket; `false` has it typed key by key.
    fn burst(&mut self, _cx: &mut Cx) -> bool {
        false
    }
    fn told(&mut self, _cx: &mut Cx, _msg: Msg) {}
    fn answered(&mut self, _cx: &mut Cx, _answer: Answer) {}
    fn wake(&mut self, _cx: &mut Cx) {}
    fn next_wake(&self) -> Option<Moment> {
        None
    }
    /// The shown minute changed.
    fn minute(&mut self, _cx: &mut Cx) {}
    fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer);
}

pub struct Screen {
    shell: Shell,
    layers: Layers,
    page: Box<dyn Page>,
    wedge: Wedge,
    sending: sending::Sending,
    /// At gates: who works here, and his shift.
    post: Option<post::Post>,
}

impl Screen {
    fn of(setup: Setup, page: impl Page + 'static) -> Self {
        Self {
            shell: Shell::new(setup),
            layers: Layers::default(),
            page: Box::new(page),
            wedge: Wedge::default(),
            sending: sending::Sending::default(),
            post: None,
        }
    }

    /// What the screen asks for when it begins.
    pub fn start(&mut self) -> Vec<Cmd> {
        self.with(|page, cx| page.start(cx)).cmds
    }

    /// The site's zone, in which the clock is shown.
    pub fn zone(&self) -> &jiff::tz::TimeZone {
        &self.shell.zone
    }

    /// Takes one message; `at` is the moment it came, since any fixed start.
    pub fn update(&mut self, msg: Msg, at: Moment) -> Update {
        self.shell.at = at;
        let msg = match self.guarded(msg) {
            Ok(update) => return update,
            Err(msg) => *msg,
        };
        match msg {
            Msg::Term(event) => self.event(event),
            Msg::Tick(now) => {
                let minute = |z: &jiff::Zoned| (z.date(), z.hour(), z.minute());
                let same = minute(&self.shell.now) == minute(&now);
                self.shell.now = now;
                if same { Update::default() } else { changed(self.with(|page, cx| page.minute(cx))) }
            }
            Msg::Link(view) => self.link(view),
            Msg::Classes(classes) if !classes.is_empty() && classes != self.shell.classes => {
                self.shell.classes = classes.clone();
                changed(self.with(|page, cx| page.told(cx, Msg::Classes(classes))))
            }
            Msg::Classes(_) => Update::default(),
            Msg::Devices(devices) => {
                let changed = devices != self.shell.devices;
                let before = std::mem::replace(&mut self.shell.devices, devices);
                lane::changed(&mut self.shell, &before);
                Update { changed, cmds: Vec::new() }
            }
            Msg::SyncAsk(_) | Msg::SyncProgress(_) | Msg::SyncSummary(_) => {
                self.sending.hold = self.page.busy() || self.guards();
                let changed = self.sending.told(&mut self.shell, &mut self.layers, msg);
                Update { changed, cmds: Vec::new() }
            }
            Msg::Scanned(text) => lane::scanned(self, text),
            Msg::Scanner(there) => lane::scanner(&mut self.shell, there),
            Msg::Lane(news) => {
                lane::told(&mut self.shell, &news);
                changed(Update::default())
            }
            Msg::Notice { level, text } => {
                self.shell.mention(level, super::glyphs::clean(&text));
                changed(Update::default())
            }
            other => self.with(|page, cx| page.told(cx, other)),
        }
    }

    /// When `wake` should be called, if nothing else happens before.
    pub fn next_wake(&self) -> Option<Moment> {
        let message = self.shell.message.as_ref().and_then(|m| m.until);
        let ask =
            self.sending.next_wake(&self.shell, &self.layers).filter(|_| !self.page.busy() && !self.guards());
        [message, self.wedge.due(), ask, self.page.next_wake()].into_iter().flatten().min()
    }

    /// A moment that was waited for has come.
    pub fn wake(&mut self, at: Moment) -> Update {
        self.shell.at = at;
        let mut update = Update::default();
        for input in self.wedge.wake(at) {
            join(&mut update, self.input(input));
        }
        if self.shell.message.as_ref().and_then(|m| m.until).is_some_and(|until| at >= until) {
            self.shell.message = None;
            update.changed = true;
        }
        if self.page.next_wake().is_some_and(|due| at >= due) {
            join(&mut update, self.with(|page, cx| page.wake(cx)));
        }
        self.sending.hold = self.page.busy() || self.guards();
        update.changed |= self.sending.wake(&mut self.shell, &mut self.layers);
        update
    }

    fn with(&mut self, work: impl FnOnce(&mut dyn Page, &mut Cx)) -> Update {
        let mut update = Update::default();
        let (shell, layers) = (&mut self.shell, &mut self.layers);
        let mut cx = Cx { shell, layers, cmds: &mut update.cmds, changed: &mut update.changed };
        work(self.page.as_mut(), &mut cx);
        update
    }

    fn link(&mut self, view: LinkView) -> Update {
        if view == self.shell.link {
            return Update::default();
        }
        let before = std::mem::replace(&mut self.shell.link, view);
        let now = &self.shell.link;
        match (before.link, now.link) {
            (was, Link::Down) if was != Link::Down => {
                let why = self.shell.why_down();
                self.shell.mention(Level::Warning, why);
            }
            (Link::Down, Link::Up) if !self.shell.has_error() => {
                let back = self.shell.words.common.back_up;
                self.shell.good(back);
            }
            _ => {}
        }
        let view = self.shell.link.clone();
        changed(self.with(|page, cx| page.told(cx, Msg::Link(view))))
    }

    fn event(&mut self, event: Event) -> Update {
        match event {
            Event::Key(key) if key.kind == KeyEventKind::Release => Update::default(),
            Event::Key(key) => {
                self.shell.last_key = self.shell.at;
                let mut update = Update::default();
                for input in self.wedge.push(key, self.shell.at) {
                    join(&mut update, self.input(input));
                }
                update
            }
            Event::Paste(text) => {
                self.shell.last_key = self.shell.at;
                let enter = text.ends_with(['\n', '\r']);
                let text = text.trim().chars().filter(|c| !c.is_control()).collect();
                self.input(Input::Burst { text, enter })
            }
            Event::Resize(..) | Event::FocusGained => changed(Update::default()),
            Event::FocusLost | Event::Mouse(_) => Update::default(),
        }
    }

    fn input(&mut self, input: Input) -> Update {
        match input {
            Input::Key(key) => keys::chord(&key).map_or_else(Update::default, |chord| self.chord(chord)),
            Input::Burst { text, enter } => changed(self.burst(&text, enter)),
        }
    }

    /// A scan reaches the ticket field from any focus, and its Enter answers no question.
    fn burst(&mut self, text: &str, enter: bool) -> Update {
        let words = self.shell.words;
        if self.guards() || self.layers.iter().any(|d| !d.yields_to_scan()) {
            self.shell.say(Level::Warning, words.common.answer_first);
            return Update::default();
        }
        if scan::is_ticket(text) {
            let mut update = self.close_for_scan();
            let mut taken = false;
            join(&mut update, self.with(|page, cx| taken = page.scanned(cx, text)));
            if taken {
                return update;
            }
        }
        let fields = self.layers.top().is_some_and(Dialog::has_fields);
        if !fields {
            self.layers.clear();
            let mut handled = false;
            let update = self.with(|page, cx| handled = page.burst(cx));
            if handled {
                return update;
            }
        }
        let mut update = Update::default();
        for chord in text.chars().map(Chord::Char).chain(enter.then_some(Chord::Enter)) {
            join(&mut update, self.chord(chord));
        }
        update
    }

    /// Closes what a scan may close; a half-filled form keeps what was typed.
    fn close_for_scan(&mut self) -> Update {
        let mut update = Update::default();
        while let Some(dialog) = self.layers.pop() {
            if let Dialog::NoData(form) = dialog {
                join(&mut update, self.with(|page, cx| page.answered(cx, Answer::NoDataLeft(form))));
            }
        }
        update
    }

    fn chord(&mut self, chord: Chord) -> Update {
        if chord == Chord::Ctrl('c') {
            let words = self.shell.words;
            self.shell.mention(Level::Info, words.common.ctrl_c);
            return changed(Update::default());
        }
        if let Some(update) = self.guard_key(chord) {
            return update;
        }
        if !self.layers.is_empty() {
            match self.layers.key(&self.shell, chord) {
                Reply::Kept => return changed(Update::default()),
                Reply::Close => {
                    self.layers.pop();
                    return changed(Update::default());
                }
                Reply::Pass => {
                    self.layers.pop();
                }
                Reply::Done(answer) => {
                    self.layers.pop();
                    return changed(self.answer(answer));
                }
                Reply::Asks(answer) => return changed(self.answer(answer)),
            }
        }
        changed(self.page_key(chord))
    }

    fn page_key(&mut self, chord: Chord) -> Update {
        let text = matches!(chord, Chord::Char(c) if c != '?')
            || matches!(chord, Chord::Left | Chord::Right | Chord::Home | Chord::End);
        let action = if text && self.page.typing() { None } else { keys::action(self.page.table(), chord) };
        match action.filter(|a| self.page.enabled(&self.shell, *a)) {
            Some(Action::Help) => {
                let help = help::Help { table: self.page.table(), from: 0 };
                self.layers.open(Dialog::Help(help), self.shell.at);
                Update::default()
            }
            Some(Action::Send) => {
                Update { changed: true, cmds: self.sending.send(&mut self.shell, &mut self.layers) }
            }
            Some(Action::ReprintTicket) => self.with(|_, cx| cx.ask(Cmd::Reprint { receipt: false })),
            Some(Action::ReprintReceipt) => self.with(|_, cx| cx.ask(Cmd::Reprint { receipt: true })),
            Some(Action::Leave) => self.leave(),
            Some(Action::Barrier) => self.with(|_, cx| lane::ask(cx)),
            Some(Action::Shift) => self.open_post(),
            Some(Action::Back) => {
                // An error was read: that is the step back.
                if self.shell.has_error() {
                    self.shell.message = None;
                    return Update::default();
                }
                let mut update = self.with(|page, cx| page.act(cx, Action::Back));
                if update.cmds.contains(&Cmd::Quit) {
                    update.cmds.retain(|c| *c != Cmd::Quit);
                    join(&mut update, self.leave());
                }
                update
            }
            Some(action) => self.with(|page, cx| page.act(cx, action)),
            None => self.with(|page, cx| page.key(cx, chord)),
        }
    }

    fn answer(&mut self, answer: Answer) -> Update {
        match answer {
            Answer::Yes(Topic::Leave) => Update { changed: true, cmds: vec![Cmd::Quit] },
            Answer::No(Topic::Leave) => Update::default(),
            Answer::Yes(Topic::Sync) | Answer::No(Topic::Sync) | Answer::ProgressHidden | Answer::Retry => {
                Update { changed: true, cmds: self.sending.answered(&mut self.shell, &mut self.layers, &answer) }
            }
            Answer::Opening(request) => self.open_barrier(request),
            Answer::Permit(permit) => self.ask_permit(permit),
            Answer::Search(query) => Update { changed: true, cmds: vec![Cmd::Find(query)] },
            Answer::Supervisor { name, pin } => {
                Update { changed: true, cmds: vec![Cmd::CheckSupervisor { name, pin }] }
            }
            other => self.with(|page, cx| page.answered(cx, other)),
        }
    }
}

fn changed(mut update: Update) -> Update {
    update.changed = true;
    update
}

fn join(update: &mut Update, more: Update) {
    update.changed |= more.changed;
    update.cmds.extend(more.cmds);
}
