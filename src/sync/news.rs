//! The way of events to the face. Telling never waits, whoever listens or not: what only the newest of counts takes the
//! place of the one before, and a question or a summary is never lost.

use super::Event;
use std::collections::VecDeque;
use std::mem::discriminant;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::sync::mpsc;

type Queue = Arc<Mutex<VecDeque<Event>>>;

#[derive(Clone)]
pub struct Teller {
    queue: Queue,
    /// Holds one ring at most: it says that the queue is worth a look.
    bell: mpsc::Sender<()>,
}

/// The listener's end.
pub struct Events {
    queue: Queue,
    bell: mpsc::Receiver<()>,
}

/// The way from a worker to its face.
pub fn channel() -> (Teller, Events) {
    let queue = Queue::default();
    let (ring, bell) = mpsc::channel(1);
    (Teller { queue: queue.clone(), bell: ring }, Events { queue, bell })
}

fn lock(queue: &Queue) -> MutexGuard<'_, VecDeque<Event>> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Teller {
    /// Never waits and never fails; with nobody there to hear it is forgotten with the queue.
    pub fn tell(&self, event: Event) {
        let mut queue = lock(&self.queue);
        if !matches!(event, Event::Ask(_) | Event::Summary(_)) {
            // Progress of the sending before the last summary is none of the next one's.
            let summed = queue.iter().rposition(|e| matches!(e, Event::Summary(_))).map_or(0, |at| at + 1);
            let from = if matches!(event, Event::Progress(_)) { summed } else { 0 };
            let same = (from..queue.len()).find(|at| discriminant(&queue[*at]) == discriminant(&event));
            if let Some(at) = same {
                queue[at] = event;
                return;
            }
        }
        queue.push_back(event);
        drop(queue);
        let _ = self.bell.try_send(());
    }
}

impl Events {
    /// The next event; `None` when nobody can tell any more. Dropping the future loses nothing.
    pub async fn recv(&mut self) -> Option<Event> {
        loop {
            let next = lock(&self.queue).pop_front();
            if next.is_some() {
                return next;
            }
            if self.bell.recv().await.is_none() {
                return lock(&self.queue).pop_front();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::view::{SyncProgress, SyncSummary};

    fn progress(done: u64) -> Event {
        Event::Progress(SyncProgress { done, ..SyncProgress::default() })
    }

    fn summary(sent: u64) -> Event {
        Event::Summary(SyncSummary { sent, ..SyncSummary::default() })
    }

    #[tokio::test]
    async fn whoever_does_not_listen_holds_nobody_up_and_loses_no_summary() {
        let (teller, mut events) = channel();
        for n in 0..100_000 {
            teller.tell(Event::Settled);
            teller.tell(progress(n));
        }
        teller.tell(summary(7));
        teller.tell(progress(1));
        teller.tell(progress(2));
        teller.tell(summary(8));
        drop(teller);
        let mut heard = Vec::new();
        while let Some(event) = events.recv().await {
            heard.push(match event {
                Event::Progress(p) => format!("progress {}", p.done),
                Event::Summary(s) => format!("summary {}", s.sent),
                _ => "settled".into(),
            });
        }
        assert_eq!(heard, ["settled", "progress 99999", "summary 7", "progress 2", "summary 8"]);
    }

    #[tokio::test]
    async fn whoever_waits_is_woken_by_the_next_event() {
        let (teller, mut events) = channel();
        for n in 0..3 {
            let waits = tokio::spawn(async move {
                let heard = events.recv().await;
                (events, heard)
            });
            tokio::task::yield_now().await;
            teller.tell(summary(n));
            let (back, heard) = waits.await.unwrap();
            assert!(matches!(heard, Some(Event::Summary(s)) if s.sent == n));
            events = back;
        }
    }
}
