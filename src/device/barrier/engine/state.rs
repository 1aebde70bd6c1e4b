//! What people are told of the line.

use super::{Act, Engine, Line, say};
use crate::domain::view::DeviceState;

impl Engine {
    /// A line that never tells of loops takes nothing with it: what another line said of them still holds.
    pub(super) fn cut(&self) -> Option<Act> {
        self.ways.dialect.tells_of_loops().then_some(Act::Cut)
    }

    /// Adds the state to what is to be done, if it is another.
    pub(super) fn tell(&mut self, mut acts: Vec<Act>) -> Vec<Act> {
        let english = self.ways.english;
        let failed = |id: &str, en: &str| DeviceState::Failed(say(english, id, en).to_owned());
        let now = match &self.line {
            Line::Down(why) => DeviceState::Failed(why.clone()),
            Line::Silent => failed("tidak menjawab", "not responding"),
            Line::Babble => failed("jawaban tidak dikenal (dialek, baud?)", "not understood (dialect, baud?)"),
            Line::Fault(why) => DeviceState::Failed(why.clone()),
            // A line that can be had and says nothing is as it was.
            Line::New if matches!(self.shown, DeviceState::Failed(_)) => self.shown.clone(),
            Line::New => DeviceState::Busy,
            Line::Well if self.awaited.is_some() => DeviceState::Busy,
            Line::Well => DeviceState::Ready,
        };
        if now != self.shown {
            self.shown = now.clone();
            acts.push(Act::State(now));
        }
        acts
    }
}
