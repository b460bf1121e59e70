//! The steps: everything over HTTP and by real sign-ins, as a person's terminal would.

use daypass_api::{CreateGrant, Decide, Extend, Give, Grant, Login};
use daypass_sandbox::Cloud;
use jiff::SignedDuration;
use serde_json::Value;

use super::guide::{Guide, wait_for};
use super::{approvals, emergency, session};
use crate::client::{Client, Credential, Loopback, ServerAddress, Verifier, sign_in_as};
use crate::commands::demo::World;
use crate::error::Error;

const PROJECT: &str = "projects/acme-prod";
const OBJECT: &str = "projects/_/buckets/logs-acme-prod";
const PERMISSION: &str = "storage.buckets.update";
/// More than the time of grace after which an expired binding is swept.
const GRACE: SignedDuration = SignedDuration::from_secs(65);

pub(super) async fn all(world: &World, guide: &mut Guide) -> Result<(), Error> {
    let cloud = world.cloud();
    let alice = sign_in(world, "alice@example.com").await?;
    let carol = sign_in(world, "carol@example.com").await?;
    guide.holds(
        "sign in: alice, on call, and carol, who leads",
        "OpenID Connect with PKCE, at the sandbox's own provider",
    )?;
    let before = bindings(&cloud, PROJECT);

    let grant = asked_and_approved(guide, &alice, &carol).await?;
    in_force(guide, &cloud, &alice, &grant, &before).await?;
    given_back(guide, &cloud, &alice, &grant, &before).await?;
    ends_by_itself(guide, &cloud, &alice, &before).await?;
    extended(guide, &cloud, &alice).await?;
    given(guide, &cloud, &carol).await?;
    let bob = sign_in(world, "bob@example.com").await?;
    let erin = sign_in(world, "erin@example.com").await?;
    approvals::in_two_steps(guide, &alice, &bob, &carol).await?;
    emergency::broken_glass(guide, &cloud, &alice, &erin).await?;
    session::as_the_deployer(guide, world, &alice).await?;
    refused(guide, world, &alice, &grant).await?;
    trail(guide, world, &grant).await
}

/// Signs in as one of the sandbox's people, the way `daypass login --as` does.
async fn sign_in(world: &World, person: &str) -> Result<Client, Error> {
    let server = ServerAddress::parse(&world.server_url())?;
    let verifier = Verifier::random();
    let loopback = Loopback::bind().await?;
    let mut start = server.join(&["login", "terminal"]);
    start.query_pairs_mut().extend_pairs([
        ("challenge", verifier.challenge().as_str()),
        ("port", &loopback.port().to_string()),
        ("as", person),
    ]);
    let code = sign_in_as(person, start, &loopback).await?;
    let anonymous = Client::new(server.clone(), None)?;
    let session = anonymous
        .open_session(&Login {
            code,
            verifier: verifier.reveal().to_owned(),
        })
        .await?;
    Client::new(server, Some(Credential::Session(session.token.into())))
}

pub(super) fn wish(entitlement: &str, duration: &str, why: &str) -> CreateGrant {
    CreateGrant {
        entitlement: Some(entitlement.into()),
        duration: Some(duration.into()),
        justification: Some(why.into()),
        ..CreateGrant::default()
    }
}

async fn asked_and_approved(
    guide: &mut Guide,
    alice: &Client,
    carol: &Client,
) -> Result<Grant, Error> {
    let wish = wish("prod-storage", "30m", "INC-1 disk full");
    let explanation = alice.explain(&wish).await?;
    let seen = format!(
        "{}: {} of {}",
        explanation.decision,
        explanation.needed,
        explanation.approvers.join(", ")
    );
    let names_carol = explanation
        .approvers
        .iter()
        .any(|email| email == "carol@example.com");
    guide.check(
        "explain says who must agree, and nothing is changed",
        explanation.decision == "needs-approval" && names_carol,
        &seen,
    )?;
    let asked = alice.create_grant(&wish).await?;
    let seen = format!("{} {}: {}", asked.id, asked.state, asked.title);
    guide.check(
        "alice asks for storage in production, for 30 minutes",
        asked.state == "APPROVAL_AWAITED",
        &seen,
    )?;
    let seen_hash = Decide {
        comment: Some("go ahead".into()),
        request_hash: Some(asked.request_hash.clone()),
    };
    let own = alice.decide(&asked.id, "approve", &seen_hash).await;
    guide.check(
        "alice cannot approve it herself",
        own.is_err(),
        &own.err().map(|error| error.to_string()).unwrap_or_default(),
    )?;
    let inbox = carol.grants("inbox", 50).await?;
    guide.check(
        "carol finds it in her inbox",
        inbox.iter().any(|grant| grant.id == asked.id),
        &format!("{} waiting", inbox.len()),
    )?;
    let approved = carol.decide(&asked.id, "approve", &seen_hash).await?;
    guide.check(
        "carol approves exactly what she saw",
        approved.state != "APPROVAL_AWAITED",
        &format!("SHA-256 {}", asked.request_hash),
    )?;
    state(alice, &asked.id, "ACTIVE").await
}

