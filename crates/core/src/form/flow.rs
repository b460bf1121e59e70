//! Text without quotes within `{…}` and `[…]`, which the parser stumbles over: brackets, commas and colons have a
//! meaning of their own there.
//!
//! This is no parser: it is asked only where the parser has failed, and finds the value that was probably meant as text.

/// What stands on a line that cannot be read.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stand<'t> {
    /// Nothing within brackets, as far as can be told.
    Block,
    /// Something within brackets.
    Flow,
    /// A value that is a text and not in quotes, with the name of its field.
    Unquoted {
        name: Option<&'t str>,
        value: &'t str,
    },
}

/// Looks at the line of this number, the first being 0.
pub(super) fn look(text: &str, line: usize) -> Stand<'_> {
    let end_of = |offset: usize| {
        text[offset..]
            .find('\n')
            .map_or(text.len(), |end| offset + end)
    };
    let line_start = text
        .match_indices('\n')
        .map(|(end, _)| end + 1)
        .nth(line.wrapping_sub(1))
        .unwrap_or_default();
    let line_end = end_of(line_start);
    let mut offset = 0;
    while offset <= line_start && offset < text.len() {
        let mut end = end_of(offset);
        if let Some((name, start)) = beginning(&text[offset..end]) {
            let scan = Scan {
                text,
                at: offset + start,
                open: Vec::new(),
            };
            match scan.run() {
                Scanned::Closed(stop) => {
                    let is_one_line = stop <= end;
                    end = end_of(stop);
                    let rest = text[stop..end].trim_start();
                    if is_one_line && !rest.is_empty() && !rest.starts_with(['#', ':']) {
                        let value = text[offset + start..end].trim_end();
                        return Stand::Unquoted { name, value };
                    }
                    if stop >= line_start {
                        return Stand::Flow;
                    }
                }
                Scanned::Unquoted { at, .. } if at > line_end => return Stand::Flow,
                Scanned::Unquoted {
                    name: inner, value, ..
                } => {
                    let name = inner.or(name);
                    return Stand::Unquoted { name, value };
                }
                Scanned::Lost => return Stand::Flow,
            }
        }
        offset = end + 1;
    }
    Stand::Block
}

/// Where a line's value begins, if it begins with a bracket, and the name before it.
fn beginning(line: &str) -> Option<(Option<&str>, usize)> {
    let mut rest = line.trim_start();
    while let Some(item) = rest.strip_prefix("- ") {
        rest = item.trim_start();
    }
    let (name, value) = match rest.split_once(": ") {
        _ if rest.starts_with(['[', '{']) => (None, rest),
        Some((name, value)) => (Some(name), value.trim_start()),
        None => return None,
    };
    value
        .starts_with(['[', '{'])
        .then(|| (name, line.len() - value.len()))
}

enum Scanned<'t> {
    /// The brackets close here.
    Closed(usize),
    /// A value of this place is not in quotes.
    Unquoted {
        at: usize,
        name: Option<&'t str>,
        value: &'t str,
    },
    /// The brackets do not fit each other.
    Lost,
}

/// A bracket that is open.
struct Open<'t> {
    at: usize,
    name: Option<&'t str>,
    in_value: bool,
}

struct Scan<'t> {
    text: &'t str,
    at: usize,
    open: Vec<Open<'t>>,
}

