//! What would stand on the platter: a folder rebuilt from the log of the disk (`disk.c`), as a power cut leaves it.
//! Strictly only what was synced; or, by chance, some of what was not, torn at sectors.

use crate::dice::Dice;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

const SECTOR: usize = 512;

/// Compiles the disk into `folder`.
pub fn build(folder: &Path) -> PathBuf {
    std::fs::create_dir_all(folder).unwrap();
    let library = folder.join("disk.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/faults/disk.c");
    let mut cc = Command::new("cc");
    cc.args(["-shared", "-fPIC", "-O1", "-w", "-o"]).arg(&library).arg(source).args(["-ldl", "-lpthread"]);
    let built = cc.output().unwrap();
    assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
    library
}

/// The environment that puts a terminal on this disk.
pub fn environment(library: &Path, watched: &Path, log: &Path, fail: &Path) -> Vec<(String, String)> {
    let set = |name: &str, value: &Path| (name.to_owned(), value.display().to_string());
    vec![set("LD_PRELOAD", library), set("DISK_DIR", watched), set("DISK_LOG", log), set("DISK_FAIL", fail)]
}

/// Names below the folder, and what they hold.
pub type Files = BTreeMap<String, Vec<u8>>;

/// The environment that only lets a terminal kill itself at a point; `port` is PostgreSQL's.
pub fn killing(library: &Path, watched: &Path, kill: &Path, port: u16) -> Vec<(String, String)> {
    let mut all = vec![("DISK_PORT".to_owned(), port.to_string())];
    for (name, value) in [("LD_PRELOAD", library), ("DISK_DIR", watched), ("DISK_KILL", kill)] {
        all.push((name.to_owned(), value.display().to_string()));
    }
    all
}

/// Gives the disk a new order: `words` as `disk.c` says.
pub fn order(file: &Path, words: &str) {
    let nonce = uuid::Uuid::now_v7().simple().to_string();
    let temp = file.with_extension("baru");
    std::fs::write(&temp, format!("{} {words}\n", &nonce[..31])).unwrap();
    std::fs::rename(temp, file).unwrap();
}

pub struct Record {
    pub kind: u8,
    object: u64,
    offset: usize,
    pub bytes: Vec<u8>,
}

/// The whole records of a log.
pub fn read(log: &Path) -> Vec<Record> {
    let all = std::fs::read(log).unwrap();
    let mut rest = &all[..];
    let mut records = Vec::new();
    while let Some((head, body)) = rest.split_at_checked(21) {
        let number = |at: usize| u64::from_le_bytes(head[at..at + 8].try_into().unwrap());
        let length = u32::from_le_bytes(head[17..21].try_into().unwrap()) as usize;
        let Some((bytes, next)) = body.split_at_checked(length) else { break };
        let offset = usize::try_from(number(9)).unwrap();
        records.push(Record { kind: head[0], object: number(1), offset, bytes: bytes.to_vec() });
        rest = next;
    }
    records
}

#[derive(Clone)]
enum Change {
    Write(usize, Vec<u8>),
    Length(usize),
}

#[derive(Default)]
struct File {
    synced: Vec<u8>,
    pending: Vec<Change>,
}

#[derive(Clone)]
enum Naming {
    Create(String, usize),
    Rename(String, String),
    Unlink(String),
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Length(length) => bytes.resize(*length, 0),
        Change::Write(at, data) => {
            if bytes.len() < at + data.len() {
                bytes.resize(at + data.len(), 0);
            }
            bytes[*at..at + data.len()].copy_from_slice(data);
        }
    }
}

fn name(names: &mut BTreeMap<String, usize>, naming: &Naming) {
    match naming {
        Naming::Create(name, file) => drop(names.insert(name.clone(), *file)),
        Naming::Rename(from, to) => {
            if let Some(file) = names.remove(from) {
                names.insert(to.clone(), file);
            }
        }
        Naming::Unlink(name) => drop(names.remove(name)),
    }
}

