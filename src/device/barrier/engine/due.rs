//! When something is due on a barrier's line: silence, and closing.

use super::{Engine, IDLE, Line, ms, place};
use crate::domain::lane::Spot;
use std::time::Duration;

impl Engine {
    /// The word that lets go of a relay that is held now: nobody else will when this line ends.
    pub fn held(&self) -> Option<&[u8]> {
        self.release_at.map(|_| &self.ways.dialect.release[..])
    }

    pub(super) fn silent_at(&self) -> Option<Duration> {
        let silence = self.ways.dialect.silence_ms;
        (self.pings() && silence > 0 && self.line != Line::Silent).then(|| self.heard + ms(silence))
    }

    /// When to close; `None` while it must not be.
    pub(super) fn close_at(&self) -> Option<Duration> {
        let d = &self.ways.dialect;
        let after = self.ways.close_after?;
        let opened = self.opened?;
        if d.close.is_empty() || self.awaited.is_some() {
            return None;
        }
        let told: Vec<usize> =
            [Spot::Presence, Spot::Safety].into_iter().filter(|s| d.tells_of(*s)).map(place).collect();
        let free = !told.is_empty()
            && told.iter().all(|spot| self.loops[*spot] == Some(false))
            && self.loops.iter().all(|known| *known != Some(true));
        free.then(|| opened.max(self.free_since) + after)
    }

    /// When `tick` should be called, if nothing else happens before.
    pub fn next(&self) -> Option<Duration> {
        if !self.is_connected() {
            return None;
        }
        if self.awaited.is_none() && !self.waiting.is_empty() {
            return Some(Duration::ZERO);
        }
        let idle = (self.ways.dialect.idle_ends && !self.buffer.is_empty()).then(|| self.buffered + IDLE);
        let awaited = self.awaited.as_ref().map(|(_, due)| *due);
        [idle, awaited, self.release_at, self.ping_at, self.silent_at(), self.close_at()]
            .into_iter()
            .flatten()
            .min()
    }
}
