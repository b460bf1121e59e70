//! Bodies of several parts (RFC 2046, 5.1), as uploads of objects have them.

/// One part.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Part<'a> {
    /// Empty if the part names none.
    pub(super) content_type: String,
    pub(super) body: &'a [u8],
}

/// The parts of a body, by the boundary that its `Content-Type` names. Google's Python clients end lines with a line
/// feed alone, and are understood too.
pub(super) fn parts<'a>(content_type: &str, body: &'a [u8]) -> Vec<Part<'a>> {
    let Some((_, boundary)) = content_type.split_once("boundary=") else {
        return Vec::new();
    };
    let boundary = boundary.split(';').next().unwrap_or_default().trim();
    let boundary = boundary.trim_matches(['"', '\'']);
    let delimiter = format!("--{boundary}");
    let mut found = Vec::new();
    let mut rest = body;
    while let Some(at) = delimiter_at(rest, delimiter.as_bytes()) {
        let after = &rest[at + delimiter.len()..];
        if after.starts_with(b"--") {
            break;
        }
        let Some(end) = delimiter_at(after, delimiter.as_bytes()) else {
            break;
        };
        found.extend(part(without_last_line_end(without_first_line(
            &after[..end],
        ))));
        rest = &after[end..];
    }
    found
}

/// Where a line begins with the delimiter.
fn delimiter_at(body: &[u8], delimiter: &[u8]) -> Option<usize> {
    let starts_line = |at: usize| at == 0 || body.get(at - 1) == Some(&b'\n');
    body.windows(delimiter.len())
        .enumerate()
        .find(|(at, window)| *window == delimiter && starts_line(*at))
        .map(|(at, _)| at)
}

/// What follows on the delimiter's own line is padding.
fn without_first_line(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    end.map_or(bytes, |end| &bytes[end + 1..])
}

fn without_last_line_end(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

fn part(bytes: &[u8]) -> Option<Part<'_>> {
    let mut content_type = String::new();
    let mut rest = bytes;
    loop {
        let end = rest.iter().position(|byte| *byte == b'\n')?;
        let line = String::from_utf8_lossy(&rest[..end]);
        let line = line.trim();
        rest = &rest[end + 1..];
        if line.is_empty() {
            return Some(Part {
                content_type,
                body: rest,
            });
        }
        let header = line.split_once(':');
        let header = header.filter(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if let Some((_, value)) = header {
            value.trim().clone_into(&mut content_type);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_kinds_of_line_ends_are_read_and_content_is_left_alone() {
        for (end, kind) in [
            ("\r\n", "multipart/related; boundary=\"=b=\""),
            ("\n", "multipart/related; boundary='=b='"),
        ] {
            let lines = [
                "--=b=",
                "Content-Type: application/json",
                "",
                "{}",
                "--=b=",
                "content-type: text/plain",
                "",
                "a\n--=x=",
                "",
                "--=b=--",
            ];
            let body = lines.join(end);
            let parts = parts(kind, body.as_bytes());
            let content = format!("a\n--=x={end}");
            let expected = [("application/json", "{}"), ("text/plain", content.as_str())];
            assert_eq!(parts.len(), 2, "{parts:?}");
            for (part, (kind, text)) in parts.iter().zip(expected) {
                assert_eq!(
                    (part.content_type.as_str(), part.body),
                    (kind, text.as_bytes())
                );
            }
        }
        assert!(parts("multipart/related", b"--\n\nx").is_empty());
        assert!(parts("multipart/related; boundary=b", b"nothing").is_empty());
    }
}
