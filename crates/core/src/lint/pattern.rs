//! Patterns that every text matches.

use super::{Found, World};
use crate::entitlement::Entitlement;

pub(super) fn check(one: &Entitlement, _: &World<'_>) -> Vec<Found> {
    let own = one
        .justification
        .pattern
        .iter()
        .map(|pattern| ("justification.pattern".to_owned(), pattern));
    let inputs =
        one.inputs.iter().enumerate().filter_map(|(index, input)| {
            Some((format!("inputs[{index}]"), input.pattern.as_ref()?))
        });
    own.chain(inputs)
        .filter(|(_, pattern)| matches_anything(pattern))
        .map(|(path, pattern)| {
            Found::warning(
                path,
                format!("the pattern '{pattern}' matches every text, so it asks for nothing"),
                "the pattern searches: anchor it, such as '^INC-[0-9]+ '",
            )
        })
        .collect()
}

fn matches_anything(pattern: &str) -> bool {
    regex::Regex::new(pattern).is_ok_and(|regex| {
        ["", "x", "7", "-", "a b"]
            .iter()
            .all(|text| regex.is_match(text))
    })
}
