//! Cash: what was handed over, what goes back, and F9.

use super::{Focus, GateOut, Step};
use crate::domain::desk::{LeaveAnswer, LeaveRequest, NoDataRequest, Priced, Quote, Refusal, StayKey, Warning};
use crate::domain::money::{MOST_TENDERED, Rupiah};
use crate::domain::payment::Payment;
use crate::tui::dialog::Dialog;
use crate::tui::dialog::big::Big;
use crate::tui::dialog::question::{Question, Topic};
use crate::tui::msg::{Cmd, Level};
use crate::tui::shell::{Cx, Shell};
use crate::tui::text::when;
use jiff::Zoned;

/// Sums offered by one digit.
const QUICK: usize = 5;

impl GateOut {
    /// The sums a single digit stands for, the exact one first; none where nothing is due.
    pub(super) fn quick(&self) -> Vec<Rupiah> {
        match self.total() {
            Some(total) if total > Rupiah::ZERO => total.quick_amounts(QUICK),
            _ => Vec::new(),
        }
    }

    /// What the cash field means: a single digit is a quick sum, anything else rupiah. `None` while empty.
    pub(super) fn tendered(&self) -> Option<Rupiah> {
        let text = self.cash.text();
        if let Ok(digit @ 1..=9) = text.parse::<usize>()
            && text.len() == 1
        {
            return self.quick().get(digit - 1).copied().or(Some(Rupiah(i64::try_from(digit).unwrap_or(0))));
        }
        match Rupiah::parse(&text) {
            Ok(sum) => Some(sum),
            Err(_) => (self.total() == Some(Rupiah::ZERO)).then_some(Rupiah::ZERO),
        }
    }

    /// Enter in the cash field: the exact sum, or the quick one its digit stands for. It never pays.
    pub(super) fn fill_exact(&mut self, cx: &mut Cx) {
        let sum = if self.cash.is_empty() { self.total() } else { self.tendered() };
        if let Some(sum) = sum {
            self.cash.set(&sum.0.to_string());
            self.filled = true;
        }
        let text = cx.shell.words.gate_out.check_then_pay;
        cx.shell.say(Level::Info, text);
    }

    /// F9. Nobody leaves without data by a plate that is inside, nor by a clock that is doubted, without a second look.
    pub(super) fn pay(&mut self, cx: &mut Cx) {
        if self.step == Step::Ready {
            self.ready();
        }
        let inside = self.quote.as_ref().and_then(|(_, quote)| {
            let is_inside = |warning: &&Warning| matches!(warning, Warning::StatedInside { .. });
            quote.warnings.iter().find(is_inside).cloned()
        });
        match inside {
            Some(inside) if self.can_pay(cx.shell) => self.ask_inside(cx, &inside),
            _ => self.pay_by_clock(cx),
        }
    }

    pub(super) fn pay_by_clock(&mut self, cx: &mut Cx) {
        let doubtful = |(_, quote): &(Priced, Quote)| quote.warnings.contains(&Warning::ClockDoubtful);
        if self.can_pay(cx.shell) && self.quote.as_ref().is_some_and(doubtful) {
            self.ask_clock(cx);
        } else {
            self.take(cx);
        }
    }

    /// Nothing but a second look stands between the sum and the drawer.
    fn can_pay(&self, shell: &Shell) -> bool {
        let cashless = self.is_cashless(shell);
        let enough = |fee| cashless || self.tendered().is_some_and(|sum| fee <= sum && sum <= MOST_TENDERED);
        self.step == Step::Ready && self.total().is_some_and(enough)
    }

    fn ask_inside(&self, cx: &mut Cx, inside: &Warning) {
        let (w, c) = (&cx.shell.words.gate_out, &cx.shell.words.common);
        let question = Question {
            topic: Topic::PlateInside,
            title: w.inside_title,
            lines: vec![(cx.shell.words.say.warning)(inside, &cx.shell.zone), w.inside_instead.to_owned()],
            ask: w.inside_ask.to_owned(),
            yes: ('Y', w.inside_yes),
            no: (c.no.chars().next().unwrap_or('N'), c.no),
        };
        cx.layers.open(Dialog::Question(question), cx.shell.at);
        cx.touch();
    }

