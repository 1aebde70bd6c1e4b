//! What can be tried without any network: configuration, folders, disk, journal, clock and kit.

use super::{KitFound, Tongue, check, trouble, well};
use crate::app::kit::Kit;
use crate::config::Config;
use crate::domain::view::{Check, Verdict};
use crate::journal;
use jiff::Zoned;
use std::fs::{DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::linux::fs::MetadataExt;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, Instant};

/// Below this the disk is called full soon, and full.
const LITTLE: u64 = 1 << 30;
const TOO_LITTLE: u64 = 100 << 20;

/// The budget of a ticket (100 ms) holds where the disk's own sync stays under this.
const SLOW: Duration = Duration::from_millis(15);

/// Syncs timed.
const ROUNDS: usize = 30;

pub fn configuration(config: &Config, tongue: Tongue) -> Check {
    let name = tongue.say("Konfigurasi", "Configuration");
    let file = match &config.path {
        Some(path) => path.display().to_string(),
        None => tongue.say("tanpa berkas (nilai bawaan)", "no file (defaults)"),
    };
    let central = &config.central;
    let tls = if central.encrypted() { "TLS verify-full" } else { "TLS off" };
    let gate = config.gate.id.as_ref().map_or("-", |gate| gate.as_str());
    let detail = format!("{file}; gate {gate}; {} @ {}:{}, {tls}", central.database, central.host, central.port);
    if !central.encrypted() && !central.is_local() {
        let todo = tongue.say(
            "sambungan ke mesin lain tidak dienkripsi (tls = \"off\"); pakai \"verify-full\"",
            "the connection to another machine is not encrypted (tls = \"off\"); use \"verify-full\"",
        );
        return check(name, Verdict::Warn, detail, todo);
    }
    well(name, detail)
}

/// Folders, disk, journal and clock, in this order.
pub fn local(config: &Config, tongue: Tongue) -> Vec<Check> {
    let mut checks = vec![folders(config, tongue)];
    checks.push(space(config, tongue));
    checks.push(speed(config, tongue));
    checks.push(journal_step(config, tongue));
    checks.push(clock(config, tongue));
    checks
}

fn folders(config: &Config, tongue: Tongue) -> Check {
    let name = tongue.say("Folder data", "Data folders");
    for folder in
        [config.offline_data(), config.images().join("Masuk"), config.images().join("Keluar"), config.logs()]
    {
        if let Err(e) = try_writing(&folder) {
            let todo = tongue.say(
                "beri pengguna ini hak tulis, atau ubah data_dir di config.toml",
                "let this user write there, or change data_dir in config.toml",
            );
            return check(name, Verdict::Fail, format!("{}: {}", folder.display(), trouble(&e, tongue)), todo);
        }
    }
    well(name, format!("{}: offline_data, Images, logs", config.data_dir.display()))
}

fn try_writing(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let probe = folder.join(format!(".periksa-{}", std::process::id()));
    let outcome = std::fs::write(&probe, b"x");
    let removed = std::fs::remove_file(&probe);
    outcome.and(removed)
}

fn space(config: &Config, tongue: Tongue) -> Check {
    let name = tongue.say("Sisa disk", "Disk space");
    let todo =
        tongue.say("hapus berkas yang tidak perlu dari disk ini", "remove what is not needed from this disk");
    match rustix::fs::statvfs(&config.data_dir) {
        Err(e) => check(
            name,
            Verdict::Fail,
            format!("{}: {}", config.data_dir.display(), trouble(&e.into(), tongue)),
            "",
        ),
        Ok(stat) => {
            let free = stat.f_bavail.saturating_mul(stat.f_frsize);
            let detail = format!("{} MiB", free >> 20);
            match free {
                TOO_LITTLE.. if free >= LITTLE => well(name, detail),
                TOO_LITTLE.. => check(name, Verdict::Warn, detail, todo),
                _ => check(name, Verdict::Fail, detail, todo),
            }
        }
    }
}

/// How long a ticket waits for the disk: append 512 bytes and fdatasync, as the journal does.
fn speed(config: &Config, tongue: Tongue) -> Check {
    let name = tongue.say("Kecepatan disk", "Disk speed");
    match time_syncs(&config.offline_data()) {
        Err(e) => check(name, Verdict::Fail, trouble(&e, tongue), ""),
        Ok((median, worst)) => {
            let ms = |d: Duration| format!("{:.1} ms", d.as_secs_f64() * 1000.0);
            let detail = format!("fdatasync p50 {}, p99 {}", ms(median), ms(worst));
            if worst > SLOW {
                let todo = tongue.say(
                    "disk lambat: tiket bisa tertunda lebih dari 100 ms; pakai SSD",
                    "a slow disk: tickets may take more than 100 ms; use an SSD",
                );
                return check(name, Verdict::Warn, detail, todo);
            }
            well(name, detail)
        }
    }
}

/// Median and (of so few) the longest but rounded up to p99.
fn time_syncs(folder: &Path) -> io::Result<(Duration, Duration)> {
    let path = folder.join(format!(".periksa-{}", std::process::id()));
    let timed = || -> io::Result<Vec<Duration>> {
        let mut file = OpenOptions::new().create(true).append(true).open(&path)?;
        let mut times = Vec::with_capacity(ROUNDS);
        for _ in 0..ROUNDS {
            let begin = Instant::now();
            file.write_all(&[b'x'; 512])?;
            file.sync_data()?;
            times.push(begin.elapsed());
        }
        Ok(times)
    };
    let outcome = timed();
    let _ = std::fs::remove_file(&path);
    let mut times = outcome?;
    times.sort_unstable();
    Ok((times[ROUNDS / 2], times[(ROUNDS * 99).div_ceil(100) - 1]))
}

