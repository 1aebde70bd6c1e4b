//! docs/defects.md is the list: each row names tests, and each of them exists.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Parts of each defect, as docs/defects.md letters them.
const PARTS: [(u8, &str); 9] = [
    (1, "abcdef"),
    (2, "abc"),
    (3, "abcdef"),
    (4, "ab"),
    (5, "abcd"),
    (6, "abcd"),
    (7, "abc"),
    (8, "abcd"),
    (9, "a"),
];

fn sources(folder: &Path, into: &mut String) {
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            sources(&path, into);
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// Number and letter of each row, with the tests it names.
fn rows(page: &str) -> BTreeMap<String, Vec<String>> {
    let mut rows = BTreeMap::new();
    for line in page.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        if !cells[0].starts_with(|c: char| c.is_ascii_digit()) {
            continue;
        }
        let named = cells.last().unwrap().split('`').skip(1).step_by(2).map(str::to_owned).collect();
        assert!(rows.insert(cells[0].to_owned(), named).is_none(), "{} twice", cells[0]);
    }
    rows
}

/// What is wrong with the page.
fn complaints(page: &str, code: &str) -> Vec<String> {
    let rows = rows(page);
    let mut wrong = Vec::new();
    for (number, letters) in PARTS {
        for letter in letters.chars() {
            match rows.get(&format!("{number}{letter}")) {
                None => wrong.push(format!("{number}{letter} has no row")),
                Some(tests) if tests.is_empty() => wrong.push(format!("{number}{letter} has no test")),
                Some(tests) => {
                    let missing = tests.iter().filter(|test| !code.contains(&format!("fn {test}(")));
                    wrong.extend(missing.map(|test| format!("{number}{letter}: no test is called {test}")));
                }
            }
        }
    }
    wrong
}

#[test]
fn every_defect_of_the_old_system_has_a_test_that_exists() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = fs::read_to_string(home.join("docs/defects.md")).unwrap();
    let mut code = String::new();
    sources(&home.join("src"), &mut code);
    sources(&home.join("tests"), &mut code);
    let wrong = complaints(&page, &code);
    assert!(wrong.is_empty(), "\n{}\n", wrong.join("\n"));
    // A row without a test, and one that names none that exists, are seen.
    let row = page.lines().find(|line| line.starts_with("| 9a ")).unwrap();
    let name = row.split('`').nth_back(1).unwrap();
    for planted in [page.replace(row, ""), page.replace(name, "no_such_promise")] {
        assert_eq!(complaints(&planted, &code).len(), 1);
    }
}

/// 1.10-1: after the move to PostgreSQL the old program still spoke to MySQL; 7: databases of several names; 6: the
/// database's password in git.
#[test]
fn defect_1_and_7_one_kind_of_database_by_one_name_and_no_password_in_the_sources() {
    let home = Path::new(env!("CARGO_MANIFEST_DIR"));
    let lock = fs::read_to_string(home.join("Cargo.lock")).unwrap().to_lowercase();
    for driver in ["mysql", "mariadb", "mssql", "tiberius", "diesel", "mongodb"] {
        assert!(!lock.contains(&format!("name = \"{driver}")), "{driver}");
    }
    let defaults = parkir::config::Config::default();
    assert_eq!(defaults.central.database, "parkir2");
    let example = fs::read_to_string(home.join("config.toml.example")).unwrap();
    assert!(example.lines().any(|line| line.trim_start_matches("# ").starts_with("database = \"parkir2\"")));
    for line in example.lines() {
        let key = line.trim_start_matches(['#', ' ']).split('=').next().unwrap().trim();
        assert!(!matches!(key, "password" | "token" | "pin"), "a secret has no key in a file people copy: {line}");
    }
}
