//! How a screen is kept until somebody stands before it: messages and keys go to the post first, and to the page below
//! only while nothing is asked there.

use super::{Screen, Update, changed};
use crate::tui::dialog::Dialog;
use crate::tui::keys::Chord;
use crate::tui::msg::{Cmd, Msg};

impl Screen {
    /// Whether the post has the keys.
    pub(super) fn guards(&self) -> bool {
        self.post.as_ref().is_some_and(|post| post.covers())
    }

    /// Hands a message to whom it concerns before the page; `Err` gives it back.
    pub(super) fn guarded(&mut self, msg: Msg) -> Result<Update, Box<Msg>> {
        match (&msg, self.layers.top_mut()) {
            (Msg::Denied(why), Some(Dialog::Supervisor(dialog))) => {
                dialog.denied(*why);
                return Ok(changed(Update::default()));
            }
            (Msg::Granted(_), Some(Dialog::Supervisor(_))) => {
                self.layers.pop();
                return Ok(changed(self.with(|page, cx| page.told(cx, msg))));
            }
            // The dialog was closed before the answer came: nobody was allowed anything.
            (Msg::Granted(_), _) => return Ok(Update::default()),
            _ => {}
        }
        match &mut self.post {
            Some(post) => post.told(&mut self.shell, msg).map(|changed| Update { changed, cmds: Vec::new() }),
            None => Err(Box::new(msg)),
        }
    }

    pub(super) fn guard_key(&mut self, chord: Chord) -> Option<Update> {
        let post = self.post.as_mut().filter(|post| post.covers())?;
        let mut cmds = post.key(&mut self.shell, chord);
        if cmds.contains(&Cmd::SyncNow) {
            cmds.retain(|cmd| *cmd != Cmd::SyncNow);
            cmds.extend(self.sending.quietly());
        }
        Some(Update { changed: true, cmds })
    }

    /// F12.
    pub(super) fn open_post(&mut self) -> Update {
        if let Some(post) = &mut self.post {
            post.open_menu();
        }
        changed(Update::default())
    }
}
