//! "Keluar tanpa data": an exit nobody has data of. Flagged, and never refused for want of a record.

use super::clock::fresh_id;
use super::concede::Special;
use super::desk::Desk;
use super::exit::Known;
use super::tries::Thing;
use crate::domain::desk::{LeaveAnswer, NoDataRequest, Quote, Refusal, Warning};
use crate::domain::fact::Stamp;
use crate::domain::paper::{Paper, UNKEYED};
use crate::domain::payment::Payment;
use crate::domain::plate;
use crate::domain::stay::{State, Stay};
use jiff::Timestamp;

/// Flag of an exit without data whose plate was inside with data.
pub(super) const STATED_INSIDE: &str = "plate_inside";

impl Desk {
    /// The fee of an exit nobody has data of, by the time the driver states.
    pub async fn quote_no_data(&self, request: &NoDataRequest) -> Result<Quote, Refusal> {
        let warnings = self.doubts(request).await?;
        let stamp = self.clock.stamp();
        let known = self.stated(request, &stamp, warnings)?;
        self.asked(known, stamp.at, request.lost.as_ref(), &request.more).await.map(|(quote, _)| quote)
    }

    /// What speaks against it: its paper number is in the books, or its plate is inside, where the data is.
    async fn doubts(&self, request: &NoDataRequest) -> Result<Vec<Warning>, Refusal> {
        let mut warnings = Vec::from_iter(self.unkeyed(request).await?);
        let key = plate::normalise(&request.plate);
        if !key.is_empty() {
            let inside = self.journal.inside_by_plate(key).await.unwrap_or_default();
            if let Some(other) = inside.into_iter().next() {
                warnings.push(Warning::StatedInside { ticket: other.ticket, entered_at: other.entered_at });
            }
        }
        Ok(warnings)
    }

    fn stated(&self, request: &NoDataRequest, stamp: &Stamp, warnings: Vec<Warning>) -> Result<Known, Refusal> {
        let class = request.class.trim().to_lowercase();
        let version =
            self.with_book(|s, book| s.class(&class).map(|_| book.version_at(request.entered_at)).ok_or(()));
        let Ok(tariff) = version else { return Err(Refusal::ClassUnknown(request.class.clone())) };
        let key = plate::normalise(&request.plate);
        let stay = Stay {
            stay: request.stay.unwrap_or_else(|| fresh_id(stamp)),
            ticket: request.paper.as_ref().map(Paper::number).unwrap_or_default(),
            plate: (!key.is_empty()).then_some(key),
            class,
            entered_at: request.entered_at,
            entered_gate: String::new(),
            operator: String::new(),
            tariff,
            prepaid: None,
            state: State::Inside,
            version: 0,
        };
        Ok(Known { stay, by: "stated", warnings })
    }

    /// "Keluar tanpa data": flagged, and never refused for want of a record.
    pub async fn leave_no_data(
        &self,
        request: &NoDataRequest,
        payment: Payment,
        as_of: Option<Timestamp>,
    ) -> Result<LeaveAnswer, Refusal> {
        let _one_at_a_time = self.exits.lock().await;
        let stamp = self.clock.stamp();
        let warnings = self.doubts(request).await?;
        let known = self.stated(request, &stamp, warnings)?;
        let as_of = self.moment(as_of, &stamp.at, request.stay).await?;
        let mut given = self.conceded(&request.more, &known.stay, known.by, as_of.timestamp()).await?;
        given.is_allowed()?;
        let quote = self.reckon(known, as_of, request.lost.as_ref(), &mut given)?;
        payment.check(quote.fee.total)?;
        let mut flags = vec!["no_data".to_owned()];
        if request.paper.is_some() {
            flags.push(UNKEYED.to_owned());
        }
        if !request.reason.trim().is_empty() {
            flags.push(format!("reason:{}", request.reason.trim().chars().take(80).collect::<String>()));
        }
        let (plate, class) = (quote.stay.plate.clone(), quote.stay.class.clone());
        let thing = Thing::NoData { plate, class, entered_at: request.entered_at };
        let special = Special { lost: request.lost.as_ref(), given };
        self.pay(thing, stamp, quote, payment, special, flags).await
    }
}
