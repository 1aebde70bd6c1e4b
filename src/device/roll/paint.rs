//! A slip as a picture: the dots a thermal head would burn, at 203 dots an inch.

use super::{Align, Item, Slip};
use noto_sans_mono_bitmap::{FontWeight, RasterHeight, get_raster};
use qrcode::{Color, EcLevel, QrCode};

/// Dots of one character of font A, and from one line to the next.
const ADVANCE: usize = 12;
const LINE: usize = 30;
/// White around the paper's text, and between a code and what follows.
const MARGIN: usize = 24;
const GAP: usize = 12;
/// A wide bar is so many halves of a narrow one.
const WIDE_HALVES: usize = 5;
const PAPER: u8 = 255;

/// What grows downwards: rows of `width` dots, 0 black, 255 white.
struct Sheet {
    width: usize,
    dots: Vec<u8>,
}

impl Sheet {
    fn feed(&mut self, rows: usize) -> usize {
        let top = self.dots.len() / self.width;
        self.dots.resize(self.dots.len() + rows * self.width, PAPER);
        top
    }

    fn dot(&mut self, x: usize, y: usize, grey: u8) {
        if x < self.width
            && let Some(dot) = self.dots.get_mut(y * self.width + x)
        {
            *dot = (*dot).min(grey);
        }
    }

    fn block(&mut self, (x, y): (usize, usize), (width, height): (usize, usize)) {
        for y in y..y + height {
            for x in x..x + width {
                self.dot(x, y, 0);
            }
        }
    }

    /// Where something of this width begins.
    fn left(&self, width: usize, align: Align) -> usize {
        let room = (self.width - 2 * MARGIN).saturating_sub(width);
        MARGIN
            + match align {
                Align::Left => 0,
                Align::Middle => room / 2,
                Align::Right => room,
            }
    }

    fn line(&mut self, text: &str, align: Align, wide: usize, high: usize) {
        let top = self.feed(LINE * high);
        let left = self.left(text.chars().count() * ADVANCE * wide, align);
        for (place, c) in text.chars().enumerate() {
            let Some(raster) = get_raster(c, FontWeight::Regular, RasterHeight::Size24) else { continue };
            for (y, row) in raster.rows().enumerate() {
                for (x, ink) in row.iter().enumerate() {
                    for (dx, dy) in (0..high).flat_map(|dy| (0..wide).map(move |dx| (dx, dy))) {
                        let x = left + (place * ADVANCE + x) * wide + dx;
                        self.dot(x, top + y * high + dy, PAPER - ink);
                    }
                }
            }
        }
    }

    fn code39(&mut self, text: &str, align: Align, module: usize, height: usize) {
        let bars: Vec<u16> = format!("*{text}*").chars().filter_map(code39).collect();
        let wide = module * WIDE_HALVES / 2;
        let one = 6 * module + 3 * wide;
        let mut x = self.left((one + module) * bars.len(), align);
        let top = self.feed(height + GAP);
        for bars in bars {
            for element in 0..9 {
                let width = if bars >> (8 - element) & 1 == 1 { wide } else { module };
                if element % 2 == 0 {
                    self.block((x, top), (width, height));
                }
                x += width;
            }
            x += module;
        }
    }

    fn qr(&mut self, text: &str, align: Align, module: usize, level: u8) {
        let level = [EcLevel::L, EcLevel::M, EcLevel::Q, EcLevel::H][usize::from(level.min(3))];
        let Ok(code) = QrCode::with_error_correction_level(text, level) else {
            return self.line("[QR]", align, 1, 1);
        };
        let size = code.width();
        let left = self.left(size * module, align);
        let top = self.feed(size * module + GAP);
        for (place, colour) in code.to_colors().into_iter().enumerate() {
            if colour == Color::Dark {
                let at = (left + place % size * module, top + place / size * module);
                self.block(at, (module, module));
            }
        }
    }
}

/// Nine elements, bars and spaces in turn, from the left; 1 is wide.
fn code39(c: char) -> Option<u16> {
    const SIGNS: &str = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. *$/+%";
    const BARS: [u16; 44] = [
        0b000110100,
        0b100100001,
        0b001100001,
        0b101100000,
        0b000110001,
        0b100110000,
        0b001110000,
        0b000100101,
        0b100100100,
        0b001100100,
        0b100001001,
        0b001001001,
        0b101001000,
        0b000011001,
        0b100011000,
        0b001011000,
        0b000001101,
        0b100001100,
        0b001001100,
        0b000011100,
        0b100000011,
        0b001000011,
        0b101000010,
        0b000010011,
        0b100010010,
        0b001010010,
        0b000000111,
        0b100000110,
        0b001000110,
        0b000010110,
        0b110000001,
        0b011000001,
        0b111000000,
        0b010010001,
        0b110010000,
        0b011010000,
        0b010000101,
        0b110000100,
        0b011000100,
        0b010010100,
        0b010101000,
        0b010100010,
        0b010001010,
        0b000101010,
    ];
    SIGNS.find(c).and_then(|place| BARS.get(place).copied())
}

impl Slip {
    /// A grey PNG of the slip on a roll of so many columns.
    pub fn png(&self, columns: usize) -> Result<Vec<u8>, png::EncodingError> {
        let mut sheet = Sheet { width: columns.max(1) * ADVANCE + 2 * MARGIN, dots: Vec::new() };
        sheet.feed(MARGIN);
        for item in &self.items {
            match item {
                Item::Line { text, align, wide, high } => {
                    sheet.line(text, *align, usize::from(*wide), usize::from(*high));
                }
                Item::Code39 { text, align, module, height } => {
                    sheet.code39(text, *align, usize::from(*module), usize::from(*height));
                }
                Item::Qr { text, align, module, level } => sheet.qr(text, *align, usize::from(*module), *level),
                Item::Unknown(bytes) => {
                    sheet.line(&format!("<{}>", data_encoding::HEXLOWER.encode(bytes)), Align::Left, 1, 1);
                }
            }
        }
        sheet.feed(MARGIN);
        let height = sheet.dots.len() / sheet.width;
        let side = |dots: usize| u32::try_from(dots).unwrap_or(u32::MAX);
        let mut bytes = Vec::new();
        let mut encoder = png::Encoder::new(&mut bytes, side(sheet.width), side(height));
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header()?;
        writer.write_image_data(&sheet.dots)?;
        writer.finish()?;
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sign_of_code39_has_three_wide_elements_and_bars_of_its_own() {
        let mut seen = Vec::new();
        for c in "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ-. *$/+%".chars() {
            let bars = code39(c).unwrap();
            assert_eq!(bars.count_ones(), 3, "{c}");
            assert!(!seen.contains(&bars), "{c}");
            seen.push(bars);
        }
        assert_eq!(code39('a'), None);
    }
}
