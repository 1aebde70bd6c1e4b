//! Members in the replica, by card and by plate, each by an index; and vouchers that this terminal took, from the journal.

use super::error::JournalError;
use super::keeper::Keeper;
use super::queue::Journal;
use super::replica::Replica;
use crate::domain::fact::Content;
use crate::domain::kinds::kind;
use crate::domain::member::Member;
use rusqlite::{OptionalExtension, params};
use serde_json::Value;

pub(super) const TABLES: &str = include_str!("../../sql/journal/0003_replica_members.sql");

const BY_PLATE: &str =
    "SELECT m.report FROM member_plate p JOIN member m ON m.card = p.card WHERE p.plate = ?1 ORDER BY p.card";
/// As the index `fact_voucher` has it.
const TAKEN: &str = "SELECT envelope FROM fact WHERE \
    CASE WHEN kind = 'left' AND json_valid(envelope) THEN json_extract(envelope, '$.body.voucher.reference') END = ?1";
const VOIDED: &str = "SELECT envelope FROM fact WHERE kind = 'voided' AND n > \
    (SELECT n FROM fact WHERE id = ?1) AND json_valid(envelope) AND json_extract(envelope, '$.body.target') = ?2";

impl Replica {
    fn hear_members(&mut self, members: &[Member], round: i64) -> Result<(), JournalError> {
        let tx = self.conn.transaction()?;
        {
            let mut put = tx.prepare_cached(
                "INSERT INTO member (card, round, report) VALUES (?1, ?2, ?3)
                 ON CONFLICT (card) DO UPDATE SET round = excluded.round, report = excluded.report",
            )?;
            let mut loosen = tx.prepare_cached("DELETE FROM member_plate WHERE card = ?1")?;
            let mut plate = tx
                .prepare_cached("INSERT INTO member_plate (plate, card) VALUES (?1, ?2) ON CONFLICT DO NOTHING")?;
            for member in members {
                put.execute(params![member.card, round, serde_json::to_string(member)?])?;
                loosen.execute([&member.card])?;
                for key in &member.plates {
                    plate.execute([key, &member.card])?;
                }
            }
        }
        tx.commit()?;
        Ok(())
    }

    /// All were told in `round`: whoever was not is no member.
    fn end_members(&mut self, round: i64) -> Result<usize, JournalError> {
        let tx = self.conn.transaction()?;
        let gone = "SELECT card FROM member WHERE round < ?1";
        tx.execute(&format!("DELETE FROM member_plate WHERE card IN ({gone})"), [round])?;
        let count = tx.execute("DELETE FROM member WHERE round < ?1", [round])?;
        tx.commit()?;
        Ok(count)
    }

    fn member(&self, card: &str) -> Result<Option<Member>, JournalError> {
        let sql = "SELECT report FROM member WHERE card = ?1";
        let found: Option<String> = self.conn.prepare_cached(sql)?.query_row([card], |r| r.get(0)).optional()?;
        Ok(found.map(|text| serde_json::from_str(&text)).transpose()?)
    }

    pub(super) fn members_by_plate(&self, plate: &str) -> Result<Vec<Member>, JournalError> {
        let mut statement = self.conn.prepare_cached(BY_PLATE)?;
        let texts = statement.query_map([plate], |r| r.get::<_, String>(0))?;
        texts.map(|text| Ok(serde_json::from_str(&text?)?)).collect()
    }

    fn members(&self) -> Result<u64, JournalError> {
        Ok(self.conn.query_row("SELECT count(*) FROM member", [], |r| r.get(0))?)
    }
}

impl Journal {
    /// Takes in members as the centre tells them, in this round.
    pub async fn hear_members(&self, members: Vec<Member>, round: i64) -> Result<(), JournalError> {
        self.call(false, move |k: &mut Keeper| k.replica.hear_members(&members, round)).await?
    }

    /// The round is complete; how many are no members any more.
    pub async fn end_members(&self, round: i64) -> Result<usize, JournalError> {
        self.call(false, move |k: &mut Keeper| k.replica.end_members(round)).await?
    }

    /// By the card's key.
    pub async fn member(&self, card: String) -> Result<Option<Member>, JournalError> {
        self.call(true, move |k: &mut Keeper| k.replica.member(&card)).await?
    }

