//! What the customer sees and hears of a gate's work. Nothing here is waited for.

use super::desk::Paid;
use crate::config::{self, Config};
use crate::device::display::{At, DisplayHandle, DisplayOptions};
use crate::device::serial::{Parity, SerialOptions};
use crate::device::sound::{Sound, SoundHandle, SoundOptions};
use crate::domain::desk::{EnterAnswer, Quote, Refusal};
use crate::domain::display::Shown;
use crate::domain::lane::Side;
use crate::domain::payment::Method;

/// The pole display of this configuration; `None`: there is none.
pub fn display(config: &Config) -> Option<DisplayOptions> {
    let d = &config.display;
    let path = d.path.clone().unwrap_or_default();
    let at = match d.kind {
        config::DisplayKind::None if !d.screen => return None,
        config::DisplayKind::None => None,
        config::DisplayKind::File => Some(At::File(path)),
        config::DisplayKind::Tcp => Some(At::Tcp(d.address.clone().unwrap_or_default())),
        config::DisplayKind::Serial => Some(At::Serial(SerialOptions {
            path,
            baud: d.baud,
            parity: match d.parity {
                config::Parity::None => Parity::None,
                config::Parity::Even => Parity::Even,
                config::Parity::Odd => Parity::Odd,
            },
            data_bits: d.data_bits,
            stop_bits: d.stop_bits,
        })),
    };
    let screen = d.screen.then(|| crate::app::display::socket(config));
    Some(DisplayOptions {
        at,
        screen,
        welcome: d.welcome.clone(),
        english: config.site.language == config::Lang::En,
    })
}

#[derive(Clone)]
pub struct Audience {
    display: DisplayHandle,
    sound: SoundHandle,
}

impl Audience {
    /// At a screen of no side nobody looks.
    pub fn start(config: &Config, side: Option<Side>) -> Self {
        let here = side.is_some();
        let sound = SoundOptions { command: config.sound.command.clone(), bell: config.sound.bell };
        Self {
            display: DisplayHandle::start(display(config).filter(|_| here)),
            sound: SoundHandle::start(if here { sound } else { SoundOptions::default() }),
        }
    }

    pub fn quoted(&self, quote: &Quote) {
        let plate = quote.stay.plate.clone().unwrap_or_default();
        self.display.show(Shown::Total { plate, total: quote.fee.total });
        if !quote.warnings.is_empty() {
            self.sound.play(Sound::Warning);
        }
    }

    pub fn paid(&self, paid: &Paid) {
        let cash = paid.method == Method::Cash.word();
        let Paid { fee, tendered, change, .. } = *paid;
        self.display.show(Shown::Paid { total: fee, tendered, change, cash });
        self.sound.play(Sound::Paid);
    }

    /// An entry that was paid on the way in; of any other the customer is told nothing.
    pub fn entered(&self, answer: &EnterAnswer) {
        let Some(paid) = &answer.prepaid else { return };
        let cash = paid.method == Method::Cash.word();
        self.display.show(Shown::Paid { total: paid.amount, tendered: paid.tendered, change: paid.change, cash });
        self.sound.play(Sound::Paid);
    }

    pub fn warned(&self) {
        self.sound.play(Sound::Warning);
    }

    /// A list to choose from is no refusal, nor is the question for money: that is shown.
    pub fn refused(&self, why: &Refusal) {
        match why {
            Refusal::Ambiguous(_) => {}
            Refusal::PrepaymentDue(due) => {
                self.display.show(Shown::Total { plate: String::new(), total: due.amount });
            }
            _ => self.sound.play(Sound::Refused),
        }
    }
}