    fn ask_clock(&self, cx: &mut Cx) {
        let Some((_, quote)) = &self.quote else { return };
        let (w, c) = (&cx.shell.words.gate_out, &cx.shell.words.common);
        let whole =
            |at: &Zoned| format!("{}  {}", when::date(cx.shell.words, at), when::clock(cx.shell.words, at));
        let entered = quote.stay.entered_at.to_zoned(cx.shell.zone.clone());
        let question = Question {
            topic: Topic::Clock,
            title: w.clock_title,
            lines: vec![
                format!("{} {}", w.clock_entered, whole(&entered)),
                format!("{} {}", w.clock_now, whole(&quote.as_of)),
                w.clock_compare.to_owned(),
            ],
            ask: format!("{} {}?", w.clock_ask, quote.fee.total),
            yes: ('Y', w.clock_yes),
            no: (c.no.chars().next().unwrap_or('N'), c.no),
        };
        cx.layers.open(Dialog::Question(question), cx.shell.at);
        cx.touch();
    }

    /// Takes the money.
    pub(super) fn take(&mut self, cx: &mut Cx) {
        if self.step != Step::Ready {
            return;
        }
        let words = cx.shell.words;
        let Some((_, quote)) = &self.quote else {
            cx.shell.say(Level::Warning, words.gate_out.no_quote);
            return;
        };
        let fee = quote.fee.total;
        if self.asks_besides(cx, fee) {
            return;
        }
        if self.is_cashless(cx.shell) {
            return self.take_cashless(cx);
        }
        let refusal = match self.tendered() {
            None => {
                self.focus = Focus::Cash;
                cx.shell.say(Level::Warning, words.gate_out.amount_first);
                return;
            }
            Some(tendered) if tendered < fee => Refusal::TenderedShort { fee, tendered },
            Some(tendered) if tendered > MOST_TENDERED => Refusal::TenderedTooMuch(tendered),
            Some(tendered) => return self.hand_over(cx, Payment::cash(tendered)),
        };
        self.focus = Focus::Cash;
        let text = (words.say.refusal)(&refusal, &cx.shell.zone);
        cx.shell.say(Level::Error, text);
    }

    /// Money came in: the exit is recorded.
    pub(super) fn hand_over(&mut self, cx: &mut Cx, payment: Payment) {
        let Some((asked, quote)) = &self.quote else { return };
        let (as_of, more) = (quote.as_of.timestamp(), Box::new(self.more.clone()));
        let shown = Some((quote.stay.stay, quote.fee.total));
        let leave = |key, payment, lost, more| {
            Cmd::Leave(LeaveRequest { key, payment, as_of: Some(as_of), shown, lost, more })
        };
        cx.ask(match asked.clone() {
            Priced::Key(key) => leave(key, payment, None, more),
            Priced::Lost(stay, claim) => leave(StayKey::Stay(stay), payment, Some(claim), more),
            Priced::NoData(request) => {
                Cmd::LeaveNoData { request: NoDataRequest { more, ..request }, payment, as_of }
            }
        });
        self.step = Step::Paying;
        cx.shell.message = None;
        cx.touch();
    }

    pub(super) fn left(&mut self, cx: &mut Cx, answer: &LeaveAnswer) {
        let before = std::mem::replace(self, Self::new());
        (self.recent, self.number) = (before.recent, before.number);
        // Who may have paid without data, and let another go first, is the same when his turn comes.
        if before.stated_charged && before.stated != Some(answer.stay.stay) {
            (self.draft, self.stated, self.stated_charged) = (before.draft, before.stated, true);
            self.lost = before.lost;
        }
        let shell = &mut *cx.shell;
        let (w, stay) = (&shell.words.gate_out, &answer.stay);
        let plate = shell.plate(stay.plate.as_deref());
        let clock = when::clock(shell.words, &answer.at);
        let zone = when::zone_name(&answer.at);
        let number = if stay.ticket.is_empty() { w.no_ticket } else { stay.ticket.as_str() };
        shell.good(format!("{number} {} {clock} {zone}: {plate}, {}", w.out, answer.fee.total));
        let money = match answer.payment.receipt() {
            None => format!("{} {}   {} {}", w.received, answer.tendered, w.change, answer.change),
            Some(receipt) => format!("{}   {} {}", answer.payment.method().name(), w.proof, receipt.reference),
        };
        let code = answer.lost.as_ref().and_then(|lost| lost.claim.as_deref());
        let claim = code.map(|code| (shell.words.lost.claim_code)(&crate::domain::lost::spaced(code)));
        let big = Big {
            title: w.paid_title,
            number: answer.fee.total.to_string(),
            lines: [money, format!("{number}   {plate}   {clock} {zone}")].into_iter().chain(claim).collect(),
            warnings: answer.warnings.iter().map(|x| (shell.words.say.warning)(x, &shell.zone)).collect(),
            qr: false,
            hint: shell.words.common.any_key,
        };
        cx.layers.clear();
        cx.layers.open(Dialog::Big(big), cx.shell.at);
        cx.touch();
    }
}
