//! Lengths of time as people write them.

use std::fmt;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The longest duration that is read at all: a guard for the arithmetic, not a policy. Entitlements set their own.
const LONGEST_SECONDS: u64 = 366 * 86_400;

/// A positive length of time in whole seconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Duration(u64);

impl Duration {
    /// A duration of so many seconds; zero is refused.
    pub fn from_seconds(seconds: u64) -> Result<Self, Error> {
        match seconds {
            0 => Err(Error::DurationNotPositive("0s".into())),
            1..=LONGEST_SECONDS => Ok(Self(seconds)),
            _ => Err(Error::DurationTooLong(format!("{seconds}s"))),
        }
    }

    /// A duration of so many minutes, for constants.
    ///
    /// # Panics
    ///
    /// If it is zero or longer than a year: a constant's mistake, found at compile time.
    pub const fn minutes(minutes: u64) -> Self {
        assert!(
            minutes > 0 && minutes <= LONGEST_SECONDS / 60,
            "a constant duration is positive and short"
        );
        Self(minutes * 60)
    }

    /// Reads `90m`, `1h30m`, `PT90M`, `5400s`, `2 h 30 min`. A bare number is refused: nobody knows its unit.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let shown = || crate::justification::printable(text, 40);
        let refuse = || Error::Duration(shown());
        let trimmed = text.trim();
        if trimmed.len() > 40 || !trimmed.chars().any(|c| c.is_ascii_alphabetic()) {
            return Err(refuse());
        }
        let span: jiff::Span = trimmed.parse().map_err(|_| refuse())?;
        // Days are 24 hours: a lifetime is a length of time, not a date of the calendar. Weeks, months and years are not read.
        if span.get_years() != 0 || span.get_months() != 0 || span.get_weeks() != 0 {
            return Err(refuse());
        }
        let length = span
            .to_duration(jiff::SpanRelativeTo::days_are_24_hours())
            .map_err(|_| refuse())?;
        if length <= SignedDuration::ZERO {
            return Err(Error::DurationNotPositive(shown()));
        }
        if length.subsec_nanos() != 0 {
            return Err(refuse());
        }
        let seconds = u64::try_from(length.as_secs()).map_err(|_| refuse())?;
        Self::from_seconds(seconds).map_err(|error| match error {
            // As it was typed: 34560000s is not what anybody recognises.
            Error::DurationTooLong(_) => Error::DurationTooLong(shown()),
            other => other,
        })
    }

    /// Whole seconds.
    pub const fn seconds(self) -> u64 {
        self.0
    }

    /// The point in time this much after `start`.
    pub fn after(self, start: Timestamp) -> Result<Timestamp, Error> {
        start
            .checked_add(self.signed())
            .map_err(|_| Error::TimeOutOfRange)
    }

    /// The same length for jiff's arithmetic.
    pub fn signed(self) -> SignedDuration {
        SignedDuration::from_secs(i64::try_from(self.0).unwrap_or(i64::MAX))
    }
}

impl fmt::Display for Duration {
    /// The largest units first, none that is zero: `1h30m`, `45s`, `2d`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0;
        for (unit, length) in [("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)] {
            let count = rest / length;
            rest %= length;
            if count > 0 {
                write!(f, "{count}{unit}")?;
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Duration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl TryFrom<String> for Duration {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        Self::parse(&text)
    }
}

impl From<Duration> for String {
    fn from(duration: Duration) -> Self {
        duration.to_string()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_documented_form() {
        for (text, seconds) in [
            ("90m", 5_400),
            ("1h30m", 5_400),
            ("PT90M", 5_400),
            ("5400s", 5_400),
            ("2d", 172_800),
            ("PT1H30M", 5_400),
        ] {
            assert_eq!(Duration::parse(text).unwrap().seconds(), seconds, "{text}");
        }
    }

    #[test]
    fn what_is_too_long_is_told_as_it_was_typed() {
        for text in ["367d", "100000h"] {
            let refused = Duration::parse(text).map_err(|error| error.to_string());
            let said = format!("'{text}' is longer than the longest duration, 366d");
            assert_eq!(refused, Err(said));
        }
        assert!(Duration::parse("366d").is_ok());
    }

    #[test]
    fn zero_negative_fractions_and_bare_numbers_are_refused() {
        for text in ["0m", "0s", "-5m", "PT0S", "-PT5M"] {
            assert!(
                matches!(Duration::parse(text), Err(Error::DurationNotPositive(_))),
                "{text}"
            );
        }
        for text in [
            "",
            "90",
            "soon",
            "1.5s",
            "1w",
            "1y",
            "P1M",
            "9999999999h",
            "1m\u{202e}",
        ] {
            assert!(
                matches!(Duration::parse(text), Err(Error::Duration(_))),
                "{text:?}"
            );
        }
    }

    proptest! {
        /// I26 for durations.
        #[test]
        fn what_is_printed_reads_back(seconds in 1..=LONGEST_SECONDS) {
            let duration = Duration::from_seconds(seconds).unwrap();
            prop_assert_eq!(Duration::parse(&duration.to_string()).unwrap(), duration);
        }
    }
}
