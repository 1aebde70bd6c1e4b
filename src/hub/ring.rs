//! What was said lately, numbered without gaps, so that whoever comes back can be told what it missed, or that too
//! much was missed.

use super::wire::Text;
use std::collections::{HashMap, VecDeque};
use std::hash::{DefaultHasher, Hash, Hasher};
use uuid::Uuid;

/// Who said it: a client's own words are not said back to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Speaker {
    pub gate: String,
    /// One life of one client program.
    pub instance: Uuid,
}

/// An event as it is sent, ready to go.
#[derive(Clone, Debug)]
pub struct Said {
    pub offset: u64,
    pub text: Text,
    /// `None` when the centre's feed said it.
    pub by: Option<Speaker>,
    /// The speaker's own id of the message, for its acknowledgement.
    pub id: Option<Uuid>,
    about: Option<Uuid>,
}

/// The last report of a stay that is in the ring.
#[derive(Clone, Copy, Debug)]
struct Report {
    offset: u64,
    print: u64,
    hint: bool,
}

/// How a report compares with what was already said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    New,
    /// Said before, by a terminal only.
    AsHint,
    /// Said before, by the centre's feed.
    AsFact,
}

#[derive(Debug)]
pub struct Ring {
    epoch: Uuid,
    size: usize,
    last: u64,
    said: VecDeque<Said>,
    reports: HashMap<Uuid, Report>,
}

impl Ring {
    pub fn new(epoch: Uuid, size: usize) -> Self {
        Self { epoch, size: size.max(1), last: 0, said: VecDeque::new(), reports: HashMap::new() }
    }

    pub fn epoch(&self) -> Uuid {
        self.epoch
    }

    /// The newest offset; 0 when nothing was said yet.
    pub fn last(&self) -> u64 {
        self.last
    }

    /// Gives the next offset to `write`, which makes the text of it, and keeps it.
    pub fn say(&mut self, by: Option<(Speaker, Option<Uuid>)>, write: impl FnOnce(u64) -> Text) -> &Said {
        self.last += 1;
        let (by, id) = by.map_or((None, None), |(speaker, id)| (Some(speaker), id));
        let said = Said { offset: self.last, text: write(self.last), by, id, about: None };
        if self.said.len() == self.size
            && let Some(oldest) = self.said.pop_front()
            && let Some(stay) = oldest.about
            && self.reports.get(&stay).is_some_and(|r| r.offset == oldest.offset)
        {
            self.reports.remove(&stay);
        }
        self.said.push_back(said);
        &self.said[self.said.len() - 1]
    }

    /// Notes that the event just said is this report of a stay.
    pub fn note(&mut self, stay: Uuid, content: &str, hint: bool) {
        let report = Report { offset: self.last, print: print(content), hint };
        self.reports.insert(stay, report);
        if let Some(said) = self.said.back_mut() {
            said.about = Some(stay);
        }
    }

    /// Whether the last report of this stay said the very same.
    pub fn known(&self, stay: Uuid, content: &str) -> Known {
        match self.reports.get(&stay) {
            Some(report) if report.print == print(content) => {
                if report.hint {
                    Known::AsHint
                } else {
                    Known::AsFact
                }
            }
            _ => Known::New,
        }
    }

    /// The oldest event that holds what only a terminal said: the centre may not know it yet.
    pub fn unconfirmed(&self) -> Option<u64> {
        self.reports.values().filter(|report| report.hint).map(|report| report.offset).min()
    }

    /// The events after `offset`, at most `most`; `None` when some of them are no longer here, or never were.
    pub fn after(&self, offset: u64, most: usize) -> Option<Vec<Said>> {
        let oldest = self.said.front().map_or(self.last + 1, |said| said.offset);
        if offset > self.last || offset + 1 < oldest {
            return None;
        }
        let skip = usize::try_from(offset + 1 - oldest).ok()?;
        Some(self.said.iter().skip(skip).take(most).cloned().collect())
    }
}

fn print(content: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    content.hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offsets(said: Option<Vec<Said>>) -> Option<Vec<u64>> {
        said.map(|list| list.iter().map(|s| s.offset).collect())
    }

    #[test]
    fn what_was_missed_is_told_or_known_to_be_lost() {
        let mut ring = Ring::new(Uuid::nil(), 3);
        assert_eq!(offsets(ring.after(0, 9)), Some(vec![]));
        assert_eq!(offsets(ring.after(1, 9)), None);
        for _ in 0..5 {
            ring.say(None, |o| o.to_string().into());
        }
        assert_eq!(offsets(ring.after(1, 9)), None);
        assert_eq!(offsets(ring.after(2, 9)), Some(vec![3, 4, 5]));
        assert_eq!(offsets(ring.after(2, 2)), Some(vec![3, 4]));
        assert_eq!(offsets(ring.after(5, 9)), Some(vec![]));
        assert_eq!(offsets(ring.after(6, 9)), None);
    }

    #[test]
    fn a_report_is_forgotten_with_the_event_that_carried_it() {
        let mut ring = Ring::new(Uuid::nil(), 2);
        let stay = Uuid::from_u128(1);
        ring.say(None, |_| "a".into());
        ring.note(stay, "inside", true);
        assert_eq!(ring.known(stay, "inside"), Known::AsHint);
        assert_eq!(ring.known(stay, "left"), Known::New);
        assert_eq!(ring.unconfirmed(), Some(1));
        ring.say(None, |_| "b".into());
        ring.note(stay, "inside", false);
        assert_eq!(ring.unconfirmed(), None);
        assert_eq!(ring.known(stay, "inside"), Known::AsFact);
        ring.say(None, |_| "c".into());
        assert_eq!(ring.known(stay, "inside"), Known::AsFact);
        ring.say(None, |_| "d".into());
        assert_eq!(ring.known(stay, "inside"), Known::New);
    }
}
