//! What a V4L2 camera hands over, made into a whole JPEG.

use super::trouble::Trouble;
use crate::device::jpeg::{self, BadPicture};
use jpeg_encoder::{ColorType, Encoder};

/// Quality of originals this program encodes itself.
const QUALITY: u8 = 85;

/// How the pixels of a frame lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Layout {
    /// The camera's own JPEG.
    Jpeg,
    /// Four bytes for two pixels, `Y0 Cb Y1 Cr`, BT.601 in video range; lines of `stride` bytes.
    Yuyv { width: u32, height: u32, stride: u32 },
}

/// The frame's bytes as a JPEG: kept as they are if they are one, encoded otherwise.
pub fn to_jpeg(layout: Layout, bytes: &[u8]) -> Result<Vec<u8>, Trouble> {
    match layout {
        Layout::Jpeg => jpeg::whole(bytes).map(<[u8]>::to_vec).ok_or(Trouble::Torn),
        Layout::Yuyv { width, height, stride } => yuyv(width, height, stride, bytes),
    }
}

fn yuyv(width: u32, height: u32, stride: u32, bytes: &[u8]) -> Result<Vec<u8>, Trouble> {
    let side = |n: u32| u16::try_from(n).ok().filter(|n| *n > 0 && usize::from(*n) <= jpeg::SIDE_MOST);
    let (Some(w), Some(h)) = (side(width), side(height)) else {
        return Err(Trouble::Format(format!("YUYV {width}x{height}")));
    };
    // An odd width has one pixel too many in its last pair.
    let line = usize::from(w).div_ceil(2) * 4;
    let stride = (stride as usize).max(line);
    let mut pixels = Vec::with_capacity(usize::from(w) * usize::from(h) * 3);
    for row in 0..usize::from(h) {
        let pairs = bytes.get(row * stride..row * stride + line).ok_or(Trouble::Torn)?;
        for pair in pairs.as_chunks::<4>().0 {
            let [first, cb, second, cr] = *pair;
            let (cb, cr) = (full_chroma(cb), full_chroma(cr));
            pixels.extend([full_luma(first), cb, cr, full_luma(second), cb, cr]);
        }
        pixels.truncate((row + 1) * usize::from(w) * 3);
    }
    let mut jpeg = Vec::new();
    let encoded = Encoder::new(&mut jpeg, QUALITY).encode(&pixels, w, h, ColorType::Ycbcr);
    encoded.map_err(|e| Trouble::Picture(BadPicture::Encode(e)))?;
    Ok(jpeg)
}

/// Video range 16..235 to JPEG's 0..255.
fn full_luma(y: u8) -> u8 {
    scale(i32::from(y) - 16, 219)
}

/// Video range 16..240 around 128 to JPEG's full range.
fn full_chroma(c: u8) -> u8 {
    let wide = (i32::from(c) - 128) * 255 / 224 + 128;
    u8::try_from(wide.clamp(0, 255)).unwrap_or(0)
}

fn scale(value: i32, range: i32) -> u8 {
    u8::try_from((value * 255 / range).clamp(0, 255)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two pixels of one colour in video range.
    fn near(a: &[u8], b: [u8; 3]) -> bool {
        a.iter().zip(b).all(|(a, b)| a.abs_diff(b) <= 6)
    }

    #[test]
    fn yuyv_in_video_range_shows_its_true_colours() {
        // BT.601: white 235 128 128, black 16 128 128, red 81 90 240, blue 41 240 110.
        for (pair, rgb) in [
            ([235, 128, 235, 128], [255, 255, 255]),
            ([16, 128, 16, 128], [0, 0, 0]),
            ([81, 90, 81, 240], [255, 0, 0]),
            ([41, 240, 41, 110], [0, 0, 255]),
        ] {
            // 32 bytes a line for 12 pixels: the driver's padding must not shift the picture.
            let line: Vec<u8> = pair.repeat(6).into_iter().chain([77; 8]).collect();
            let jpeg = to_jpeg(Layout::Yuyv { width: 12, height: 8, stride: 32 }, &line.repeat(8)).unwrap();
            let back = jpeg::decode(&jpeg).unwrap();
            assert_eq!((back.width, back.height), (12, 8));
            for pixel in back.pixels.chunks(3) {
                assert!(near(pixel, rgb), "{pixel:?} for {rgb:?}");
            }
        }
    }

    #[test]
    fn a_short_or_senseless_frame_is_refused() {
        let layout = Layout::Yuyv { width: 4, height: 4, stride: 8 };
        assert!(matches!(to_jpeg(layout, &[0; 31]), Err(Trouble::Torn)));
        assert!(to_jpeg(layout, &[0; 32]).is_ok());
        let odd = Layout::Yuyv { width: 3, height: 1, stride: 8 };
        assert_eq!(jpeg::decode(&to_jpeg(odd, &[90; 8]).unwrap()).unwrap().width, 3);
        for (width, height) in [(0, 4), (4, 0), (100_000, 4)] {
            assert!(to_jpeg(Layout::Yuyv { width, height, stride: 8 }, &[0; 64]).is_err());
        }
    }

    #[test]
    fn the_cameras_own_jpeg_is_kept_byte_for_byte_without_the_buffers_rest() {
        let own = [0xFF, 0xD8, 5, 6, 7, 0xFF, 0xD9];
        let buffer: Vec<u8> = own.into_iter().chain([0; 64]).collect();
        assert_eq!(to_jpeg(Layout::Jpeg, &buffer).unwrap(), own);
        assert!(matches!(to_jpeg(Layout::Jpeg, &own[..5]), Err(Trouble::Torn)));
    }
}
