//! The loop itself, on a terminal in memory, with scripted keys and time that only moves when nothing else does.

use super::world::*;
use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use futures_util::{StreamExt, stream};
use parkir::domain::link::Link;
use parkir::tui::msg::{Cmd, Component};
use parkir::tui::{Exit, Lang, Screen, run};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use std::io;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

fn key(code: KeyCode) -> io::Result<Event> {
    Ok(Event::Key(KeyEvent::new(code, KeyModifiers::NONE)))
}

/// Keys a person's distance apart.
fn script(keys: Vec<KeyCode>) -> impl futures_util::Stream<Item = io::Result<Event>> + Unpin {
    let typed = stream::iter(keys).then(|code| async move {
        tokio::time::sleep(Duration::from_millis(100)).await;
        key(code)
    });
    Box::pin(typed.chain(stream::pending()))
}

fn typed(text: &str) -> Vec<KeyCode> {
    text.chars().map(|c| if c == '\n' { KeyCode::Enter } else { KeyCode::Char(c) }).collect()
}

fn shown(terminal: &Terminal<TestBackend>) -> String {
    text(terminal.backend().buffer())
}

#[tokio::test(start_paused = true)]
async fn an_entry_goes_through_the_loop_and_back() {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let mut screen = Screen::gate_in(setup(Lang::Id, colour()));
    let (tell, inbox) = mpsc::channel(16);
    let (cmds, mut asked) = mpsc::channel(1);
    let stop = CancellationToken::new();
    let desk = async {
        let mut seen = Vec::new();
        while let Some(cmd) = asked.recv().await {
            if let Cmd::Enter(_) = &cmd {
                tell.send(link(Link::Down, 1)).await.unwrap();
                tell.send(entered(car())).await.unwrap();
                tokio::time::sleep(Duration::from_secs(1)).await;
                stop.cancel();
            }
            seen.push(cmd);
        }
        seen
    };
    let keys = script(typed("b 4411 kza\n2\n"));
    let looped = async {
        let exit = run(&mut terminal, &mut screen, keys, inbox, cmds, stop.clone()).await;
        (exit.unwrap(), shown(&terminal))
    };
    let ((exit, shown), seen) = tokio::join!(looped, desk);
    assert_eq!(exit, Exit::Quit);
    assert!(shown.contains("tersimpan") && shown.contains("antre 1"), "{shown}");
    assert!(matches!(&seen[..], [Cmd::LookPlate(_), Cmd::Enter(r)] if r.class == "mobil"), "{seen:?}");
}

#[tokio::test(start_paused = true)]
async fn the_menu_ends_the_loop_with_what_was_chosen() {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let mut screen = Screen::menu(setup(Lang::Id, colour()));
    let (_tell, inbox) = mpsc::channel(1);
    let (cmds, _asked) = mpsc::channel(1);
    let keys = script(typed("1"));
    let exit = run(&mut terminal, &mut screen, keys, inbox, cmds, CancellationToken::new()).await.unwrap();
    assert_eq!(exit, Exit::Open(Component::GateIn));
}

#[tokio::test(start_paused = true)]
async fn the_first_picture_is_drawn_before_anything_is_awaited() {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let mut screen = Screen::gate_in(setup(Lang::Id, colour()));
    let (_tell, inbox) = mpsc::channel(1);
    let (cmds, _asked) = mpsc::channel(1);
    let stop = CancellationToken::new();
    stop.cancel();
    run(&mut terminal, &mut screen, stream::pending(), inbox, cmds, stop).await.unwrap();
    assert!(shown(&terminal).contains("Memeriksa Koneksi"));
}

/// While news come every 5 ms, as from a backlog on its way: 2 ms behind a function key its answer stands, and 42 ms
/// behind a letter, which may be a scanner's first until 30 ms are over.
#[tokio::test(start_paused = true)]
async fn what_others_tell_holds_up_no_answer_to_a_key() {
    for (code, late, wished) in [(KeyCode::F(1), 2, "Esc menutup"), (KeyCode::Char('x'), 42, "Plat     X")] {
        for after in 0..16 {
            let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
            let mut screen = Screen::gate_in(setup(Lang::Id, colour()));
            let (tell, inbox) = mpsc::channel(1);
            let (cmds, _asked) = mpsc::channel(1);
            let stop = CancellationToken::new();
            let begun = Duration::from_millis(100 + after);
            let keys = stream::once(async move {
                tokio::time::sleep(begun).await;
                key(code)
            });
            let news = async {
                for n in 1.. {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    if tell.send(link(Link::Down, n)).await.is_err() {
                        return;
                    }
                }
            };
            let end = async {
                tokio::time::sleep(begun + Duration::from_millis(late)).await;
                stop.cancel();
            };
            let keys = Box::pin(keys.chain(stream::pending()));
            tokio::select! {
                exit = run(&mut terminal, &mut screen, keys, inbox, cmds, stop.clone()) => assert_eq!(exit.unwrap(), Exit::Quit),
                () = async { tokio::join!(news, end); } => {}
            }
            let shown = shown(&terminal);
            assert!(shown.contains(wished), "{code:?} at {after}: {shown}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn keys_that_end_end_the_screen_and_a_desk_that_ends_is_an_error() {
    let mut terminal = Terminal::new(TestBackend::new(80, 24)).unwrap();
    let mut screen = Screen::gate_in(setup(Lang::Id, colour()));
    let (_tell, inbox) = mpsc::channel(1);
    let (cmds, asked) = mpsc::channel(1);
    let exit = run(&mut terminal, &mut screen, stream::empty(), inbox, cmds, CancellationToken::new()).await;
    assert_eq!(exit.unwrap(), Exit::Quit);
    drop(asked);
    let mut screen = Screen::doctor(setup(Lang::Id, colour()));
    let (_tell, inbox) = mpsc::channel(1);
    let (cmds, asked) = mpsc::channel(1);
    drop(asked);
    let end = run(&mut terminal, &mut screen, stream::pending(), inbox, cmds, CancellationToken::new()).await;
    assert!(end.is_err());
}
