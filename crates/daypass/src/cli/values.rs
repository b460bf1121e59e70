//! Values on the command line that have a form of their own.

use daypass_core::duration::Duration;
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// `90m`, `1h30m`, `PT90M`, `5400s`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    Duration::parse(text).map_err(|error| match error.hint() {
        Some(hint) => format!("{error}; {hint}"),
        None => error.to_string(),
    })
}

/// RFC 3339, or a date and time without a zone: then it is this machine's.
pub(super) fn time(text: &str) -> Result<Timestamp, String> {
    if let Ok(timestamp) = text.parse::<Timestamp>() {
        return Ok(timestamp);
    }
    let local: DateTime = text.parse().map_err(|_| {
        "write it as 2026-11-21T14:00Z, or 2026-11-21T14:00 in local time".to_owned()
    })?;
    let zoned = TimeZone::system().to_ambiguous_zoned(local).unambiguous();
    // An hour that occurs twice, or not at all, when the clocks change: nothing is guessed.
    zoned.map(|zoned| zoned.timestamp()).map_err(|_| {
        "that hour is not unique here; write it with a zone, as 2026-11-21T14:00Z".to_owned()
    })
}

/// `NAME=VALUE` of an entitlement's input.
pub(super) fn input(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, value)) if !name.trim().is_empty() => {
            Ok((name.trim().to_owned(), value.to_owned()))
        }
        _ => Err("write it as NAME=VALUE; 'daypass list ENTITLEMENT' names the inputs".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_with_and_without_a_zone() {
        assert_eq!(
            time("2026-11-21T14:00:00Z"),
            Ok(Timestamp::from_second(1_795_269_600).unwrap_or_default())
        );
        assert_eq!(
            time("2026-11-21T15:00:00+01:00"),
            time("2026-11-21T14:00:00Z")
        );
        assert!(time("2026-11-21T14:00").is_ok());
        assert!(time("tomorrow").is_err());
    }

    #[test]
    fn a_bad_duration_says_what_to_write() {
        assert!(duration("90").is_err_and(|why| why.contains("90m")));
        assert!(duration("1h30m").is_ok_and(|length| length.seconds() == 5_400));
    }
}
