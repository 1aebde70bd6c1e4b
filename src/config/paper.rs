//! `[paper]`: numbered tickets out of a book, for when there is no power.

use serde::Deserialize;

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Paper {
    /// Days back one may be keyed in.
    pub days_back: u16,
}

impl Default for Paper {
    fn default() -> Self {
        Self { days_back: 7 }
    }
}
