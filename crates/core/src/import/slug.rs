//! Ids for what comes from elsewhere: readable, unique, and the same at every run.

use std::collections::BTreeSet;

use crate::entitlement::EntitlementId;

/// Room for a counter behind an id that is taken: `-9999`.
const LONGEST: usize = 63 - 5;

/// The ids that are taken.
#[derive(Debug, Default)]
pub(super) struct Ids(BTreeSet<String>);

impl Ids {
    /// An id made of these words; a counter follows if it is taken. Lower case, everything that is no letter or digit
    /// is a dash.
    pub(super) fn take(&mut self, words: &[&str]) -> String {
        let base = slug(words);
        let mut id = base.clone();
        let mut count = 1_u32;
        while !self.0.insert(id.clone()) {
            count += 1;
            id = format!("{base}-{count}");
        }
        debug_assert!(EntitlementId::parse(&id).is_some(), "{id}");
        id
    }
}

fn slug(words: &[&str]) -> String {
    let mut slug = String::new();
    for c in words.join("-").chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    if !slug.starts_with(|c: char| c.is_ascii_lowercase()) || slug.trim_end_matches('-').len() < 3 {
        slug.insert_str(0, "id-");
    }
    slug.truncate(LONGEST);
    let mut slug = slug.trim_end_matches('-').to_owned();
    if slug.len() < 3 {
        slug.push_str("-import");
    }
    slug
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn readable_and_unique() {
        let mut ids = Ids::default();
        let words = ["projects/acme-prod", "storage.admin"];
        assert_eq!(ids.take(&words), "projects-acme-prod-storage-admin");
        assert_eq!(ids.take(&words), "projects-acme-prod-storage-admin-2");
        assert_eq!(ids.take(&["7"]), "id-7");
        assert_eq!(ids.take(&["Ü"]), "id-import");
    }

    proptest! {
        #[test]
        fn every_id_is_an_entitlement_id(words in prop::collection::vec(any::<String>(), 0..4), long in "[a-z0-9.-]{0,90}") {
            let mut ids = Ids::default();
            let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
            words.push(&long);
            let (first, second) = (ids.take(&words), ids.take(&words));
            prop_assert!(first != second);
            for id in [first, second] {
                prop_assert!(EntitlementId::parse(&id).is_some(), "{}", id);
            }
        }
    }

    #[test]
    fn it_is_the_same_at_every_run() {
        let once = Ids::default().take(&["a/b", "c"]);
        assert_eq!(once, Ids::default().take(&["a/b", "c"]));
        assert!(EntitlementId::parse(&once).is_some());
    }
}
