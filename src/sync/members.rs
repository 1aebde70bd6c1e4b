//! Bringing home the site's members: what changed behind the cursor, in pages, and never more of them in one go than other
//! work can wait for.

use crate::central::{Central, CentralError, ErrorClass};
use crate::journal::Journal;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const KEPT: &str = "members";
/// Pages of one pull: a first walk over 100 000 members takes several, and sales go between them.
const PAGES: usize = 20;
/// Members the journal's thread takes in at once: a vehicle may wait behind them.
const AT_ONCE: usize = 200;

/// How far this terminal has heard.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Walk {
    cursor: Option<String>,
    /// Of the walk from the first to the last that is under way, or was the last.
    round: i64,
    /// It is under way: when it ends, whoever was not told is no member.
    full: bool,
}

impl Walk {
    pub async fn open(journal: &Journal) -> Self {
        let kept = journal.kept(KEPT).await.ok().flatten();
        kept.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default()
    }

    /// The centre is another, or an older one.
    pub fn begin_anew(&mut self) {
        self.cursor = None;
    }

    /// `heard` is told after each answer. A centre that knows nothing of members yet has none.
    pub async fn pull(
        &mut self,
        journal: &Journal,
        central: &Central,
        limit: Duration,
        heard: impl Fn(),
    ) -> Result<(), CentralError> {
        for _ in 0..PAGES {
            let page = match central.pull_members(self.cursor.as_deref(), limit).await {
                Ok(page) => page,
                Err(e) if e.class() == ErrorClass::Connection || e.class() == ErrorClass::Unknown => {
                    return Err(e);
                }
                Err(e) => {
                    tracing::debug!(target: "sync", error = %e, "anggota belum dapat ditanya");
                    return Ok(());
                }
            };
            heard();
            let before = self.clone();
            if page.reset {
                (self.round, self.full) = (self.round + 1, true);
            }
            for part in page.members.chunks(AT_ONCE) {
                if let Err(e) = journal.hear_members(part.to_vec(), self.round).await {
                    tracing::warn!(target: "sync", error = %e, "salinan anggota");
                    *self = before;
                    return Ok(());
                }
            }
            if !page.more && self.full {
                let gone = journal.end_members(self.round).await;
                self.full = gone.is_err();
            }
            self.cursor = Some(page.cursor);
            if *self != before
                && let Ok(text) = serde_json::to_string(self)
                && let Err(e) = journal.keep(KEPT, text).await
            {
                tracing::warn!(target: "sync", error = %e, "salinan anggota");
            }
            if !page.more {
                break;
            }
        }
        Ok(())
    }
}
