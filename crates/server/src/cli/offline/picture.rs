//! A token as a QR picture, for machines that have a camera and no drive.

use qrcode::render::svg::Color;
use qrcode::{EcLevel, QrCode};

/// Pixels of a module: a phone tells them apart on a screen.
const MODULE_PIXELS: u32 = 4;

/// The picture of a text.
///
/// # Errors
/// When it is too long for one.
pub fn svg(text: &str) -> Result<String, String> {
    // What is read is signed: it is right as a whole or not at all, so little redundancy will do.
    let code = QrCode::with_error_correction_level(text, EcLevel::L);
    let code = code.map_err(|error| format!("the token does not fit into a picture: {error}"))?;
    let mut picture = code.render::<Color<'_>>();
    Ok(picture.module_dimensions(MODULE_PIXELS, MODULE_PIXELS).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_fits_and_a_book_does_not() {
        assert!(svg(&"x".repeat(2_900)).unwrap().contains("<svg"));
        assert!(svg(&"x".repeat(3_000)).is_err());
    }
}
