//! Keys and tickets: a rotated key's tickets stay good, a revoked one's are refused, and whatever is not a gate's own
//! ticket of a stay that goes on has an answer of its own.

use crate::support::face::{Head, once, parkir};
use crate::support::site::Site;
use serde_json::{Value, json};

fn as_superuser(site: &Site, arguments: &[&str]) -> (bool, String) {
    let text = site.rig.cluster.superuser();
    let (connection, password) = text.reveal().split_once(" password=").unwrap();
    let mut command = parkir();
    command.args(arguments).args(["--superuser", connection]).env("PGPASSWORD", password);
    let output = command.current_dir(&site.rig.folder).output().unwrap();
    let said = String::from_utf8_lossy(if output.status.success() { &output.stdout } else { &output.stderr });
    (output.status.success(), said.into_owned())
}

fn keys(site: &Site, gate: &str) -> Vec<Value> {
    let (done, out) = as_superuser(site, &["gate", "keys", gate, "--json"]);
    assert!(done, "{out}");
    serde_json::from_str(&out).unwrap()
}

fn leave(car: &Value) -> Value {
    json!({"cmd": "leave", "qr": car["qr"], "tendered": 100000})
}

#[tokio::test(flavor = "multi_thread")]
async fn tickets_of_a_rotated_key_stay_good_and_those_of_a_revoked_one_do_not() {
    let site = Site::new(&[("A1", "in"), ("B1", "out")]);
    let front = site.config("A1", "A1", "");
    let (mut entry, mut exit) = (Head::start("in", &front), site.head("out", "B1"));
    entry.settled();
    let before = entry.enter("B 1 LA", "mobil");
    let kit = site.rig.kit_path("A1").display().to_string();
    let (_, other) = as_superuser(&site, &["gate", "rotate-key", "B1", "--out", &kit]);
    assert!(other.contains("bukan kit gerbang B1"), "{other}");
    let (done, told) = as_superuser(&site, &["gate", "rotate-key", "A1", "--out", &kit]);
    assert!(done && told.contains("mulai ulang"), "{told}");
    // The terminal signs with what it has until it is started again, and that is good.
    let meanwhile = entry.enter("B 2 LA", "mobil");
    entry.settled();
    entry.quit();
    let mut entry = Head::start("in", &front);
    let after = entry.enter("B 3 LA", "mobil");
    assert_ne!(before["qr"].as_str().unwrap()[..12], after["qr"].as_str().unwrap()[..12], "another key signs");
    entry.settled();
    entry.quit();
    let (code, out, _) = once(&["journal", "verify"], &front);
    assert_eq!(code, 0, "facts of the former key are as good as those of the new: {out}");

    let known = keys(&site, "A1");
    assert_eq!(known.iter().map(|k| k["newest"].as_bool().unwrap()).collect::<Vec<_>>(), [false, true]);
    exit.knows(&after["ticket"]);
    // The new key comes with the settings.
    exit.asks_until(&json!({"cmd": "quote", "qr": after["qr"]}), |a| a["ok"] == true);
    for car in [&before, &after] {
        exit.yes(&leave(car));
    }
    // The old key is found to have leaked: what came in since is refused, whatever stood there before.
    let (done, said) = as_superuser(&site, &["gate", "revoke-key", "A1", "tidakada"]);
    assert!(!done && said.contains("tidakada"), "{said}");
    // A QR knows its entry to the millisecond.
    let since = meanwhile["at"].as_str().unwrap().parse::<jiff::Timestamp>().unwrap();
    let since = (since - jiff::SignedDuration::from_millis(1)).to_string();
    let name = known[0]["name"].as_str().unwrap();
    let (done, said) = as_superuser(&site, &["gate", "revoke-key", "A1", name, "--since", &since]);
    assert!(done && said.contains("ditolak") && !said.contains("rotate-key"), "{said}");
    let look = json!({"cmd": "quote", "qr": meanwhile["qr"]});
    exit.asks_until(&look, |a| a["error"]["code"] == "qr_revoked");
    let refused = exit.ask(&leave(&meanwhile));
    assert_eq!(refused["error"]["message"], "QR dari gerbang yang kuncinya dicabut. Panggil pengawas; F3 cari.");
    // Nobody is trapped: the stay is known by its number.
    exit.yes(&json!({"cmd": "leave", "ticket": meanwhile["ticket"], "tendered": 100000}));
    assert!(keys(&site, "A1")[0]["revoked_at"].is_string() && keys(&site, "A1")[1]["revoked_at"].is_null());
    exit.quit();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copied_ticket_is_told_at_the_exit_that_took_the_first_and_at_every_other() {
    let site = Site::new(&[("A1", "in"), ("B1", "out"), ("B2", "out")]);
    let server = site.server();
    let (mut entry, mut exit, mut other) = (site.head("in", "A1"), site.head("out", "B1"), site.head("out", "B2"));
    for gate in [&mut entry, &mut exit, &mut other] {
        gate.settled();
    }
    let (car, second) = (entry.enter("B 1 LA", "mobil"), entry.enter("B 2 LA", "mobil"));
    exit.knows(&car["ticket"]);
    exit.yes(&leave(&car));
    let again = exit.ask(&leave(&car));
    assert_eq!(again["error"]["code"], "qr_used");
    assert!(
        again["error"]["message"].as_str().unwrap().starts_with("TIKET SALINAN: QR ini sudah dipakai keluar"),
        "{again}"
    );
    other.asks_until(&json!({"cmd": "quote", "qr": car["qr"]}), |a| a["error"]["code"] == "qr_used");
    // A number is no QR: who reads it off is told so, and no copy is meant.
    assert_eq!(exit.no(&json!({"cmd": "quote", "ticket": car["ticket"]})), "already_out");

    // PostgreSQL is silent, and the other exit heard it of the first by the hub alone: a hint costs a look.
    other.knows(&second["ticket"]);
    exit.knows(&second["ticket"]);
    site.rig.cluster.pause().unwrap();
    exit.yes(&leave(&second));
    let warned =
        |a: &Value| a["warnings"].as_array().is_some_and(|w| w.iter().any(|w| w["qr_elsewhere"]["gate"] == "B1"));
    other.asks_until(&json!({"cmd": "quote", "qr": second["qr"]}), warned);
    other.yes(&leave(&second));
    site.rig.cluster.resume().unwrap();
    exit.settled();
    other.settled();
    let flags =
        "SELECT 'qr_copy' = ANY(tanda) AND 'maybe_out:B1' = ANY(tanda) FROM transaksi WHERE gerbang = 'B2'";
    assert_eq!(site.rows(flags).await, "t");
    assert_eq!(site.rows("SELECT count(*) FROM kunjungan WHERE 'keluar_ganda' = ANY(tanda)").await, "1");
    for gate in [entry, exit, other] {
        gate.quit();
    }
    server.stop();
}
