//! Two steps by two people.

use daypass_api::{Decide, Grant};

use super::guide::Guide;
use super::steps::{state, wish};
use crate::client::Client;
use crate::error::Error;

/// A peer looks first, then a lead: nobody out of turn, nobody twice.
pub(super) async fn in_two_steps(
    guide: &mut Guide,
    alice: &Client,
    bob: &Client,
    carol: &Client,
) -> Result<(), Error> {
    let wish = wish(
        "pay-database",
        "30m",
        "INC-5 a payment hangs; put its state back",
    );
    let explanation = alice.explain(&wish).await?;
    let people: Vec<String> = explanation
        .steps
        .iter()
        .map(|step| format!("{} of {}", step.needed, step.people.join(", ")))
        .collect();
    guide.check(
        "the payments database needs a peer, then a lead",
        people.len() == 2 && people[0].contains("bob@") && !people[0].contains("alice@"),
        &people.join(", then "),
    )?;
    let asked = alice.create_grant(&wish).await?;
    let early = carol.decide(&asked.id, "approve", &yes(&asked)).await;
    guide.check(
        "carol's step is not open yet",
        early.is_err(),
        &told(early.err()),
    )?;
    let silent = Decide {
        comment: None,
        ..yes(&asked)
    };
    let silent = bob.decide(&asked.id, "approve", &silent).await;
    guide.check(
        "who approves here must say why",
        silent.is_err(),
        &told(silent.err()),
    )?;
    let half = bob.decide(&asked.id, "approve", &yes(&asked)).await?;
    let open = half.steps.iter().find(|step| step.open);
    guide.check(
        "bob, a peer, agrees; the second step opens",
        half.state == "APPROVAL_AWAITED" && open.is_some_and(|step| step.terms.number == 2),
        &half.state,
    )?;
    carol.decide(&asked.id, "approve", &yes(&asked)).await?;
    let grant = state(alice, &asked.id, "ACTIVE").await?;
    let spoken: Vec<String> = grant
        .votes
        .iter()
        .map(|vote| format!("step {}: {}", vote.step, vote.person))
        .collect();
    guide.check(
        "carol, a lead, agrees; it is in force",
        spoken.len() == 2,
        &spoken.join("\n"),
    )?;
    alice
        .decide(&asked.id, "revoke", &Decide::default())
        .await?;
    state(alice, &asked.id, "REVOKED").await?;
    Ok(())
}

/// A yes to exactly what was seen, with a word why.
fn yes(grant: &Grant) -> Decide {
    Decide {
        comment: Some("the plan is sound".into()),
        request_hash: Some(grant.request_hash.clone()),
    }
}

fn told(error: Option<Error>) -> String {
    error.map(|error| error.to_string()).unwrap_or_default()
}
