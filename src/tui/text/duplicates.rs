//! Words of the duplicates, in both languages; the command line uses them too.

use crate::domain::duplicates::{Certainty, Group, Refused};

pub struct Duplicates {
    pub title: &'static str,
    /// exact, strong, weak
    pub classes: [&'static str; 3],
    pub side_in: &'static str,
    pub side_out: &'static str,
    pub aside: &'static str,
    /// set aside, and what stood instead does not stand any more
    pub gone: &'static str,
    pub gone_note: &'static str,
    pub kept: &'static str,
    pub duplicate: &'static str,
    pub more: fn(usize) -> String,
    pub none: &'static str,
    pub count: fn(u64, usize) -> String,
    pub cause: &'static str,
    pub causes: fn(&str) -> &'static str,
    pub terminal: &'static str,
    pub arrived: &'static str,
    pub log: &'static str,
    pub log_none: &'static str,
    pub reason: &'static str,
    pub reason_title: &'static str,
    pub reason_hint: &'static str,
    pub reason_go: &'static str,
    pub by: fn(&str, &str) -> String,
    pub remove_title: &'static str,
    /// how many, and their money
    pub remove_what: fn(usize, &str) -> String,
    pub remove_note: &'static str,
    pub remove_ask: &'static str,
    pub remove_yes: &'static str,
    pub undo_title: &'static str,
    pub undo_ask: &'static str,
    pub undo_yes: &'static str,
    pub removed: fn(u32) -> String,
    pub undone: fn(u32) -> String,
    pub already: &'static str,
    pub not_aside: &'static str,
    pub unknown: &'static str,
    pub offline: fn(&str) -> String,
    pub refused: fn(Refused) -> &'static str,
}

impl Duplicates {
    pub fn class(&self, class: Certainty) -> &'static str {
        let [exact, strong, weak] = self.classes;
        match class {
            Certainty::Exact => exact,
            Certainty::Strong => strong,
            Certainty::Weak => weak,
        }
    }

    /// How a group that is set aside stands.
    pub fn state(&self, group: &Group) -> &'static str {
        if group.kept_stands { self.aside } else { self.gone }
    }

    /// All reasons in one line.
    pub fn why(&self, causes: &[String]) -> String {
        causes.iter().map(|cause| (self.causes)(cause)).collect::<Vec<_>>().join("; ")
    }
}

pub static ID: Duplicates = Duplicates {
    title: "Duplikat dua hari terakhir",
    classes: ["isi sama", "kuat", "lemah"],
    side_in: "masuk",
    side_out: "keluar",
    aside: "DISISIHKAN",
    gone: "SEMUA BATAL",
    gone_note: "Yang tetap sudah dibatalkan atau disisihkan: dari kelompok ini tidak ada yang dihitung. Bila itu \
                keliru, urungkan.",
    kept: "Tetap",
    duplicate: "Duplikat",
    more: |n| format!("(+{n} lagi)"),
    none: "Tidak ada yang tampak tercatat dua kali.",
    count: |all, shown| {
        if usize::try_from(all).is_ok_and(|all| all > shown) {
            format!("{shown} dari {all} kelompok")
        } else {
            format!("{all} kelompok")
        }
    },
    cause: "Sebab",
    causes: |code| match code {
        "isi_sama" => "isinya sama",
        "dua_keluar" => "dua keluar untuk satu kunjungan",
        "tiket_sama" => "tiket sama dalam beberapa menit",
        "plat_sama" => "plat sama dalam beberapa menit",
        "plat_mirip" => "plat beda satu huruf yang mirip",
        "dua_di_dalam" => "plat sama dua kali di dalam",
        _ => "sebab lain",
    },
    terminal: "Terminal",
    arrived: "Tiba",
    log: "Log sinkronisasi di komputer ini",
    log_none: "Tidak ada barisnya di logs/sync_*.log; lihat di terminal gerbangnya.",
    reason: "Alasan",
    reason_title: "Sisihkan duplikat",
    reason_hint: "misalnya: ditekan dua kali saat jaringan putus",
    reason_go: "Lanjut",
    by: |who, when| format!("oleh {who}, {when}"),
    remove_title: "Sisihkan duplikat",
    remove_what: |n, sum| format!("{n} catatan ({sum}) tidak dihitung lagi."),
    remove_note: "Tidak ada yang dihapus; F6 mengurungkannya.",
    remove_ask: "Sisihkan sekarang?",
    remove_yes: "Ya, sisihkan",
    undo_title: "Urungkan",
    undo_ask: "Hitung lagi yang disisihkan ini?",
    undo_yes: "Ya, hitung lagi",
    removed: |n| format!("{n} duplikat disisihkan; pendapatan sudah dikoreksi."),
    undone: |n| format!("{n} duplikat dihitung lagi; pendapatan sudah dikoreksi."),
    already: "Sudah tercatat sebelumnya; tidak ada yang berubah.",
    not_aside: "Kelompok ini tidak sedang disisihkan.",
    unknown: "Jawaban database tidak tiba: belum tentu tersimpan. Muat ulang (F5), lalu lihat.",
    offline: |why| {
        format!("Database terputus ({why}): duplikat hanya dapat dicari dan disisihkan saat terhubung.")
    },
    refused: |why| match why {
        Refused::Removed => "Kelompok ini sudah disisihkan. Urungkan dulu.",
        Refused::KeptUnknown => "Yang tetap berlaku tidak ada di kelompok ini.",
        Refused::NothingChosen => "Pilih dari kelompok ini, dan sisakan satu yang tetap berlaku.",
        Refused::ReasonEmpty => "Tulis alasannya, misalnya: ditekan dua kali.",
    },
};

