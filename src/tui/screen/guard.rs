//! How a screen is kept until somebody stands before it: messages and keys go to the post first, and to the page below
//! only while nothing is asked there.

use super::{Screen, Update, changed};
use crate::domain::desk::{OpenRequest, URGENT};
use crate::domain::lost::Approval;
use crate::tui::dialog::permit::Permit;
use crate::tui::dialog::supervisor::Supervisor;
use crate::tui::dialog::{Answer, Dialog};
use crate::tui::keys::Chord;
use crate::tui::msg::{Cmd, Level, Msg};

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
            (Msg::Granted(by), Some(Dialog::Supervisor(dialog))) => {
                let (opening, permit) = (dialog.allowed(by), dialog.permitted());
                self.layers.pop();
                if let Some(permit) = permit {
                    let by = Approval { supervisor: by.name.clone(), proven: true };
                    let allowed = Answer::Permitted(permit, by);
                    return Ok(changed(self.with(|page, cx| page.answered(cx, allowed))));
                }
                if let Some(request) = opening {
                    return Ok(Update { changed: true, cmds: vec![Cmd::OpenBarrier(request)] });
                }
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

    /// F11: where there are supervisors, one of them allows it with his PIN. What cannot wait is opened and flagged.
    pub(super) fn open_barrier(&mut self, request: OpenRequest) -> Update {
        let asked = self.post.as_ref().is_some_and(|post| post.has_supervisors());
        if !asked || request.why == URGENT {
            return Update { changed: true, cmds: vec![Cmd::OpenBarrier(request)] };
        }
        let dialog = Supervisor::opening(self.shell.words.lane.title, request);
        self.layers.open(Dialog::Supervisor(Box::new(dialog)), self.shell.at);
        changed(Update::default())
    }

    /// A page's wish: where there are supervisors, one of them allows it with his PIN; else it is flagged.
    pub(super) fn ask_permit(&mut self, permit: Permit) -> Update {
        // A supervisor at the desk lets a vehicle go free by himself.
        if matches!(permit, Permit::Free { .. })
            && let Some(name) = self.post.as_ref().and_then(|post| post.own_supervisor())
        {
            let by = Approval { supervisor: name, proven: true };
            return changed(self.with(|page, cx| page.answered(cx, Answer::Permitted(permit, by))));
        }
        if self.post.as_ref().is_some_and(|post| post.has_supervisors()) {
            let dialog = Supervisor::permitting(&permit.what(&self.shell), permit);
            self.layers.open(Dialog::Supervisor(Box::new(dialog)), self.shell.at);
            return changed(Update::default());
        }
        let person = Some(self.shell.operator.clone()).filter(|name| !name.trim().is_empty());
        let by = Approval { supervisor: person.unwrap_or_else(|| "-".into()), proven: false };
        changed(self.with(|page, cx| page.answered(cx, Answer::Permitted(permit, by))))
    }

    /// F10.
    pub(super) fn leave(&mut self) -> Update {
        if self.page.charging() {
            return self.wait_for_money();
        }
        match self.page.leave(&self.shell) {
            Some(question) => {
                self.layers.open(Dialog::Question(question), self.shell.at);
                Update::default()
            }
            None => Update { changed: true, cmds: vec![Cmd::Quit] },
        }
    }

    fn wait_for_money(&mut self) -> Update {
        let text = self.shell.words.charge.wait;
        self.shell.say(Level::Warning, text);
        changed(Update::default())
    }

    /// F12.
    pub(super) fn open_post(&mut self) -> Update {
        if self.page.charging() {
            return self.wait_for_money();
        }
        if let Some(post) = &mut self.post {
            post.open_menu();
        }
        changed(Update::default())
    }
}
