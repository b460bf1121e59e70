//! Times for people: how far away, beside when.

use jiff::{SignedDuration, Timestamp};

/// A time of the API as a person reads it: `in 28 min`, `3 min ago`. What is no time is shown as it came.
pub(crate) fn relative(text: &str, now: Timestamp) -> String {
    match text.parse::<Timestamp>() {
        Ok(at) => distance(at.duration_since(now)),
        Err(_) => super::visible(text),
    }
}

/// The same, with the time itself: `in 28 min (10:12 UTC)`, with the date if it is another day's.
pub(crate) fn relative_and_absolute(text: &str, now: Timestamp) -> String {
    match text.parse::<Timestamp>() {
        Ok(at) => format!(
            "{} ({})",
            distance(at.duration_since(now)),
            absolute(at, now)
        ),
        Err(_) => super::visible(text),
    }
}

fn absolute(at: Timestamp, now: Timestamp) -> String {
    let format = if at.strftime("%F").to_string() == now.strftime("%F").to_string() {
        "%H:%M UTC"
    } else {
        "%F %H:%M UTC"
    };
    at.strftime(format).to_string()
}

/// Rounded to what is shown, so that 27 minutes and 59 seconds are 28 minutes.
fn distance(from_now: SignedDuration) -> String {
    let seconds = (from_now.abs().as_millis() + 500) / 1_000;
    let minutes = (seconds + 30) / 60;
    let length = match seconds {
        0 => return "now".into(),
        1..60 => format!("{seconds} s"),
        60..5_400 => format!("{minutes} min"),
        5_400..172_800 if minutes % 60 == 0 => format!("{} h", minutes / 60),
        5_400..172_800 => format!("{} h {} min", minutes / 60, minutes % 60),
        _ => format!("{} days", (seconds + 43_200) / 86_400),
    };
    if from_now.is_negative() {
        format!("{length} ago")
    } else {
        format!("in {length}")
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn near_and_far() {
        let now: Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        for (at, shown) in [
            ("2026-11-21T10:00:40Z", "in 40 s (10:00 UTC)"),
            ("2026-11-21T10:00:00Z", "now (10:00 UTC)"),
            ("2026-11-21T10:28:00Z", "in 28 min (10:28 UTC)"),
            ("2026-11-21T10:27:59Z", "in 28 min (10:27 UTC)"),
            ("2026-11-21T09:57:00Z", "3 min ago (09:57 UTC)"),
            ("2026-11-21T12:00:00Z", "in 2 h (12:00 UTC)"),
            ("2026-11-21T14:05:00Z", "in 4 h 5 min (14:05 UTC)"),
            ("2026-11-01T10:00:00Z", "20 days ago (2026-11-01 10:00 UTC)"),
            ("soon\u{1b}", "soon\\u{1b}"),
        ] {
            assert_eq!(relative_and_absolute(at, now), shown);
        }
        assert_eq!(relative("2026-11-21T10:28:00Z", now), "in 28 min");
    }
}
