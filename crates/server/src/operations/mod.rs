//! For the operator and the platform.

mod health;
mod metrics;

pub(crate) use health::{alive, ready};
pub(crate) use metrics::{Metrics, metrics};
