//! How the exit looks.

use super::{Focus, GateOut, Step};
use crate::domain::desk::{Priced, Quote};
use crate::domain::money::Rupiah;
use crate::domain::payment::Payment;
use crate::domain::stay::{State, Stay};
use crate::domain::view::PhotoView;
use crate::tui::glyphs::clean;
use crate::tui::screen::parts;
use crate::tui::shell::Shell;
use crate::tui::text::when;
use crate::tui::widget::unicode::width;
use crate::tui::widget::{columns, panel, photo, put, put_right, rows};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use uuid::Uuid;

pub fn draw(page: &GateOut, shell: &Shell, area: Rect, buf: &mut Buffer) {
    let extra = area.height.saturating_sub(21);
    let (top, rest) = rows(area, 11 + (extra / 2).min(8));
    let (money, below) = rows(rest, 10);
    let left = area.width * 55 / 100 + 1;
    let (ticket, photos) = columns(top, left);
    let (fee, cash) = columns(money, left);
    self::ticket(page, shell, ticket, buf);
    self::photos(page, shell, photos, buf);
    self::fee(page, shell, fee, buf);
    self::cash(page, shell, cash, buf);
    parts::recent(shell, &page.recent, shell.words.gate_out.recent, below, buf);
}

fn ticket(page: &GateOut, shell: &Shell, area: Rect, buf: &mut Buffer) {
    let (w, theme) = (&shell.words.gate_out, &shell.look.theme);
    let room = panel(buf, &shell.look, area, w.ticket_panel);
    let focused = page.focus == Focus::Ticket && page.step == Step::Ready;
    let label = if focused { theme.focus } else { theme.text };
    let x = put(buf, room.x, room.y, room.width, w.prompt, label) + 2;
    page.ticket.draw(&shell.look, buf, (x, room.y, room.right().saturating_sub(x)), focused);
    let below = Rect { y: room.y + 2, height: room.height.saturating_sub(2), ..room };
    match (&page.step, &page.quote, &page.gone) {
        (Step::Finding(_) | Step::Quoting(_), ..) => {
            put(buf, below.x, below.y, below.width, w.asking, theme.dim);
        }
        (_, Some((asked, quote)), _) => quoted(shell, asked, quote, below, buf),
        (_, None, Some(stay)) => gone(shell, stay, below, buf),
        (_, None, None) => {
            for (y, hint) in (below.y..).zip([w.hint_scan, w.hint_find, w.hint_none]) {
                put(buf, below.x, y, below.width, hint, theme.dim);
            }
        }
    }
}

/// Two columns: names at the left, values behind them.
fn facts(shell: &Shell, stay: &Stay, nameless: &str, room: Rect, buf: &mut Buffer) {
    let (w, c, theme) = (&shell.words.gate_out, &shell.words.common, &shell.look.theme);
    let half = room.x + 15.min(room.width);
    let by = if stay.operator.is_empty() {
        format!("{} {}", c.entered.to_lowercase(), stay.entered_gate)
    } else {
        format!("{} {}, {} {}", c.entered.to_lowercase(), stay.entered_gate, w.by, stay.operator)
    };
    let rest = room.right().saturating_sub(half);
    let number = if stay.ticket.is_empty() { nameless.to_owned() } else { clean(&stay.ticket) };
    put(buf, room.x, room.y, 14, &number, theme.strong);
    if !stay.entered_gate.is_empty() {
        put(buf, half, room.y, rest, &clean(&by), theme.text);
    }
    put(buf, room.x, room.y + 1, 14, &shell.plate(stay.plate.as_deref()), theme.strong);
    put(buf, half, room.y + 1, rest, &shell.class_name(&stay.class), theme.text);
    let entered = stay.entered_at.to_zoned(shell.zone.clone());
    let (date, clock) = (when::date(shell.words, &entered), when::clock(shell.words, &entered));
    put(buf, room.x, room.y + 2, 8, c.entered, theme.dim);
    let text = format!("{date}  {clock} {}", when::zone_name(&entered));
    put(buf, room.x + 8, room.y + 2, room.width.saturating_sub(8), &text, theme.text);
}

