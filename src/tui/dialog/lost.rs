//! A lost ticket: find the vehicle inside by plate, class and time, compare its photo, and say what was seen. Nothing here
//! takes money: it ends in a fee on the screen.
//!
//! ```text
//! Plat [     ]   Jenis semua   Masuk kapan saja
//! plate  class  entered                │ entry photo
//!                                      │ those above and below it
//! ```

use super::permit::Permit;
use super::{Answer, Reply};
use crate::domain::lost;
use crate::domain::stay::Stay;
use crate::domain::view::{PhotoView, Picture};
use crate::tui::glyphs::clean;
use crate::tui::keys::{Action, Chord};
use crate::tui::shell::Shell;
use crate::tui::widget::field::{Accept, Field};
use crate::tui::widget::table::{self, column};
use crate::tui::widget::{modal, photo, put};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use uuid::Uuid;

/// Hours to choose from; 0 is any time.
const WITHIN: [u32; 6] = [0, 1, 3, 6, 12, 24];
const PAGE: usize = 10;
/// Photos side by side, and the rows of the small ones with their plates.
const STRIP: usize = 3;
const LOW: u16 = 6;

#[derive(Clone, Debug, PartialEq)]
enum Found {
    Nothing,
    Searching,
    Here(Vec<Stay>),
}

/// What is looked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    pub plate: String,
    pub class: Option<String>,
    pub hours: Option<u32>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Lost {
    plate: Field,
    /// The site's n-th class, from 1; 0: any.
    class: usize,
    within: usize,
    focus: usize,
    asked: Option<Wanted>,
    found: Found,
    selected: usize,
    /// Of those in the strip, as they come.
    photos: Vec<(Uuid, PhotoView)>,
    /// The one that was chosen: what is claimed of it.
    claim: Option<Box<Claim>>,
}

#[derive(Clone, Debug, PartialEq)]
struct Claim {
    stay: Stay,
    seen: Field,
    waive: Field,
    on_waive: bool,
}

impl Lost {
    pub fn new(plate: &str) -> Self {
        let mut field = Field::new(Accept::Plate, 16);
        field.set(plate);
        Self {
            plate: field,
            class: 0,
            within: 0,
            focus: 0,
            asked: None,
            found: Found::Nothing,
            selected: 0,
            photos: Vec::new(),
            claim: None,
        }
    }

    fn wanted(&self, shell: &Shell) -> Wanted {
        let class = self.class.checked_sub(1).and_then(|n| shell.classes.get(n)).map(|class| class.id.clone());
        let hours = WITHIN.get(self.within).copied().filter(|hours| *hours > 0);
        Wanted { plate: self.plate.text().trim().to_owned(), class, hours }
    }

    fn stays(&self) -> &[Stay] {
        if let Found::Here(stays) = &self.found { stays } else { &[] }
    }

    /// The selected stay and its neighbours, in the list's order: their photos stand side by side.
    fn strip(&self) -> &[Stay] {
        let stays = self.stays();
        let most = stays.len().min(STRIP);
        let from = self.selected.saturating_sub(1).min(stays.len() - most);
        stays.get(from..from + most).unwrap_or_default()
    }

    /// The stays whose photos are to be fetched: those of the strip that nobody asked for yet, the selected one first.
    pub fn looks_at(&mut self) -> Vec<Uuid> {
        let selected = self.stays().get(self.selected).map(|stay| stay.stay);
        let mut wanted: Vec<Uuid> = self.strip().iter().map(|stay| stay.stay).collect();
        wanted.sort_by_key(|stay| Some(*stay) != selected);
        self.photos.retain(|(stay, _)| wanted.contains(stay));
        wanted.retain(|stay| self.photos.iter().all(|(known, _)| known != stay));
        self.photos.extend(wanted.iter().map(|stay| (*stay, PhotoView::Waiting)));
        wanted
    }

    /// Whether these are what is waited for.
    pub fn told(&mut self, wanted: &Wanted, stays: Vec<Stay>) -> bool {
        let mine = self.found == Found::Searching && self.asked.as_ref() == Some(wanted);
        if mine {
            (self.found, self.selected) = (Found::Here(stays), 0);
            self.photos.clear();
        }
        mine
    }

    pub fn show(&mut self, stay: Uuid, photo: &PhotoView) {
        for (_, shown) in self.photos.iter_mut().filter(|(known, _)| *known == stay) {
            *shown = photo.clone();
        }
    }

    /// What was looked for cannot be told.
    pub fn failed(&mut self) {
        if self.found == Found::Searching {
            self.found = Found::Here(Vec::new());
        }
    }

