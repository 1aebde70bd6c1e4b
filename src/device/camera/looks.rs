//! Whether a camera that gives pictures still sees: the same bytes again and again, or nothing but black or one
//! colour. Such photos are kept and recorded as they are; the device's state says what is wrong.

use super::trouble::Trouble;
use crate::device::jpeg::Rgb;

/// So many photos with the very same bytes: no sensor gives two alike.
const SAME: u32 = 3;
/// Where even the brightest hundredth of a picture is below this (of 255), nothing can be seen.
const DARK: u8 = 32;
/// The brightest and the darkest hundredth of a picture with something in it are further apart.
const FLAT: u8 = 10;

/// The darkest and the brightest hundredth of a picture, 0 to 255.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tones {
    low: u8,
    high: u8,
}

impl Tones {
    pub fn of(picture: &Rgb) -> Self {
        let small = picture.shrink(160, 160);
        let mut luma: Vec<u8> = small
            .pixels
            .as_chunks::<3>()
            .0
            .iter()
            .map(|[r, g, b]| {
                let sum = 299 * u32::from(*r) + 587 * u32::from(*g) + 114 * u32::from(*b);
                u8::try_from(sum / 1000).unwrap_or(u8::MAX)
            })
            .collect();
        luma.sort_unstable();
        let at = |hundredth: usize| luma.get(luma.len() * hundredth / 100).copied().unwrap_or_default();
        Self { low: at(1), high: at(99) }
    }

    /// What is wrong with such a picture.
    pub fn doubt(self) -> Option<Trouble> {
        if self.high < DARK {
            Some(Trouble::Dark)
        } else if self.high - self.low < FLAT {
            Some(Trouble::Blank)
        } else {
            None
        }
    }
}

/// What the last photos were.
#[derive(Debug, Default)]
pub struct Looks {
    last: Option<[u8; 32]>,
    same: u32,
}

impl Looks {
    /// Takes note of a photo; what is to be doubted now.
    pub fn judge(&mut self, sha256: [u8; 32], tones: Tones) -> Option<Trouble> {
        self.same = if self.last == Some(sha256) { self.same + 1 } else { 1 };
        self.last = Some(sha256);
        if self.same >= SAME { Some(Trouble::Frozen(self.same)) } else { tones.doubt() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn picture(colours: &[[u8; 3]]) -> Rgb {
        Rgb {
            width: 64,
            height: 64,
            pixels: colours.iter().flatten().copied().cycle().take(64 * 64 * 3).collect(),
        }
    }

    #[test]
    fn black_and_one_colour_are_told_and_a_night_with_lamps_is_a_picture() {
        assert!(matches!(Tones::of(&picture(&[[4, 4, 6]])).doubt(), Some(Trouble::Dark)));
        assert!(matches!(Tones::of(&picture(&[[0, 135, 0]])).doubt(), Some(Trouble::Blank)));
        let mut night = picture(&[[3, 3, 5]]);
        night.pixels[..64 * 3 * 3].fill(240);
        assert!(Tones::of(&night).doubt().is_none());
        assert!(Tones::of(&picture(&[[20; 3], [200; 3], [90; 3]])).doubt().is_none());
    }

    #[test]
    fn the_third_photo_of_the_same_bytes_is_a_frozen_camera_and_another_ends_it() {
        let (mut looks, well) = (Looks::default(), Tones { low: 10, high: 200 });
        let mut frozen = |mark: u8| matches!(looks.judge([mark; 32], well), Some(Trouble::Frozen(_)));
        assert_eq!(
            [1, 1, 2, 1, 1, 1, 1, 3].map(&mut frozen),
            [false, false, false, false, false, true, true, false]
        );
    }
}
