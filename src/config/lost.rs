//! `[lost]`: lost tickets. The fine itself stands in the tariff.

use serde::Deserialize;

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Lost {
    /// So many days after the exit the fine is paid back when the ticket is found; 0: never.
    pub refund_days: u16,
}

impl Default for Lost {
    fn default() -> Self {
        Self { refund_days: 7 }
    }
}
