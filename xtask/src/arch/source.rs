//! Just enough of Rust's lexical grammar to tell code from comments, literals and tests.
//!
//! Columns and lines stay where they are: what is not wanted becomes spaces.

use std::iter::repeat_n;

/// Blanks comments, and the inside of string and character literals.
pub(super) fn without_literals(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut position = 0;
    while position < characters.len() {
        let rest = &characters[position..];
        let in_word = position > 0 && is_word(characters[position - 1]);
        let length = comment(rest)
            .or_else(|| string(rest, in_word))
            .or_else(|| character(rest));
        if let Some(length) = length {
            code.extend(
                rest[..length]
                    .iter()
                    .map(|&found| if found == '\n' { '\n' } else { ' ' }),
            );
            position += length;
        } else {
            code.push(characters[position]);
            position += 1;
        }
    }
    code
}

/// Blanks what follows each `#[cfg(test)]`, up to the end of that item.
pub(super) fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut shipped = String::with_capacity(code.len());
    let mut rest = code;
    while let Some(start) = rest.find(MARK) {
        let (before, item) = rest.split_at(start);
        let end = end_of_item(item);
        shipped.push_str(before);
        shipped.extend(
            item[..end]
                .chars()
                .map(|found| if found == '\n' { '\n' } else { ' ' }),
        );
        rest = &item[end..];
    }
    shipped.push_str(rest);
    shipped
}

/// Where the first item of `code` ends: at its closing brace, or at a `;` outside of all brackets.
fn end_of_item(code: &str) -> usize {
    let mut depth = 0_usize;
    for (index, found) in code.char_indices() {
        match found {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && found == '}' {
                    return index + 1;
                }
            }
            ';' if depth == 0 => return index + 1,
            _ => {}
        }
    }
    code.len()
}

fn comment(rest: &[char]) -> Option<usize> {
    match rest {
        ['/', '/', ..] => Some(
            rest.iter()
                .position(|&found| found == '\n')
                .unwrap_or(rest.len()),
        ),
        ['/', '*', ..] => {
            let mut depth = 0_usize;
            let mut index = 0;
            while index < rest.len() {
                match rest[index..] {
                    ['/', '*', ..] => {
                        depth += 1;
                        index += 2;
                    }
                    ['*', '/', ..] => {
                        depth -= 1;
                        index += 2;
                        if depth == 0 {
                            return Some(index);
                        }
                    }
                    _ => index += 1,
                }
            }
            Some(rest.len())
        }
        _ => None,
    }
}

/// The length of a string literal, with its prefix, that starts here.
fn string(rest: &[char], in_word: bool) -> Option<usize> {
    let prefix = rest
        .iter()
        .take_while(|found| matches!(found, 'b' | 'c' | 'r'))
        .count();
    if prefix > 2 || (prefix > 0 && in_word) {
        return None;
    }
    let raw = rest[..prefix].contains(&'r');
    let hashes = if raw {
        rest[prefix..]
            .iter()
            .take_while(|&&found| found == '#')
            .count()
    } else {
        0
    };
    let open = prefix + hashes;
    if rest.get(open) != Some(&'"') {
        return None;
    }
    let close: Vec<char> = std::iter::once('"').chain(repeat_n('#', hashes)).collect();
    let mut index = open + 1;
    while index < rest.len() {
        if rest[index] == '\\' && !raw {
            index += 2;
        } else if rest[index..].starts_with(&close) {
            return Some(index + close.len());
        } else {
            index += 1;
        }
    }
    Some(rest.len())
}

/// The length of a character literal; a lifetime has none.
fn character(rest: &[char]) -> Option<usize> {
    match rest {
        ['\'', '\\', _, tail @ ..] => tail
            .iter()
            .position(|&found| found == '\'')
            .map(|index| index + 4),
        ['\'', _, '\'', ..] => Some(3),
        _ => None,
    }
}

/// Whether the character can be part of a name.
pub(super) fn is_word(found: char) -> bool {
    found.is_alphanumeric() || found == '_'
}

/// The names and keywords of a line of code, in order.
pub(super) fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|found| !is_word(found))
        .filter(|word| !word.is_empty())
}

#[cfg(test)]
mod tests {
    use super::{without_literals, without_tests};

    #[test]
    fn comments_and_literals_are_blanked_and_lines_stay() {
        for (text, code) in [
            ("a // unsafe\nb", vec!["a", "b"]),
            ("a /* x /* y */ \n z */ b", vec!["a", "b"]),
            (r#"f("un\"safe") + 1"#, vec!["f(", ")", "+", "1"]),
            ("r#\"a\"b\"# x", vec!["x"]),
            ("b\"a\" br\"\\\" c", vec!["c"]),
            ("'\"' + '\\'' + '\\u{7f}' b", vec!["+", "+", "b"]),
            (
                "fn f<'a>(x: &'a str)",
                vec!["fn", "f<'a>(x:", "&'a", "str)"],
            ),
            ("\"open\nunsafe", vec![]),
        ] {
            let found = without_literals(text);
            assert_eq!(found.split_whitespace().collect::<Vec<_>>(), code, "{text}");
            assert_eq!(found.chars().count(), text.chars().count(), "{text}");
            assert_eq!(
                found.matches('\n').count(),
                text.matches('\n').count(),
                "{text}"
            );
        }
    }

    #[test]
    fn only_the_test_item_is_cut() {
        let code = "fn a() {}\n#[cfg(test)]\nmod tests {\n fn b() { { } }\n}\nfn c() {}\n#[cfg(test)]\nmod more;\nfn d() {}\n";
        let shipped = without_tests(code);
        assert_eq!(
            shipped.split_whitespace().collect::<Vec<_>>(),
            ["fn", "a()", "{}", "fn", "c()", "{}", "fn", "d()", "{}"]
        );
        assert_eq!(shipped.lines().count(), code.lines().count());
    }
}
