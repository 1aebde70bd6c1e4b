//! What can go wrong with the centre, sorted by who can do something about it.

use super::tls::{self, TlsFault};
use crate::domain::link::DownReason;
use std::time::Duration;
use tokio_postgres::error::SqlState;

#[derive(Debug, thiserror::Error)]
pub enum CentralError {
    /// Nothing came back in time. Whether the server carried it out is unknown.
    #[error("no answer within {0:?}")]
    Silent(Duration),
    #[error("{}", spell(.0))]
    Postgres(#[from] tokio_postgres::Error),
    /// The certificate store or the CA file cannot be used.
    #[error("TLS: {0}")]
    Tls(String),
    /// An answer of a shape this version does not know.
    #[error("unexpected answer: {0}")]
    Answer(String),
}

/// What a caller does about an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorClass {
    /// Back off and send again.
    Connection,
    /// Stop and say who must act; nothing is dropped.
    NeedsAdmin,
    /// These very data are refused: find the bad one and set it aside.
    Data {
        sqlstate: String,
        message: String,
    },
    Unknown,
}

/// The server's own words where there are some: tokio_postgres says only `db error`.
fn spell(error: &tokio_postgres::Error) -> String {
    if let Some(db) = error.as_db_error() {
        return format!("{} ({})", db.message(), db.code().code());
    }
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    text
}

impl CentralError {
    fn sqlstate(&self) -> Option<&SqlState> {
        match self {
            Self::Postgres(error) => error.code(),
            _ => None,
        }
    }

    /// What is wrong with the encryption, if that is what is wrong.
    pub fn tls_fault(&self) -> Option<TlsFault> {
        match self {
            Self::Tls(_) => Some(TlsFault::CaFile),
            Self::Postgres(error) if error.to_string().starts_with("error performing TLS handshake") => {
                Some(tls::fault(error))
            }
            _ => None,
        }
    }

    /// Why the badge is red.
    pub fn reason(&self) -> DownReason {
        if self.tls_fault().is_some() {
            return DownReason::Tls;
        }
        match self {
            Self::Silent(_) => DownReason::Silent,
            Self::Answer(_) => DownReason::Schema,
            _ => match self.sqlstate().map(SqlState::code) {
                None => DownReason::Unreachable,
                Some(code) => match &code[..2] {
                    "28" => DownReason::Refused,
                    "08" | "53" | "57" | "58" | "40" | "54" => DownReason::Unreachable,
                    _ if code == "42501" => DownReason::Refused,
                    _ if code == "55P03" => DownReason::Silent,
                    _ => DownReason::Schema,
                },
            },
        }
    }

    pub fn class(&self) -> ErrorClass {
        if self.tls_fault().is_some() {
            return ErrorClass::NeedsAdmin;
        }
        let Self::Postgres(error) = self else {
            return match self {
                Self::Silent(_) => ErrorClass::Connection,
                _ => ErrorClass::NeedsAdmin,
            };
        };
        let Some(db) = error.as_db_error() else {
            return ErrorClass::Connection;
        };
        let code = db.code().code();
        match &code[..2] {
            // 54001 is nested too deep: that is the data. The rest of 54 is the centre's own limits, 54000 among them
            // when nobody has read its queue of notifications: every commit fails then, whatever is in it.
            "54" if code != "54001" => ErrorClass::Connection,
            "08" | "53" | "57" | "58" | "40" | "55" => ErrorClass::Connection,
            "28" | "3D" | "3F" | "25" | "0A" => ErrorClass::NeedsAdmin,
            "42" => ErrorClass::NeedsAdmin,
            "22" | "23" | "54" | "P0" => {
                ErrorClass::Data { sqlstate: code.to_owned(), message: db.message().to_owned() }
            }
            _ => ErrorClass::Unknown,
        }
    }

    /// Whether sending the same again can never help.
    pub fn is_permanent(&self) -> bool {
        matches!(self.class(), ErrorClass::NeedsAdmin | ErrorClass::Data { .. })
    }
}
