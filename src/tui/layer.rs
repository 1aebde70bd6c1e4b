//! The stack of dialogs: the top one has the keys; what lies below waits, untouched.

use super::dialog::{Dialog, Reply};
use super::keys::Chord;
use super::shell::{Moment, Shell};
use std::time::Duration;

/// A dialog hears nothing for so long after it opened; one that opened by itself, after the last key.
pub const LOCK: Duration = Duration::from_millis(300);

struct Layer {
    dialog: Dialog,
    locked_until: Moment,
    /// It opened without anybody asking for it: whoever is typing types on for a while.
    unasked: bool,
}

#[derive(Default)]
pub struct Layers {
    stack: Vec<Layer>,
}

impl Layers {
    /// Opens a dialog somebody asked for.
    pub fn open(&mut self, dialog: Dialog, at: Moment) {
        self.stack.push(Layer { dialog, locked_until: at + LOCK, unasked: false });
    }

    /// Opens a dialog nobody asked for.
    pub fn intrude(&mut self, dialog: Dialog, at: Moment) {
        self.stack.push(Layer { dialog, locked_until: at + LOCK, unasked: true });
    }

    pub fn is_empty(&self) -> bool {
        self.stack.is_empty()
    }

    pub fn clear(&mut self) {
        self.stack.clear();
    }

    pub fn top(&self) -> Option<&Dialog> {
        self.stack.last().map(|l| &l.dialog)
    }

    pub fn top_mut(&mut self) -> Option<&mut Dialog> {
        self.stack.last_mut().map(|l| &mut l.dialog)
    }

    pub fn iter(&self) -> impl Iterator<Item = &Dialog> {
        self.stack.iter().map(|l| &l.dialog)
    }

    pub fn iter_mut(&mut self) -> impl Iterator<Item = &mut Dialog> {
        self.stack.iter_mut().map(|l| &mut l.dialog)
    }

    pub fn pop(&mut self) -> Option<Dialog> {
        self.stack.pop().map(|l| l.dialog)
    }

    /// Closes every dialog of which this is true.
    pub fn close(&mut self, which: impl Fn(&Dialog) -> bool) {
        self.stack.retain(|l| !which(&l.dialog));
    }

    /// Hands a key to the top; the stack must not be empty.
    pub fn key(&mut self, shell: &Shell, chord: Chord) -> Reply {
        let Some(layer) = self.stack.last_mut() else { return Reply::Kept };
        if shell.at < layer.locked_until && layer.dialog.locks(chord) {
            if layer.unasked {
                layer.locked_until = shell.at + LOCK;
            }
            return Reply::Kept;
        }
        layer.dialog.key(shell, chord)
    }
}
