//! One file a day, appended to line by line, that never fails its caller.

use jiff::civil::Date;
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::PathBuf;

/// How much of a file's end is read for the log page.
const TAIL: u64 = 256 * 1024;

pub struct DayFile {
    folder: PathBuf,
    name: &'static str,
    open: Option<(Date, File)>,
    /// Lost since the last line that got through, and lost in all.
    untold: u64,
    dropped: u64,
    /// A line may have been written in part (a full disk): the next one begins on a line of its own.
    torn: bool,
}

impl DayFile {
    pub fn new(folder: PathBuf, name: &'static str) -> Self {
        Self { folder, name, open: None, untold: 0, dropped: 0, torn: false }
    }

    fn path(&self, day: Date) -> PathBuf {
        self.folder.join(format!("{}_{}.log", self.name, day.strftime("%Y%m%d")))
    }

    /// Lines that never reached the file.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Appends a whole line (with its line end) in one write.
    pub fn append(&mut self, day: Date, line: &str) {
        match self.try_append(day, line) {
            Ok(()) => (self.untold, self.torn) = (0, false),
            Err(_) => {
                self.untold += 1;
                self.dropped += 1;
                self.open = None;
            }
        }
    }

    fn try_append(&mut self, day: Date, line: &str) -> io::Result<()> {
        let mut text = String::new();
        if self.torn {
            text.push('\n');
        }
        if self.untold > 0 {
            // In the shape of a line, with the time of the one that follows.
            let time = line.split(']').next().unwrap_or("[");
            text.push_str(&format!("{time}] [WARN] [log] {} baris log tidak dapat ditulis\n", self.untold));
        }
        text.push_str(line);
        if self.open.as_ref().is_none_or(|(opened, _)| *opened != day) {
            DirBuilder::new().recursive(true).mode(0o700).create(&self.folder)?;
            let file = OpenOptions::new().create(true).append(true).mode(0o640).open(self.path(day))?;
            self.open = Some((day, file));
        }
        let Some((_, file)) = &mut self.open else { return Err(io::ErrorKind::NotFound.into()) };
        let written = file.write_all(text.as_bytes());
        self.torn |= written.is_err();
        written
    }

    /// The last lines of a day's file, oldest first; none if it cannot be read.
    pub fn tail(&self, day: Date, most: usize) -> Vec<String> {
        let read = || -> io::Result<Vec<u8>> {
            let mut file = File::open(self.path(day))?;
            let length = file.metadata()?.len();
            file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
            let mut bytes = Vec::new();
            file.take(TAIL).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let text = String::from_utf8_lossy(&read().unwrap_or_default()).into_owned();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(most)..].iter().map(|line| (*line).to_owned()).collect()
    }
}