    /// By the plate's key; ended ones too.
    pub async fn members_by_plate(&self, plate: String) -> Result<Vec<Member>, JournalError> {
        self.call(true, move |k: &mut Keeper| k.replica.members_by_plate(&plate)).await?
    }

    /// How many this terminal knows.
    pub async fn members(&self) -> Result<u64, JournalError> {
        self.call(false, move |k: &mut Keeper| k.replica.members()).await?
    }

    /// Exits recorded here that took the voucher of this number and were not taken back.
    pub async fn voucher_uses(&self, reference: String) -> Result<Vec<Content>, JournalError> {
        self.call(true, move |k: &mut Keeper| {
            let mut uses = k.contents(TAKEN, [&reference])?;
            uses.retain(|exit| !k.is_taken_back(exit));
            Ok(uses)
        })
        .await?
    }
}

impl Keeper {
    /// Looked for only behind the exit itself.
    fn is_taken_back(&mut self, exit: &Content) -> bool {
        let id = exit.id;
        let voids = self.contents(VOIDED, params![id.as_bytes(), id.to_string()]).unwrap_or_default();
        voids.iter().any(|fact| {
            fact.kind == kind::VOIDED
                && fact.body.get("target_gate").and_then(Value::as_str) == Some(exit.gate.as_str())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::store::Store;
    use uuid::Uuid;

    fn member(card: &str, plates: &[&str]) -> Member {
        Member {
            card: card.into(),
            name: "Siti".into(),
            group: "karyawan".into(),
            plates: plates.iter().map(|p| (*p).to_owned()).collect(),
            from: None,
            until: None,
            active: true,
        }
    }

    fn folder() -> std::path::PathBuf {
        let folder = std::env::temp_dir().join(format!("parkir-member-{}", Uuid::now_v7()));
        std::fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn a_member_is_found_by_card_and_plate_and_a_plate_that_was_given_up_finds_nobody() {
        let folder = folder();
        let mut replica = Replica::open(&folder.join("replica.db")).unwrap();
        replica.hear_members(&[member("A1", &["B1AA", "B2BB"]), member("A2", &["B3CC"])], 1).unwrap();
        assert_eq!(replica.member("A1").unwrap().unwrap().plates, ["B1AA", "B2BB"]);
        assert_eq!(replica.members_by_plate("B2BB").unwrap()[0].card, "A1");
        replica.hear_members(&[member("A1", &["B1AA"])], 1).unwrap();
        assert_eq!(replica.members_by_plate("B2BB").unwrap(), []);
        // A centre begun anew tells all: who is not told is gone, with the plates.
        replica.hear_members(&[member("A1", &["B1AA"])], 2).unwrap();
        assert_eq!(replica.end_members(2).unwrap(), 1);
        assert_eq!(replica.member("A2").unwrap(), None);
        assert_eq!(replica.members_by_plate("B3CC").unwrap(), []);
        // It is still there when it is opened again.
        drop(replica);
        let replica = Replica::open(&folder.join("replica.db")).unwrap();
        assert_eq!(replica.members().unwrap(), 1);
        drop(replica);
        std::fs::remove_dir_all(&folder).unwrap();
    }

    /// None of them may read all members, or the whole journal.
    #[test]
    fn members_and_vouchers_are_found_by_their_indexes() {
        let folder = folder();
        let replica = Replica::open(&folder.join("replica.db")).unwrap();
        let store = Store::open(&folder.join("journal.db")).unwrap();
        let plan = |conn: &rusqlite::Connection, sql: &str| -> Vec<String> {
            let mut plan = conn.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
            plan.query_map(["x"], |row| row.get(3)).unwrap().collect::<Result<_, _>>().unwrap()
        };
        let steps = plan(&replica.conn, BY_PLATE);
        assert!(steps.iter().all(|step| step.starts_with("SEARCH")), "{steps:?}");
        let steps = plan(&store.conn, TAKEN);
        assert!(steps[0].contains("USING INDEX fact_voucher"), "{steps:?}");
        drop((replica, store));
        std::fs::remove_dir_all(&folder).unwrap();
    }
}
