//! Listing grants: which index leads, and what is filtered on the way.
//!
//! Every listing walks one or several indexes from the newest id down and stops at the limit. Several walks are
//! merged by SQLite as they go (`UNION ALL … ORDER BY`), so none is sorted and none reads more than it must.

use daypass_core::state::State;
use daypass_engine::ports::GrantFilter;
use sqlx::{QueryBuilder, Sqlite};

use crate::rows;

/// Most entitlements that each get a walk of their own. SQLite takes 500 parts in a compound statement.
const MOST_WALKS: usize = 50;

/// Sorts after every id: ids begin with a digit.
const BEYOND: &str = "~";

/// What a walk follows.
#[derive(Debug, Clone, Copy)]
enum Walk<'a> {
    Everything,
    ReviewOwed,
    Person(&'a str),
    Resource(&'a str),
    Beneficiary(&'a str),
    Entitlement(&'a str),
    State(State),
}

/// The statement for a filter: id and document, newest first, one more than the limit to see whether a page follows.
pub(crate) fn query(filter: &GrantFilter) -> QueryBuilder<Sqlite> {
    let beneficiary = filter.beneficiary.as_ref().map(ToString::to_string);
    let terms = Terms::of(filter, beneficiary.as_deref());
    let mut query = QueryBuilder::new("");
    for (index, walk) in terms.walks().into_iter().enumerate() {
        if index > 0 {
            query.push(" UNION ALL ");
        }
        terms.push_walk(&mut query, walk);
    }
    query
        .push(" ORDER BY 1 DESC LIMIT ")
        .push_bind(rows::limit(filter.limit.saturating_add(1)));
    query
}

/// A filter in the words of the tables.
struct Terms<'a> {
    before: String,
    person: Option<&'a str>,
    resource: Option<&'a str>,
    beneficiary: Option<&'a str>,
    entitlements: Option<Vec<&'a str>>,
    states: Vec<State>,
    review_owed: bool,
}

impl<'a> Terms<'a> {
    fn of(filter: &'a GrantFilter, beneficiary: Option<&'a str>) -> Self {
        let mut states = filter.states.clone();
        states.sort_unstable();
        states.dedup();
        let entitlements = filter.entitlements.as_ref().map(|ids| {
            let mut ids: Vec<_> = ids
                .iter()
                .map(daypass_core::entitlement::EntitlementId::as_str)
                .collect();
            ids.sort_unstable();
            ids.dedup();
            ids
        });
        Self {
            before: filter
                .before
                .map_or_else(|| BEYOND.to_owned(), |id| id.to_string()),
            person: filter
                .concerning
                .as_ref()
                .map(daypass_core::email::Email::as_str),
            resource: filter
                .resource
                .as_ref()
                .map(daypass_core::resource::ResourceName::as_str),
            beneficiary,
            entitlements,
            states,
            review_owed: filter.review_owed,
        }
    }

    /// The walks that together see every match, and no grant twice. Few grants owe a review, few are alive and many
    /// are past, so what is owed leads first of all, and states that are not terminal before anything else.
    fn walks(&self) -> Vec<Walk<'a>> {
        let by_state = || self.states.iter().copied().map(Walk::State).collect();
        if self.review_owed {
            return vec![Walk::ReviewOwed];
        }
        if !self.states.is_empty() && !self.states.iter().any(|state| state.is_terminal()) {
            return by_state();
        }
        if let Some(person) = self.person {
            return vec![Walk::Person(person)];
        }
        if let Some(beneficiary) = self.beneficiary {
            return vec![Walk::Beneficiary(beneficiary)];
        }
        if let Some(resource) = self.resource {
            return vec![Walk::Resource(resource)];
        }
        match &self.entitlements {
            Some(ids) if !ids.is_empty() && ids.len() <= MOST_WALKS => {
                ids.iter().copied().map(Walk::Entitlement).collect()
            }
            // With many entitlements most grants match, and the index carries the entitlement. One walk builds the
            // set of them once.
            _ if self.states.is_empty() => vec![Walk::Everything],
            _ => by_state(),
        }
    }

    fn push_walk(&self, query: &mut QueryBuilder<Sqlite>, walk: Walk<'_>) {
        match walk {
            Walk::Person(person) => {
                query.push("SELECT k.grant_id, g.document FROM grant_people AS k CROSS JOIN grants AS g ON g.id = k.grant_id");
                query
                    .push(" WHERE k.person = ")
                    .push_bind(person.to_owned());
                query
                    .push(" AND k.grant_id < ")
                    .push_bind(self.before.clone());
            }
            Walk::Resource(resource) => {
                query.push("SELECT k.grant_id, g.document FROM grant_resources AS k CROSS JOIN grants AS g ON g.id = k.grant_id");
                query
                    .push(" WHERE k.resource = ")
                    .push_bind(resource.to_owned());
                query
                    .push(" AND k.grant_id < ")
                    .push_bind(self.before.clone());
            }
            Walk::Everything
            | Walk::ReviewOwed
            | Walk::Beneficiary(_)
            | Walk::Entitlement(_)
            | Walk::State(_) => {
                let index = match walk {
                    Walk::State(_) => "grants_by_state",
                    Walk::Entitlement(_) => "grants_by_entitlement",
                    Walk::Beneficiary(_) => "grants_by_beneficiary",
                    Walk::ReviewOwed => "grants_review_owed",
                    _ => "grants_in_order",
                };
                query
                    .push("SELECT g.id, g.document FROM grants AS g INDEXED BY ")
                    .push(index);
                query.push(" WHERE g.id < ").push_bind(self.before.clone());
                match walk {
                    // The very words of the partial index, which is of use only to them.
                    Walk::ReviewOwed => query.push(" AND g.review_owed = 1"),
                    Walk::State(state) => query.push(" AND g.state = ").push_bind(state.as_str()),
                    Walk::Entitlement(id) => {
                        query.push(" AND g.entitlement = ").push_bind(id.to_owned())
                    }
                    Walk::Beneficiary(principal) => query
                        .push(" AND g.beneficiary = ")
                        .push_bind(principal.to_owned()),
                    _ => query,
                };
            }
        }
        self.push_rest(query, walk);
    }

    /// The conditions that the walk does not see to.
    fn push_rest(&self, query: &mut QueryBuilder<Sqlite>, walk: Walk<'_>) {
        if let Some(person) = self.person.filter(|_| !matches!(walk, Walk::Person(_))) {
            query.push(" AND EXISTS (SELECT 1 FROM grant_people AS p WHERE p.grant_id = g.id AND p.person = ");
            query.push_bind(person.to_owned()).push(")");
        }
        if let Some(resource) = self.resource.filter(|_| !matches!(walk, Walk::Resource(_))) {
            query.push(" AND EXISTS (SELECT 1 FROM grant_resources AS r WHERE r.grant_id = g.id AND r.resource = ");
            query.push_bind(resource.to_owned()).push(")");
        }
        if let Some(beneficiary) = self
            .beneficiary
            .filter(|_| !matches!(walk, Walk::Beneficiary(_)))
        {
            query
                .push(" AND g.beneficiary = ")
                .push_bind(beneficiary.to_owned());
        }
        if let Some(ids) = self
            .entitlements
            .as_ref()
            .filter(|_| !matches!(walk, Walk::Entitlement(_)))
        {
            push_member(query, "g.entitlement", ids);
        }
        if !self.states.is_empty() && !matches!(walk, Walk::State(_)) {
            push_member(
                query,
                "g.state",
                &self
                    .states
                    .iter()
                    .map(|state| state.as_str())
                    .collect::<Vec<_>>(),
            );
        }
    }
}

/// One parameter for the whole list, however long: SQLite limits their number. The unary plus keeps the list from
/// leading the search in place of the walk's own index.
fn push_member(query: &mut QueryBuilder<Sqlite>, column: &str, values: &[&str]) {
    let list = serde_json::Value::from(values.to_vec()).to_string();
    query
        .push(" AND +")
        .push(column)
        .push(" IN (SELECT value FROM json_each(")
        .push_bind(list)
        .push("))");
}
