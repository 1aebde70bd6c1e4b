//! What the centre tells every terminal: classes, tariffs, keys; and what a terminal assumes before it does.

use super::operator::Operator;
use super::qr::SiteKey;
use super::tariff::{Tariff, TariffBook};
use super::vehicle::{self, Class};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    /// Who may log in at gates; only gates are told. Empty where nobody was made yet.
    #[serde(default)]
    pub operators: Vec<Operator>,
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
            operators: Vec::new(),
        }
    }
}

impl Settings {
    pub fn book(&self) -> TariffBook {
        TariffBook::new(self.tariffs.iter().cloned())
    }

    pub fn class(&self, id: &str) -> Option<&Class> {
        self.classes.iter().find(|c| c.id == id)
    }
}
