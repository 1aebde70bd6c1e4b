//! What the simulated camera sees: a lane, a vehicle from behind in its own colour, its plate, the time.
//!
//! The same stay at the same moment gives the same bytes, and one stay looks alike at entry and exit, so that a
//! cashier, and a test, can tell two vehicles apart.

use super::font;
use super::trouble::Trouble;
use super::{PhotoRequest, Side};
use crate::device::jpeg::{self, Rgb};

const QUALITY: u8 = 80;

type Colour = [u8; 3];

const SKY: Colour = [150, 170, 190];
const WALL: Colour = [120, 118, 112];
const ROAD: Colour = [72, 72, 76];
const PAINT: Colour = [200, 196, 180];
const BLACK: Colour = [18, 18, 20];
const WHITE: Colour = [236, 236, 230];
const GLASS: Colour = [44, 56, 66];
const LAMP: Colour = [190, 30, 30];

/// A vehicle's outline in thousandths of the picture: half its width, top of the cabin, top of the body, its foot,
/// and its colour.
fn outline(class: &str) -> (i32, i32, i32, i32, Colour) {
    match class {
        "motor" => (70, 300, 480, 860, [170, 40, 50]),
        "truk" => (260, 120, 200, 880, [60, 110, 70]),
        "bus" => (250, 100, 130, 890, [200, 150, 40]),
        _ => (210, 330, 500, 860, [60, 90, 160]),
    }
}

/// A JPEG of `width` x `height` pixels (64 to 4096 each). Without a request the lane is empty.
pub fn shot(request: Option<&PhotoRequest>, width: u32, height: u32) -> Result<Vec<u8>, Trouble> {
    let side = |n: u32| u16::try_from(n.clamp(64, 4096)).unwrap_or(64);
    let mut canvas = Canvas::new(side(width), side(height));
    canvas.lane();
    if let Some(request) = request {
        canvas.vehicle(request);
        let word = if request.side == Side::In { "MASUK" } else { "KELUAR" };
        canvas.text(20, 930, 3, WHITE, &format!("{word} {}", request.at.strftime("%d-%m-%Y %H:%M:%S")));
    }
    jpeg::encode(&canvas.rgb, QUALITY).map_err(Trouble::Picture)
}

/// What a camera with its cap on sees.
pub fn black(width: u32, height: u32) -> Result<Vec<u8>, Trouble> {
    let side = |n: u32| u16::try_from(n.clamp(64, 4096)).unwrap_or(64);
    let (width, height) = (side(width), side(height));
    let pixels = vec![6; usize::from(width) * usize::from(height) * 3];
    jpeg::encode(&Rgb { width, height, pixels }, QUALITY).map_err(Trouble::Picture)
}

struct Canvas {
    rgb: Rgb,
}

impl Canvas {
    fn new(width: u16, height: u16) -> Self {
        let pixels = SKY.repeat(usize::from(width) * usize::from(height));
        Self { rgb: Rgb { width, height, pixels } }
    }

    /// Thousandths to pixels.
    fn across(&self, x: i32) -> i32 {
        x * i32::from(self.rgb.width) / 1000
    }

    fn down(&self, y: i32) -> i32 {
        y * i32::from(self.rgb.height) / 1000
    }

    fn dot(&mut self, x: i32, y: i32, colour: Colour) {
        let (Ok(x), Ok(y)) = (usize::try_from(x), usize::try_from(y)) else { return };
        let (width, height) = (usize::from(self.rgb.width), usize::from(self.rgb.height));
        if x < width && y < height {
            let at = (y * width + x) * 3;
            self.rgb.pixels[at..at + 3].copy_from_slice(&colour);
        }
    }

    /// In thousandths; right and bottom excluded.
    fn block(&mut self, (left, top, right, bottom): (i32, i32, i32, i32), colour: Colour) {
        for y in self.down(top)..self.down(bottom) {
            for x in self.across(left)..self.across(right) {
                self.dot(x, y, colour);
            }
        }
    }

    fn lane(&mut self) {
        self.block((0, 260, 1000, 460), WALL);
        self.block((0, 460, 1000, 1000), ROAD);
        for y in self.down(460)..self.down(1000) {
            // The lane's borders run together far away.
            let near = (y - self.down(460)) * 1000 / (self.down(540)).max(1);
            let half = 220 + near * 240 / 1000;
            let thick = self.across(4 + near * 8 / 1000).max(1);
            for edge in [500 - half, 500 + half] {
                let x = self.across(edge);
                (x..x + thick).for_each(|x| self.dot(x, y, PAINT));
            }
        }
    }

