//! Knows every ticket and every receipt that was ever shown, and compares: with the journals, and with PostgreSQL.

use crate::lane::HEALED;
use crate::support::face::Head;
use crate::support::site::Site;
use parkir::app::kit::Kit;
use parkir::domain::fact::Sealed;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::time::{Duration, Instant};

/// What terminals answered with `ok`, and what they were asked and never answered.
#[derive(Default)]
pub struct Shown {
    /// Stay to ticket and QR, in the order of being shown.
    pub entered: Vec<(String, String, String)>,
    /// Stay to fee.
    pub left: BTreeMap<String, i64>,
    pub unanswered: usize,
    /// No plate was ever entered twice: one that stands twice is a double, whatever was never answered.
    pub once: bool,
}

/// What may be otherwise than in an untouched journal.
#[derive(Clone, Copy, Default)]
pub struct Excuse {
    /// Somebody damaged the journal: it may know less than PostgreSQL, and its history may fork.
    pub damaged: bool,
    /// So many facts were made unfit for PostgreSQL.
    pub parked: u64,
}

#[derive(Clone, Copy, Debug, Default)]
pub struct Tally {
    pub shown: usize,
    pub lost: usize,
    pub doubled: usize,
}

impl Shown {
    pub fn note(&mut self, answer: &Value) {
        let text = |name: &str| answer[name].as_str().unwrap_or_default().to_owned();
        match answer["event"].as_str() {
            Some("entered") => self.entered.push((text("stay"), text("ticket"), text("qr"))),
            Some("left") => {
                let twice = self.left.insert(text("stay"), answer["fee"].as_i64().unwrap());
                assert!(twice.is_none(), "left twice: {answer}");
            }
            _ => panic!("{answer}"),
        }
    }

    pub fn enter(&mut self, head: &mut Head, n: usize) {
        let answer = head.enter(&format!("B {} UJI", 1 + n % 9000), "motor");
        self.note(&answer);
    }

    /// The QR of the oldest stay that has not left.
    pub fn inside(&self) -> Option<String> {
        self.entered.iter().find(|(stay, ..)| !self.left.contains_key(stay)).map(|(_, _, qr)| qr.clone())
    }

    /// The QRs of all of them.
    pub fn all_inside(&self) -> Vec<String> {
        let inside = self.entered.iter().filter(|(stay, ..)| !self.left.contains_key(stay));
        inside.map(|(_, _, qr)| qr.clone()).collect()
    }

    pub fn leave(&mut self, head: &mut Head) {
        let qr = self.inside().expect("nobody inside");
        let answer = head.yes(&json!({"cmd": "leave", "qr": qr, "method": "tunai", "tendered": 100_000}));
        self.note(&answer);
    }

