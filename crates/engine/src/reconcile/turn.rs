//! Who sees to what: a grant's beginning is seen to by one task at a time, and a policy by one writer.

use daypass_core::ids::GrantId;
use daypass_core::resource::ResourceName;

use super::locked;
use crate::Engine;

/// The turn of one task. It ends when this is dropped, also by a panic.
pub(super) struct Turn {
    engine: Engine,
    what: What,
}

enum What {
    Begin(GrantId),
    Write(ResourceName),
}

impl Turn {
    /// The turn to begin the grant; none while another task has it.
    pub(super) fn to_begin(engine: &Engine, grant: GrantId) -> Option<Self> {
        let is_free = locked(&engine.0.state.begun).insert(grant);
        is_free.then(|| Self::of(engine, What::Begin(grant)))
    }

    /// The turn to write the resource's policy; none while another writer has it.
    pub(super) fn to_write(engine: &Engine, resource: ResourceName) -> Option<Self> {
        let is_free = locked(&engine.0.state.writing).insert(resource.clone());
        is_free.then(|| Self::of(engine, What::Write(resource)))
    }

    fn of(engine: &Engine, what: What) -> Self {
        Self {
            engine: engine.clone(),
            what,
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let state = &self.engine.0.state;
        match &self.what {
            What::Begin(grant) => locked(&state.begun).remove(grant),
            What::Write(resource) => locked(&state.writing).remove(resource),
        };
    }
}
