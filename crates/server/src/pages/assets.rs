//! The style sheet, in the binary.

use axum::extract::State;
use axum::response::IntoResponse;
use http::header::{CACHE_CONTROL, CONTENT_TYPE};
use sha2::{Digest as _, Sha256};

use crate::app::App;

const STYLE: &str = include_str!("../../assets/daypass.css");

/// Where the assets are: their addresses hold a hash of their content, so browsers may keep them for good.
pub(crate) struct Assets {
    style_path: String,
}

impl Assets {
    pub(crate) fn new() -> Self {
        use base64::Engine as _;
        let hash = base64::engine::general_purpose::URL_SAFE_NO_PAD
            .encode(&Sha256::digest(STYLE.as_bytes())[..9]);
        Self {
            style_path: format!("/assets/daypass-{hash}.css"),
        }
    }

    pub(crate) fn style_path(&self) -> &str {
        &self.style_path
    }
}

/// The style sheet.
pub(crate) async fn style(State(_): State<App>) -> impl IntoResponse {
    (
        [
            (CONTENT_TYPE, "text/css; charset=utf-8"),
            (CACHE_CONTROL, "public, max-age=31536000, immutable"),
        ],
        STYLE,
    )
}
