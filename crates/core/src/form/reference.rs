//! Every field of an entitlement file, as a page for people.

use std::fmt::Write as _;

use super::file::objects;
use super::{Entries, Field, Form, Object};

/// The page, in Markdown.
pub fn reference() -> String {
    let mut page = String::from(
        "# The fields of an entitlement file\n\nThis page is made by `daypass policy schema --markdown`, from the table by which the loader explains mistakes.\nFields in bold must be there. [entitlements.md](entitlements.md) tells how they work together.\n",
    );
    for object in objects() {
        section(&mut page, object);
    }
    page
}

/// One object. Writing to a `String` cannot fail.
fn section(page: &mut String, object: &Object) {
    let _ = writeln!(
        page,
        "\n## {}\n\n| field | value | example | meaning |\n|---|---|---|---|",
        heading(object)
    );
    for field in object.fields {
        let name = if field.required {
            format!("**`{}`**", field.name)
        } else {
            format!("`{}`", field.name)
        };
        let _ = writeln!(
            page,
            "| {name} | {} | {} | {} |",
            value(&field.form),
            example(field),
            cell(field.meaning)
        );
    }
}

/// What the object is, without its article and as the beginning of a line.
fn heading(object: &Object) -> String {
    let words = object
        .is
        .trim_start_matches("an ")
        .trim_start_matches("a ")
        .trim_start_matches("the ");
    let mut letters = words.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

/// What may stand in a place; an object is told by the section that it has.
fn value(form: &Form) -> String {
    match form {
        Form::Text(text) => text.is.to_owned(),
        Form::Words(words) => {
            let quoted: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
            quoted.join(" or ")
        }
        Form::Flag => "`true` or `false`".to_owned(),
        Form::Count(least, most) => format!("{least} to {most}"),
        Form::List(inner, Entries::SomeUpTo(most)) => {
            format!("list of at most {most}, each {}", value(inner))
        }
        Form::List(inner, _) => format!("list, each {}", value(inner)),
        Form::Map(inner) => format!("names, each with {}", value(inner)),
        Form::Object(object) => {
            let heading = heading(object);
            let anchor = heading.to_ascii_lowercase().replace(' ', "-");
            format!("[{}](#{anchor})", object.is)
        }
        Form::Either(one, other) => format!("{}, or {}", value(one), value(other)),
    }
}

fn example(field: &Field) -> String {
    format!("`{}`", cell(field.example))
}

/// Text that does not end the cell of a table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_page_is_the_one_of_the_table() {
        let published = include_str!("../../../../docs/entitlement-fields.md");
        assert!(
            published == reference(),
            "run: daypass policy schema --markdown > docs/entitlement-fields.md"
        );
    }

    #[test]
    fn every_link_leads_to_a_section() {
        let page = reference();
        let links: Vec<&str> = page
            .split("](#")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
            .collect();
        assert!(links.len() > 10);
        for link in links {
            let is_there = page
                .lines()
                .filter_map(|line| line.strip_prefix("## "))
                .any(|heading| heading.to_ascii_lowercase().replace(' ', "-") == link);
            assert!(is_there, "{link}");
        }
    }
}
