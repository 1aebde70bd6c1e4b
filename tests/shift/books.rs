//! Slips and sales at one desk: whatever happens at once or goes wrong, each sale is on exactly one slip.

use parkir::app::gate::Gate;
use parkir::app::gate::desk::Desk;
use parkir::config::Config;
use parkir::domain::desk::{EnterRequest, LeaveRequest, Refusal, StayKey};
use parkir::domain::money::Rupiah;
use parkir::domain::payment::Payment;
use parkir::domain::prepaid::Upfront;
use parkir::domain::shift::Totals;
use parkir::domain::shift_slip::ShiftSlip;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use uuid::Uuid;

/// A small disk of its own.
struct Tmpfs(tempfile::TempDir);

impl Tmpfs {
    fn new(mib: u32) -> Option<Self> {
        let folder = tempfile::tempdir().unwrap();
        let size = format!("size={mib}m");
        let done = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder.path()).output();
        if done.is_ok_and(|d| d.status.success()) {
            return Some(Self(folder));
        }
        eprintln!("SKIPPED: mounting a tmpfs needs root");
        None
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn fill(&self) {
        let mut file =
            std::fs::OpenOptions::new().create(true).append(true).open(self.path().join("penuh")).unwrap();
        let mut size = 1 << 20;
        while size >= 512 {
            if file.write_all(&vec![1; size]).is_err() {
                size /= 2;
            }
        }
    }

    fn clear(&self) {
        std::fs::remove_file(self.path().join("penuh")).unwrap();
    }
}

impl Drop for Tmpfs {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).output();
    }
}

/// A desk that works alone, as a machine has it or as people do.
pub fn alone(folder: &Path, headless: bool) -> Gate {
    let config = folder.join("config.toml");
    let data = folder.display();
    std::fs::write(&config, format!("data_dir = {data:?}\n[gate]\nid = \"A1\"\nshifts = true\n")).unwrap();
    Gate::open(&Config::load(&config).unwrap(), headless).unwrap()
}

pub async fn comes(desk: &Desk, n: usize) -> Result<Uuid, Refusal> {
    let entry = EnterRequest {
        plate: Some(format!("B {n} AA")),
        class: "mobil".into(),
        source: "operator".into(),
        upfront: Upfront::Nobody,
    };
    desk.enter(entry).await.map(|entered| entered.stay.stay)
}

async fn goes(desk: &Desk, stay: Uuid) {
    let request = LeaveRequest {
        key: StayKey::Stay(stay),
        payment: Payment::cash(Rupiah(100_000)),
        as_of: None,
        shown: None,
        lost: None,
        more: Box::default(),
    };
    desk.leave(request).await.unwrap();
}

/// What a slip says, and what the facts of its shift come to now.
async fn agrees(desk: &Desk, slip: &ShiftSlip) {
    let facts = desk.journal.shift_facts(slip.closed.shift).await.unwrap();
    assert_eq!(slip.closed.totals, Totals::of(&facts), "something of this shift is on no slip");
}

#[test]
fn every_sale_stands_on_one_slip_however_often_shifts_end_beside_them() {
    const LANES: usize = 4;
    const CARS: usize = 40;
    let folder = tempfile::tempdir().unwrap();
    let gate = alone(folder.path(), true);
    let desk = gate.desk.clone();
    gate.net().block_on(async {
        desk.open_shift(Rupiah::ZERO).await.unwrap();
        let lanes = (0..LANES).map(|lane| {
            let desk = desk.clone();
            tokio::spawn(async move {
                for n in 0..CARS {
                    let stay = comes(&desk, lane * CARS + n).await.unwrap();
                    goes(&desk, stay).await;
                }
            })
        });
        let lanes: Vec<_> = lanes.collect();
        let mut slips = Vec::new();
        while !lanes.iter().all(tokio::task::JoinHandle::is_finished) {
            slips.push(desk.next_shift("", "cutoff").await.unwrap());
        }
        for lane in lanes {
            lane.await.unwrap();
        }
        slips.push(desk.close_shift("", "headless").await.unwrap());
        assert!(slips.len() > 4, "no closing came between sales");
        for slip in &slips {
            agrees(&desk, slip).await;
        }
        let totals = || slips.iter().map(|slip| &slip.closed.totals);
        assert_eq!(totals().map(|t| t.entries as usize).sum::<usize>(), LANES * CARS);
        assert_eq!(totals().map(|t| t.regular.count as usize).sum::<usize>(), LANES * CARS);
    });
    drop(desk);
    gate.close();
}

#[test]
fn a_closing_nobody_knows_the_end_of_is_ended_before_anything_is_sold() {
    for headless in [false, true] {
        let Some(disk) = Tmpfs::new(24) else { return };
        let gate = alone(disk.path(), headless);
        let desk = gate.desk.clone();
        gate.net().block_on(async {
            desk.open_shift(Rupiah::ZERO).await.unwrap();
            let stay = comes(&desk, 1).await.unwrap();
            goes(&desk, stay).await;
            let shift = desk.duty().shift.unwrap().id;
            // Until nothing more can be written; then the closing cannot either.
            for n in 1000.. {
                disk.fill();
                if comes(&desk, n).await.is_err() {
                    break;
                }
            }
            disk.fill();
            let refused = desk.close_shift("", "headless").await;
            assert!(matches!(refused, Err(Refusal::Storage(_) | Refusal::OutcomeUnknown(_))), "{refused:?}");
            disk.clear();
            if headless {
                // Nobody is there to ask for it again.
                until_async(async || comes(&desk, 2).await.ok()).await;
            } else {
                assert!(matches!(comes(&desk, 2).await, Err(Refusal::ClosingBegun)));
                let slip = until_async(async || desk.close_shift("", "counted").await.ok()).await;
                assert_eq!(slip.closed.shift, shift);
                agrees(&desk, &slip).await;
                desk.open_shift(Rupiah::ZERO).await.unwrap();
                comes(&desk, 2).await.unwrap();
            }
            assert_ne!(desk.duty().shift.unwrap().id, shift, "the car is of the next one");
            let slip = desk.close_shift("", "counted").await.unwrap();
            agrees(&desk, &slip).await;
            assert_eq!(slip.closed.totals.entries, 1);
        });
        drop(desk);
        gate.close();
    }
}

async fn until_async<T>(mut asked: impl AsyncFnMut() -> Option<T>) -> T {
    for _ in 0..600 {
        if let Some(answer) = asked().await {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it never came");
}
