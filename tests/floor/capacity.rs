//! Places: told at the marks, refused only where that is configured, and never by a count that may be old.

use crate::support::face::{GUARD, once};
use crate::support::site::Site;
use parkir::device::barrier::sim::{At, BarrierSim, Do, Manners, News};
use parkir::domain::dialect::table;
use parkir::domain::lane::Side;
use serde_json::{Value, json};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::mpsc::channel;

fn set(office: &Path, arguments: &[&str]) -> (i32, String) {
    let (code, _, err) = once(&[&["capacity", "set"], arguments].concat(), office);
    (code, err)
}

fn show(office: &Path) -> Value {
    let (code, out, err) = once(&["capacity", "show", "--json"], office);
    assert_eq!(code, 0, "{err}");
    serde_json::from_str(&out).unwrap()
}

/// `(name, inside, fill)` of the limits a gate tells.
fn rooms(status: &Value) -> Vec<(String, u64, String)> {
    let text = |room: &Value, key: &str| room[key].as_str().unwrap().to_owned();
    let rooms = status["capacity"].as_array().unwrap();
    rooms.iter().map(|r| (text(r, "name"), r["inside"].as_u64().unwrap(), text(r, "fill"))).collect()
}

fn filling(answer: &Value) -> Option<(u64, String, bool)> {
    let told = answer["warnings"].as_array().unwrap().iter().find_map(|w| w.get("filling"))?;
    let fill = told["room"]["fill"].as_str().unwrap().to_owned();
    Some((told["room"]["inside"].as_u64().unwrap(), fill, told["as_heard"].as_bool().unwrap()))
}

#[tokio::test(flavor = "multi_thread")]
async fn places_are_told_at_the_marks_and_refused_only_where_that_is_configured() {
    let site = Site::new(&[("A1", "in"), ("A2", "in"), ("B1", "out")]);
    let office = site.config("kantor", "admin", "");
    let (tell, news) = channel();
    let dialect = table::named("C").unwrap().read(Side::In, 1).unwrap();
    let lane =
        BarrierSim::start(dialect, &At::Tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))), Manners::default(), tell)
            .unwrap();
    let barrier = format!(
        "[barrier]\nkind = \"tcp\"\naddress = \"{}\"\ndialect = \"C\"\n[button]\nclass = \"mobil\"\n",
        lane.endpoint()
    );
    let mut front = crate::support::face::Head::start("in", &site.config("A1", "A1", &barrier));
    let (mut side, mut exit) = (site.head("in", "A2"), site.head("out", "B1"));
    front.settled();

    for (wrong, word) in [
        (&["--class", "becak=4"][..], "becak"),
        (&["--area", "B1", "--class", "mobil=2"], "gerbang"),
        (&["--area", "B1", "--gates", "Z9"], "Z9"),
        (&["--class", "mobil=banyak"], "banyak"),
        (&["--area", "ruang bawah", "--gates", "A1"], "ruang bawah"),
        (&[], "apa yang diubah"),
    ] {
        let (code, err) = set(&office, wrong);
        assert!(code == 1 && err.contains(word), "{wrong:?}: {code} {err}");
    }
    let classes = ["--class", "mobil=8", "--class", "motor=-", "--class", "truk=-", "--class", "bus=-"];
    assert_eq!(set(&office, &classes).0, 0);
    let basement =
        ["--area", "B", "--name", "Basement", "--gates", "A1", "--class", "mobil=4", "--when-full", "refuse"];
    assert_eq!(set(&office, &basement).0, 0);
    assert_eq!(show(&office)["rooms"].as_array().unwrap().len(), 2);
    let has = |n: usize| move |a: &Value| a["capacity"].as_array().unwrap().len() == n;
    front.asks_until(&json!({"cmd": "status"}), has(2));
    side.asks_until(&json!({"cmd": "status"}), has(1));

    let first = front.enter("B 1", "mobil");
    assert_eq!(filling(&first), None);
    front.enter("B 2", "mobil");
    assert_eq!(filling(&front.enter("B 3", "mobil")), Some((3, "filling".into(), false)));
    assert_eq!(filling(&front.enter("B 4", "mobil")), Some((4, "full".into(), false)));
    assert_eq!(
        rooms(&front.status()),
        [("Mobil".into(), 4, "free".into()), ("Basement Mobil".into(), 4, "full".into())]
    );
    let refused = front.ask(&json!({"cmd": "enter", "plate": "B 5", "class": "mobil"}));
    assert_eq!(refused["error"]["code"], "full");
    assert_eq!(refused["error"]["message"], "Basement Mobil 4/4, PENUH: kendaraan ini tidak dicatat masuk.");
    // Nobody sits there to read it: the button is refused all the same, in words.
    while news.recv_timeout(GUARD).unwrap() != News::Connected {}
    lane.act(Do::Loop(parkir::domain::lane::Spot::Presence, true));
    lane.act(Do::Press);
    let told = crate::support::face::until("the refused press", || {
        front.status();
        front.events.iter().position(|e| e["event"] == "press_refused").and_then(|at| front.events.remove(at))
    });
    assert_eq!(told["error"]["code"], "full", "{told}");
    front.enter("B 6", "motor");

    // The site only warns; A2 does not lead into the basement.
    side.settled();
    side.asks_until(&json!({"cmd": "status"}), |a| a["capacity"][0]["inside"] == 4);
    assert_eq!(filling(&side.enter("B 7", "mobil")), None);
    assert_eq!(filling(&side.enter("B 8", "mobil")), Some((6, "filling".into(), false)));
    side.enter("B 9", "mobil");
    assert_eq!(filling(&side.enter("B 10", "mobil")), Some((8, "full".into(), false)));
    assert_eq!(filling(&side.enter("B 11", "mobil")), Some((9, "full".into(), false)));
    side.settled();
    site.comes_to("SELECT count(*) FROM kendaraan", "10").await;
    assert_eq!(show(&office)["rooms"][0]["inside"], 9);
    let (_, out, _) = once(&["capacity", "show"], &office);
    assert!(
        out.contains("Basement Mobil") && out.contains("4/4, PENUH") && out.contains("bila penuh menolak"),
        "{out}"
    );

    // Who leaves makes room.
    exit.knows(&first["ticket"]);
    exit.yes(&json!({"cmd": "leave", "ticket": first["ticket"], "tendered": 50000}));
    front.asks_until(&json!({"cmd": "status"}), |a| a["capacity"][1]["inside"] == 3);
    front.enter("B 12", "mobil");

    // With the line dead the count may be old: it is told, with its doubt, and nobody is refused.
    site.rig.cluster.pause().unwrap();
    front.link("down");
    assert_eq!(front.status()["capacity_as_heard"], true);
    assert_eq!(filling(&front.enter("B 13", "mobil")), Some((5, "full".into(), true)));
    site.rig.cluster.resume().unwrap();
    front.settled();
    assert_eq!(front.no(&json!({"cmd": "enter", "plate": "B 14", "class": "mobil"})), "full");

    assert_eq!(set(&office, &["--area", "B", "--remove"]).0, 0);
    assert_eq!(set(&office, &["--class", "mobil=-", "--total", "-"]).0, 0);
    front.asks_until(&json!({"cmd": "status"}), has(0));
    front.enter("B 14", "mobil");
    for gate in [front, side, exit] {
        gate.quit();
    }
}