impl<'t> Scan<'t> {
    fn run(mut self) -> Scanned<'t> {
        while let Some(letter) = self.text[self.at..].chars().next() {
            let rest = &self.text[self.at..];
            match letter {
                '[' | '{' => {
                    self.open.push(Open {
                        at: self.at,
                        name: None,
                        in_value: false,
                    });
                    self.at += 1;
                }
                ']' | '}' => {
                    let closed = self.open.pop();
                    let Some(closed) = closed.filter(|open| fits(&self.text[open.at..], letter))
                    else {
                        return Scanned::Lost;
                    };
                    self.at += 1;
                    if self.open.is_empty() {
                        return Scanned::Closed(self.at);
                    }
                    let next = self.text[self.at..].trim_start_matches(' ');
                    if !next.is_empty() && !next.starts_with([',', ']', '}', ':', '#', '\n', '\r'])
                    {
                        return self.unquoted(closed.at);
                    }
                }
                ',' => {
                    if let Some(open) = self.open.last_mut() {
                        (open.name, open.in_value) = (None, false);
                    }
                    self.at += 1;
                }
                ':' => {
                    if let Some(open) = self.open.last_mut() {
                        open.in_value = true;
                    }
                    self.at += 1;
                }
                '\'' | '"' => match quoted(rest, letter) {
                    Some(length) => self.at += length,
                    None => return Scanned::Lost,
                },
                '#' => self.at += rest.find('\n').unwrap_or(rest.len()),
                '&' | '!' | '*' => {
                    let ends = |c: char| c.is_whitespace() || matches!(c, ',' | ']' | '}');
                    self.at += rest.find(ends).unwrap_or(rest.len());
                }
                '%' | '@' | '`' => return self.unquoted(self.at),
                blank if blank.is_whitespace() => self.at += blank.len_utf8(),
                _ => {
                    if let Some(found) = self.plain() {
                        return found;
                    }
                }
            }
        }
        Scanned::Lost
    }

    /// Reads text without quotes, which is a name or a value.
    fn plain(&mut self) -> Option<Scanned<'t>> {
        let rest = &self.text[self.at..];
        let ends = |(index, letter): &(usize, char)| match letter {
            '\n' | ',' | '[' | ']' | '{' | '}' => true,
            ':' => rest[index + 1..].is_empty() || rest[index + 1..].starts_with([' ', '\n', '\r']),
            '#' => rest[..*index].ends_with(' '),
            _ => false,
        };
        let (length, letter) = rest.char_indices().find(ends).unwrap_or((rest.len(), '\n'));
        let open = self.open.last_mut()?;
        match letter {
            '[' | '{' => return Some(self.unquoted(self.at)),
            ':' if open.in_value => return Some(self.unquoted(self.at)),
            ':' => open.name = Some(rest[..length].trim_end()),
            _ => {}
        }
        self.at += length;
        None
    }

    /// The value that begins here, up to what ends it among its neighbours.
    fn unquoted(&self, at: usize) -> Scanned<'t> {
        let rest = &self.text[at..];
        let mut inner = Vec::new();
        let mut end = None;
        for (index, letter) in rest.char_indices() {
            match letter {
                '[' | '{' => inner.push(index),
                ']' | '}' => match inner.pop() {
                    Some(open) if fits(&rest[open..], letter) => {}
                    Some(_) => return Scanned::Lost,
                    None => end = Some(index),
                },
                ',' if inner.is_empty() && rest[index + 1..].starts_with([' ', '\n', '\r']) => {
                    end = Some(index);
                }
                '\n' => end = Some(index),
                _ => {}
            }
            if end.is_some() {
                break;
            }
        }
        let value = rest[..end.unwrap_or(rest.len())].trim_end();
        if inner.is_empty() {
            let name = self.open.last().and_then(|open| open.name);
            Scanned::Unquoted { at, name, value }
        } else {
            Scanned::Lost
        }
    }
}

/// Whether the bracket at the beginning of a text is closed by this one.
fn fits(opened: &str, closing: char) -> bool {
    let wanted = if closing == ']' { '[' } else { '{' };
    opened.starts_with(wanted)
}

/// How long the text in quotes at the beginning is.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((index, letter)) = letters.next() {
        let is_doubled = |next: Option<&(usize, char)>| next.is_some_and(|(_, next)| *next == '\'');
        match letter {
            '\\' if quote == '"' => {
                letters.next();
            }
            '\'' if quote == '\'' && is_doubled(letters.peek()) => {
                letters.next();
            }
            _ if letter == quote => return Some(index + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_value_without_quotes_is_found() {
        let unquoted = |name, value| Stand::Unquoted { name, value };
        for (text, expected) in [
            (
                "- {name: incident, type: string, pattern: ^INC-[0-9]+$, required: true}",
                unquoted(Some("pattern"), "^INC-[0-9]+$"),
            ),
            (
                "inputs: [{name: a, pattern: ^[A-Z]{2,4}-[0-9]+$}, {name: b}]",
                unquoted(Some("pattern"), "^[A-Z]{2,4}-[0-9]+$"),
            ),
            (
                "{pattern: [A-Z]+-[0-9]+, required: true}",
                unquoted(Some("pattern"), "[A-Z]+-[0-9]+"),
            ),
            (
                "pattern: [A-Z]+-[0-9]+$",
                unquoted(Some("pattern"), "[A-Z]+-[0-9]+$"),
            ),
            ("[a, @b, c]", unquoted(None, "@b")),
            ("to: [a, @b, c]", unquoted(Some("to"), "@b")),
            (
                "{hint: the ticket: INC-1, required: true}",
                unquoted(Some("hint"), "the ticket: INC-1"),
            ),
            (
                "{a: 'it''s [x', \"b\": \"\\\"[\", c: *d, e: &f [g], h: http://i}",
                Stand::Flow,
            ),
            ("{a: [b}", Stand::Flow),
            ("{a: x[b}", Stand::Flow),
            ("title: Storage: production", Stand::Block),
            ("title: a [b] c", Stand::Block),
            ("- - {a: 1} # why", Stand::Flow),
        ] {
            assert_eq!(look(text, 0), expected, "{text}");
        }
    }

    #[test]
    fn brackets_over_several_lines() {
        let text =
            "a: [x]\ninputs: [{name: a,\n  pattern: ^INC-[0-9]+$,\n  required: true}]\nb: c\n";
        let expected = Stand::Unquoted {
            name: Some("pattern"),
            value: "^INC-[0-9]+$",
        };
        assert_eq!(look(text, 2), expected);
        assert_eq!(look(text, 1), Stand::Flow);
        let good = text.replace("^INC-[0-9]+$", "x");
        let lines = [
            Stand::Flow,
            Stand::Flow,
            Stand::Flow,
            Stand::Flow,
            Stand::Block,
        ];
        for (line, expected) in lines.into_iter().enumerate() {
            assert_eq!(look(&good, line), expected, "{line}");
        }
    }
}