async fn in_force(
    guide: &mut Guide,
    cloud: &Cloud,
    alice: &Client,
    grant: &Grant,
    before: &[Value],
) -> Result<(), Error> {
    let added: Vec<Value> = bindings(cloud, PROJECT)
        .into_iter()
        .filter(|binding| !before.contains(binding))
        .collect();
    let condition = added
        .first()
        .map(|binding| binding["condition"].clone())
        .unwrap_or_default();
    let seen = format!(
        "{}\n{}",
        condition["title"].as_str().unwrap_or_default(),
        condition["expression"].as_str().unwrap_or_default()
    );
    let is_ours =
        added.len() == 1 && added[0]["members"] == serde_json::json!(["user:alice@example.com"]);
    guide.check(
        "the policy has exactly one more binding, with an end",
        is_ours && seen.contains(&grant.id),
        &seen,
    )?;
    guide.check(
        "the cloud lets alice in",
        allowed(cloud),
        &format!("{PERMISSION} on {OBJECT}"),
    )?;
    let shown = alice.grant(&grant.id).await?;
    let until = shown.active_until.unwrap_or_default();
    guide.check(
        "the grant is ACTIVE, proved by reading the policy back",
        shown.bindings.iter().all(|b| b.seen == "PRESENT"),
        &format!("until {until}"),
    )
}

async fn given_back(
    guide: &mut Guide,
    cloud: &Cloud,
    alice: &Client,
    grant: &Grant,
    before: &[Value],
) -> Result<(), Error> {
    alice
        .decide(
            &grant.id,
            "revoke",
            &Decide {
                comment: Some("done".into()),
                request_hash: None,
            },
        )
        .await?;
    state(alice, &grant.id, "REVOKED").await?;
    let (same, out) = (bindings(cloud, PROJECT) == before, !allowed(cloud));
    guide.check(
        "alice gives it back: the policy is what it was",
        same && out,
        &format!("REVOKED; policy as before: {same}; access gone: {out}"),
    )
}

async fn ends_by_itself(
    guide: &mut Guide,
    cloud: &Cloud,
    alice: &Client,
    before: &[Value],
) -> Result<(), Error> {
    let asked = alice
        .create_grant(&wish("legacy-logs", "5m", "clear old logs away"))
        .await?;
    let grant = state(alice, &asked.id, "ACTIVE").await?;
    guide.holds(
        "a short grant that needs nobody's word",
        &format!(
            "legacy-logs until {}",
            grant.active_until.unwrap_or_default()
        ),
    )?;
    let writes = cloud.history(PROJECT).len();
    let cleans_old_logs = || {
        cloud
            .check(
                "user:alice@example.com",
                "projects/_/buckets/legacy-acme-prod",
                "storage.objects.delete",
                None,
            )
            .allowed
    };
    let inside = cleans_old_logs();
    cloud.advance(SignedDuration::from_mins(5));
    let outside = cleans_old_logs();
    let unwritten = cloud.history(PROJECT).len() == writes;
    guide.check("five minutes later the cloud refuses, with no write at all", inside && !outside && unwritten, &format!("in time: {inside}; after: {outside}; Google evaluates the condition, even if Daypass is dead"))?;
    cloud.advance(GRACE);
    state(alice, &asked.id, "ENDED").await?;
    wait_for("the sweep", async || {
        Ok((bindings(cloud, PROJECT) == before).then_some(()))
    })
    .await?;
    guide.holds(
        "the sweep removes the expired binding, and nothing else",
        "ENDED",
    )
}

async fn extended(guide: &mut Guide, cloud: &Cloud, alice: &Client) -> Result<(), Error> {
    let asked = alice
        .create_grant(&wish("prod-read", "30m", "INC-2 slow requests"))
        .await?;
    let first = state(alice, &asked.id, "ACTIVE").await?;
    let more = alice
        .extend(
            &asked.id,
            &Extend {
                duration: Some("30m".into()),
                justification: None,
            },
        )
        .await?;
    let second = state(alice, &more.id, "ACTIVE").await?;
    state(alice, &asked.id, "ENDED").await?;
    let ours = bindings(cloud, "folders/42")
        .iter()
        .filter(|binding| {
            binding["condition"]["title"]
                .as_str()
                .is_some_and(|t| t.starts_with("daypass/1 "))
        })
        .count();
    let seen = format!(
        "{} → {}",
        first.active_until.unwrap_or_default(),
        second.active_until.unwrap_or_default()
    );
    guide.check(
        "an extension is a new grant in the old one's place, on a folder",
        ours == 3,
        &seen,
    )?;
    alice.decide(&more.id, "revoke", &Decide::default()).await?;
    state(alice, &more.id, "REVOKED").await?;
    Ok(())
}

