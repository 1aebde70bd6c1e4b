//! One door for each screen.

use super::{Screen, admin, doctor, gate_in, gate_out, menu, post, server, sync};
use crate::tui::shell::{Setup, Waits};

impl Screen {
    /// The entry terminal.
    pub fn gate_in(setup: Setup) -> Self {
        Self { post: Some(post::Post::new()), ..Self::of(setup, gate_in::GateIn::new()) }
    }

    /// The exit terminal.
    pub fn gate_out(setup: Setup) -> Self {
        Self { post: Some(post::Post::new()), ..Self::of(setup, gate_out::GateOut::new()) }
    }

    pub fn admin(setup: Setup) -> Self {
        let mut screen = Self::of(setup, admin::Admin::new());
        screen.shell.counts = false;
        screen
    }

    pub fn server(setup: Setup) -> Self {
        Self::of(setup, server::Server::new(false))
    }

    /// A server that goes on behind the menu when this screen is left.
    pub fn server_behind_menu(setup: Setup) -> Self {
        Self::of(setup, server::Server::new(true))
    }

    /// The main menu; `setup.components` are its lines.
    pub fn menu(setup: Setup) -> Self {
        let page = menu::Menu::new(setup.components.clone());
        Self::of(setup, page)
    }

    /// Sinkronisasi Data: what waits at one terminal, and sending it; `terminals` are all whose data lie here, and
    /// `at` is the one that is shown.
    pub fn sync(setup: Setup, terminals: Vec<Waits>, at: usize) -> Self {
        Self::of(setup, sync::Sync::new(terminals, at))
    }

    pub fn doctor(setup: Setup) -> Self {
        Self::of(setup, doctor::Doctor::new())
    }
}
