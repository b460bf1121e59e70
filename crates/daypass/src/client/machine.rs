//! What only this machine can tell: its clock, and chance. The rest of the client takes both from here.

use jiff::Timestamp;

/// This machine's clock. It may be wrong: it serves to measure how far it is from the server's.
#[expect(
    clippy::disallowed_methods,
    reason = "the client's one reading of the clock; no decision about a grant depends on it"
)]
pub(super) fn now() -> Timestamp {
    Timestamp::now()
}

/// Random bytes of the operating system, fit for secrets.
#[expect(
    clippy::disallowed_methods,
    reason = "the client's one source of chance; nothing here is replayed from a seed"
)]
pub(super) fn random<const LENGTH: usize>() -> [u8; LENGTH] {
    rand::random()
}

/// A name of 128 random bits, in hexadecimal.
pub(super) fn random_name() -> String {
    format!("{:032x}", u128::from_be_bytes(random()))
}
