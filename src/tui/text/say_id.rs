//! Indonesian sentences for what happened: each says what to do next.

use super::Lang;
use super::when::clock_at;
use super::{charge, floor};
use crate::domain::desk::{Refusal, Warning};
use crate::domain::link::DownReason;
use crate::domain::money::MOST_TENDERED;
use crate::domain::stay::{State, Stay};
use crate::domain::tariff::FeeLine;
use crate::domain::view::Trouble;
use jiff::Timestamp;
use jiff::tz::TimeZone;

fn clock(at: Timestamp, zone: &TimeZone) -> String {
    clock_at(Lang::Id.words(), at, zone)
}

fn day_clock(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%d/%m %H.%M").to_string()
}

pub fn refusal(why: &Refusal, zone: &TimeZone) -> String {
    match why {
        Refusal::PlateEmpty => "Plat masih kosong. Ketik plat, atau F8 untuk masuk tanpa plat.".into(),
        Refusal::ClassUnknown(class) => format!("Jenis \"{class}\" tidak dikenal. Pilih jenis lain."),
        Refusal::TicketUnknown(_) => "Tiket tidak dikenal. F3 cari; Ctrl+L tiket hilang; F4 tanpa data.".into(),
        Refusal::AlreadyOut(stay) => already_out(stay, zone),
        Refusal::Ambiguous(_) => "Beberapa kendaraan cocok. Pilih satu dari daftar.".into(),
        Refusal::QrNotATicket => "QR ini bukan tiket parkir. F3 cari dengan plat, F4 keluar tanpa data.".into(),
        Refusal::QrForeign => "Tiket ini dari lokasi parkir lain. F3 cari dengan plat.".into(),
        Refusal::QrForged => "QR PALSU: bukan buatan gerbang kita. Panggil pengawas; F3 cari dengan plat.".into(),
        Refusal::QrKeyUnknown => "QR belum bisa diperiksa selagi luring. Panggil pengawas; F3 cari plat.".into(),
        Refusal::QrAltered => "QR DIUBAH atau palsu. Panggil pengawas; F3 cari dengan plat.".into(),
        Refusal::QrRevoked => "QR dari gerbang yang kuncinya dicabut. Panggil pengawas; F3 cari.".into(),
        Refusal::QrUsed(stay) => used(stay, zone),
        Refusal::TenderedShort { fee, tendered } => {
            format!("Uang kurang {} dari biaya {fee}. Ketik jumlah yang diterima.", *fee - *tendered)
        }
        Refusal::TenderedTooMuch(sum) => {
            format!("{sum} terlalu besar (batas {MOST_TENDERED}). Periksa jumlah nolnya.")
        }
        Refusal::PrepaymentDue(due) => {
            format!("Bayar di depan: {}. Terima uangnya dulu, lalu F9.", due.amount)
        }
        Refusal::MethodUnknown(_) => "Cara bayar tidak dikenal. Bayar tunai, atau panggil pengawas.".into(),
        Refusal::ReferenceMissing => {
            "Isi nomor pada bukti bayar pelanggan (4 angka atau huruf, atau lebih).".into()
        }
        Refusal::MemberUnknown(card) => {
            format!("Kartu anggota \"{card}\" tidak dikenal di sini. Periksa nomornya.")
        }
        Refusal::VoucherUnread(_) => "Nomor voucher: 3 sampai 32 huruf, angka atau garis.".into(),
        Refusal::VoucherUsed { reference, at } => {
            format!("Voucher {reference} SUDAH DIPAKAI di sini {}. Minta yang lain.", clock(*at, zone))
        }
        Refusal::FreeReasonMissing => "Pilih alasan gratisnya dulu.".into(),
        Refusal::QuoteTooOld => "Biaya sudah terlalu lama tampil. Dihitung ulang; periksa lalu F9.".into(),
        Refusal::TimeImplausible(_) => "Jam masuk dan keluar tidak cocok. Periksa jam; panggil pengawas.".into(),
        Refusal::NoBarrier => "Gerbang ini tidak punya palang yang dapat dibuka dari sini.".into(),
        Refusal::ReasonMissing => "Pilih alasannya dan tulis nama supervisor.".into(),
        Refusal::WrongGate => "Gerbang ini tidak melayani itu. Pakai terminal yang sesuai.".into(),
        Refusal::NotOnDuty => "Belum ada petugas masuk atau shift terbuka. Masuk dengan PIN dulu.".into(),
        Refusal::NoShift => "Tidak ada shift yang terbuka.".into(),
        Refusal::NotAllowed(_)
        | Refusal::ExitUnknown(_)
        | Refusal::EntryUnknown(_)
        | Refusal::ClaimUnknown(_)
        | Refusal::AmountNeeded
        | Refusal::PaidBack { .. }
        | Refusal::ClaimOver(_)
        | Refusal::ClaimVoided => super::lost::refusal(Lang::Id, why, zone),
        Refusal::ClosingBegun => {
            "Tutup shift belum pasti tersimpan. Tutup sekali lagi (F12), lalu berjualan.".into()
        }
        Refusal::PaperNumber => "Isi buku (huruf, angka) dan nomor karcis kertas (angka, sampai 6).".into(),
        Refusal::PaperFuture => "Jam di karcis itu belum terjadi. Periksa jam masuk dan jam komputer.".into(),
        Refusal::PaperTooOld(days) => {
            format!("Karcis itu lebih dari {days} hari lalu. Periksa tanggalnya; panggil pengawas.")
        }
        Refusal::Full(room) => format!("{}: kendaraan ini tidak dicatat masuk.", floor::ID.room(room)),
        Refusal::Storage(_) => "BELUM PASTI TERSIMPAN: disk tak bisa ditulis. Ulangi; panggil teknisi.".into(),
        Refusal::PaidOther { fee, paid } => (charge::ID.paid_other)(&paid.to_string(), &fee.to_string()),
        Refusal::OutcomeUnknown(_) => "BELUM PASTI tersimpan. Lihat daftar Terakhir sebelum mengulang.".into(),
    }
}

