//! Breaking the glass, and the review that it owes.

use daypass_api::{Decide, GiveReview};
use daypass_sandbox::Cloud;

use super::guide::Guide;
use super::steps::{state, wish};
use crate::client::Client;
use crate::error::Error;

const PROJECT: &str = "projects/acme-pay";
const PERMISSION: &str = "compute.instances.reset";

/// At once and without approval; a second person looks at it afterwards.
pub(super) async fn broken_glass(
    guide: &mut Guide,
    cloud: &Cloud,
    alice: &Client,
    erin: &Client,
) -> Result<(), Error> {
    let wish = wish("prod-break-glass", "30m", "INC-6 all of production is down");
    let asked = alice.create_grant(&wish).await?;
    let grant = state(alice, &asked.id, "ACTIVE").await?;
    let may_reset = cloud
        .check("user:alice@example.com", PROJECT, PERMISSION, None)
        .allowed;
    let called = grant
        .break_glass
        .map(|emergency| emergency.page.join(", "))
        .unwrap_or_default();
    guide.check(
        "alice breaks the glass: at once, without approval",
        grant.votes.is_empty() && may_reset && !called.is_empty(),
        &format!("to be called: {called}; {PERMISSION} on {PROJECT}: {may_reset}"),
    )?;
    let justified = GiveReview {
        justified: true,
        comment: Some("the outage was real".into()),
    };
    let own = alice.review(&asked.id, &justified).await;
    let waiting = erin.grants("reviews", 50).await?;
    let awaits = waiting.iter().any(|grant| grant.id == asked.id);
    guide.check(
        "a review is owed: not by alice, but by erin of security",
        own.is_err() && awaits,
        &own.err().map(|error| error.to_string()).unwrap_or_default(),
    )?;
    let reviewed = erin.review(&asked.id, &justified).await?;
    let left = erin.grants("reviews", 50).await?;
    let word = reviewed.review.and_then(|review| review.done);
    guide.check(
        "erin reviews it: an emergency it was",
        word.as_ref().is_some_and(|word| word.justified) && left.is_empty(),
        &word
            .map(|word| format!("{}: {}", word.person, word.comment.unwrap_or_default()))
            .unwrap_or_default(),
    )?;
    alice
        .decide(&asked.id, "revoke", &Decide::default())
        .await?;
    state(alice, &asked.id, "REVOKED").await?;
    Ok(())
}