    fn vehicle(&mut self, request: &PhotoRequest) {
        let (half, cabin, body, foot, colour) = outline(&request.class);
        let bytes = request.stay.as_bytes();
        // Version 7 ids begin with the time; their last bytes are random.
        let shift = i32::from(bytes[15]) * 120 / 255 - 60;
        let tint = |base: u8, n: usize| base.saturating_add(bytes[n] / 4).saturating_sub(24);
        let colour = [tint(colour[0], 12), tint(colour[1], 13), tint(colour[2], 14)];
        let mid = 500 + shift;
        let wheel = half / 4;
        for left in [mid - half, mid + half - wheel] {
            self.block((left, foot - 60, left + wheel, foot + 40), BLACK);
        }
        self.block((mid - half * 4 / 5, cabin, mid + half * 4 / 5, body + 20), colour.map(|c| c / 5 * 4));
        self.block((mid - half * 7 / 10, cabin + 30, mid + half * 7 / 10, body.max(cabin + 130)), GLASS);
        self.block((mid - half, body.max(cabin + 120), mid + half, foot), colour);
        for left in [mid - half + 8, mid + half - 38] {
            self.block((left, foot - 250, left + 30, foot - 200), LAMP);
        }
        let plate = request.plate.as_deref().unwrap_or("- - -");
        self.plate(mid, foot - 100, plate);
    }

    /// Black on white, as large as 300 thousandths of the width allow.
    fn plate(&mut self, mid: i32, top: i32, text: &str) {
        let text: String = text.chars().take(14).collect();
        let dots = i32::try_from(text.chars().count() * font::ADVANCE).unwrap_or(1).max(1);
        let size = (self.across(300) / dots).max(1);
        let (left, y) = (self.across(mid) - dots * size / 2, self.down(top));
        let high = i32::try_from(font::HEIGHT).unwrap_or(7);
        for py in y - 2 * size..y + (high + 2) * size {
            for px in left - 2 * size..left + (dots + 1) * size {
                self.dot(px, py, WHITE);
            }
        }
        self.letters(left, y, size, BLACK, &text);
    }

    /// At thousandths; a dot is `size` six-hundredths of the height.
    fn text(&mut self, x: i32, y: i32, size: i32, colour: Colour, text: &str) {
        let size = (i32::from(self.rgb.height) * size / 600).max(1);
        self.letters(self.across(x), self.down(y), size, colour, text);
    }

    fn letters(&mut self, left: i32, top: i32, size: i32, colour: Colour, text: &str) {
        let mut all = Vec::new();
        font::dots(text, |x, y| all.push((x, y)));
        for (x, y) in all {
            let (x, y) = (i32::try_from(x).unwrap_or(0), i32::try_from(y).unwrap_or(0));
            for dy in 0..size {
                for dx in 0..size {
                    self.dot(left + x * size + dx, top + y * size + dy, colour);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Zoned;
    use uuid::Uuid;

    fn request(stay: u128, class: &str, plate: &str) -> PhotoRequest {
        let at: Zoned = "2026-11-22T14:15:02+07:00[Asia/Jakarta]".parse().unwrap();
        let (plate, class) = (Some(plate.to_owned()), class.to_owned());
        PhotoRequest { stay: Uuid::from_u128(stay), side: Side::In, ticket: "A1".into(), at, plate, class }
    }

    #[test]
    fn one_stay_looks_alike_every_time_and_another_does_not() {
        let one = shot(Some(&request(1, "mobil", "B 1234 XYZ")), 320, 240).unwrap();
        assert_eq!(one, shot(Some(&request(1, "mobil", "B 1234 XYZ")), 320, 240).unwrap());
        for other in [
            request(u128::MAX, "mobil", "B 1234 XYZ"),
            request(1, "bus", "B 1234 XYZ"),
            request(1, "mobil", "B 1235 XYZ"),
        ] {
            assert_ne!(one, shot(Some(&other), 320, 240).unwrap());
        }
        let seen = jpeg::decode(&one).unwrap();
        assert_eq!((seen.width, seen.height), (320, 240));
    }

    #[test]
    fn every_class_size_and_plate_is_drawn() {
        for class in ["motor", "mobil", "truk", "bus", "becak"] {
            for (width, height) in [(0, 0), (64, 64), (1280, 720), (100, 900)] {
                for plate in ["", "B 1 A", "ÄÖÜ 漢字 and far more than a plate can hold"] {
                    let jpeg = shot(Some(&request(7, class, plate)), width, height).unwrap();
                    assert!(jpeg::whole(&jpeg).is_some());
                }
            }
        }
    }
}