    pub fn key(&mut self, shell: &Shell, chord: Chord) -> Reply {
        if self.claim.is_some() {
            return self.claim_key(chord);
        }
        let step = |at: usize, count: usize, back: bool| (at + if back { count - 1 } else { 1 }) % count;
        let row = match chord {
            Chord::Esc => return Reply::Close,
            Chord::F(4) => return Reply::Done(Answer::LostNoData(self.plate.text())),
            Chord::Tab => return self.on(step(self.focus, 3, false)),
            Chord::BackTab => return self.on(step(self.focus, 3, true)),
            Chord::Left | Chord::Right | Chord::Char(' ') if self.focus == 1 => {
                self.class = step(self.class, shell.classes.len() + 1, chord == Chord::Left);
                return Reply::Kept;
            }
            Chord::Left | Chord::Right | Chord::Char(' ') if self.focus == 2 => {
                self.within = step(self.within, WITHIN.len(), chord == Chord::Left);
                return Reply::Kept;
            }
            Chord::Enter if self.found == Found::Searching => return Reply::Kept,
            Chord::Enter if self.asked.as_ref() == Some(&self.wanted(shell)) && !self.stays().is_empty() => {
                if let Some(stay) = self.stays().get(self.selected) {
                    let field = |most| Field::new(Accept::Text, most);
                    let (seen, waive) = (Field::new(Accept::Plate, 20), field(60));
                    let claim = Claim { stay: stay.clone(), seen, waive, on_waive: false };
                    self.claim = Some(Box::new(claim));
                }
                return Reply::Kept;
            }
            Chord::Enter => {
                let wanted = self.wanted(shell);
                (self.asked, self.found) = (Some(wanted.clone()), Found::Searching);
                return Reply::Asks(Answer::FindLost(wanted));
            }
            Chord::Up => Action::Up,
            Chord::Down => Action::Down,
            Chord::PageUp => Action::PageUp,
            Chord::PageDown => Action::PageDown,
            _ => {
                if self.focus == 0 {
                    self.plate.key(chord);
                }
                return Reply::Kept;
            }
        };
        let before = self.selected;
        self.selected = table::moved(before, row, self.stays().len(), PAGE);
        let wanted = self.looks_at();
        if wanted.is_empty() { Reply::Kept } else { Reply::Asks(Answer::LookAt(wanted)) }
    }

    fn on(&mut self, focus: usize) -> Reply {
        self.focus = focus;
        Reply::Kept
    }

    fn claim_key(&mut self, chord: Chord) -> Reply {
        let Some(claim) = &mut self.claim else { return Reply::Kept };
        match chord {
            Chord::Esc => self.claim = None,
            Chord::Enter | Chord::Tab | Chord::BackTab | Chord::Up | Chord::Down => {
                claim.on_waive = !claim.on_waive;
            }
            Chord::F(9) => {
                let (stay, seen) = (claim.stay.stay, lost::seen(&claim.seen.text()));
                let reason = claim.waive.text().trim().to_owned();
                if reason.is_empty() {
                    return Reply::Done(Answer::Lost { stay, seen });
                }
                return Reply::Asks(Answer::Permit(Permit::Waive { stay, seen, reason }));
            }
            _ if claim.on_waive => drop(claim.waive.key(chord)),
            _ => drop(claim.seen.key(chord)),
        }
        Reply::Kept
    }

    pub fn hints(&self, shell: &Shell) -> Vec<(&'static str, &'static str)> {
        let (w, c) = (shell.words.lost, &shell.words.common);
        let field = ("Tab", shell.words.keys.field.1);
        match (&self.claim, self.stays().is_empty()) {
            (Some(_), _) => vec![field, ("F9", w.go), ("Esc", c.cancel)],
            (None, true) => vec![field, ("Enter", w.look), ("F4", w.no_data), ("Esc", c.cancel)],
            (None, false) => vec![
                field,
                ("↑↓", c.choose),
                ("Enter", shell.words.keys.open.0),
                ("F4", w.no_data),
                ("Esc", c.cancel),
            ],
        }
    }

