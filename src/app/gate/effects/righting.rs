//! Lost tickets, and what supervisors put right, for a screen.

use super::Effects;
use crate::domain::desk::Refusal;
use crate::tui::msg::{Cmd, Msg};

impl Effects {
    /// Lost tickets, and what supervisors put right.
    pub(super) async fn put_right(&self, cmd: Cmd) -> Result<Msg, Refusal> {
        match cmd {
            Cmd::VoidExit(request) => {
                self.desk.void_exit(request).await.map(|undone| Msg::Undone(Box::new(undone)))
            }
            Cmd::TakeBack(request) => {
                self.desk.take_back(request).await.map(|taken| Msg::TakenBack(Box::new(taken)))
            }
            Cmd::CorrectMethod(request) => {
                self.desk.correct_method(request).await.map(|undone| Msg::Undone(Box::new(undone)))
            }
            Cmd::Refund(request) => self.desk.refund(request).await.map(|paid| Msg::PaidBack {
                code: paid.claim,
                amount: paid.amount,
                unverified: paid.unverified,
            }),
            Cmd::FindLost(wanted) => {
                let stays = self.desk.find_lost(&wanted.plate, wanted.class.as_deref(), wanted.hours).await?;
                Ok(Msg::LostFound { wanted, stays })
            }
            _ => self.desk.last_exits().await.map(Msg::Exits),
        }
    }
}