    /// Everything at rest: compares all that is written with all that was shown. Fails on the first difference,
    /// naming all of them. Where somebody damaged a journal, what it took for sent is found by the comparison behind
    /// the connection: it has a minute for it, as for every other healing.
    pub async fn check(&self, site: &Site, gates: &[&str], excuse: Excuse) -> Tally {
        let begun = Instant::now();
        loop {
            let (tally, wrong) = self.compare(site, gates, excuse).await;
            if wrong.is_empty() {
                return tally;
            }
            let waits = excuse.damaged && begun.elapsed() < HEALED;
            assert!(waits, "{tally:?}\n{}", wrong.join("\n"));
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    }

    async fn compare(&self, site: &Site, gates: &[&str], excuse: Excuse) -> (Tally, Vec<String>) {
        let mut wrong = Vec::new();
        let ledger = Ledger::read(site, &mut wrong).await;
        let mut tally = Tally { shown: self.entered.len() + self.left.len(), ..Tally::default() };
        self.against(&ledger, excuse, &mut tally, &mut wrong);
        let mut written = BTreeSet::new();
        for gate in gates {
            let data = site.data(gate).join("offline_data");
            written.extend(journal(&data, site, gate, &ledger, excuse, &mut wrong));
            let left: Vec<String> = site.spool(gate, "parking_");
            if !left.is_empty() && excuse.parked == 0 {
                wrong.push(format!("spool files of {gate} left: {left:?}"));
            }
        }
        for id in ledger.facts.keys().filter(|id| !excuse.damaged && !written.contains(*id)) {
            wrong.push(format!("fact {id} is in PostgreSQL and in no journal"));
        }
        ledger.seqs(excuse, &mut wrong);
        books(site, &mut wrong, &ledger).await;
        (tally, wrong)
    }

    fn against(&self, ledger: &Ledger, excuse: Excuse, tally: &mut Tally, wrong: &mut Vec<String>) {
        let tickets: BTreeSet<&String> = self.entered.iter().map(|(_, ticket, _)| ticket).collect();
        // A gate that lost its journal's tail counts anew, under another of 1024 tags: now and then one comes again.
        if tickets.len() != self.entered.len() && !excuse.damaged {
            tally.doubled += self.entered.len() - tickets.len();
            wrong.push("a ticket number was shown twice".into());
        }
        for (stay, ticket, _) in &self.entered {
            match ledger.entered.get(stay).map(Vec::as_slice) {
                None => {
                    tally.lost += 1;
                    wrong.push(format!("lost: entry {stay}, ticket {ticket}"));
                }
                Some([one]) if one == ticket => {}
                Some(other) => {
                    tally.doubled += 1;
                    wrong.push(format!("entry {stay} was shown as {ticket} and stands as {other:?}"));
                }
            }
        }
        for (stay, fee) in &self.left {
            match ledger.left.get(stay).map(Vec::as_slice) {
                None => {
                    tally.lost += 1;
                    wrong.push(format!("lost: exit of {stay}, {fee}"));
                }
                Some([one]) if one == fee => {}
                Some(other) => {
                    tally.doubled += 1;
                    wrong.push(format!("exit of {stay} was shown as {fee} and stands as {other:?}"));
                }
            }
        }
        for (plate, n) in ledger.plates.iter().filter(|(_, n)| self.once && **n > 1) {
            tally.doubled += n - 1;
            wrong.push(format!("{plate} was entered once and stands {n} times"));
        }
        let more = (ledger.entered.len() + ledger.left.len()).saturating_sub(tally.shown);
        if more > self.unanswered {
            tally.doubled += more - self.unanswered;
            wrong.push(format!("{more} more than shown, and only {} were never answered", self.unanswered));
        }
    }
}

/// What PostgreSQL's ledger holds.
struct Ledger {
    /// Fact to hash.
    facts: BTreeMap<String, String>,
    /// Stay to the tickets of its entries.
    entered: BTreeMap<String, Vec<String>>,
    left: BTreeMap<String, Vec<i64>>,
    /// Plate to its entries.
    plates: BTreeMap<String, usize>,
    /// (gate, epoch) to its seqs.
    seqs: BTreeMap<(String, String), Vec<u64>>,
}

impl Ledger {
    async fn read(site: &Site, wrong: &mut Vec<String>) -> Self {
        let sql = "SELECT gerbang, epoch, seq, id, encode(hash, 'hex'), jenis, coalesce(kunjungan::text, ''), \
            coalesce(isi->'body'->>'ticket', ''), coalesce(isi->'body'->>'fee', '0'), isi FROM peristiwa ORDER BY id";
        let empty = BTreeMap::new;
        let (entered, left, plates, seqs) = Default::default();
        let mut all = Self { facts: empty(), entered, left, plates, seqs };
        for row in site.rows(sql).await.lines() {
            let cell: Vec<&str> = row.splitn(10, '|').collect();
            let sealed = serde_json::from_str::<Sealed>(cell[9]);
            match sealed.as_ref().map(Sealed::check) {
                Ok(Ok(())) => {}
                other => wrong.push(format!("fact {} is not what was sealed: {other:?}", cell[3])),
            }
            if all.facts.insert(cell[3].into(), cell[4].into()).is_some() {
                wrong.push(format!("fact {} stands twice", cell[3]));
            }
            all.seqs.entry((cell[0].into(), cell[1].into())).or_default().push(cell[2].parse().unwrap());
            match cell[5] {
                "entered" => {
                    all.entered.entry(cell[6].into()).or_default().push(cell[7].into());
                    let plate = sealed.ok().and_then(|s| s.fact.personal("plate").map(str::to_owned));
                    *all.plates.entry(plate.unwrap_or_default()).or_default() += 1;
                }
                "left" => all.left.entry(cell[6].into()).or_default().push(cell[8].parse().unwrap()),
                _ => {}
            }
        }
        all
    }