    pub fn view(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let (w, theme) = (shell.words.lost, &shell.look.theme);
        let title = if self.claim.is_some() { w.claim_title } else { w.title };
        let room = modal::open(buf, &shell.look, area, (78, 20), title);
        let list = Rect { width: 46.min(room.width), ..room };
        let right = Rect {
            x: list.right() + 1,
            y: room.y + 2,
            width: room.width.saturating_sub(47),
            height: room.height.saturating_sub(2),
        };
        self.draw_strip(shell, right, buf);
        if let Some(claim) = &self.claim {
            return claim.view(shell, list, buf);
        }
        let label = |focus: usize| if self.focus == focus { theme.focus } else { theme.text };
        let x = put(buf, room.x, room.y, 8, w.plate, label(0)) + 1;
        self.plate.draw(&shell.look, buf, (x, room.y, 14), self.focus == 0);
        let class = self.class.checked_sub(1).and_then(|n| shell.classes.get(n));
        let class = class.map_or_else(|| w.any_class.to_owned(), |class| shell.class_name(&class.id));
        let x = put(buf, room.x + 22, room.y, 8, w.class, label(1)) + 1;
        put(buf, x, room.y, 14, &class, if self.focus == 1 { theme.selected } else { theme.strong });
        let within = (w.hours)(WITHIN.get(self.within).copied().unwrap_or_default());
        let x = put(buf, room.x + 42, room.y, 10, w.within, label(2)) + 1;
        put(buf, x, room.y, 20, &within, if self.focus == 2 { theme.selected } else { theme.strong });
        let list = Rect { y: room.y + 2, height: room.height.saturating_sub(2), ..list };
        match &self.found {
            Found::Nothing => {}
            Found::Searching => drop(put(buf, list.x, list.y, list.width, w.searching, theme.dim)),
            Found::Here(stays) if stays.is_empty() => {
                for (y, line) in (list.y..).zip(w.none) {
                    put(buf, list.x, y, list.width, line, theme.warn);
                }
            }
            Found::Here(stays) => {
                let c = &shell.words.common;
                let columns = [column(c.plate, 12), column(c.class, 7), column(w.entered, 0)];
                let row = |stay: &Stay| -> table::Row {
                    let came = format!("{} {}", shell.clock(stay.entered_at), stay.entered_gate);
                    let cells = [shell.plate(stay.plate.as_deref()), shell.class_name(&stay.class), came];
                    cells.into_iter().map(|cell| (clean(&cell), theme.text)).collect()
                };
                let rows: Vec<_> = stays.iter().map(row).collect();
                table::draw(&shell.look, buf, list, &columns, &rows, Some(self.selected));
            }
        }
    }
}

impl Lost {
    /// The selected one's photo large, its neighbours' below it with their plates; of a claim its own alone.
    fn draw_strip(&self, shell: &Shell, area: Rect, buf: &mut Buffer) {
        let Some(selected) = self.stays().get(self.selected) else { return };
        let of = |stay: &Stay| self.photos.iter().find(|(known, _)| *known == stay.stay).map(|(_, photo)| photo);
        let others: Vec<&Stay> = self.strip().iter().filter(|stay| stay.stay != selected.stay).collect();
        let low = if self.claim.is_some() || others.is_empty() { 0 } else { LOW.min(area.height / 2) };
        let large = Rect { height: area.height - low, ..area };
        photo::draw(shell, of(selected).unwrap_or(&PhotoView::Empty), large, buf);
        let wide = area.width.saturating_sub(1) / 2;
        for (x, stay) in (area.x..).step_by(usize::from(wide) + 1).zip(others).take(if low > 1 { 2 } else { 0 }) {
            let small = Rect { x, y: large.bottom(), width: wide, height: low };
            let plate = clean(&shell.plate(stay.plate.as_deref()));
            match of(stay) {
                Some(PhotoView::Here(picture)) => {
                    let named = Picture { caption: plate, ..picture.clone() };
                    photo::draw(shell, &PhotoView::Here(named), small, buf);
                }
                other => {
                    photo::draw(shell, other.unwrap_or(&PhotoView::Empty), small, buf);
                    put(buf, x, small.bottom() - 1, wide, &plate, shell.look.theme.dim);
                }
            }
        }
    }
}

impl Claim {
    fn view(&self, shell: &Shell, room: Rect, buf: &mut Buffer) {
        let (w, theme) = (shell.words.lost, &shell.look.theme);
        let stay = &self.stay;
        let plate = format!("{}   {}", shell.plate(stay.plate.as_deref()), shell.class_name(&stay.class));
        put(buf, room.x, room.y, room.width, &clean(&plate), theme.strong);
        let came =
            format!("{} {} {}   {}", w.entered, shell.clock(stay.entered_at), stay.entered_gate, stay.ticket);
        put(buf, room.x, room.y + 1, room.width, &clean(&came), theme.text);
        let x = room.x + 14;
        let wide = room.right().saturating_sub(x);
        for (y, on, name, field, hint) in [
            (room.y + 3, !self.on_waive, w.seen, &self.seen, w.seen_hint),
            (room.y + 6, self.on_waive, w.waive, &self.waive, w.waive_hint),
        ] {
            put(buf, room.x, y, 13, name, if on { theme.focus } else { theme.text });
            field.draw(&shell.look, buf, (x, y, wide), on);
            for (y, line) in (y + 1..).zip(crate::tui::widget::wrap(hint, room.width).iter().take(2)) {
                put(buf, room.x, y, room.width, line, theme.dim);
            }
        }
        let mut y = room.y + 10;
        for note in w.claim_notes {
            for line in crate::tui::widget::wrap(note, room.width) {
                put(buf, room.x, y, room.width, &line, theme.text);
                y += 1;
            }
        }
    }
}