async fn given(guide: &mut Guide, cloud: &Cloud, carol: &Client) -> Result<(), Error> {
    let give = Give {
        role: "roles/run.admin".into(),
        on: "https://console.cloud.google.com/run?project=acme-dev".into(),
        to: "bob@example.com".into(),
    };
    let wish = CreateGrant {
        give: Some(give),
        duration: Some("1h".into()),
        justification: Some("a demo for the customer".into()),
        ..CreateGrant::default()
    };
    let given = carol.create_grant(&wish).await?;
    let grant = state(carol, &given.id, "ACTIVE").await?;
    let allowed = cloud
        .check(
            "user:bob@example.com",
            "projects/acme-dev",
            "run.services.create",
            None,
        )
        .allowed;
    guide.check(
        "carol gives bob a role, on a Cloud Console address",
        allowed && grant.beneficiary == "user:bob@example.com",
        &format!("{} {}", grant.beneficiary, grant.state),
    )
}

async fn refused(
    guide: &mut Guide,
    world: &World,
    alice: &Client,
    grant: &Grant,
) -> Result<(), Error> {
    let too_long = alice
        .create_grant(&wish("prod-storage", "9h", "INC-3 a long night"))
        .await;
    let said = too_long
        .as_ref()
        .err()
        .map(ToString::to_string)
        .unwrap_or_default();
    guide.check(
        "nine hours are refused, with the limit",
        too_long.is_err() && said.contains("4h"),
        &said,
    )?;
    let mallory = sign_in(world, "mallory@example.com").await?;
    let hidden = mallory.grant(&grant.id).await;
    let denied = mallory
        .create_grant(&wish("prod-storage", "30m", "INC-4 let me in"))
        .await;
    let said = denied
        .as_ref()
        .err()
        .map(ToString::to_string)
        .unwrap_or_default();
    guide.check(
        "mallory, in no group, gets nothing and sees nothing",
        denied.is_err() && hidden.is_err(),
        &said,
    )
}

async fn trail(guide: &mut Guide, world: &World, grant: &Grant) -> Result<(), Error> {
    let id = grant.id.parse().map_err(|_| Error::Tour {
        step: "audit".into(),
        seen: grant.id.clone(),
    })?;
    let filter = daypass_engine::ports::AuditFilter {
        grant: Some(id),
        limit: 100,
        ..Default::default()
    };
    let who = daypass_core::person::Person {
        issuer: world.sandbox_url(),
        subject: String::new(),
        email: grant.requester.parse_email()?,
    };
    let entries = world
        .engine()
        .audit_entries(&who, &filter)
        .await
        .map_err(|error| Error::Sandbox(error.to_string()))?;
    let actions: Vec<String> = entries
        .iter()
        .map(|recorded| recorded.entry.action.as_str())
        .collect();
    let order = [
        "requested",
        "approved",
        "granted",
        "intended",
        "activated",
        "revocation_begun",
        "revoked",
    ];
    let mut wanted = order.iter().peekable();
    for action in &actions {
        wanted.next_if(|expected| *expected == action);
    }
    guide.check(
        "the audit trail has each step, the intent before the effect",
        wanted.peek().is_none(),
        &actions.join(" → "),
    )
}

trait ParseEmail {
    fn parse_email(&self) -> Result<daypass_core::email::Email, Error>;
}

impl ParseEmail for String {
    fn parse_email(&self) -> Result<daypass_core::email::Email, Error> {
        daypass_core::email::Email::parse(self).map_err(|error| Error::Sandbox(error.to_string()))
    }
}

/// The grant as soon as it is in this state. Another end than the expected one is told at once.
pub(super) async fn state(client: &Client, id: &str, expected: &str) -> Result<Grant, Error> {
    wait_for(&format!("{id} becomes {expected}"), async || {
        let grant = client.grant(id).await?;
        let failed = grant.state == "ACTIVATION_FAILED" || grant.state == "DENIED";
        if failed && expected != grant.state {
            return Err(Error::Tour {
                step: format!("{id} becomes {expected}"),
                seen: grant.failure.unwrap_or(grant.state),
            });
        }
        Ok((grant.state == expected).then_some(grant))
    })
    .await
}

fn bindings(cloud: &Cloud, resource: &str) -> Vec<Value> {
    let policy = cloud.policy(resource).unwrap_or_default();
    policy["bindings"].as_array().cloned().unwrap_or_default()
}

fn allowed(cloud: &Cloud) -> bool {
    cloud
        .check("user:alice@example.com", OBJECT, PERMISSION, None)
        .allowed
}
