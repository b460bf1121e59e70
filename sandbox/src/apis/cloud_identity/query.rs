//! The query of a search for somebody's groups: CEL, of which Google takes three forms of term, joined by `&&`.

/// What a search asks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct GroupQuery {
    /// The address whose groups are sought.
    pub(super) member: String,
    /// Labels that a group must have; at least one must be given.
    pub(super) labels: Vec<String>,
    /// `customers/C…`, if the search is held to one.
    pub(super) parent: Option<String>,
}

#[derive(Debug, PartialEq, Eq)]
enum Token {
    Text(String),
    Word(String),
    Equals,
    And,
}

impl GroupQuery {
    /// Reads `member_key_id == 'a@x' && 'label' in labels && parent == 'customers/C0'`, in any order. The error is
    /// for a person.
    pub(super) fn parse(query: &str) -> Result<GroupQuery, String> {
        let tokens = tokens(query)?;
        let (mut member, mut labels, mut parent) = (None, Vec::new(), None);
        for term in tokens.split(|token| *token == Token::And) {
            match term {
                [Token::Word(field), Token::Equals, Token::Text(value)]
                    if field == "member_key_id" && member.is_none() =>
                {
                    member = Some(value.clone());
                }
                [Token::Word(field), Token::Equals, Token::Text(value)]
                    if field == "parent" && parent.is_none() =>
                {
                    parent = Some(value.clone());
                }
                [Token::Text(label), Token::Word(operator), Token::Word(list)]
                    if operator == "in" && list == "labels" =>
                {
                    labels.push(label.clone());
                }
                _ => return Err(format!("Invalid query: {query}")),
            }
        }
        match member {
            Some(member) if !labels.is_empty() => Ok(GroupQuery {
                member,
                labels,
                parent,
            }),
            _ => Err("The query must have a member_key_id and a label.".to_owned()),
        }
    }
}

fn tokens(query: &str) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut letters = query.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            ' ' | '\t' | '\n' => {}
            '\'' | '"' => {
                let mut text = String::new();
                loop {
                    match letters.next() {
                        Some('\\') => text.extend(letters.next()),
                        Some(end) if end == letter => break,
                        Some(inner) => text.push(inner),
                        None => return Err("Invalid query: a string does not end.".to_owned()),
                    }
                }
                tokens.push(Token::Text(text));
            }
            '=' if letters.next_if_eq(&'=').is_some() => tokens.push(Token::Equals),
            '&' if letters.next_if_eq(&'&').is_some() => tokens.push(Token::And),
            letter if letter.is_ascii_alphabetic() => {
                let mut word = letter.to_string();
                while let Some(next) =
                    letters.next_if(|next| next.is_ascii_alphanumeric() || *next == '_')
                {
                    word.push(next);
                }
                tokens.push(Token::Word(word));
            }
            other => return Err(format!("Invalid query near {other}.")),
        }
    }
    Ok(tokens)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_terms_are_read_in_any_order_and_strings_are_unescaped() {
        let whole =
            r"'l' in labels && parent == 'customers/C1' && member_key_id == 'o\'neil@example.com'";
        let expected = GroupQuery {
            member: "o'neil@example.com".to_owned(),
            labels: vec!["l".to_owned()],
            parent: Some("customers/C1".to_owned()),
        };
        assert_eq!(GroupQuery::parse(whole), Ok(expected));
    }

    #[test]
    fn a_query_without_its_parts_is_refused() {
        for broken in [
            "",
            "member_key_id == 'a@b.c'",
            "'l' in labels",
            "member_key_id == 'a@b.c' || 'l' in labels",
            "member_key_id == 'a@b.c' && 'l' in labels &&",
            "member_key_id == 'a@b.c' && member_key_id == 'b@b.c' && 'l' in labels",
            "member_key_id == 'a",
        ] {
            assert!(GroupQuery::parse(broken).is_err(), "{broken}");
        }
    }
}
