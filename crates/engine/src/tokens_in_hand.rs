//! Access tokens of people who lent their power to a grant. In memory only: a restart forgets them, and what was under
//! way is resolved by reading.

use std::collections::HashMap;
use std::sync::Mutex;

use daypass_core::Timestamp;
use daypass_core::ids::GrantId;
use daypass_core::person::Person;

use crate::ports::AccessToken;
use crate::reconcile::locked;

/// Most grants whose tokens are kept at a time. Each is needed for seconds; more than this at once is no approval by
/// people.
const MOST_GRANTS: usize = 10_000;

/// The tokens, by grant.
#[derive(Default)]
pub(crate) struct TokensInHand(Mutex<Hands>);

#[derive(Default)]
struct Hands {
    lent: HashMap<GrantId, Vec<Lent>>,
    next: u64,
}

/// One token, and who lent it.
struct Lent {
    slip: Slip,
    person: Person,
    token: AccessToken,
}

/// Names what was put, so that just that can be taken back: the same person may press the button twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Slip(u64);

impl TokensInHand {
    /// Keeps the token for the grant's writes.
    pub(crate) fn put(
        &self,
        grant: GrantId,
        person: &Person,
        token: &AccessToken,
        now: Timestamp,
    ) -> Slip {
        let mut hands = locked(&self.0);
        hands.forget_what_is_over(now);
        hands.next += 1;
        let slip = Slip(hands.next);
        if hands.lent.len() < MOST_GRANTS || hands.lent.contains_key(&grant) {
            hands.lent.entry(grant).or_default().push(Lent {
                slip,
                person: person.clone(),
                token: token.clone(),
            });
        }
        slip
    }

    /// Takes back what was put under this slip, and nothing else.
    pub(crate) fn take_back(&self, grant: GrantId, slip: Slip) {
        let mut hands = locked(&self.0);
        if let Some(lent) = hands.lent.get_mut(&grant) {
            lent.retain(|one| one.slip != slip);
            if lent.is_empty() {
                hands.lent.remove(&grant);
            }
        }
    }

    /// The token that this person lent to the grant, if it is still good.
    pub(crate) fn of_person(
        &self,
        grant: GrantId,
        person: &Person,
        now: Timestamp,
    ) -> Option<AccessToken> {
        self.find(grant, now, |lent| lent.person.is_same_human(person))
    }

    /// The token that anybody lent to the grant last, if it is still good.
    pub(crate) fn of_anybody(&self, grant: GrantId, now: Timestamp) -> Option<AccessToken> {
        self.find(grant, now, |_| true)
    }

    fn find(
        &self,
        grant: GrantId,
        now: Timestamp,
        fits: impl Fn(&Lent) -> bool,
    ) -> Option<AccessToken> {
        let mut hands = locked(&self.0);
        hands.forget_what_is_over(now);
        let lent = hands.lent.get(&grant)?;
        let found = lent.iter().rev().find(|lent| fits(lent));
        found.map(|lent| lent.token.clone())
    }

    /// Forgets all tokens of a grant: its bindings are settled.
    pub(crate) fn forget(&self, grant: GrantId) {
        locked(&self.0).lent.remove(&grant);
    }

    /// Forgets a token that Google does not take, or that may not do what it was lent for.
    pub(crate) fn forget_token(&self, token: &AccessToken) {
        let mut hands = locked(&self.0);
        hands.keep(|lent| lent.token != *token);
    }

    /// Forgets the tokens that are over.
    pub(crate) fn forget_what_is_over(&self, now: Timestamp) {
        locked(&self.0).forget_what_is_over(now);
    }
}

impl Hands {
    fn forget_what_is_over(&mut self, now: Timestamp) {
        self.keep(|lent| !lent.token.is_over(now));
    }

    fn keep(&mut self, keeps: impl Fn(&Lent) -> bool) {
        self.lent.retain(|_, lent| {
            lent.retain(&keeps);
            !lent.is_empty()
        });
    }
}
