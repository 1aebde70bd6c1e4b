//! What a provider said of a charge, and the exit or entry that came of it: whatever is paid otherwise is flagged, in this
//! life of the program and in the next.

use super::books::{alone, comes};
use parkir::app::gate::desk::Desk;
use parkir::domain::charge::{Charge, Standing};
use parkir::domain::desk::{LeaveRequest, StayKey};
use parkir::domain::fact::Content;
use parkir::domain::kinds::kind;
use parkir::domain::money::Rupiah;
use parkir::domain::payment::{Method, Payment, Proof, Receipt};
use uuid::Uuid;

fn paid(reference: &str) -> Standing {
    Standing::Paid { receipt: Receipt { reference: reference.into(), proof: Proof::Confirmed } }
}

/// The flags of the exit it is recorded as.
async fn leaves(desk: &Desk, stay: Uuid, payment: Payment) -> Vec<String> {
    let (key, more) = (StayKey::Stay(stay), Box::default());
    let request = LeaveRequest { key, payment, as_of: None, shown: None, lost: None, more };
    desk.leave(request).await.unwrap();
    let shift = desk.duty().shift.unwrap().id;
    let facts = desk.journal.shift_facts(shift).await.unwrap();
    let of_it = |fact: &&Content| fact.kind == kind::LEFT && fact.body["stay"] == stay.to_string();
    let exit = facts.iter().find(of_it).unwrap();
    let flags = exit.body["flags"].as_array().into_iter().flatten();
    flags.map(|flag| flag.as_str().unwrap().to_owned()).collect()
}

#[test]
fn what_was_charged_and_not_used_is_flagged_on_the_exit_also_behind_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let charge = |stay, amount| Charge::begun(stay, Method::Qris, Rupiah(amount), jiff::Timestamp::now());
    let gate = alone(folder.path(), true);
    let desk = gate.desk.clone();
    let stays = gate.net().block_on(async {
        desk.open_shift(Rupiah::ZERO).await.unwrap();
        let mut stays = Vec::new();
        for n in 0..4 {
            stays.push(comes(&desk, n).await.unwrap());
        }
        // Confirmed, open, refused, and one that is let out here and now.
        for (stay, standing) in [
            (stays[0], paid("8841")),
            (stays[1], Standing::Unknown),
            (stays[2], Standing::Refused),
            (stays[3], paid("8842")),
        ] {
            let (charge, open) = desk.begin_charge(charge(stay, 5_000)).await.unwrap();
            assert!(!open);
            desk.note_charge(&Charge { standing, ..charge }).await.unwrap();
        }
        let flags = leaves(&desk, stays[3], Payment::cash(Rupiah(100_000))).await;
        assert_eq!(flags, ["charge_unused:8842"]);
        stays
    });
    drop(desk);
    gate.close();

    let gate = alone(folder.path(), true);
    let desk = gate.desk.clone();
    gate.net().block_on(async {
        assert!(desk.charge_of(stays[3]).await.is_none(), "its exit told of it");
        assert!(desk.charge_adrift().await.is_none(), "each is of a vehicle that is known");
        let cash = || Payment::cash(Rupiah(100_000));
        assert_eq!(leaves(&desk, stays[0], cash()).await, ["charge_unused:8841"]);
        let open = format!("charge_unknown:{}", charge(stays[1], 5_000).charge);
        assert_eq!(leaves(&desk, stays[1], cash()).await, [open]);
        assert_eq!(leaves(&desk, stays[2], cash()).await, [] as [String; 0]);
    });
    drop(desk);
    gate.close();
}
