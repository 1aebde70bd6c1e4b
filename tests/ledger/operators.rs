//! Who may log in at gates, and what of it leaves the centre.

use crate::support::*;
use parkir::app::enrol::gate_revoke;
use parkir::app::pin;
use parkir::central::Central;
use parkir::domain::ids::GateId;
use parkir::domain::operator::Role;
use serde_json::json;

const ADMIN_HASHES: &str = "SELECT array_agg(sidik_pin) FROM pengguna WHERE peran = 'admin'";

async fn hire(admin: &Central, name: &str, role: Role, pin: &str) -> String {
    let hash = pin::hash(&secret(pin)).unwrap();
    admin.add_user(name, role, &hash, LIMIT).await.unwrap();
    hash
}

#[tokio::test(flavor = "multi_thread")]
async fn a_gate_is_given_operators_and_supervisors_and_no_answer_holds_an_administrators_hash() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (admin, gate) = (rig.central("admin").await, rig.central("A1").await);
    let before = gate.settings(LIMIT).await.unwrap();
    assert!(before.operators.is_empty());
    let budi = hire(&admin, "Budi", Role::Operator, "123456").await;
    hire(&admin, "Sari", Role::Supervisor, "654321").await;
    hire(&admin, "Rina", Role::Admin, "111222").await;
    let after = gate.settings(LIMIT).await.unwrap();
    assert_eq!(after.version, before.version + 2, "terminals must hear of it, and of administrators nothing");
    let told: Vec<_> = after.operators.iter().map(|o| (o.name.as_str(), o.role)).collect();
    assert_eq!(told, [("Budi", Role::Operator), ("Sari", Role::Supervisor)]);
    assert_eq!(after.operators[0].pin.phc(), budi);
    assert!(!format!("{after:?}").contains("argon2"), "a hash in a log");

    // Every answer a gate can get, and the hub's and the admin's settings: none holds an administrator's.
    let hashes: Vec<String> = rig.root().await.query_one(ADMIN_HASHES, &[]).await.unwrap().get(0);
    assert_eq!(hashes.len(), 2);
    for login in ["A1", "hub", "admin"] {
        let plain = rig.plain(login).await;
        for call in ["api.settings()", "api.hello('{}')", "api.pull(NULL)", "api.snapshot(NULL)"] {
            let answer: String = plain.query_one(&format!("SELECT {call}::text"), &[]).await.unwrap().get(0);
            assert!(hashes.iter().all(|hash| !answer.contains(hash)), "{login} {call}");
            assert!(login == "A1" || !answer.contains("argon2"), "{login} {call}");
        }
    }
    // Nor does a gate get at them another way.
    let plain = rig.plain("A1").await;
    let doors = [
        "SELECT sidik_pin FROM public.pengguna",
        "SELECT intern.petugas('S1')",
        "SELECT ops.users()",
        "SELECT ops.user_add('X', 'supervisor', 'x')",
        "SELECT ops.user_change('Rina', 'operator', NULL, NULL)",
        "CREATE TEMP VIEW v AS SELECT * FROM public.pengguna",
        "COPY public.pengguna TO STDOUT",
    ];
    for sql in doors {
        let refused = plain.batch_execute(sql).await.unwrap_err();
        assert_eq!(refused.code().map(|c| c.code()), Some("42501"), "{sql}: {refused:?}");
    }
    assert!(admin.users(LIMIT).await.unwrap().len() == 4);
    assert!(rig.central("hub").await.users(LIMIT).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn no_hash_crosses_between_administrators_and_gates_and_one_administrator_stays() {
    let rig = Rig::new(&[("A1", "both")]).await;
    let (admin, gate) = (rig.central("admin").await, rig.central("A1").await);
    let new = pin::hash(&secret("777888")).unwrap();
    hire(&admin, "Budi", Role::Operator, "123456").await;
    let change = async |name: &str, role, hash: Option<&str>, active| {
        admin.change_user(name, role, hash, active, LIMIT).await.map_err(|e| e.to_string())
    };
    assert!(change("Budi", Some(Role::Admin), None, None).await.unwrap_err().contains("PIN baru"));
    assert!(change("admin", Some(Role::Operator), None, None).await.unwrap_err().contains("PIN baru"));
    assert!(change("admin", None, None, Some(false)).await.unwrap_err().contains("admin yang aktif"));
    assert!(
        change("admin", Some(Role::Operator), Some(&new), None).await.unwrap_err().contains("admin yang aktif")
    );
    assert!(change("Budi", None, Some("123456"), None).await.unwrap_err().contains("argon2id"));
    assert!(change("Tono", None, Some(&new), None).await.unwrap_err().contains("tidak ada"));
    assert!(
        admin.add_user("budi", Role::Operator, &new, LIMIT).await.unwrap_err().to_string().contains("sudah ada")
    );

    change("budi", Some(Role::Admin), Some(&new), None).await.unwrap();
    assert!(gate.settings(LIMIT).await.unwrap().operators.is_empty());
    change("Budi", Some(Role::Supervisor), Some(&new), None).await.unwrap();
    change("Budi", None, None, Some(false)).await.unwrap();
    assert!(gate.settings(LIMIT).await.unwrap().operators.is_empty());
    change("Budi", None, None, Some(true)).await.unwrap();
    assert_eq!(gate.settings(LIMIT).await.unwrap().operators[0].pin.phc(), new);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_gates_pins_are_due_and_only_such_are_changed_at_a_gate() {
    let rig = Rig::new(&[("A1", "both"), ("B1", "out")]).await;
    let (admin, gate) = (rig.central("admin").await, rig.central("A1").await);
    hire(&admin, "Budi", Role::Operator, "123456").await;
    let new = pin::hash(&secret("246810")).unwrap();
    let due = async || {
        let budi = gate.settings(LIMIT).await.unwrap().operators.remove(0);
        (budi.must_change, budi.version)
    };
    let (_, version) = due().await;
    assert!(!gate.change_pin("Budi", version, &new, LIMIT).await.unwrap(), "not due");
    gate_revoke(&GateId::parse("B1").unwrap(), &rig.superuser).await.unwrap();
    assert_eq!(due().await, (true, version));
    assert!(admin.users(LIMIT).await.unwrap().iter().all(|u| u.must_change == (u.role != Role::Admin)));
    assert!(!gate.change_pin("Budi", version + 1, &new, LIMIT).await.unwrap(), "another PIN than this");
    assert!(!gate.change_pin("admin", 1, &new, LIMIT).await.unwrap(), "an administrator's");
    assert!(gate.change_pin("Budi", version, "246810", LIMIT).await.is_err());
    assert!(gate.change_pin("Budi", version, &new, LIMIT).await.unwrap());
    assert_eq!(due().await, (false, version + 1));
    assert!(!gate.change_pin("Budi", version + 1, &new, LIMIT).await.unwrap(), "twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn users_are_made_and_changed_on_the_command_line() {
    let site = site::Site::new(&[("A1", "both")]);
    let config = site.config("admin", "admin", "");
    let user = |arguments: &[&str]| {
        let mut command = face::parkir();
        command.arg("user").args(arguments).arg("--json").arg("--config").arg(&config);
        let output = command.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.success(), !text.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_str::<serde_json::Value>(&text).unwrap_or_default()
    };
    let made = user(&["add", "Budi", "--role", "operator"]);
    assert_eq!((&made["name"], &made["role"]), (&json!("Budi"), &json!("operator")));
    let pin = made["pin"].as_str().unwrap().to_owned();
    assert!(pin.len() == 8 && pin.bytes().all(|b| b.is_ascii_digit()));
    assert_ne!(user(&["pin", "Budi"])["pin"], json!(pin));
    assert_eq!(user(&["role", "Budi", "supervisor"]), json!({"name": "Budi", "role": "supervisor"}));
    assert!(user(&["role", "Budi", "admin"])["pin"].is_string());
    assert_eq!(user(&["disable", "Budi"])["active"], json!(false));
    assert_eq!(user(&["enable", "Budi"])["active"], json!(true));
    assert!(user(&["disable", "Tono"]).is_null());
    let list = user(&["list"]);
    assert_eq!(
        (list.as_array().unwrap().len(), &list[1]["name"], &list[1]["role"]),
        (2, &json!("Budi"), &json!("admin"))
    );
    assert!(!list.to_string().contains("argon2"));
    // The audit names what was done, and holds no PIN.
    let audit = site.rows("SELECT tindakan, rincian FROM audit ORDER BY waktu").await;
    assert!(
        audit.contains("pengguna_tambah") && audit.contains("pengguna_ubah") && !audit.contains(&pin),
        "{audit}"
    );
}
