//! How the screens look and how they answer to keys: snapshots of every screen and dialog, and promises of the form.
//!
//! A snapshot holds one screen in all its variants; `INSTA_UPDATE=no` makes a difference fail.

#![allow(clippy::unwrap_used)]

#[path = "screens/banners.rs"]
mod banners;
#[path = "screens/behaviour.rs"]
mod behaviour;
#[path = "screens/cashless.rs"]
mod cashless;
#[path = "screens/clock.rs"]
mod clock;
#[path = "screens/floor.rs"]
mod floor;
#[path = "screens/lane.rs"]
mod lane;
#[path = "screens/looping.rs"]
mod looping;
#[path = "screens/lost.rs"]
mod lost;
#[path = "screens/members.rs"]
mod members;
#[path = "screens/post.rs"]
mod post;
#[path = "screens/prepaid.rs"]
mod prepaid;
#[path = "screens/scenes.rs"]
mod scenes;
#[path = "screens/seeking.rs"]
mod seeking;
#[path = "screens/taking_back.rs"]
mod taking_back;
#[path = "screens/world.rs"]
mod world;

use parkir::tui::{Lang, Look, glyphs};
use ratatui::buffer::Buffer;
use ratatui::style::{Modifier, Style};
use scenes::SCENES;
use std::fmt::Write;
use world::{ascii, colour, mono, picture, setup, text};

/// The runs of one style of each row: `0..12 bold cyan`; plain text is not mentioned.
fn styles(buf: &Buffer) -> String {
    let mut out = String::new();
    for (y, cells) in buf.content.chunks(usize::from(buf.area.width)).enumerate() {
        let mut runs: Vec<(usize, usize, String)> = Vec::new();
        for (x, cell) in cells.iter().enumerate() {
            let name = style_name(cell.style());
            match runs.last_mut() {
                Some((_, end, last)) if *end == x && *last == name => *end += 1,
                _ => runs.push((x, x + 1, name)),
            }
        }
        runs.retain(|(.., name)| !name.is_empty());
        if !runs.is_empty() {
            let runs: Vec<_> = runs.iter().map(|(from, to, name)| format!("{from}..{to} {name}")).collect();
            writeln!(out, "{y:>2}: {}", runs.join(", ")).unwrap();
        }
    }
    out
}

fn style_name(style: Style) -> String {
    let mut words = Vec::new();
    let colour = |c: Option<ratatui::style::Color>| {
        c.filter(|c| *c != ratatui::style::Color::Reset).map(|c| c.to_string().to_lowercase())
    };
    words.extend(colour(style.fg));
    words.extend(colour(style.bg).map(|c| format!("on-{c}")));
    for (modifier, word) in
        [(Modifier::BOLD, "bold"), (Modifier::REVERSED, "reversed"), (Modifier::UNDERLINED, "underlined")]
    {
        if style.add_modifier.contains(modifier) {
            words.push(word.to_owned());
        }
    }
    words.join("-")
}

#[test]
fn every_screen_and_dialog_looks_as_agreed() {
    let mut settings = insta::Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    let _bound = settings.bind_to_scope();
    for (name, scene) in SCENES.iter().chain(post::SCENES).chain(lost::SCENES) {
        let draw = |lang, look: Look, (w, h)| picture(&scene(setup(lang, look)), w, h);
        let (small, large) = ((80, 24), (120, 40));
        let mut page = String::new();
        for (lang, word) in [(Lang::Id, "id"), (Lang::En, "en")] {
            for size in [small, large] {
                let coloured = text(&draw(lang, colour(), size));
                let plain = text(&draw(lang, mono(), size));
                write!(page, "=== {word} {}x{} colour\n{coloured}", size.0, size.1).unwrap();
                let same = if plain == coloured { "the same\n".to_owned() } else { plain };
                write!(page, "=== {word} {}x{} mono\n{same}", size.0, size.1).unwrap();
            }
        }
        write!(page, "=== id 80x24 ASCII\n{}", text(&draw(Lang::Id, ascii(), small))).unwrap();
        write!(page, "=== styles, colour\n{}", styles(&draw(Lang::Id, colour(), small))).unwrap();
        write!(page, "=== styles, mono\n{}", styles(&draw(Lang::Id, mono(), small))).unwrap();
        insta::assert_snapshot!(*name, page);
    }
}

#[test]
fn a_terminal_too_small_gets_one_calm_sentence_and_nothing_panics() {
    for (name, scene) in SCENES.iter().chain(post::SCENES).chain(lost::SCENES) {
        for look in [colour(), ascii()] {
            let screen = scene(setup(Lang::Id, look));
            for (w, h) in [(1, 1), (20, 5), (79, 24), (80, 23)] {
                let seen: String = text(&picture(&screen, w, h)).split_whitespace().collect();
                assert!(w < 20 || seen.contains("80x24huruf"), "{name} {w}x{h}: {seen}");
            }
            picture(&screen, 300, 100);
        }
    }
}

#[test]
fn every_cell_is_one_the_console_or_an_ascii_terminal_can_show() {
    for (name, scene) in SCENES.iter().chain(post::SCENES).chain(lost::SCENES) {
        for lang in [Lang::Id, Lang::En] {
            for (look, set) in
                [(colour(), &glyphs::CONSOLE), (mono(), &glyphs::CONSOLE), (ascii(), &glyphs::ASCII)]
            {
                let buf = picture(&scene(setup(lang, look)), 80, 24);
                for cell in &buf.content {
                    assert!(cell.symbol().chars().all(|c| set.holds(c)), "{name}: {:?}", cell.symbol());
                }
                // `enforce` writes a question mark for what does not fit; no screen here has one of its own but these.
                let asks = text(&buf).matches('?').count();
                let own = ["question", "help"];
                assert!(asks == 0 || own.iter().any(|o| name.contains(o)), "{name}: a shape was replaced");
            }
        }
    }
}

#[test]
fn mono_screens_use_no_colour_at_all() {
    for (name, scene) in SCENES.iter().chain(post::SCENES).chain(lost::SCENES) {
        for cell in &picture(&scene(setup(Lang::Id, mono())), 80, 24).content {
            let plain = |c| c == ratatui::style::Color::Reset;
            assert!(plain(cell.fg) && plain(cell.bg), "{name}");
        }
    }
}

#[test]
fn every_refusal_and_warning_fits_the_message_row_in_both_languages() {
    let zone = jiff::tz::TimeZone::get("Asia/Jakarta").unwrap();
    let mut page = String::new();
    for lang in [Lang::Id, Lang::En] {
        let say = &lang.words().say;
        let sentences = scenes::refusals().into_iter().map(|r| (r.code().to_owned(), (say.refusal)(&r, &zone)));
        let warnings = scenes::warnings().into_iter().map(|w| ("warning".to_owned(), (say.warning)(&w, &zone)));
        for (code, sentence) in sentences.chain(warnings) {
            assert!(sentence.is_ascii() && sentence.len() <= 76, "{} {sentence}", sentence.len());
            writeln!(page, "{code:<18} {sentence}").unwrap();
        }
    }
    insta::with_settings!({prepend_module_to_snapshot => false, omit_expression => true}, {
        insta::assert_snapshot!("sentences", page);
    });
}
