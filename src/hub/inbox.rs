//! What a terminal hears of the hub, in a channel that may be full: nothing waits for the reader, and what had to
//! be dropped is made good by one `Pull`.

use super::status::SystemStatus;
use crate::domain::stay::Stay;
use tokio::sync::mpsc;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub enum Incoming {
    /// Connected, and hearing everything.
    Up,
    Down,
    /// As the centre knows it.
    Stay(Stay),
    /// As another terminal says it: a hint, to be weighed below what the centre or the own journal says.
    Hint(Stay),
    /// How a ticket of that gate came out of its printer: a hint too.
    Paper {
        stay: Uuid,
        gate: String,
        outcome: String,
    },
    Status(SystemStatus),
    SettingsChanged,
    /// Something was missed: ask the centre what changed.
    Pull,
}

pub struct Inbox {
    sender: mpsc::Sender<Incoming>,
    /// Told and believed: up or down; `None` at the start.
    told: Option<bool>,
    true_link: Option<bool>,
    owes_pull: bool,
}

impl Inbox {
    pub fn new(sender: mpsc::Sender<Incoming>) -> Self {
        Self { sender, told: None, true_link: None, owes_pull: false }
    }

    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// Ends when nobody reads any more.
    pub fn gone(&self) -> impl Future<Output = ()> + use<> {
        let sender = self.sender.clone();
        async move { sender.closed().await }
    }

    pub fn link(&mut self, up: bool) {
        self.true_link = Some(up);
        self.settle();
    }

    pub fn tell(&mut self, news: Incoming) {
        if news == Incoming::Pull {
            self.owes_pull = true;
            return self.settle();
        }
        self.settle();
        let matters = !matches!(news, Incoming::Status(_));
        if self.sender.try_send(news).is_err() && matters {
            self.owes_pull = true;
        }
    }

    /// Tells what is owed, as far as there is room.
    pub fn settle(&mut self) {
        if let Some(up) = self.true_link
            && self.told != Some(up)
            && self.sender.try_send(if up { Incoming::Up } else { Incoming::Down }).is_ok()
        {
            self.told = Some(up);
        }
        if self.owes_pull && self.sender.try_send(Incoming::Pull).is_ok() {
            self.owes_pull = false;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_did_not_fit_becomes_one_pull() {
        let (sender, mut reader) = mpsc::channel(2);
        let mut inbox = Inbox::new(sender);
        inbox.link(true);
        for _ in 0..5 {
            inbox.tell(Incoming::SettingsChanged);
        }
        inbox.link(false);
        assert_eq!(reader.try_recv(), Ok(Incoming::Up));
        assert_eq!(reader.try_recv(), Ok(Incoming::SettingsChanged));
        inbox.settle();
        assert_eq!(reader.try_recv(), Ok(Incoming::Down));
        assert_eq!(reader.try_recv(), Ok(Incoming::Pull));
        inbox.settle();
        assert!(reader.try_recv().is_err());
    }
}
