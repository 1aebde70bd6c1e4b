//! A photo as the screen draws it: half blocks, one pixel each half, so a few thousand pixels at most.

use super::jpeg::{self, BadPicture};
use crate::domain::view::Picture;

/// The JPEG scaled into `width` x `height` pixels, aspect kept (a half block is about square). Never panics, whatever
/// the bytes are; at most `jpeg::JPEG_MOST` of them are looked at.
pub fn picture(bytes: &[u8], width: u16, height: u16, caption: &str) -> Result<Picture, BadPicture> {
    let small = jpeg::decode(bytes)?.shrink(width, height);
    Ok(Picture { width: small.width, height: small.height, rgb: small.pixels, caption: caption.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::jpeg::Rgb;
    use proptest::prelude::*;
    use std::sync::LazyLock;

    static SAMPLE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let pixels = (0..64 * 48 * 3_u32).map(|i| i.to_le_bytes()[0] ^ i.to_le_bytes()[1]).collect();
        jpeg::encode(&Rgb { width: 64, height: 48, pixels }, 80).unwrap()
    });

    #[test]
    fn a_photo_keeps_its_aspect_and_its_caption() {
        let picture = picture(&SAMPLE, 30, 30, "A1.jpg 13.31").unwrap();
        assert_eq!((picture.width, picture.height), (30, 22));
        assert_eq!(picture.rgb.len(), 30 * 22 * 3);
        assert_eq!(picture.caption, "A1.jpg 13.31");
    }

    #[test]
    fn a_file_too_large_is_not_even_looked_at() {
        assert!(matches!(picture(&vec![0xFF; jpeg::JPEG_MOST + 1], 9, 9, ""), Err(BadPicture::TooLarge(_))));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn damaged_bytes_are_an_error_or_a_picture_never_a_panic(
            cut in 0..2000_usize, flips in proptest::collection::vec((0..2000_usize, any::<u8>()), 0..12),
        ) {
            let mut bytes = SAMPLE.clone();
            bytes.truncate(SAMPLE.len().saturating_sub(cut));
            let end = bytes.len().max(1);
            for (at, value) in flips {
                if let Some(byte) = bytes.get_mut(at % end) {
                    *byte = value;
                }
            }
            if let Ok(p) = picture(&bytes, 20, 20, "") {
                prop_assert_eq!(p.rgb.len(), usize::from(p.width) * usize::from(p.height) * 3);
                prop_assert!(p.width <= 20 && p.height <= 20);
            }
        }

        #[test]
        fn noise_is_never_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..4000)) {
            let _ = picture(&bytes, 20, 20, "");
        }
    }
}
