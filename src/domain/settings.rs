//! What the centre tells every terminal: classes, tariffs, keys; and what a terminal assumes before it does.

use super::capacity::Capacity;
use super::operator::Operator;
use super::qr::SiteKey;
use super::tariff::{CalendarDay, Tariff, TariffBook, Unread, read_versions};
use super::vehicle::{self, Class};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A day the site keeps as a holiday.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holiday {
    pub date: CalendarDay,
    #[serde(default)]
    pub name: String,
}

/// What a newer centre tells beside this is left aside; a tariff version that cannot be read is kept by its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Told")]
pub struct Settings {
    /// 0 is the built-in one; the centre's count from 1.
    pub version: u32,
    /// The site's code, as QR tags and the `situs` column carry it; empty before the first enrolment.
    pub site: String,
    pub site_name: String,
    /// IANA name of the site's zone.
    pub zone: String,
    /// Minutes after midnight at which the business day begins.
    pub cutoff_minutes: u16,
    pub classes: Vec<Class>,
    pub tariffs: Vec<Tariff>,
    /// All gates' public keys, revoked ones too.
    pub keys: Vec<SiteKey>,
    pub holidays: Vec<Holiday>,
    /// Versions this program cannot read.
    #[serde(rename = "tariffs_more", skip_serializing_if = "Vec::is_empty")]
    pub unread: Vec<Unread>,
    /// Who may log in at gates; only gates are told. Empty where nobody was made yet.
    pub operators: Vec<Operator>,
    /// Places beyond the classes' own.
    pub capacity: Capacity,
}

/// Settings as they travel. `tariffs` holds what every version of this program can read, `tariffs_more` the rest.
#[derive(Deserialize)]
struct Told {
    version: u32,
    site: String,
    site_name: String,
    zone: String,
    cutoff_minutes: u16,
    classes: Vec<Class>,
    tariffs: Vec<Value>,
    #[serde(default)]
    tariffs_more: Vec<Value>,
    keys: Vec<SiteKey>,
    #[serde(default)]
    holidays: Vec<Holiday>,
    #[serde(default)]
    operators: Vec<Operator>,
    #[serde(default)]
    capacity: Capacity,
}

impl From<Told> for Settings {
    fn from(told: Told) -> Self {
        let (mut tariffs, unread) = read_versions(told.tariffs.into_iter().chain(told.tariffs_more));
        tariffs.sort_by_key(|t| t.version);
        let Told { version, site, site_name, zone, cutoff_minutes, classes, keys, holidays, .. } = told;
        Self {
            version,
            site,
            site_name,
            zone,
            cutoff_minutes,
            classes,
            tariffs,
            keys,
            holidays,
            unread,
            operators: told.operators,
            capacity: told.capacity,
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: 0,
            site: String::new(),
            site_name: String::new(),
            zone: "Asia/Jakarta".into(),
            cutoff_minutes: 0,
            classes: vehicle::built_in(),
            tariffs: vec![Tariff::built_in()],
            keys: Vec::new(),
            holidays: Vec::new(),
            unread: Vec::new(),
            operators: Vec::new(),
            capacity: Capacity::default(),
        }
    }
}

impl Settings {
    pub fn book(&self) -> TariffBook {
        TariffBook::new(self.tariffs.iter().cloned()).with_unread(&self.unread)
    }

    pub fn class(&self, id: &str) -> Option<&Class> {
        self.classes.iter().find(|c| c.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_an_older_centre_are_read() {
        let old = r#"{"version":4,"site":"S1","site_name":"Uji","zone":"Asia/Jakarta","cutoff_minutes":0,"classes":[],
            "tariffs":[{"version":1,"effective_from":"1970-01-01T00:00:00Z","rules":{}}],"keys":[]}"#;
        let settings: Settings = serde_json::from_str(old).unwrap();
        assert_eq!((settings.version, settings.tariffs.len(), settings.holidays.len()), (4, 1, 0));
    }

    #[test]
    fn a_tariff_from_the_future_breaks_no_settings_and_is_kept_for_a_program_that_reads_it() {
        let told = r#"{"version":4,"site":"S1","site_name":"Uji","zone":"Asia/Jakarta","cutoff_minutes":0,"classes":[],
            "tariffs":[],"keys":[],"holidays":[{"date":"2027-01-01","name":"Tahun Baru"}],"sun":true,"tariffs_more":[
            {"version":2,"effective_from":"2027-01-01T00:00:00Z","rules":{"mobil":{"flat_fee":3000}},"name":"b"},
            {"version":3,"effective_from":"2027-02-01T00:00:00Z","rules":{"mobil":{"per_wheel":1}}}]}"#;
        let settings: Settings = serde_json::from_str(told).unwrap();
        assert_eq!((settings.tariffs.len(), settings.unread.len(), settings.holidays.len()), (1, 1, 1));
        assert_eq!(settings.book().version_at("2027-02-01T00:00:00Z".parse().unwrap()), 3);
        let kept = serde_json::to_string(&settings).unwrap();
        assert!(kept.contains("per_wheel"));
        assert_eq!(serde_json::from_str::<Settings>(&kept).unwrap(), settings);
    }
}