fn quoted(shell: &Shell, asked: &Priced, quote: &Quote, room: Rect, buf: &mut Buffer) {
    let (w, theme) = (&shell.words.gate_out, &shell.look.theme);
    // A QR does not carry the number; that does not make it a lost ticket.
    let nameless = if quote.known == "qr" { w.ticket_by_qr } else { w.no_ticket };
    facts(shell, &quote.stay, nameless, room, buf);
    put(buf, room.x, room.y + 3, 8, w.lasted, theme.dim);
    let lasted = when::span(shell.words, quote.fee.seconds);
    put(buf, room.x + 8, room.y + 3, room.width.saturating_sub(8), &lasted, theme.strong);
    let known = match (asked, quote.known.as_str()) {
        (Priced::NoData(_), _) | (_, "stated") => Some(w.known_stated),
        (_, "qr") if quote.warnings.is_empty() => Some(w.known_qr),
        _ => None,
    };
    let warnings = quote.warnings.iter().map(|x| (shell.words.say.warning)(x, &shell.zone));
    let remarks = charged(shell, quote).into_iter().chain(known.map(str::to_owned)).chain(warnings);
    let lines = remarks.flat_map(|r| {
        let text = format!("{} {r}", shell.look.glyphs.warn);
        crate::tui::widget::wrap(&text, room.width)
    });
    for (y, line) in (room.y + 4..room.bottom()).zip(lines) {
        put(buf, room.x, y, room.width, &line, theme.warn);
    }
}

/// What came in, or may have, for this vehicle.
fn charged(shell: &Shell, quote: &Quote) -> Option<String> {
    let (w, charge) = (shell.words.charge, quote.charge.as_ref()?);
    let (how, sum) = (charge.method.name(), charge.amount.to_string());
    Some(match charge.payment().as_ref().and_then(Payment::receipt) {
        Some(receipt) => (w.there)(how, &sum, &clean(&receipt.reference)),
        None => (w.open)(how, &sum),
    })
}

fn gone(shell: &Shell, stay: &Stay, room: Rect, buf: &mut Buffer) {
    let (w, theme) = (&shell.words.gate_out, &shell.look.theme);
    facts(shell, stay, w.no_ticket, room, buf);
    let (title, what) = match &stay.state {
        State::Left { left_at, left_gate, fee } => {
            (w.already_out, format!("{} {left_gate}  {fee}", shell.clock(*left_at)))
        }
        State::Void => (w.void, String::new()),
        State::Inside => (w.already_out, String::new()),
    };
    let x = put(buf, room.x, room.y + 4, room.width, &format!(" {title} "), theme.error) + 1;
    put(buf, x, room.y + 4, room.right().saturating_sub(x), &what, theme.strong);
}

fn photos(page: &GateOut, shell: &Shell, area: Rect, buf: &mut Buffer) {
    let (w, look) = (&shell.words.gate_out, &shell.look);
    let room = panel(buf, look, area, w.photo_in);
    let title = format!(" {} ", w.photo_out);
    let middle = room.x + room.width / 2 + 1;
    put(buf, middle, area.y, width(&title), &title, look.theme.title);
    let stay = page.quote.as_ref().map(|(_, q)| q.stay.stay).or(page.gone.as_ref().map(|s| s.stay));
    let half = room.width.saturating_sub(2) / 2;
    let Some(stay) = stay else { return };
    draw_photo(page, shell, (stay, false), Rect { width: half, ..room }, buf);
    let right = Rect { x: middle, width: half, ..room };
    draw_photo(page, shell, (stay, true), right, buf);
}

fn draw_photo(page: &GateOut, shell: &Shell, (stay, out): (Uuid, bool), area: Rect, buf: &mut Buffer) {
    let view: &PhotoView = page.photo(stay, out);
    photo::draw(shell, view, area, buf);
}

fn fee(page: &GateOut, shell: &Shell, area: Rect, buf: &mut Buffer) {
    let (w, theme) = (&shell.words.gate_out, &shell.look.theme);
    let Some((_, quote)) = &page.quote else {
        panel(buf, &shell.look, area, w.fee);
        return;
    };
    let class = shell.class_name(&quote.stay.class);
    let title = format!("{}, {} {class} v{}", w.fee, w.tariff, quote.fee.version);
    let room = panel(buf, &shell.look, area, &title);
    let last = room.bottom().saturating_sub(1);
    let rows = usize::from(last.saturating_sub(room.y + 1));
    let shown = if quote.fee.lines.len() > rows { rows.saturating_sub(1) } else { rows };
    let (shown, rest) = quote.fee.lines.split_at(shown.min(quote.fee.lines.len()));
    let mut lines: Vec<(String, Rupiah)> =
        shown.iter().map(|line| (clean(&(shell.words.say.fee_line)(line)), line.amount)).collect();
    if !rest.is_empty() {
        // What is shown still adds up to the total.
        lines.push((format!("… (+{})", rest.len()), rest.iter().map(|line| line.amount).sum()));
    }
    for (y, (text, amount)) in (room.y..last.saturating_sub(1)).zip(&lines) {
        put(buf, room.x, y, room.width.saturating_sub(12), text, theme.text);
        put_right(buf, room.right(), y, 11, &amount.plain(), theme.text);
    }
    if let Some(tax) = quote.fee.tax {
        put(buf, room.x, last.saturating_sub(1), room.width.saturating_sub(12), w.tax, theme.dim);
        put_right(buf, room.right(), last.saturating_sub(1), 11, &tax.amount.plain(), theme.dim);
    }
    put(buf, room.x, last, room.width, w.total, theme.strong);
    let total = format!(" {} ", quote.fee.total);
    put_right(buf, room.right(), last, 20, &total, theme.selected);
}

