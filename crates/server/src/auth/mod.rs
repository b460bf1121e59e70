//! Who is there: sessions, the sign-in, and what keeps other sites from acting in somebody's name.

mod caller;
mod code_challenge;
pub(crate) mod cookie_names;
mod form;
mod login;
mod login_store;
mod logout;
pub(crate) mod powers;
mod rate_limit;
mod same_origin;
mod terminal;
mod terminal_codes;

pub(crate) use caller::{Caller, OpenSession, PageCaller};
pub(crate) use code_challenge::{CodeChallenge, verifies};
pub(crate) use form::SignedForm;
pub(crate) use login::{LoginRequest, begin, callback};
pub(crate) use login_store::{LoginStore, Place, TerminalLogin};
pub(crate) use logout::logout;
pub(crate) use powers::Powers;
pub(crate) use rate_limit::RateLimit;
pub(crate) use terminal::{confirm, terminal};
pub(crate) use terminal_codes::TerminalCodes;
