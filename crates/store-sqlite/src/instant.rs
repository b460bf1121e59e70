//! Instants as text whose order is the order in time.

use daypass_engine::ports::StoreError;
use jiff::Timestamp;

/// The text of an instant, to the nanosecond and always equally long.
pub(crate) fn to_text(at: Timestamp) -> String {
    format!("{at:.9}")
}

/// The instant of a text.
pub(crate) fn from_text(text: &str) -> Result<Timestamp, StoreError> {
    text.parse()
        .map_err(|_| StoreError::Malformed(format!("'{text}' is not an instant")))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn text_sorts_as_time_does() {
        let instants = [
            "1969-12-31T23:59:59.5Z",
            "2026-01-01T00:00:00Z",
            "2026-01-01T00:00:00.000000001Z",
            "2026-01-01T00:00:01Z",
            "9999-12-30T00:00:00Z",
        ];
        let texts: Vec<_> = instants
            .iter()
            .map(|text| to_text(text.parse().unwrap()))
            .collect();
        assert!(
            texts.is_sorted_by(|a, b| a < b && a.len() == b.len()),
            "{texts:?}"
        );
        for (instant, text) in instants.iter().zip(&texts) {
            assert_eq!(
                from_text(text).unwrap(),
                instant.parse::<Timestamp>().unwrap()
            );
        }
    }
}
