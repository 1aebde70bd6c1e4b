//! Ctrl+T: paper tickets of a power cut.

use super::GateIn;
use crate::domain::desk::{EnterAnswer, Refusal};
use crate::tui::dialog::Dialog;
use crate::tui::dialog::paper::PaperForm;
use crate::tui::shell::Cx;

impl GateIn {
    pub(super) fn papers(cx: &mut Cx) {
        cx.layers.open(Dialog::Paper(Box::new(PaperForm::empty())), cx.shell.at);
        cx.touch();
    }

    /// It is in the books.
    pub(super) fn keyed(cx: &mut Cx, answer: &EnterAnswer) {
        let shell = &mut *cx.shell;
        let (words, stay) = (shell.words, &answer.stay);
        let mut text = format!("{} {}", stay.ticket, words.gate_in.saved);
        let warned = !answer.warnings.is_empty();
        match answer.warnings.first() {
            Some(warning) => text = format!("{text}. {}", (words.say.warning)(warning, &shell.zone)),
            None => {
                text = format!("{text}: {}, {}", shell.plate(stay.plate.as_deref()), shell.class_name(&stay.class))
            }
        }
        match cx.layers.top_mut() {
            Some(Dialog::Paper(form)) => form.saved(text, warned),
            _ => cx.shell.good(text),
        }
        cx.touch();
    }

    /// Whether the refusal was of a paper ticket: then its form says it.
    pub(super) fn not_keyed(cx: &mut Cx, why: &Refusal) -> bool {
        let text = (cx.shell.words.say.refusal)(why, &cx.shell.zone);
        let taken = match cx.layers.top_mut() {
            Some(Dialog::Paper(form)) => form.refused(text),
            _ => false,
        };
        if taken {
            cx.touch();
        }
        taken
    }
}