fn already_out(stay: &Stay, zone: &TimeZone) -> String {
    match &stay.state {
        State::Left { left_at, left_gate, .. } => format!(
            "Tiket {} SUDAH KELUAR {} di {left_gate}. F3 cari, F4 tanpa data.",
            stay.ticket,
            clock(*left_at, zone)
        ),
        State::Void => format!("Tiket {} dibatalkan. F3 cari dengan plat, F4 tanpa data.", stay.ticket),
        State::Inside => format!("Tiket {} sudah keluar. F3 cari, F4 tanpa data.", stay.ticket),
    }
}

fn used(stay: &Stay, zone: &TimeZone) -> String {
    let whence = match &stay.state {
        State::Left { left_at, left_gate, .. } => format!(" {} di {left_gate}", clock(*left_at, zone)),
        State::Void | State::Inside => String::new(),
    };
    format!("TIKET SALINAN: QR ini sudah dipakai keluar{whence}. Panggil pengawas.")
}

pub fn warning(what: &Warning, zone: &TimeZone) -> String {
    match what {
        Warning::PlateInside { ticket, entered_at } => {
            format!("Plat ini masih di dalam: {ticket} sejak {}. Cocokkan plat.", clock(*entered_at, zone))
        }
        Warning::StatedInside { ticket, entered_at } => {
            format!(
                "Plat ini MASIH DI DALAM: {ticket} sejak {}. Pakai F3, bukan F4.",
                day_clock(*entered_at, zone)
            )
        }
        Warning::MaybeOut { gate, left_at } => {
            format!("Gerbang {gate} melapor sudah keluar {}. Tanyakan dulu.", clock(*left_at, zone))
        }
        Warning::Member(seen) => super::member::seen_id(seen),
        Warning::MemberInside { plate, entered_at } => {
            format!("Anggota ini MASIH DI DALAM sejak {} ({plate}). Tanyakan.", clock(*entered_at, zone))
        }
        Warning::PrepaidUnknown => "Bayar di depan: lihat LUNAS di tiketnya; pengawas memutuskan (F8).".into(),
        Warning::PrepaidMore(by) => format!("Tukar tiketnya. Lebih bayar {by}: F4, F8 membatalkan; catat ulang."),
        Warning::PrepaidUnpaid => "Belum dibayar di depan: seluruhnya ditagih di sini.".into(),
        Warning::MemberNoEntry => "Anggota ini tidak tercatat masuk. Tanyakan dulu.".into(),
        Warning::MemberOtherPlate => "Plat ini bukan plat kartu itu. Cocokkan orang dan kartunya.".into(),
        Warning::QrElsewhere { gate, left_at } => {
            format!(
                "TIKET SALINAN: Gerbang {gate} melapor QR ini keluar {}. Panggil pengawas.",
                clock(*left_at, zone)
            )
        }
        Warning::PlateUnusual => "Plat tidak lazim. Cocokkan dengan kendaraannya.".into(),
        Warning::TicketUnproven => "Tiket tak terbukti tercetak. Jangan kenakan denda tiket hilang.".into(),
        Warning::QrOnly => "Hanya dikenal dari QR-nya. Cocokkan plat dan kendaraan.".into(),
        Warning::TariffUnknown => "Tarif saat masuk tidak ada di sini; dipakai tarif terbaru.".into(),
        Warning::OneStoreOnly => "Tersimpan di satu tempat saja. Panggil teknisi hari ini.".into(),
        Warning::ClockDoubtful => "Jam komputer ini meragukan. Panggil pengawas.".into(),
        Warning::RecordedBy(method) => (charge::ID.recorded_by)(method.name()),
        Warning::PaperTwice { number, entered_at: Some(at) } => {
            format!("Karcis {number} sudah pernah dicatat, masuk {}. Periksa nomornya.", clock(*at, zone))
        }
        Warning::PaperTwice { number, .. } => format!("Karcis {number} sudah pernah dicatat. Periksa nomornya."),
        Warning::Filling { room, as_heard: false } => format!("{}.", floor::ID.room(room)),
        Warning::Filling { room, .. } => format!("{} ({}).", floor::ID.room(room), floor::ID.as_heard),
    }
}