fn cash(page: &GateOut, shell: &Shell, area: Rect, buf: &mut Buffer) {
    let (w, theme) = (&shell.words.gate_out, &shell.look.theme);
    if page.is_cashless(shell) {
        return cashless(page, shell, area, buf);
    }
    let room = panel(buf, &shell.look, area, w.cash);
    let Some(total) = page.total() else { return };
    let focused = page.focus == Focus::Cash && page.step == Step::Ready;
    let value = room.x + 11;
    let wide = room.right().saturating_sub(value + 3);
    put(buf, room.x, room.y, 10, w.received, if focused { theme.focus } else { theme.text });
    put(buf, value, room.y, 3, "Rp", theme.text);
    page.cash.draw(&shell.look, buf, (value + 3, room.y, wide), focused);

    let tendered = page.tendered();
    let typed = page.cash.text();
    let (mut x, mut y) = (room.x, room.y + 2);
    for (i, sum) in page.quick().iter().enumerate() {
        let word = if i == 0 { w.exact.to_owned() } else { sum.plain() };
        let digit = (i + 1).to_string();
        if x + width(&word) + 2 > room.right() {
            (x, y) = (room.x, y + 1);
        }
        let chosen = typed == digit;
        x = put(buf, x, y, 1, &digit, theme.key) + 1;
        x = put(buf, x, y, room.width, &word, if chosen { theme.selected } else { theme.text }) + 3;
    }

    let line = room.bottom().saturating_sub(2);
    let short = tendered.is_some_and(|t| t < total);
    let (word, sum, style) = match tendered {
        Some(t) if short => (w.short, total - t, theme.warn),
        Some(t) => (w.change, t - total, theme.strong),
        None => (w.change, Rupiah::ZERO, theme.dim),
    };
    put(buf, room.x, line, 10, word, if short { theme.warn } else { theme.text });
    if tendered.is_some() {
        put(buf, value, line, room.right().saturating_sub(value), &sum.to_string(), style);
    }
    let hint = match page.step {
        Step::Paying => w.paying,
        _ if tendered.is_some() && !short => w.press_pay,
        _ => w.press_enter,
    };
    put(buf, room.x, room.bottom().saturating_sub(1), room.width, hint, theme.dim);
}

fn cashless(page: &GateOut, shell: &Shell, area: Rect, buf: &mut Buffer) {
    let (w, theme) = (&shell.words.gate_out, &shell.look.theme);
    let offer = page.offer(shell);
    let how = offer.method.name();
    let room = panel(buf, &shell.look, area, &(w.pay_by)(how));
    let focused = page.focus == Focus::Cash && page.step == Step::Ready;
    let x = put(buf, room.x, room.y, room.width, w.proof, if focused { theme.focus } else { theme.text }) + 2;
    let wide = room.right().saturating_sub(x);
    match page.received.as_ref().and_then(Payment::receipt) {
        Some(receipt) if page.proof.is_empty() => {
            put(buf, x, room.y, wide, &clean(&receipt.reference), theme.strong);
        }
        _ => page.proof.draw(&shell.look, buf, (x, room.y, wide), focused),
    }
    let hint = match page.step {
        Step::Paying => w.paying.to_owned(),
        Step::Charging { cancelled: true } => w.cancelling.to_owned(),
        Step::Charging { .. } => w.charging.to_owned(),
        _ if page.received.is_some() => w.press_pay.to_owned(),
        _ if page.maybe == Some(offer.method) && page.proof.is_empty() => w.maybe_hint.to_owned(),
        _ if offer.charged && page.proof.is_empty() => (w.charge_hint)(how),
        _ if page.proof.is_empty() => w.proof_hint.to_owned(),
        _ => w.press_pay.to_owned(),
    };
    let lines = crate::tui::widget::wrap(&hint, room.width);
    for (y, line) in (room.y + 2..room.bottom()).zip(lines) {
        put(buf, room.x, y, room.width, &line, theme.strong);
    }
}
