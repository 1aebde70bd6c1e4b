//! JPEG in, pixels out, and back: decoding with bounds, box downscaling, the thumbnail that travels.

use jpeg_encoder::{ColorType, Encoder};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// A thumbnail is never larger, in bytes.
pub const THUMBNAIL_MOST: usize = 32 * 1024;
/// A JPEG above this is not looked at, in bytes.
pub const JPEG_MOST: usize = 8 * 1024 * 1024;
/// Nor one wider or higher than this, in pixels.
pub const SIDE_MOST: usize = 4096;

/// Longest side in pixels and quality, tried in turn until the thumbnail is small enough.
const LADDER: [(u16, u8); 7] = [(640, 80), (640, 65), (640, 50), (480, 50), (320, 50), (240, 40), (160, 30)];

#[derive(Debug, thiserror::Error)]
pub enum BadPicture {
    #[error("{0} bytes are too many for a picture")]
    TooLarge(usize),
    #[error("not a JPEG, or a damaged one: {0}")]
    Damaged(String),
    #[error("could not be encoded: {0}")]
    Encode(#[from] jpeg_encoder::EncodingError),
}

/// Pixels, rows first, three bytes each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rgb {
    pub width: u16,
    pub height: u16,
    pub pixels: Vec<u8>,
}

/// The JPEG from its first marker to its last; cameras pad what follows. `None` if either is missing.
pub fn whole(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.windows(2).rposition(|w| w == [0xFF, 0xD9])? + 2;
    bytes.starts_with(&[0xFF, 0xD8]).then(|| &bytes[..end])
}

/// Decodes within the bounds above.
pub fn decode(jpeg: &[u8]) -> Result<Rgb, BadPicture> {
    if jpeg.len() > JPEG_MOST {
        return Err(BadPicture::TooLarge(jpeg.len()));
    }
    let options = DecoderOptions::default()
        .set_max_width(SIDE_MOST)
        .set_max_height(SIDE_MOST)
        .jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(jpeg), options);
    let damaged = |what: String| BadPicture::Damaged(what);
    let pixels = decoder.decode().map_err(|e| damaged(e.to_string()))?;
    let side = |n: usize| u16::try_from(n).ok().filter(|n| *n > 0);
    let (width, height) = decoder
        .dimensions()
        .and_then(|(w, h)| Some((side(w)?, side(h)?)))
        .ok_or_else(|| damaged("no size".to_owned()))?;
    if pixels.len() != usize::from(width) * usize::from(height) * 3 {
        return Err(damaged("not RGB".to_owned()));
    }
    Ok(Rgb { width, height, pixels })
}

/// Quality 1 to 100.
pub fn encode(picture: &Rgb, quality: u8) -> Result<Vec<u8>, BadPicture> {
    let mut jpeg = Vec::new();
    Encoder::new(&mut jpeg, quality).encode(&picture.pixels, picture.width, picture.height, ColorType::Rgb)?;
    Ok(jpeg)
}

impl Rgb {
    /// The largest size within `width` x `height` that keeps the aspect; never larger than the picture itself.
    pub fn fit(&self, width: u16, height: u16) -> (u16, u16) {
        let (w, h) = (u64::from(self.width), u64::from(self.height));
        let (most_w, most_h) = (u64::from(width.max(1)).min(w), u64::from(height.max(1)).min(h));
        let (fit_w, fit_h) =
            if most_w * h <= most_h * w { (most_w, most_w * h / w) } else { (most_h * w / h, most_h) };
        (u16::try_from(fit_w.max(1)).unwrap_or(1), u16::try_from(fit_h.max(1)).unwrap_or(1))
    }

