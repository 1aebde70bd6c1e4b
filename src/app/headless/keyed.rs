//! Paper tickets of a power cut, for machines.

use super::entering::entered;
use super::{Command, Refused};
use crate::app::gate::desk::Desk;
use crate::domain::desk::Refusal;
use crate::domain::paper::{Paper, PaperRequest};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::Value;

/// `{"book": "K1", "serial": "345", "plate": …, "class": …, "entered_at": …}`; the last three may also stand beside it.
#[derive(Debug, Deserialize)]
pub struct Ticket {
    book: String,
    serial: String,
    plate: Option<String>,
    class: Option<String>,
    entered_at: Option<String>,
}

impl Ticket {
    pub fn paper(&self) -> Result<Paper, Refused> {
        Ok(Paper::read(&self.book, &self.serial).ok_or(Refusal::PaperNumber)?)
    }
}

pub fn moment(text: &str) -> Result<Timestamp, Refused> {
    text.parse().map_err(|_| {
        Refused::new("time_implausible", "entered_at harus RFC 3339, misalnya 2026-11-22T14:05:00+07:00")
    })
}

/// An entry of then.
pub async fn entry(desk: &Desk, command: Command) -> Result<Value, Refused> {
    let Some(paper) = command.paper else { return Err(Refusal::PaperNumber.into()) };
    let stated = paper.entered_at.or(command.entered_at);
    let request = PaperRequest {
        book: paper.book,
        serial: paper.serial,
        plate: paper.plate.or(command.plate.0.flatten()).unwrap_or_default(),
        class: paper.class.or(command.class).unwrap_or_default(),
        entered_at: moment(stated.as_deref().unwrap_or_default())?,
    };
    let answer = desk.key_in(request).await?;
    Ok(entered(desk, &answer))
}
