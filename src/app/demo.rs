//! `parkir demo`.
use crate::{config::Config, log::Log};
pub fn run(_c: &Config, _d: std::path::PathBuf, _n: bool, _l: &Log) -> anyhow::Result<std::process::ExitCode> {
    anyhow::bail!("belum tersedia")
}
