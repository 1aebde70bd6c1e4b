//! Sending what waited through an outage, as every screen shows it: the question, the progress, the summary.
//!
//! The question comes by itself, so it waits until nobody is typing: a Y in a plate must never answer it.

use crate::domain::link::Link;
use crate::domain::view::{SyncAsk, SyncSummary};
use crate::tui::dialog::progress::Progress;
use crate::tui::dialog::question::{Question, Topic};
use crate::tui::dialog::summary::Summary;
use crate::tui::dialog::{Answer, Dialog};
use crate::tui::layer::Layers;
use crate::tui::msg::{Cmd, Level, Msg};
use crate::tui::shell::{Moment, Shell};
use std::time::Duration;

/// So long nobody typed before the question opens.
const QUIET: Duration = Duration::from_secs(2);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Follow {
    /// Nobody here asked for it.
    #[default]
    No,
    Shown,
    /// Asked for, and put behind the screen.
    Hidden,
}

#[derive(Debug, Default)]
pub struct Sending {
    ask: Option<SyncAsk>,
    follow: Follow,
    /// The page is busy: the question waits.
    pub hold: bool,
}

impl Sending {
    /// Takes the three messages of sending; tells whether the picture changed.
    pub fn told(&mut self, shell: &mut Shell, layers: &mut Layers, msg: Msg) -> bool {
        match msg {
            Msg::SyncAsk(ask) => {
                layers.close(|d| matches!(d, Dialog::Question(q) if q.topic == Topic::Sync));
                self.ask = Some(ask);
                self.wake(shell, layers);
                true
            }
            Msg::SyncProgress(now) => {
                for dialog in layers.iter_mut() {
                    if let Dialog::Progress(progress) = dialog {
                        let changed = progress.now != now;
                        progress.now = now;
                        return changed;
                    }
                }
                false
            }
            Msg::SyncSummary(summary) => {
                self.summary(shell, layers, summary);
                true
            }
            _ => false,
        }
    }

    fn summary(&mut self, shell: &mut Shell, layers: &mut Layers, summary: SyncSummary) {
        layers.close(|d| matches!(d, Dialog::Progress(_)));
        let trouble = summary.parked > 0 || summary.stopped.is_some();
        let line = (shell.words.dialogs.summary_line)(summary.sent, summary.already, summary.parked);
        match std::mem::take(&mut self.follow) {
            Follow::Shown => layers.intrude(Dialog::Summary(Summary { summary }), shell.at),
            _ if trouble => shell.mention(Level::Warning, line),
            _ if !shell.has_error() => shell.good(line),
            _ => {}
        }
    }

    fn due(&self, shell: &Shell, layers: &Layers) -> Option<Moment> {
        (self.ask.is_some() && layers.is_empty() && !self.hold).then(|| shell.last_key + QUIET)
    }

    pub fn next_wake(&self, shell: &Shell, layers: &Layers) -> Option<Moment> {
        self.due(shell, layers)
    }

    /// Opens the question if its time has come.
    pub fn wake(&mut self, shell: &mut Shell, layers: &mut Layers) -> bool {
        let never_typed = shell.last_key == Moment::ZERO;
        if !self.due(shell, layers).is_some_and(|due| never_typed || shell.at >= due) {
            return false;
        }
        let Some(ask) = self.ask.take() else { return false };
        let (d, words) = (&shell.words.dialogs, shell.words);
        let (from, to) = (shell.clock(ask.from), shell.clock(ask.to));
        let question = Question {
            topic: Topic::Sync,
            title: d.sync_title,
            lines: (d.sync_what)(ask.entries, ask.exits, &from, &to).to_vec(),
            ask: words.dialogs.sync_ask.to_owned(),
            yes: ('Y', d.sync_now),
            no: ('N', d.sync_later),
        };
        layers.intrude(Dialog::Question(question), shell.at);
        true
    }

    /// F7: everything that waits, the deferred too, and what was set aside: whoever presses it may have put it right.
    pub fn send(&mut self, shell: &mut Shell, layers: &mut Layers) -> Vec<Cmd> {
        let d = &shell.words.dialogs;
        if shell.link.link != Link::Up {
            shell.say(Level::Warning, d.sync_no_link);
            return Vec::new();
        }
        if shell.link.pending == 0 && shell.link.deferred == 0 && shell.link.parked == 0 {
            shell.say(Level::Info, d.sync_nothing);
            return Vec::new();
        }
        let retry = shell.link.parked > 0;
        self.begin(shell, layers, if retry { Cmd::SyncRetry } else { Cmd::SyncNow })
    }

    /// Everything that waits, without a dialog: somebody is counting meanwhile.
    pub fn quietly(&mut self) -> Vec<Cmd> {
        self.ask = None;
        self.follow = Follow::Hidden;
        vec![Cmd::SyncNow]
    }

    fn begin(&mut self, shell: &mut Shell, layers: &mut Layers, cmd: Cmd) -> Vec<Cmd> {
        self.ask = None;
        if !shell.has_error() {
            shell.message = None;
        }
        self.follow = Follow::Shown;
        let mut progress = Progress::default();
        progress.now.total = shell.link.pending + if cmd == Cmd::SyncRetry { shell.link.parked } else { 0 };
        layers.open(Dialog::Progress(progress), shell.at);
        vec![cmd]
    }

    pub fn answered(&mut self, shell: &mut Shell, layers: &mut Layers, answer: &Answer) -> Vec<Cmd> {
        match answer {
            Answer::Yes(Topic::Sync) => self.begin(shell, layers, Cmd::SyncNow),
            Answer::Retry => self.begin(shell, layers, Cmd::SyncRetry),
            Answer::No(Topic::Sync) => {
                let later = shell.words.dialogs.sync_deferred;
                shell.say(Level::Info, later);
                vec![Cmd::SyncLater]
            }
            Answer::ProgressHidden => {
                self.follow = Follow::Hidden;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}