/// Some sectors of a write, each by chance.
fn torn(change: &Change, dice: &mut Dice) -> Vec<Change> {
    let Change::Write(at, data) = change else { return vec![change.clone()] };
    let mut parts = Vec::new();
    let mut begin = 0;
    while begin < data.len() {
        let end = data.len().min(begin + SECTOR - (at + begin) % SECTOR);
        if dice.below(2) == 0 {
            parts.push(Change::Write(at + begin, data[begin..end].to_vec()));
        }
        begin = end;
    }
    parts
}

/// The folder after a power cut behind these records. With dice, unsynced changes may survive: whole, torn or not at
/// all, file by file; and of the unsynced names a first part, as a file system with a log keeps them in order.
pub fn after_cut(records: &[Record], dice: Option<&mut Dice>) -> Files {
    after_another_cut(&Files::new(), records, dice)
}

/// The same where the folder held these files, all of them safe, before the first record.
pub fn after_another_cut(before: &Files, records: &[Record], mut dice: Option<&mut Dice>) -> Files {
    let safe = |bytes: &Vec<u8>| File { synced: bytes.clone(), pending: Vec::new() };
    let mut files: Vec<File> = before.values().map(safe).collect();
    let mut by_object: BTreeMap<u64, usize> = BTreeMap::new();
    let mut names: BTreeMap<String, usize> = before.keys().cloned().zip(0..).collect();
    // As the running process sees them.
    let mut live = names.clone();
    let mut namings: Vec<Naming> = Vec::new();
    let call = |namings: &mut Vec<Naming>, live: &mut BTreeMap<String, usize>, naming: Naming| {
        name(live, &naming);
        namings.push(naming);
    };
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    for record in records {
        match record.kind {
            b'C' => {
                files.push(File::default());
                by_object.insert(record.object, files.len() - 1);
                call(&mut namings, &mut live, Naming::Create(text(&record.bytes), files.len() - 1));
            }
            b'R' => {
                let both = text(&record.bytes);
                let (from, to) = both.split_once('\n').unwrap();
                call(&mut namings, &mut live, Naming::Rename(from.into(), to.into()));
            }
            b'U' => call(&mut namings, &mut live, Naming::Unlink(text(&record.bytes))),
            b'O' => drop(by_object.entry(record.object).or_insert_with(|| live[&text(&record.bytes)])),
            b'F' if record.object == 1 => namings.drain(..).for_each(|naming| name(&mut names, &naming)),
            // After a failed sync the kernel takes the pages for clean: no later sync brings them to the disk.
            b'X' if record.object > 1 => {
                let keeps = dice.as_deref_mut().is_some_and(|dice| dice.below(2) == 0);
                if !keeps {
                    files[by_object[&record.object]].pending.clear();
                }
            }
            b'F' | b'W' | b'T' => {
                let file = &mut files[*by_object.get(&record.object).expect("a file nobody created")];
                match record.kind {
                    b'F' => {
                        let File { synced, pending } = file;
                        pending.drain(..).for_each(|change| apply(synced, &change));
                    }
                    b'W' => file.pending.push(Change::Write(record.offset, record.bytes.clone())),
                    _ => file.pending.push(Change::Length(record.offset)),
                }
            }
            _ => {}
        }
    }
    if let Some(dice) = dice {
        let kept = dice.below(namings.len() + 1);
        namings[..kept].iter().for_each(|naming| name(&mut names, naming));
        for file in &mut files {
            let File { synced, pending } = file;
            let manner = dice.below(3);
            for change in pending.iter() {
                match (manner, dice.below(2)) {
                    (0, _) => apply(synced, change),
                    (1, 0) => torn(change, dice).iter().for_each(|part| apply(synced, part)),
                    _ => {}
                }
            }
        }
    }
    names.into_iter().map(|(name, file)| (name, files[file].synced.clone())).collect()
}

/// What was said on stdout.
pub fn said(records: &[Record]) -> Vec<serde_json::Value> {
    let all: Vec<u8> = records.iter().filter(|r| r.kind == b'S').flat_map(|r| r.bytes.clone()).collect();
    let lines = all.split(|b| *b == b'\n').filter(|line| !line.is_empty());
    lines.map(|line| serde_json::from_slice(line).unwrap()).collect()
}

pub fn write(folder: &Path, files: &Files) {
    let _ = std::fs::remove_dir_all(folder);
    std::fs::create_dir_all(folder).unwrap();
    for (name, bytes) in files {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
}
