//! The word that was probably meant.

/// The candidate nearest to what was written, if it is near enough to be a slip: letters left out, added, changed or
/// swapped, at most one in three of the word; or the one that begins the same. Capitals cost nothing, so that
/// `startswith` finds `startsWith`.
pub fn nearest<'a>(
    written: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let plain = |text: &str| text.to_ascii_lowercase().replace('-', "_");
    let written = plain(written);
    let length = written.chars().count();
    let most = (length / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= MOST_LETTERS && length <= MOST_LETTERS)
        .filter_map(|candidate| {
            let plain = plain(candidate);
            let steps = distance(&written, &plain);
            let begins =
                length >= 4 && (plain.starts_with(&written) || written.starts_with(&plain));
            (steps <= most || begins).then_some((steps, candidate))
        })
        .min_by_key(|(steps, _)| *steps)
        .map(|(_, candidate)| candidate)
}

/// Words longer than this are not compared.
const MOST_LETTERS: usize = 64;

/// How many letters must be added, removed, changed or swapped with their neighbour (optimal string alignment).
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=other.len()).collect();
    for (row, letter) in one.iter().enumerate() {
        let mut current = vec![row + 1];
        for (column, against) in other.iter().enumerate() {
            let change = last[column] + usize::from(letter != against);
            let mut steps = change.min(last[column + 1] + 1).min(current[column] + 1);
            let swapped =
                row > 0 && column > 0 && *letter == other[column - 1] && one[row - 1] == *against;
            if swapped {
                steps = steps.min(before[column - 1] + 1);
            }
            current.push(steps);
        }
        before = std::mem::replace(&mut last, current);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slips_are_found_and_other_words_are_not() {
        let fields = [
            "duration",
            "requesters",
            "title",
            "id",
            "owner",
            "break_glass",
            "startsWith",
        ];
        let cases = [
            ("durations", Some("duration")),
            ("duraton", Some("duration")),
            ("reqeusters", Some("requesters")),
            ("Title", Some("title")),
            ("break-glass", Some("break_glass")),
            ("startswith", Some("startsWith")),
            ("name", None),
            ("x", None),
            ("", None),
        ];
        for (written, meant) in cases {
            assert_eq!(nearest(written, fields), meant, "{written}");
        }
    }

    #[test]
    fn distances() {
        for (one, other, steps) in [
            ("", "abc", 3),
            ("abc", "abc", 0),
            ("ab", "ba", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, other), steps, "{one} {other}");
        }
    }
}
