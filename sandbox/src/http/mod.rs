//! The wire: requests, routes, replies, faults and the record of what was received.

pub(crate) mod dispatch;
pub(crate) mod errors;
pub(crate) mod faults;
pub(crate) mod fields;
pub(crate) mod recording;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod routes;
pub(crate) mod server;
