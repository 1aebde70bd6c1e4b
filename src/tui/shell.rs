//! What every screen shares: words, looks, place and person, the time it was told, badge, devices, the one message.

use super::glyphs::{self, Glyphs};
use super::msg::{Cmd, Component, Level};
use super::text::{Lang, Words, when};
use super::theme::Theme;
use super::widget::message::Message;
use crate::domain::payment::Offer;
use crate::domain::plate;
use crate::domain::vehicle::Class;
use crate::domain::view::{DeviceState, Devices, LinkView};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use std::time::Duration;

/// Time since the screen began; only differences mean anything.
pub type Moment = Duration;

/// How many colours a photo may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    Mono,
    Sixteen,
    Indexed,
    True,
}

/// Shapes and colours of this terminal.
#[derive(Clone, Debug)]
pub struct Look {
    pub theme: Theme,
    pub glyphs: &'static Glyphs,
    pub colours: Colours,
}

impl Default for Look {
    fn default() -> Self {
        Self { theme: Theme::colour(), glyphs: &glyphs::CONSOLE, colours: Colours::Sixteen }
    }
}

/// A line of the main menu.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub component: Component,
    /// What stands behind the name: `terminal masuk, gerbang A1`.
    pub detail: String,
    /// Whether it can be opened on this computer; if not, `detail` says why.
    pub available: bool,
}

/// A terminal whose data lie on this computer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waits {
    pub gate: String,
    /// What waits there, as its journal said when the screen was opened.
    pub waiting: u64,
}

/// What a screen is made of.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The gate's code, or what stands in its place (a host name); may be empty.
    pub gate: String,
    pub operator: String,
    pub site_name: String,
    pub lang: Lang,
    pub zone: TimeZone,
    pub now: Zoned,
    pub classes: Vec<Class>,
    pub look: Look,
    /// What an exit takes; only the exit looks at it.
    pub offers: Vec<Offer>,
    /// Why a vehicle goes free of charge; only the exit looks at it.
    pub free_reasons: Vec<String>,
    /// The main menu's lines, in its order; only the menu looks at them.
    pub components: Vec<Entry>,
}

/// The shared state of a screen.
pub struct Shell {
    pub lang: Lang,
    pub words: &'static Words,
    pub look: Look,
    pub zone: TimeZone,
    pub now: Zoned,
    pub gate: String,
    pub operator: String,
    pub site_name: String,
    pub classes: Vec<Class>,
    pub offers: Vec<Offer>,
    pub free_reasons: Vec<String>,
    pub link: LinkView,
    pub devices: Devices,
    /// Whether facts can wait here; if not, the badge shows no number.
    pub counts: bool,
    /// This is the server: what is said to those who sell at a gate does not hold here.
    pub serves: bool,
    pub message: Option<Message>,
    /// The moment of what is being handled.
    pub at: Moment,
    pub last_key: Moment,
}

impl Shell {
    pub fn new(setup: Setup) -> Self {
        let Setup {
            gate,
            operator,
            site_name,
            lang,
            zone,
            now,
            classes,
            look,
            offers,
            free_reasons,
            components: _,
        } = setup;
        let devices =
            Devices { printer: DeviceState::None, barrier: DeviceState::None, camera: DeviceState::None };
        Self {
            lang,
            words: lang.words(),
            look,
            zone,
            now,
            gate: glyphs::clean(&gate),
            operator: glyphs::clean(&operator),
            site_name: glyphs::clean(&site_name),
            classes,
            offers,
            free_reasons,
            link: LinkView::default(),
            devices,
            counts: true,
            serves: false,
            message: None,
            at: Moment::ZERO,
            last_key: Moment::ZERO,
        }
    }

    pub fn say(&mut self, level: Level, text: impl Into<String>) {
        self.message = Some(Message::new(level, false, text, self.at));
    }

    /// Something was carried out.
    pub fn good(&mut self, text: impl Into<String>) {
        self.message = Some(Message::new(Level::Info, true, text, self.at));
    }

    /// Like `say`, but an error that still stands is not covered.
    pub fn mention(&mut self, level: Level, text: impl Into<String>) {
        if !self.has_error() || level == Level::Error {
            self.say(level, text);
        }
    }

    /// What it means, here, that the database does not answer.
    pub fn why_down(&self) -> &'static str {
        match self.link.reason {
            _ if self.serves => self.words.others.server_down,
            Some(why) => (self.words.say.down)(why),
            None => self.words.common.down,
        }
    }

    pub fn has_error(&self) -> bool {
        self.message.as_ref().is_some_and(|m| m.level == Level::Error)
    }

    /// The class's name for people; an id nobody configured stands for itself.
    pub fn class_name(&self, id: &str) -> String {
        self.classes.iter().find(|c| c.id == id).map_or_else(|| glyphs::clean(id), |c| glyphs::clean(&c.name))
    }

    /// A plate for people, from its key.
    pub fn plate(&self, key: Option<&str>) -> String {
        match key.map(glyphs::clean).filter(|k| !k.is_empty()) {
            Some(key) => plate::spaced(&key),
            None => self.words.common.no_plate.to_owned(),
        }
    }

    /// `14.05`, with the day before it when it was not today.
    pub fn clock(&self, at: Timestamp) -> String {
        when::brief(self.words, at, &self.now)
    }
}

/// What a page may touch while it handles something.
pub struct Cx<'a> {
    pub shell: &'a mut Shell,
    pub layers: &'a mut super::layer::Layers,
    pub cmds: &'a mut Vec<Cmd>,
    /// Whether anything that is shown changed.
    pub changed: &'a mut bool,
}

impl Cx<'_> {
    pub fn ask(&mut self, cmd: Cmd) {
        self.cmds.push(cmd);
    }

    pub fn touch(&mut self) {
        *self.changed = true;
    }

    /// Replaces what is shown, and notes whether it differs.
    pub fn set<T: PartialEq>(&mut self, old: &mut T, new: T) {
        if *old != new {
            *old = new;
            *self.changed = true;
        }
    }
}