pub static EN: Duplicates = Duplicates {
    title: "Duplicates of the last two days",
    classes: ["exact", "strong", "weak"],
    side_in: "in",
    side_out: "out",
    aside: "SET ASIDE",
    gone: "ALL VOID",
    gone_note: "The one that stayed was voided or set aside since: nothing of this group counts. Undo it if that is \
                wrong.",
    kept: "Stays",
    duplicate: "Duplicate",
    more: |n| format!("(+{n} more)"),
    none: "Nothing looks taken down twice.",
    count: |all, shown| {
        if usize::try_from(all).is_ok_and(|all| all > shown) {
            format!("{shown} of {all} groups")
        } else {
            format!("{all} groups")
        }
    },
    cause: "Why",
    causes: |code| match code {
        "isi_sama" => "the same content",
        "dua_keluar" => "two exits of one stay",
        "tiket_sama" => "same ticket within minutes",
        "plat_sama" => "same plate within minutes",
        "plat_mirip" => "plates one look-alike apart",
        "dua_di_dalam" => "same plate inside twice",
        _ => "another cause",
    },
    terminal: "Terminal",
    arrived: "Arrived",
    log: "Sync log on this machine",
    log_none: "No line of it in logs/sync_*.log; look on the gate's terminal.",
    reason: "Reason",
    reason_title: "Set duplicates aside",
    reason_hint: "for example: pressed twice while the link was down",
    reason_go: "Go on",
    by: |who, when| format!("by {who}, {when}"),
    remove_title: "Set duplicates aside",
    remove_what: |n, sum| format!("{n} records ({sum}) will not be counted."),
    remove_note: "Nothing is deleted; F6 undoes it.",
    remove_ask: "Set aside now?",
    remove_yes: "Yes, set aside",
    undo_title: "Undo",
    undo_ask: "Count these again?",
    undo_yes: "Yes, count again",
    removed: |n| format!("{n} duplicates set aside; the takings are corrected."),
    undone: |n| format!("{n} duplicates count again; the takings are corrected."),
    already: "On record before; nothing changed.",
    not_aside: "This group is not set aside.",
    unknown: "No answer from the database: perhaps it was saved. Reload (F5), then look.",
    offline: |why| format!("Database down ({why}): duplicates can be found and set aside only while it is up."),
    refused: |why| match why {
        Refused::Removed => "This group is set aside already. Undo it first.",
        Refused::KeptUnknown => "The one that stays is not in this group.",
        Refused::NothingChosen => "Choose from this group, and leave one that stays.",
        Refused::ReasonEmpty => "Write the reason, for example: pressed twice.",
    },
};