    /// Each new pixel is the mean of those it stands for.
    pub fn shrink(&self, width: u16, height: u16) -> Self {
        let (width, height) = self.fit(width, height);
        let (from_w, from_h) = (usize::from(self.width), usize::from(self.height));
        let (to_w, to_h) = (usize::from(width), usize::from(height));
        let mut pixels = Vec::with_capacity(to_w * to_h * 3);
        for y in 0..to_h {
            let rows = y * from_h / to_h..(y + 1) * from_h / to_h;
            for x in 0..to_w {
                let (left, right) = (x * from_w / to_w, (x + 1) * from_w / to_w);
                let mut sum = [0_u32; 3];
                for row in rows.clone() {
                    let line = &self.pixels[(row * from_w + left) * 3..(row * from_w + right) * 3];
                    for pixel in line.as_chunks::<3>().0 {
                        sum[0] += u32::from(pixel[0]);
                        sum[1] += u32::from(pixel[1]);
                        sum[2] += u32::from(pixel[2]);
                    }
                }
                let count = u32::try_from(rows.len() * (right - left)).unwrap_or(1).max(1);
                pixels.extend(sum.map(|s| u8::try_from(s / count).unwrap_or(u8::MAX)));
            }
        }
        Self { width, height, pixels }
    }
}

/// A JPEG of at most `THUMBNAIL_MOST` bytes that shows the same.
pub fn thumbnail(picture: &Rgb) -> Result<Vec<u8>, BadPicture> {
    let mut small = Vec::new();
    for (side, quality) in LADDER {
        small = encode(&picture.shrink(side, side), quality)?;
        if small.len() <= THUMBNAIL_MOST {
            return Ok(small);
        }
    }
    Err(BadPicture::TooLarge(small.len()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn noise(width: u16, height: u16) -> Rgb {
        let count = usize::from(width) * usize::from(height) * 3;
        let mut seed = 7_u32;
        let mut next = || {
            seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            seed.to_be_bytes()[0]
        };
        Rgb { width, height, pixels: (0..count).map(|_| next()).collect() }
    }

    #[test]
    fn even_noise_becomes_a_thumbnail_of_at_most_32_kib() {
        let jpeg = encode(&noise(1280, 720), 90).unwrap();
        let small = thumbnail(&decode(&jpeg).unwrap()).unwrap();
        assert!(small.len() <= THUMBNAIL_MOST, "{}", small.len());
        let back = decode(&small).unwrap();
        assert_eq!(f64::from(back.width) / f64::from(back.height), 16.0 / 9.0);
    }

    #[test]
    fn shrinking_takes_means_and_keeps_the_aspect() {
        let black_and_white = Rgb { width: 4, height: 2, pixels: [[0; 3], [255; 3]].concat().repeat(4) };
        let one = black_and_white.shrink(2, 2);
        assert_eq!((one.width, one.height, one.pixels), (2, 1, vec![127; 6]));
        assert_eq!(noise(100, 10).fit(40, 40), (40, 4));
        assert_eq!(noise(10, 100).fit(40, 40), (4, 40));
        assert_eq!(noise(10, 10).fit(400, 400), (10, 10));
        assert_eq!(noise(1000, 1).fit(10, 10), (10, 1));
    }

    #[test]
    fn padding_after_the_end_is_cut_and_a_half_picture_is_none() {
        assert_eq!(whole(&[0xFF, 0xD8, 1, 0xFF, 0xD9, 0, 0]), Some(&[0xFF, 0xD8, 1, 0xFF, 0xD9][..]));
        assert_eq!(whole(&[0xFF, 0xD8, 1, 2]), None);
        assert_eq!(whole(b"<html>\xFF\xD9"), None);
        assert_eq!(whole(&[]), None);
    }

    proptest! {
        #[test]
        fn any_size_shrinks_into_any_box(w in 1_u16..200, h in 1_u16..200, to_w in 0_u16..300, to_h in 0_u16..300) {
            let small = noise(w, h).shrink(to_w, to_h);
            prop_assert!(small.width >= 1 && small.height >= 1);
            prop_assert!(small.width <= to_w.max(1) && small.height <= to_h.max(1));
            prop_assert_eq!(small.pixels.len(), usize::from(small.width) * usize::from(small.height) * 3);
        }
    }
}
