//! A payment program that moves no money: it speaks the lines of `device/payment`, and misbehaves as it is told.

use crate::cli::SimPayment;
use anyhow::{Context, Result};
use serde_json::{Value, json};
use std::io::{BufRead, Write, stdin, stdout};
use std::process::ExitCode;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

pub fn run(options: &SimPayment) -> Result<ExitCode> {
    let (lines, heard) = channel();
    std::thread::spawn(move || {
        for line in stdin().lock().lines().map_while(Result::ok) {
            if lines.send(line).is_err() {
                return;
            }
        }
    });
    let order: Value = serde_json::from_str(&heard.recv().context("perintah bayar")?)?;
    if options.dies {
        return Ok(ExitCode::FAILURE);
    }
    if options.garbage {
        println!("LUNAS!!");
        return Ok(ExitCode::SUCCESS);
    }
    let amount = order["amount"].as_i64().context("amount")?;
    say(&json!({"status": "show", "qr": format!("PARKIR-TIRUAN {} {amount}", order["id"])}))?;
    let limit = Duration::from_millis(if options.silent { u64::MAX } else { options.after });
    // The same charge gets the same number, as a provider gives it.
    let digits: u64 =
        order["id"].as_str().unwrap_or_default().bytes().fold(7, |sum, b| (sum * 31 + u64::from(b)) % 100_000_000);
    let paid = json!({"status": "paid", "reference": format!("{digits:08}")});
    let end = match heard.recv_timeout(limit) {
        Ok(_) if options.late => paid,
        Ok(_) => json!({"status": "refused", "reason": "dibatalkan"}),
        // Whoever started it is gone.
        Err(RecvTimeoutError::Disconnected) => return Ok(ExitCode::FAILURE),
        Err(RecvTimeoutError::Timeout) => match &options.refuse {
            Some(reason) => json!({"status": "refused", "reason": reason}),
            None => paid,
        },
    };
    say(&end)?;
    Ok(ExitCode::SUCCESS)
}

fn say(value: &Value) -> Result<()> {
    let mut out = stdout().lock();
    writeln!(out, "{value}")?;
    Ok(out.flush()?)
}