pub fn down(why: DownReason) -> &'static str {
    match why {
        DownReason::NotEnrolled => "Terminal belum didaftarkan; data tersimpan di sini. Panggil admin.",
        DownReason::Unreachable => "Server tak terjangkau. Teruskan bekerja; data aman di sini.",
        DownReason::Silent => "Server tidak menjawab. Teruskan bekerja; data aman di sini.",
        DownReason::Tls => "Sambungan aman ditolak. Teruskan bekerja; panggil admin.",
        DownReason::Refused => "Server menolak terminal ini. Teruskan bekerja; panggil admin.",
        DownReason::Schema => "Versi database tidak cocok. Teruskan bekerja; panggil admin.",
    }
}

pub fn why(why: DownReason) -> &'static str {
    match why {
        DownReason::NotEnrolled => "terminal belum didaftarkan",
        DownReason::Unreachable => "server tak terjangkau",
        DownReason::Silent => "server tidak menjawab",
        DownReason::Tls => "sambungan aman ditolak",
        DownReason::Refused => "server menolak login ini",
        DownReason::Schema => "versi database tidak cocok",
    }
}

pub fn trouble(what: Trouble) -> &'static str {
    match what {
        Trouble::JournalOnly => "File cadangan tak bisa ditulis, jurnal jalan. Teruskan; panggil teknisi.",
        Trouble::SpoolOnly => "Jurnal tak bisa ditulis, file cadangan jalan. Teruskan; panggil teknisi.",
        Trouble::NoStore => "DISK TAK BISA DITULIS: TIDAK TERSIMPAN. Catat di kertas; panggil teknisi.",
        Trouble::JournalReplaced => "Jurnal rusak disisihkan, yang baru dipakai. Teruskan; beritahu admin.",
        Trouble::JournalMissing => "Jurnal hilang, diisi lagi dari file cadangan. Teruskan; beritahu admin.",
        Trouble::JournalOlder => "Jurnal ini salinan lama, bukan yang terakhir. Teruskan; beritahu admin.",
        Trouble::JournalRefilled => "Jurnal berlubang, diisi lagi dari file cadangan. Teruskan; beritahu admin.",
        Trouble::DiskLow => "Disk hampir penuh: foto berhenti, tiket jalan terus. Panggil teknisi.",
        Trouble::Clock => "Jam komputer ini meragukan. Cocokkan dengan jam tangan; panggil pengawas.",
    }
}

pub fn fee_line(line: &FeeLine) -> String {
    let mut text = line.text.chars();
    text.next().map(|first| first.to_uppercase().chain(text).collect()).unwrap_or_default()
}
