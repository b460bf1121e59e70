//! Query strings, read strictly: an unknown name is an error, so that a misspelt filter never widens a list.

use daypass_core::justification::printable;
use url::form_urlencoded;

use crate::failure::Failure;

/// Entries of a page by default, and at most.
const DEFAULT_LIMIT: usize = 50;
const MAX_LIMIT: usize = 200;

/// The parameters of one request.
pub(crate) struct Params(Vec<(String, String)>);

impl Params {
    /// Reads the query; names outside `known` are refused.
    pub(crate) fn parse(query: Option<&str>, known: &[&str]) -> Result<Self, Failure> {
        let pairs: Vec<(String, String)> =
            form_urlencoded::parse(query.unwrap_or_default().as_bytes())
                .into_owned()
                .collect();
        match pairs
            .iter()
            .find(|(name, _)| !known.contains(&name.as_str()))
        {
            Some((name, _)) => Err(Failure::invalid(format!(
                "there is no parameter '{}' here",
                printable(name, 40)
            ))
            .hint(format!("known are: {}", known.join(", ")))),
            None => Ok(Self(pairs)),
        }
    }

    /// All values of a name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0
            .iter()
            .filter(move |(given, _)| given == name)
            .map(|(_, value)| value.as_str())
    }

    /// The one value of a name; an empty one counts as absent, two are refused.
    pub(crate) fn one(&self, name: &str) -> Result<Option<&str>, Failure> {
        let mut values = self
            .0
            .iter()
            .filter(|(given, _)| given == name)
            .map(|(_, value)| value.as_str());
        let first = values.next();
        if values.next().is_some() {
            return Err(Failure::invalid(format!("'{name}' is given twice")));
        }
        Ok(first.filter(|value| !value.is_empty()))
    }

    /// How many entries a page shall have.
    pub(crate) fn limit(&self) -> Result<usize, Failure> {
        match self.one("limit")? {
            None => Ok(DEFAULT_LIMIT),
            Some(text) => match text.parse() {
                Ok(limit @ 1..=MAX_LIMIT) => Ok(limit),
                _ => Err(
                    Failure::invalid(format!("'{}' is not a limit", printable(text, 20)))
                        .hint(format!("write a number from 1 to {MAX_LIMIT}")),
                ),
            },
        }
    }
}
