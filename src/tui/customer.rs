//! A second screen for the customer: the total, large, and what was given and comes back. It takes no keys but those that
//! leave it, and follows the exit.

use super::shell::Look;
use super::terminal::Seat;
use super::widget::{big, put};
use crate::domain::display::{Shown, Told};
use crate::domain::money::Rupiah;
use anyhow::{Context, Result};
use crossterm::event::{Event, KeyCode, KeyModifiers};
use futures_util::{Stream, StreamExt};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use std::io;
use tokio::sync::mpsc::Receiver;

/// Until Esc, q, Ctrl+C, or the end of keys or news.
pub async fn run(
    seat: &mut Seat,
    look: &Look,
    mut keys: impl Stream<Item = io::Result<Event>> + Unpin,
    mut news: Receiver<Told>,
) -> Result<()> {
    let mut told = Told::default();
    loop {
        seat.terminal.draw(|frame| draw(look, &told, frame.area(), frame.buffer_mut())).context("layar")?;
        tokio::select! {
            key = keys.next() => match key {
                None => return Ok(()),
                Some(Ok(Event::Key(key))) => match key.code {
                    KeyCode::Esc | KeyCode::Char('q') | KeyCode::F(10) => return Ok(()),
                    KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return Ok(()),
                    _ => {}
                },
                Some(Ok(_)) => {}
                Some(Err(e)) => return Err(e).context("papan ketik"),
            },
            next = news.recv() => match next {
                Some(next) => told = next,
                None => return Ok(()),
            },
        }
    }
}

pub fn draw(look: &Look, told: &Told, area: Rect, buf: &mut Buffer) {
    let say = |id: &'static str, en: &'static str| if told.english { en } else { id };
    let theme = &look.theme;
    let third = area.height / 3;
    let row = |n: u16, rows: u16| Rect { y: area.y + n, height: rows, ..area };
    match &told.shown {
        Shown::Welcome => {
            for (n, line) in (0..).zip(told.welcome.iter().filter(|line| !line.trim().is_empty()).take(2)) {
                let fits = big::width(line) <= area.width && line.is_ascii();
                let room = row(third + n * (third / 2 + 2), third / 2 + 2);
                if fits && n == 0 {
                    big::fill(look, buf, room, line, theme.strong);
                } else {
                    centre(buf, room, line, theme.text);
                }
            }
        }
        Shown::Total { plate, total } => {
            centre(buf, row(1, 1), &crate::domain::plate::spaced(plate), theme.text);
            centre(buf, row(3, 1), say("TOTAL (Rp)", "TOTAL (Rp)"), theme.strong);
            amount(look, buf, row(5, area.height.saturating_sub(7)), *total, theme.strong);
        }
        Shown::Paid { total, cash: false, .. } => {
            centre(buf, row(3, 1), say("LUNAS (Rp)", "PAID (Rp)"), theme.good);
            amount(look, buf, row(5, area.height.saturating_sub(9)), *total, theme.good);
            centre(buf, row(area.height.saturating_sub(2), 1), say("Terima kasih", "Thank you"), theme.text);
        }
        Shown::Paid { total, tendered, change, .. } => {
            let given = format!("{} {total}   {} {tendered}", say("Biaya", "Fee"), say("Tunai", "Cash"));
            centre(buf, row(1, 1), &given, theme.text);
            centre(buf, row(3, 1), say("KEMBALI (Rp)", "CHANGE (Rp)"), theme.good);
            amount(look, buf, row(5, area.height.saturating_sub(9)), *change, theme.good);
            centre(buf, row(area.height.saturating_sub(2), 1), say("Terima kasih", "Thank you"), theme.text);
        }
    }
}

fn amount(look: &Look, buf: &mut Buffer, area: Rect, sum: Rupiah, style: Style) {
    big::fill(look, buf, area, &sum.plain(), style);
}

fn centre(buf: &mut Buffer, area: Rect, text: &str, style: Style) {
    let text: String = text.chars().filter(|c| c.is_ascii_graphic() || *c == ' ').collect();
    let wide = u16::try_from(text.len()).unwrap_or(u16::MAX);
    put(buf, area.x + area.width.saturating_sub(wide) / 2, area.y, area.width, &text, style);
}
