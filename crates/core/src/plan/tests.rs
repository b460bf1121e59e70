#![expect(clippy::unwrap_used, reason = "tests")]
use super::*;
#[test]
fn x() {
    let _ = Limits::default();
}
