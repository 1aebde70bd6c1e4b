//! The dialects that were met at car parks, one a row. A to I are those of the old system and its neighbours; lines are
//! ASCII at 9600 8N1 unless said otherwise.

use super::Written;

struct Row {
    name: &'static str,
    frame: (&'static str, &'static str),
    open: &'static str,
    open_out: &'static str,
    release: &'static str,
    close: &'static str,
    close_out: &'static str,
    /// Word, and how often in ms: nothing heard for five seconds means it is lost.
    ping: (&'static str, u32),
    status: &'static str,
    hears: &'static [(&'static str, &'static str)],
    is: &'static [Is],
}

#[derive(PartialEq)]
enum Is {
    Acking,
    Echoing,
    ClosingBlindly,
    /// What it sends may end with nothing.
    Endless,
}

const SILENCE_MS: u32 = 5000;
const LINE: (&str, &str) = ("", "{0A}");

const EMPTY: Row = Row {
    name: "",
    frame: ("", ""),
    open: "",
    open_out: "",
    release: "",
    close: "",
    close_out: "",
    ping: ("", 0),
    status: "",
    hears: &[],
    is: &[],
};

/// Inputs of a board with four of them: vehicle, button, behind the boom, help; and its card readers.
const INPUTS: &[(&str, &str)] = &[
    ("*IN1ON*", "presence on"),
    ("*IN1OFF*", "presence off"),
    ("*IN2ON*", "button"),
    ("*IN3", "safety on"),
    ("*IN3ON*", "safety on"),
    ("*IN3OFF*", "safety off, passed"),
    ("*IN4ON*", "help"),
    ("W*", "card"),
    ("X*", "card"),
    ("PT*", "card"),
    ("*", "alive"),
];

static ROWS: &[Row] = &[
    // AVR controller: looks at its loop itself and refuses to close over it.
    Row {
        name: "A",
        frame: LINE,
        open: "OPEN_GATE{0A}",
        close: "CLOSE_GATE{0A}",
        ping: ("PING{0A}", 2000),
        status: "GET_STATUS{0A}",
        hears: &[
            ("PONG", "alive"),
            ("PARKING_CONTROLLER_READY", "alive"),
            ("VEHICLE_DETECTED", "presence on"),
            ("NO_VEHICLE", "presence off"),
            ("GATE_STATUS:OPENING", "opening"),
            ("GATE_STATUS:OPEN", "open"),
            ("GATE_STATUS:OPEN*", "ack"),
            ("GATE_STATUS:CLOSING", "closing"),
            ("GATE_STATUS:CLOSED", "closed"),
            ("GATE_ERROR:*", "fault"),
            ("GATE_ERROR:VEHICLE_DETECTED", "presence on"),
            ("STATUS:*", "alive"),
            ("STATUS:VEHICLE=1*", "presence on"),
            ("STATUS:VEHICLE=YES*", "presence on"),
            ("STATUS:VEHICLE=DETECTED*", "presence on"),
            ("STATUS:VEHICLE=0*", "presence off"),
            ("STATUS:VEHICLE=NO*", "presence off"),
            ("STATUS:*GATE=OPENING", "opening"),
            ("STATUS:*GATE=OPEN", "open"),
            ("STATUS:*GATE=CLOSING", "closing"),
            ("STATUS:*GATE=CLOSED", "closed"),
        ],
        is: &[Is::Acking],
        ..EMPTY
    },
    Row {
        name: "B",
        frame: LINE,
        open: "OPEN_ENTRY{0A}",
        open_out: "OPEN_EXIT{0A}",
        close: "CLOSE_ENTRY{0A}",
        close_out: "CLOSE_EXIT{0A}",
        ping: ("STATUS{0A}", 2000),
        hears: &[
            ("IN:*", "button"),
            ("OUT:*", "alive"),
            ("STATUS:READY", "alive"),
            ("STATUS:BUSY", "alive"),
            ("ERROR:*", "fault"),
        ],
        ..EMPTY
    },
    // Arduino: closes after ten seconds without looking at its loop.
    Row {
        name: "C",
        frame: LINE,
        open: "OPEN:{0A}",
        close: "CLOSE:{0A}",
        ping: ("STATUS:{0A}", 2000),
        hears: &[
            ("STATUS:*", "alive"),
            ("READY:*", "alive"),
            ("EVENT:BUTTON_PRESS", "button"),
            ("EVENT:VEHICLE_DETECTED", "presence on"),
            ("EVENT:VEHICLE_PASSED", "presence off, passed"),
            ("EVENT:GATE_TIMEOUT", "closing"),
            ("OK:GATE_OPENED", "open"),
            ("OK:GATE_OPENED", "ack"),
            ("OK:GATE_CLOSED", "closed"),
            ("OK:*", "alive"),
            ("ERR:*", "fault"),
            ("STATUS:OPEN:*", "open"),
            ("STATUS:CLOSED:*", "closed"),
            ("STATUS:*:VEHICLE_PRESENT", "presence on"),
            ("STATUS:*:NO_VEHICLE", "presence off"),
        ],
        is: &[Is::Acking, Is::ClosingBlindly],
        ..EMPTY
    },
    Row { name: "D", frame: LINE, open: "OPEN{0A}", close: "CLOSE{0A}", status: "STATUS{0A}", ..EMPTY },
    // A button and nothing else: "1", or a number that counts up.
    Row { name: "E", frame: LINE, hears: &[("#", "button")], is: &[Is::Endless], ..EMPTY },
    // A board on the network, asked again and again.
    Row {
        name: "F",
        frame: ("{A6}", "{A9}"),
        open: "{A6}TRIG1{A9}",
        ping: ("{A6}STAT{A9}", 500),
        hears: INPUTS,
        ..EMPTY
    },
    Row {
        name: "G",
        frame: LINE,
        open: "AAA{0A}",
        hears: &[("LOOP1", "presence on"), ("STRUK", "button"), ("EMRGN", "help")],
        ..EMPTY
    },
    Row { name: "H", frame: ("*", "#"), open: "*OUT1ON#", release: "*OUT1OFF#", hears: INPUTS, ..EMPTY },
    // LCUS relays on a USB serial port.
    Row { name: "I", open: "{A0}{ch}{01}{sum}", release: "{A0}{ch}{00}{sum}", ..EMPTY },
    Row { name: "enet", frame: (":", ";"), open: ":OPEN1;", ping: (":INFO;", 500), hears: INPUTS, ..EMPTY },
    // Modbus RTU, device 1: write one coil (function 5); it repeats the order.
    Row {
        name: "modbus",
        open: "{01}{05}{00}{ch0}{FF}{00}{crc}",
        release: "{01}{05}{00}{ch0}{00}{00}{crc}",
        is: &[Is::Echoing],
        ..EMPTY
    },
    // HID relays. usbrelay is 16c0:05df, the CH551G board 5131:2007.
    Row {
        name: "usbrelay",
        open: "{00}{FF}{ch}{00}{00}{00}{00}{00}{00}",
        release: "{00}{FD}{ch}{00}{00}{00}{00}{00}{00}",
        ..EMPTY
    },
    Row { name: "ch551g", open: "{A0}{ch}{01}{sum}", release: "{A0}{ch}{00}{sum}", ..EMPTY },
];

/// Vendor and product of the HID relays above.
pub const HID: &[(&str, u16, u16)] = &[("usbrelay", 0x16c0, 0x05df), ("ch551g", 0x5131, 0x2007)];

/// Names of all rows.
pub fn names() -> impl Iterator<Item = &'static str> {
    ROWS.iter().map(|row| row.name)
}

/// The dialect of this name, in whatever case.
pub fn named(name: &str) -> Option<Written> {
    ROWS.iter().find(|row| row.name.eq_ignore_ascii_case(name)).map(written)
}

fn written(row: &Row) -> Written {
    Written {
        name: row.name.to_owned(),
        begins: row.frame.0.to_owned(),
        ends: row.frame.1.to_owned(),
        idle_ends: row.is.contains(&Is::Endless),
        open: row.open.to_owned(),
        open_out: row.open_out.to_owned(),
        release: row.release.to_owned(),
        close: row.close.to_owned(),
        close_out: row.close_out.to_owned(),
        ping: row.ping.0.to_owned(),
        ping_ms: row.ping.1,
        silence_ms: SILENCE_MS,
        status: row.status.to_owned(),
        acks: row.is.contains(&Is::Acking),
        echoes: row.is.contains(&Is::Echoing),
        closes_blindly: row.is.contains(&Is::ClosingBlindly),
        hears: row.hears.iter().map(|(pattern, words)| ((*pattern).to_owned(), (*words).to_owned())).collect(),
    }
}
