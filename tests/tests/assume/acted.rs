//! What the cloud saw of a session's programs: who they were, and why.

use crate::ground::{AS_DEPLOYER, CANARY, Ground};

/// Whether the requests of a program say why the session is open (finding 15: Google's libraries and kubectl cannot).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Told,
    Untold,
}

/// Asserts that an operation was called, each time by the account and with or without the reason of the mint, and that
/// nothing was asked with the user's own credentials.
pub(crate) fn as_the_account(ground: &Ground, operation: &str, reason: Reason) {
    let mints = ground.calls("generateAccessToken");
    assert!(!mints.is_empty(), "the session has a token");
    let reasons: Vec<_> = match reason {
        Reason::Told => mints.iter().map(|(_, reason)| reason.clone()).collect(),
        Reason::Untold => vec![None],
    };
    let calls = ground.calls(operation);
    assert!(!calls.is_empty(), "{operation} was never called");
    for (who, said) in &calls {
        assert_eq!(who, AS_DEPLOYER, "{operation}: {calls:?}");
        assert!(reasons.contains(said), "{operation}: {calls:?}");
    }
    canary_is_alive(ground);
}

/// Asserts that the user's own credentials were shown to nobody.
pub(crate) fn canary_is_alive(ground: &Ground) {
    for request in ground.sandbox.cloud().requests(0) {
        let shown = serde_json::to_string(&request).unwrap();
        assert!(!shown.contains(CANARY), "{shown}");
        // The user's own token mints, and does nothing else.
        let is_the_user = request.principal.as_deref() == Some("user:alice@example.com");
        assert!(
            !is_the_user || request.operation == "generateAccessToken",
            "{shown}"
        );
    }
}
