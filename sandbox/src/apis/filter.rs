//! Google's list filters: `labels.env:prod AND (parent.id=42 OR id:acme-*)`.

use std::iter::Peekable;
use std::vec::IntoIter;

/// Whether an item passes. `values` returns what a field of the item holds; several for a list or a wildcard.
/// The error is for a person.
pub(crate) fn passes(filter: &str, values: &dyn Fn(&str) -> Vec<String>) -> Result<bool, String> {
    let mut tokens = tokens(filter)?.into_iter().peekable();
    if tokens.peek().is_none() {
        return Ok(true);
    }
    let result = either(&mut tokens, values)?;
    match tokens.next() {
        None => Ok(result),
        Some(extra) => Err(format!("Invalid filter near \"{extra}\".")),
    }
}

type Tokens = Peekable<IntoIter<String>>;

fn tokens(filter: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut word = String::new();
    let mut letters = filter.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' | '\'' => loop {
                match letters.next() {
                    Some('\\') => word.extend(letters.next()),
                    Some(end) if end == letter => break,
                    Some(inner) => word.push(inner),
                    None => return Err("Invalid filter: a string does not end.".to_owned()),
                }
            },
            '(' | ')' | ' ' | '\t' | '\n' => {
                if !word.is_empty() {
                    tokens.push(std::mem::take(&mut word));
                }
                if letter == '(' || letter == ')' {
                    tokens.push(letter.to_string());
                }
            }
            ':' | '=' | '<' | '>' | '!' => {
                let mut operator = letter.to_string();
                operator.extend(letters.next_if_eq(&'='));
                if !word.is_empty() && !is_comparison(&word) {
                    tokens.push(std::mem::take(&mut word));
                }
                tokens.push(operator);
            }
            _ => word.push(letter),
        }
    }
    if !word.is_empty() {
        tokens.push(word);
    }
    Ok(regroup(tokens))
}

/// A value that holds a colon, such as `user:alice@example.com` or a time, was cut apart above.
fn regroup(tokens: Vec<String>) -> Vec<String> {
    let mut grouped: Vec<String> = Vec::new();
    for token in tokens {
        let count = grouped.len();
        let in_value = token == ":" && count >= 3 && is_comparison(&grouped[count - 2]);
        let after_cut = grouped
            .last()
            .is_some_and(|last| last.len() > 1 && last.ends_with(':'));
        match grouped.last_mut() {
            Some(last) if in_value || after_cut => last.push_str(&token),
            _ => grouped.push(token),
        }
    }
    grouped
}

fn is_comparison(token: &str) -> bool {
    matches!(token, ":" | "=" | "<" | ">" | "<=" | ">=" | "!=" | "==")
}

fn either(tokens: &mut Tokens, values: &dyn Fn(&str) -> Vec<String>) -> Result<bool, String> {
    let mut result = all(tokens, values)?;
    while tokens
        .next_if(|token| token.eq_ignore_ascii_case("or"))
        .is_some()
    {
        let right = all(tokens, values)?;
        result = result || right;
    }
    Ok(result)
}

fn all(tokens: &mut Tokens, values: &dyn Fn(&str) -> Vec<String>) -> Result<bool, String> {
    let mut result = term(tokens, values)?;
    while tokens
        .peek()
        .is_some_and(|token| token != ")" && !token.eq_ignore_ascii_case("or"))
    {
        tokens.next_if(|token| token.eq_ignore_ascii_case("and"));
        let right = term(tokens, values)?;
        result = result && right;
    }
    Ok(result)
}

fn term(tokens: &mut Tokens, values: &dyn Fn(&str) -> Vec<String>) -> Result<bool, String> {
    let first = tokens.next().ok_or("Invalid filter: it ends too early.")?;
    if first == "(" {
        let result = either(tokens, values)?;
        return tokens
            .next_if_eq(")")
            .map(|_| result)
            .ok_or_else(|| "Invalid filter: a bracket is missing.".to_owned());
    }
    if first.eq_ignore_ascii_case("not") {
        return term(tokens, values).map(|holds| !holds);
    }
    let operator = tokens.next().filter(|token| is_comparison(token));
    let operator = operator.ok_or_else(|| format!("Invalid filter near \"{first}\"."))?;
    let wanted = tokens.next().ok_or("Invalid filter: a value is missing.")?;
    Ok(compare(&values(&first), &operator, &wanted))
}

fn compare(found: &[String], operator: &str, wanted: &str) -> bool {
    match operator {
        ":" if wanted == "*" => !found.is_empty(),
        ":" => found.iter().any(|value| matches_pattern(value, wanted)),
        "=" | "==" => found.iter().any(|value| value.eq_ignore_ascii_case(wanted)),
        "!=" => !found.iter().any(|value| value.eq_ignore_ascii_case(wanted)),
        "<" => found.iter().any(|value| value.as_str() < wanted),
        "<=" => found.iter().any(|value| value.as_str() <= wanted),
        ">" => found.iter().any(|value| value.as_str() > wanted),
        _ => found.iter().any(|value| value.as_str() >= wanted),
    }
}

/// `acme-*` is a prefix; without a star the whole value counts, without regard to case.
fn matches_pattern(value: &str, pattern: &str) -> bool {
    let (value, pattern) = (value.to_lowercase(), pattern.to_lowercase());
    match pattern.strip_suffix('*') {
        Some(prefix) => value.starts_with(prefix.trim_start_matches('*')),
        None => value == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn project(field: &str) -> Vec<String> {
        let found = match field {
            "id" | "projectId" => "acme-prod",
            "labels.env" => "prod",
            "parent.type" => "folder",
            "parent.id" => "42",
            "member" => "user:alice@example.com",
            _ => return Vec::new(),
        };
        vec![found.to_owned()]
    }

    #[test]
    fn filters_combine_as_google_reads_them() {
        for (filter, expected) in [
            ("", true),
            ("labels.env:prod", true),
            ("labels.env=dev", false),
            ("labels.env:*", true),
            ("labels.team:*", false),
            ("parent.type:folder parent.id:42", true),
            ("parent.type:folder AND parent.id:43", false),
            ("labels.env=dev OR id:acme-*", true),
            ("NOT labels.env=dev AND (id:x OR id:\"acme-prod\")", true),
            ("member=\"user:alice@example.com\"", true),
            ("member=user:alice@example.com", true),
            ("parent.id!=42", false),
        ] {
            assert_eq!(passes(filter, &project), Ok(expected), "{filter}");
        }
        for broken in ["labels.env", "(id:x", "id:", "id:\"x"] {
            assert!(passes(broken, &project).is_err(), "{broken}");
        }
    }
}