fn journal_step(config: &Config, tongue: Tongue) -> Check {
    let name = tongue.say("Jurnal", "Journal");
    let folder = config.offline_data();
    if !folder.join("journal.db").exists() {
        return well(
            name,
            tongue.say("belum ada; dibuat saat terminal pertama dibuka", "none yet; made by the first start"),
        );
    }
    let holder = match holder(&folder.join("journal.lock")) {
        Some(0) => tongue.say("dipakai proses lain; ", "held by another process; "),
        Some(pid) => tongue.say(&format!("dipakai proses {pid}; "), &format!("held by process {pid}; ")),
        None => String::new(),
    };
    match journal::status(&folder) {
        Err(e) => {
            let todo = tongue.say(
                "jangan hapus apa pun; salin folder offline_data lalu panggil admin",
                "remove nothing; copy the folder offline_data and call the administrator",
            );
            check(name, Verdict::Fail, format!("{holder}{e}"), todo)
        }
        Ok(report) => {
            let detail = tongue.say(
                &format!(
                    "{holder}{} peristiwa, {} menunggu, {} ditunda, {} disisihkan",
                    report.facts, report.pending, report.deferred, report.parked
                ),
                &format!(
                    "{holder}{} facts, {} waiting, {} put off, {} set aside",
                    report.facts, report.pending, report.deferred, report.parked
                ),
            );
            if report.parked > 0 {
                let todo = tongue.say(
                    "sebabnya: parkir journal list --state parked; mencoba lagi: Sinkronisasi Data",
                    "why: parkir journal list --state parked; to try again: Sinkronisasi Data",
                );
                return check(name, Verdict::Warn, detail, todo);
            }
            well(name, detail)
        }
    }
}

/// Whether a terminal runs on this data: its devices are not to be disturbed.
pub fn in_use(config: &Config) -> bool {
    holder(&config.offline_data().join("journal.lock")).is_some()
}

/// The process that holds a lock on a file (0: one this process may not see), told by the kernel and without
/// touching the lock.
fn holder(path: &Path) -> Option<u32> {
    let meta = path.metadata().ok()?;
    let (device, inode) = (meta.st_dev(), meta.st_ino());
    let place = format!("{:02x}:{:02x}:{inode}", rustix::fs::major(device), rustix::fs::minor(device));
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    let held = locks.lines().find(|line| line.split_whitespace().any(|word| word == place))?;
    held.split_whitespace().nth(4)?.parse().ok().or(Some(0))
}

fn clock(config: &Config, tongue: Tongue) -> Check {
    let name = tongue.say("Jam", "Clock");
    let now = Zoned::now().with_time_zone(config.site.timezone.clone());
    let detail = now.strftime("%Y-%m-%d %H:%M:%S %Z").to_string();
    let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").is_ok();
    if !(2025..2100).contains(&now.year()) {
        let todo = tongue.say(
            "setel tanggal mesin ini (timedatectl), lalu nyalakan NTP",
            "set this machine's date (timedatectl), then turn NTP on",
        );
        return check(name, Verdict::Fail, detail, todo);
    }
    if !boot {
        let todo = tongue.say(
            "/proc tidak terbaca: lompatan jam tidak dapat dikenali",
            "/proc cannot be read: clock jumps go unnoticed",
        );
        return check(name, Verdict::Warn, detail, todo);
    }
    well(name, detail)
}

pub fn kit(config: &Config, tongue: Tongue) -> KitFound {
    let name = "Kit".to_owned();
    let Some(path) = &config.kit else {
        let detail = tongue.say(
            "tidak ada: terminal ini bekerja sendiri, tanpa pusat",
            "none: this terminal works alone, without the centre",
        );
        let todo = tongue.say(
            "daftarkan: parkir gate add KODE --kind in|out|both --superuser \"...\" --out kit, lalu isi kit di config.toml",
            "enrol it: parkir gate add CODE --kind in|out|both --superuser \"...\" --out kit, then set kit in config.toml",
        );
        return (check(name, Verdict::Warn, detail, todo), None);
    };
    let kit = match Kit::open(path) {
        Ok(kit) => kit,
        Err(e) => {
            let todo = tongue.say(
                "salin kit gerbang ini lagi, atau buat baru dengan parkir gate add",
                "copy this gate's kit again, or make one with parkir gate add",
            );
            return (check(name, Verdict::Fail, format!("{e:#}"), todo), None);
        }
    };
    let open = too_open(path);
    let detail = format!("{}: {}, {} {}", path.display(), kit.login, kit.site, kit.site_name);
    let expected = config.gate.id.as_ref().map(|gate| gate.login());
    if kit.login.starts_with("gate_") && expected.as_ref().is_some_and(|login| *login != kit.login) {
        let todo = tongue.say(
            "kit ini milik gerbang lain; pakai kit gerbang ini atau ubah [gate] id",
            "this kit belongs to another gate; use this gate's or change [gate] id",
        );
        return (check(name, Verdict::Fail, detail, todo), Some(kit));
    }
    if let Some(what) = open {
        let todo = tongue.say(
            &format!("batasi: chmod -R go= {}", path.display()),
            &format!("close it: chmod -R go= {}", path.display()),
        );
        return (check(name, Verdict::Warn, format!("{detail}; {what}"), todo), Some(kit));
    }
    (well(name, detail), Some(kit))
}

/// The first part of a kit that somebody else on this machine may read or write, with its mode.
fn too_open(folder: &Path) -> Option<String> {
    let files = ["", "login", "password", "token", "gate.key", "site.pub"];
    files.iter().find_map(|file| {
        let path = folder.join(file);
        let mode = path.metadata().ok()?.permissions().mode() & 0o777;
        (mode & 0o077 != 0).then(|| format!("{}: {mode:04o}", path.display()))
    })
}
