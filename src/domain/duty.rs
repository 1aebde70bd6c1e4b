//! Who stands at a terminal, and what its screen has to ask for before anything is sold.

use super::money::Rupiah;
use super::operator::Role;
use super::shift::{Handed, OpenShift};

/// A terminal's duty, as its screen is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Duty {
    /// Who may log in here; nobody: the one whom the configuration names works without asking.
    pub people: Vec<(String, Role)>,
    /// Who works here; empty where nobody is named.
    pub operator: String,
    /// Nobody has proved who he is.
    pub locked: bool,
    /// His PIN should be changed, and can be now.
    pub change_pin: bool,
    pub shift: Option<OpenShift>,
    pub handed: Option<Handed>,
}

/// What has to be done before the gate's own page has the keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    Nothing,
    Login,
    NewPin,
    /// A shift has to be begun.
    Open,
    /// Another's shift is open: it has to be counted and closed.
    Relieve,
}

impl Duty {
    /// Where nobody was ever made, nobody is asked: a gate opens at three in the morning as it always did.
    pub fn need(&self) -> Need {
        match &self.shift {
            _ if self.people.is_empty() => Need::Nothing,
            _ if self.locked => Need::Login,
            _ if self.change_pin => Need::NewPin,
            None => Need::Open,
            Some(shift) if shift.operator != self.operator => Need::Relieve,
            Some(_) => Need::Nothing,
        }
    }
}

/// What a count of the till comes to, told only once it was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reckoned {
    pub counted: Rupiah,
    pub expected: Rupiah,
}

impl Reckoned {
    /// Counted less expected.
    pub fn variance(&self) -> Rupiah {
        self.counted - self.expected
    }
}
