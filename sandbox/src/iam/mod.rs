//! Identity and access: policies, who matches them, and what IAM refuses to store.

pub(crate) mod conditions;
pub(crate) mod evaluate;
pub(crate) mod evaluator;
pub(crate) mod members;
pub(crate) mod policy;
pub(crate) mod stored;
pub(crate) mod validate;
pub(crate) mod write;