    /// Dense from 1 in every epoch of every gate.
    fn seqs(&self, excuse: Excuse, wrong: &mut Vec<String>) {
        for ((gate, epoch), seqs) in &self.seqs {
            let mut sorted = seqs.clone();
            sorted.sort_unstable();
            let dense = sorted.iter().zip(1..).all(|(have, want)| *have == want);
            if !dense && excuse.parked == 0 {
                wrong.push(format!("seqs of {gate} {epoch} are not dense: {sorted:?}"));
            }
        }
    }
}

/// A gate's journal: sound, nothing waiting, the same hashes as PostgreSQL. The ids it holds.
fn journal(
    data: &Path,
    site: &Site,
    gate: &str,
    ledger: &Ledger,
    excuse: Excuse,
    wrong: &mut Vec<String>,
) -> BTreeSet<String> {
    let key = Kit::open(&site.rig.kit_path(gate)).unwrap().key.unwrap().public();
    let report = parkir::journal::verify(data, Some(&key)).unwrap();
    if !report.faults.is_empty() && !excuse.damaged {
        wrong.push(format!("journal of {gate}: {:?}", report.faults));
    }
    let report = parkir::journal::status(data).unwrap();
    let mut ids = BTreeSet::new();
    if excuse.damaged {
        // What came back unreadable with an older state of the journal is set aside; it had been sent before.
        let lost: Vec<String> = parked(data).into_iter().filter(|id| !ledger.facts.contains_key(id)).collect();
        if report.pending + report.deferred > 0 || !lost.is_empty() {
            wrong.push(format!("journal of {gate} still holds {report:?}, and set aside {lost:?}"));
        }
        return ids;
    }
    if (report.pending + report.deferred, report.parked) != (0, excuse.parked) {
        wrong.push(format!("journal of {gate} still holds {report:?}"));
    }
    for envelope in envelopes(data) {
        let sealed: Sealed = serde_json::from_str(&envelope).unwrap();
        let id = sealed.fact.id().to_string();
        match ledger.facts.get(&id) {
            Some(hash) if *hash == sealed.hash.hex() => {}
            None if excuse.parked > 0 => {}
            other => wrong.push(format!("fact {id} of {gate}: {other:?} in PostgreSQL")),
        }
        ids.insert(id);
    }
    ids
}

/// All facts of a journal, as they travel; read beside a running terminal.
pub fn envelopes(data: &Path) -> Vec<String> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let journal = rusqlite::Connection::open_with_flags(data.join("journal.db"), flags).unwrap();
    let mut statement = journal.prepare("SELECT envelope FROM fact ORDER BY n").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// The ids of the facts that are set aside.
fn parked(data: &Path) -> Vec<String> {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let journal = rusqlite::Connection::open_with_flags(data.join("journal.db"), flags).unwrap();
    let sql = "SELECT f.id FROM outbox o JOIN fact f USING (n) WHERE o.state = 3";
    let mut statement = journal.prepare(sql).unwrap();
    let ids = statement.query_map([], |row| row.get::<_, Vec<u8>>(0)).unwrap();
    ids.map(|id| uuid::Uuid::from_slice(&id.unwrap()).unwrap().to_string()).collect()
}

/// Projection, roll-up and money say what the ledger says.
async fn books(site: &Site, wrong: &mut Vec<String>, ledger: &Ledger) {
    let money: i64 = ledger.left.values().flatten().sum();
    let exits = ledger.left.values().flatten().count();
    let stays: BTreeSet<&String> = ledger.entered.keys().chain(ledger.left.keys()).collect();
    let inside = stays.iter().filter(|stay| !ledger.left.contains_key(**stay)).count();
    let project = "WITH r AS (SELECT kunjungan AS id, (array_agg(id ORDER BY id))[1] AS awal, \
        (array_agg(id ORDER BY id DESC))[1] AS akhir FROM peristiwa \
        WHERE jenis IN ('entered', 'left', 'voided', 'corrected') GROUP BY kunjungan), \
        p AS (SELECT k::text FROM intern.proyeksi((SELECT situs FROM lokasi), \
        ARRAY(SELECT ROW(r.id, r.awal, r.akhir)::intern.rentang FROM r)) k), \
        k AS (SELECT kunjungan::text FROM kunjungan) \
        SELECT (SELECT count(*) FROM (SELECT * FROM p EXCEPT SELECT * FROM k) x) \
        + (SELECT count(*) FROM (SELECT * FROM k EXCEPT SELECT * FROM p) x)";
    for (what, sql, want) in [
        ("stays", "SELECT count(*) FROM kunjungan", stays.len().to_string()),
        ("stays other than their facts", project, "0".into()),
        (
            "vehicles inside",
            "SELECT count(*) || ' ' || (SELECT count(*) FROM kunjungan WHERE keadaan = 'di_dalam') FROM kendaraan",
            format!("{inside} {inside}"),
        ),
        (
            "vehicles inside without a stay that is",
            "SELECT count(*) FROM kendaraan v LEFT JOIN kunjungan k USING (situs, id) \
             WHERE k.keadaan IS DISTINCT FROM 'di_dalam'",
            "0".into(),
        ),
        (
            "exits and money booked",
            "SELECT count(*) || ' ' || coalesce(sum(biaya), 0) FROM transaksi",
            format!("{exits} {money}"),
        ),
        (
            "exits and money in the roll-up",
            "SELECT coalesce(sum(jumlah), 0) || ' ' || coalesce(sum(total), 0) FROM pendapatan_harian",
            format!("{exits} {money}"),
        ),
        ("facts held for others", "SELECT count(*) FROM titipan", "0".into()),
        (
            "epochs that count other than the ledger",
            "SELECT count(*) FROM epok e, LATERAL (SELECT count(*) AS n, coalesce(max(seq), 0) AS seq \
             FROM peristiwa p WHERE (p.situs, p.gerbang, p.epoch) = (e.situs, e.gerbang, e.epoch)) p \
             WHERE (e.jumlah, e.seq_tertinggi) IS DISTINCT FROM (p.n, p.seq)",
            "0".into(),
        ),
    ] {
        let have = site.rows(sql).await;
        if have != want {
            wrong.push(format!("{what}: {have}, not {want}"));
        }
    }
}
