//! Planning an edit of a policy: pure, so that applying it leaves no choice.

pub mod expired;
pub mod limits;
mod self_check;
