//! What the hub counted, in Prometheus' text format. No plates, no tickets: `/metrics` needs no token.

use super::switchboard::Hub;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};

/// A number that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    pub fn add(&self, more: u64) {
        self.0.fetch_add(more, Ordering::Relaxed);
    }

    fn value(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Debug, Default)]
pub struct Counters {
    /// Events of the centre's feed.
    pub events: Counter,
    /// Events told by terminals.
    pub hints: Counter,
    pub joined: Counter,
    /// Clients closed because they did not take their messages.
    pub kicks: Counter,
    pub refused: Counter,
}

/// The page of `/metrics`.
pub fn page(hub: &Hub) -> String {
    let (status, counters) = (hub.status(), hub.counters());
    let queued: usize = hub.clients().iter().map(|c| c.queued).sum();
    let mut page = String::with_capacity(2048);
    let mut line = |name: &str, kind: &str, help: &str, value: u64| {
        let _ = writeln!(page, "# HELP parkir_{name} {help}\n# TYPE parkir_{name} {kind}\nparkir_{name} {value}");
    };
    line("hub_clients", "gauge", "Clients connected now.", status.server.clients);
    line("hub_joined_total", "counter", "Clients that ever connected.", counters.joined.value());
    line("hub_refused_total", "counter", "Connections refused before the upgrade.", counters.refused.value());
    line("hub_events_total", "counter", "Events of the centre's feed.", counters.events.value());
    line("hub_hints_total", "counter", "Events told by terminals.", counters.hints.value());
    line("hub_ring_offset", "gauge", "Newest offset of this epoch.", status.server.offset);
    line("hub_queued", "gauge", "Messages queued for all clients.", queued as u64);
    line("hub_queue_kicks_total", "counter", "Clients closed as too slow.", counters.kicks.value());
    line("database_up", "gauge", "1 while the server reaches PostgreSQL.", status.database.link.is_up().into());
    line("facts_held", "gauge", "Couriered facts not yet checked.", status.database.held);
    line("facts_waiting", "gauge", "Facts waiting at connected terminals.", status.waiting);
    let _ = writeln!(
        page,
        "# HELP parkir_terminal_waiting Facts waiting, by gate.\n# TYPE parkir_terminal_waiting gauge"
    );
    for terminal in status.terminals.iter().filter(|t| t.connected) {
        let gate: String = terminal.gate.chars().filter(|c| c.is_ascii_alphanumeric()).collect();
        let _ = writeln!(page, "parkir_terminal_waiting{{gate=\"{gate}\"}} {}", terminal.pending);
    }
    page
}
