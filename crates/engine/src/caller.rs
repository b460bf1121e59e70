use daypass_core::audit::{Actor, Channel};
use daypass_core::person::Person;

/// Who calls a verb, and through which channel. Made by the sign-in of that channel only, never from a request's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// The person or machine.
    pub person: Person,
    /// Where they act.
    pub channel: Channel,
}

impl Caller {
    /// The actor of the audit trail.
    pub(crate) fn actor(&self) -> Actor {
        Actor::person(&self.person, self.channel)
    }
}

/// What a sign-in yields.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedInPerson {
    /// The person.
    pub person: Person,
    /// The name to show.
    pub name: String,
}
