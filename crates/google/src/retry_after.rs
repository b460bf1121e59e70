use std::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use jiff::Timestamp;
use jiff::fmt::rfc2822::DateTimeParser;

/// The wait that an answer asks for: seconds, or a date (RFC 9110, 10.2.3). A date counts from the answer's own
/// `Date`, so that our clock does not matter.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<u32>() {
        return Some(Duration::from_secs(seconds.into()));
    }
    let until = http_date(text)?;
    let since = date(headers)?;
    Some(Duration::try_from(until.duration_since(since)).unwrap_or(Duration::ZERO))
}

/// The answer's `Date`.
pub(crate) fn date(headers: &HeaderMap) -> Option<Timestamp> {
    http_date(headers.get(DATE)?.to_str().ok()?)
}

fn http_date(text: &str) -> Option<Timestamp> {
    DateTimeParser::new().parse_timestamp(text).ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    fn asked(value: &str, date: Option<&str>) -> Option<Duration> {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, value.parse().unwrap());
        if let Some(date) = date {
            headers.insert(DATE, date.parse().unwrap());
        }
        retry_after(&headers)
    }

    #[test]
    fn seconds_and_dates() {
        let date = Some("Sat, 21 Nov 2026 09:00:00 GMT");
        assert_eq!(asked("7", None), Some(Duration::from_secs(7)));
        assert_eq!(
            asked("Sat, 21 Nov 2026 09:00:20 GMT", date),
            Some(Duration::from_secs(20))
        );
        assert_eq!(
            asked("Sat, 21 Nov 2026 08:00:00 GMT", date),
            Some(Duration::ZERO)
        );
        assert_eq!(asked("Sat, 21 Nov 2026 09:00:20 GMT", None), None);
        assert_eq!(asked("soon", date), None);
        assert_eq!(asked("-1", date), None);
        assert_eq!(retry_after(&HeaderMap::new()), None);
    }
}
