//! `parkir duplicates find|show|remove|undo`.

use super::{Clerk, Removal, Trouble, recent};
use crate::app::kit::Kit;
use crate::central::Recorded;
use crate::cli::{Class, Duplicates, Group as Named, Range};
use crate::config::{Config, Lang};
use crate::domain::duplicates::{Certainty, Found, Group, Member, Search};
use crate::domain::plate;
use crate::domain::view::LogLine;
use crate::log;
use crate::tui::text::{Words, when};
use crate::tui::{self};
use anyhow::{Context, Result, anyhow, bail};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan, Zoned};
use serde_json::json;
use std::process::ExitCode;

struct Desk {
    clerk: Clerk,
    zone: TimeZone,
    words: &'static Words,
}

/// 0 done, 1 refused or the centre cannot be asked.
pub fn run(config: &Config, verb: Duplicates) -> Result<ExitCode> {
    let path = config.kit.as_deref().ok_or_else(|| anyhow!("kit admin belum ada di config.toml: isi kit"))?;
    let kit = Kit::open(path)?;
    let lang = match config.site.language {
        Lang::Id => tui::Lang::Id,
        Lang::En => tui::Lang::En,
    };
    let desk = Desk { clerk: Clerk::new(config, &kit)?, zone: config.site.timezone.clone(), words: lang.words() };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().context("runtime")?;
    runtime.block_on(async {
        match verb {
            Duplicates::Find { range, class, filter, limit, json } => {
                let class = class.map(|class| match class {
                    Class::Exact => Certainty::Exact,
                    Class::Strong => Certainty::Strong,
                    Class::Weak => Certainty::Weak,
                });
                let search = Search { class, filter, limit, ..desk.search(&range)? };
                let found = desk.found(&search).await?;
                if json {
                    println!("{}", serde_json::to_string(&found)?);
                } else {
                    desk.tell(&found);
                }
            }
            Duplicates::Show { group, json } => {
                let group = desk.one(&group).await?;
                let facts: Vec<_> = group.members.iter().map(|m| m.fact).collect();
                let since = group.members.iter().map(|m| m.at).min().unwrap_or(group.at);
                let lines = log::ways(&config.logs(), &desk.zone, since, &facts);
                if json {
                    let lines: Vec<_> = lines.iter().map(|l| json!({"at": l.at, "text": l.text})).collect();
                    println!("{}", json!({"group": group, "sync_log": lines}));
                } else {
                    desk.show(&group, &lines);
                }
            }
            Duplicates::Remove { group, reason, keep, ids, json } => {
                let mut group = desk.one(&group).await?;
                if let Some(keep) = keep {
                    let gate = group.members.iter().find(|m| m.fact == keep).map(|m| m.gate.clone());
                    (group.kept, group.kept_gate) = (keep, gate.unwrap_or_default());
                }
                let done = desk.clerk.remove(&group, &ids, &reason).await.map_err(|why| match why {
                    Removal::Refused(why) => anyhow!("{}", (desk.words.duplicates.refused)(why)),
                    Removal::Trouble(why) => desk.trouble(why),
                })?;
                desk.done(&group, done, desk.words.duplicates.removed, json);
            }
            Duplicates::Undo { group, reason, json } => {
                let group = desk.one(&group).await?;
                let done = desk.clerk.undo(group.group, &reason).await.map_err(|why| desk.trouble(why))?;
                if done == (Recorded { inserted: 0, already: 0 }) {
                    bail!("{}", desk.words.duplicates.not_aside);
                }
                desk.done(&group, done, desk.words.duplicates.undone, json);
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

impl Desk {
    fn search(&self, range: &Range) -> Result<Search> {
        let now = Zoned::new(Timestamp::now(), self.zone.clone());
        let day = |text: &str| -> Result<Zoned> {
            let date: Date =
                text.trim().parse().map_err(|_| anyhow!("tanggal {text:?}: tulis seperti 2026-11-21"))?;
            Ok(date.to_zoned(self.zone.clone())?)
        };
        let from = match &range.from {
            Some(text) => day(text)?,
            None => now.checked_sub(1.day())?.start_of_day()?,
        };
        let to = match &range.to {
            Some(text) => day(text)?.checked_add(1.day())?.timestamp(),
            None => recent(now.timestamp()).to,
        };
        if from.timestamp() >= to {
            bail!("--from harus sebelum --to");
        }
        Ok(Search { from: from.timestamp(), to, ..recent(now.timestamp()) })
    }

    async fn found(&self, search: &Search) -> Result<Found> {
        self.clerk.find(search).await.map_err(|why| self.trouble(why))
    }

    /// The one group of this name.
    async fn one(&self, named: &Named) -> Result<Group> {
        let name = named.group.trim().to_ascii_lowercase();
        if name.len() < 6 || !name.chars().all(|c| c.is_ascii_hexdigit() || c == '-') {
            bail!("nomor kelompok {:?}: sedikitnya 6 huruf pertama dari `parkir duplicates find`", named.group);
        }
        let mut found = self.found(&Search { group: name, limit: 2, ..self.search(&named.range)? }).await?;
        match (found.groups.pop(), found.groups.is_empty()) {
            (Some(group), true) => Ok(group),
            (Some(_), false) => bail!("ada beberapa kelompok dengan awal {:?}: tulis lebih panjang", named.group),
            (None, _) => bail!(
                "kelompok {:?} tidak ada di rentang itu; cari dengan `parkir duplicates find`, atau perlebar --from dan --to",
                named.group
            ),
        }
    }

    fn trouble(&self, why: Trouble) -> anyhow::Error {
        let words = &self.words.duplicates;
        match why {
            Trouble::Down(reason) => anyhow!("{}", (words.offline)((self.words.say.down)(reason))),
            Trouble::Refused(text) => anyhow!("{text}"),
            Trouble::Unknown => anyhow!("{}", words.unknown),
        }
    }

    fn done(&self, group: &Group, done: Recorded, said: fn(u32) -> String, json: bool) {
        if json {
            println!("{}", json!({"group": group.group, "inserted": done.inserted, "already": done.already}));
        } else if done.inserted == 0 {
            println!("{}", self.words.duplicates.already);
        } else {
            println!("{} {}", group.short(), said(done.inserted));
        }
    }

    fn at(&self, at: Timestamp) -> String {
        let at = at.to_zoned(self.zone.clone());
        format!("{} {}", when::date(self.words, &at), at.strftime("%H:%M:%S"))
    }

    fn tell(&self, found: &Found) {
        let words = &self.words.duplicates;
        for group in &found.groups {
            println!("{}", self.head(group));
            for member in &group.members {
                println!("  {}", self.row(group, member));
            }
        }
        let last = if found.groups.is_empty() {
            words.none.to_owned()
        } else {
            (words.count)(found.total, found.groups.len())
        };
        println!("{last}");
    }

    fn head(&self, group: &Group) -> String {
        let words = &self.words.duplicates;
        let class = words.class(group.class);
        if group.removed {
            let at = group.removed_at.map(|at| self.at(at)).unwrap_or_default();
            let by = (words.by)(group.removed_by.as_deref().unwrap_or("-"), &at);
            let reason = group.reason.as_deref().unwrap_or_default();
            return printable(&format!("{}  {}  {class}  {by}: {reason}", group.short(), words.state(group)));
        }
        format!("{}  {class}  {}", group.short(), words.why(&group.causes))
    }

    fn row(&self, group: &Group, member: &Member) -> String {
        let words = &self.words.duplicates;
        let stays = member.fact == group.kept && member.gate == group.kept_gate;
        let mark = if stays { words.kept } else { words.duplicate };
        let side = if member.side == "in" { words.side_in } else { words.side_out };
        let fee = member.fee.map(|fee| fee.to_string()).unwrap_or_default();
        let text = format!(
            "{mark:<9} {side:<6} {}  {}  {:<10}  {:<12} {fee:<10} {}",
            member.gate,
            self.at(member.at),
            member.ticket,
            plate::spaced(&member.plate),
            member.fact
        );
        printable(text.trim_end())
    }

    fn show(&self, group: &Group, lines: &[LogLine]) {
        let (words, admin) = (&self.words.duplicates, &self.words.admin);
        println!("{}", self.head(group));
        println!("{}: {}", self.words.common.ticket, group.group);
        if group.removed && !group.kept_stands {
            println!("{}", words.gone_note);
        }
        for member in &group.members {
            println!("\n{}", self.row(group, member));
            let operator = member.operator.as_deref().unwrap_or("-");
            let terminal = member.terminal.as_deref().unwrap_or("-");
            println!(
                "{}",
                printable(&format!(
                    "    {}: {operator}; {}: {terminal}",
                    self.words.common.operator, words.terminal
                ))
            );
            println!(
                "    {}: {}; {} {}; epoch {} nomor {}",
                words.arrived,
                self.at(member.received_at),
                admin.state,
                member.state,
                member.epoch,
                member.seq
            );
            let id = format!(" id={}", member.fact);
            for line in lines.iter().filter(|line| line.text.contains(&id)) {
                println!("    {}  {}", self.at(line.at), printable(&line.text));
            }
        }
        if lines.is_empty() {
            println!("\n{}", words.log_none);
        }
    }
}

/// What came from elsewhere may not steer a terminal.
fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).collect()
}
