//! The file as it is written: each group with its own members.

use std::collections::HashSet;
use std::fmt;

use daypass_core::email::Email;
use daypass_core::justification::printable;
use daypass_core::yaml;
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};

/// The groups, and what each lists.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Each group once, with its members as they were written, repetitions included.
    pub(super) groups: Vec<(Email, Vec<Email>)>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    groups: Entries,
}

/// A map, entry by entry: two spellings of one address must not hide each other.
struct Entries(Vec<(String, Vec<String>)>);

impl<'de> Deserialize<'de> for Entries {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reading;
        impl<'de> Visitor<'de> for Reading {
            type Value = Entries;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("groups, each with a list of members")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Entries(entries))
            }
        }
        deserializer.deserialize_map(Reading)
    }
}

impl Listing {
    /// Reads YAML. The error is for the person who wrote it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let file: File = yaml::read(text, yaml::MAX_NODES_OF_A_LISTING).map_err(|error| {
            let said = error.to_string();
            printable(said.lines().next().unwrap_or_default(), 300)
        })?;
        let address = |text: &str, within: &str| {
            Email::parse(text)
                .map_err(|error| printable(&format!("{error} (in the entry '{within}')"), 300))
        };
        let mut names = HashSet::with_capacity(file.groups.0.len());
        for (name, _) in &file.groups.0 {
            let group = address(without_prefix(name).1, name)?;
            if !names.insert(group.clone()) {
                return Err(format!("the group {group} is listed twice"));
            }
        }
        let mut groups = Vec::with_capacity(file.groups.0.len());
        for (name, members) in file.groups.0 {
            let group = address(without_prefix(&name).1, &name)?;
            let mut list = Vec::with_capacity(members.len());
            for member in &members {
                let (prefix, rest) = without_prefix(member);
                let email = address(rest, member)?;
                match prefix {
                    Some("group") if !names.contains(&email) => {
                        return Err(format!(
                            "{group} lists the group {email}, which is not in the file"
                        ));
                    }
                    Some("user" | "serviceAccount") if names.contains(&email) => {
                        return Err(format!(
                            "{group} lists {email}, which is a group, as a person"
                        ));
                    }
                    _ => list.push(email),
                }
            }
            groups.push((group, list));
        }
        Ok(Self { groups })
    }
}

/// `group:sre@example.com` in its two parts; a bare address has no prefix. Another prefix stays, and is refused with
/// the address.
fn without_prefix(text: &str) -> (Option<&str>, &str) {
    match text.split_once(':') {
        Some((prefix @ ("group" | "user" | "serviceAccount"), rest)) => (Some(prefix), rest),
        _ => (None, text),
    }
}
