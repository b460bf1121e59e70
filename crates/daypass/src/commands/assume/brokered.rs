//! Through the server: an entitlement gives the account, and the grant behind the session its length.

use std::sync::Arc;

use async_trait::async_trait;
use daypass_api::{CreateGrant, Entitlement, Grant, Impersonation};
use daypass_core::Timestamp;
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::entitlement::USUAL_TOKEN;
use daypass_core::state::State;
use daypass_engine::ports::{Clock, Tokens};
use daypass_session::{Length, Standing, Way};
use jiff::SignedDuration;

use super::{Source, binding, direct, own};
use crate::cli::TokenArguments;
use crate::client::{BrokeredTokens, Client};
use crate::commands::{Context, follow, grant_id, inputs, signals};
use crate::error::Error;
use crate::exit::Exit;
use crate::output::{self, visible};
use crate::wiring;

/// Own grants that are looked through for one that serves already.
const OWN_GRANTS: usize = 50;

/// A session that ends sooner than was asked for by no more than this is as it was asked for: a grant begins a moment
/// before its session.
const HARDLY_SOONER: SignedDuration = SignedDuration::from_mins(1);

/// What a person may ask for that gives the account.
pub(super) struct Offer {
    pub(super) entitlement: Entitlement,
    pub(super) impersonation: Impersonation,
}

/// The entitlements that give the account; with a name, that one alone.
pub(super) async fn offers(
    client: &Client,
    account: &Email,
    named: Option<&str>,
) -> Result<Vec<Offer>, Error> {
    let all = match named {
        Some(id) => vec![client.entitlement(id).await?],
        None => client.entitlements(Some(account.as_str())).await?,
    };
    let of_account = all
        .into_iter()
        .filter(|entitlement| entitlement.may_request);
    Ok(of_account
        .filter_map(|entitlement| {
            let gives = |one: &&Impersonation| one.service_account == account.as_str();
            let impersonations = entitlement
                .privileges
                .iter()
                .filter_map(|held| held.impersonate.as_ref());
            let impersonation = impersonations.clone().find(gives)?.clone();
            Some(Offer {
                entitlement,
                impersonation,
            })
        })
        .collect())
}

/// By a grant that the person names: it must be in force, and give the account.
pub(super) async fn by_grant(
    client: Client,
    arguments: &TokenArguments,
    account: Email,
    named: &str,
) -> Result<Source, Error> {
    let said = direct::asked_reason(arguments)?;
    let grant = grant_id::find(&client, named).await?;
    let gives = |one: &&Impersonation| one.service_account == account.as_str();
    let Some(impersonation) = grant.impersonations.iter().find(gives).cloned() else {
        return Err(Error::Usage {
            message: format!("the grant {} does not give {account}", visible(&grant.id)),
            hint: format!("daypass status {}", visible(&grant.id)),
        });
    };
    if grant.state != State::Active.as_str() {
        return Err(Error::NotGranted {
            state: visible(&grant.state),
            why: grant.failure.as_deref().map(visible),
            grant: visible(&grant.id),
            exit: Exit::Over,
        });
    }
    standing_on(
        Arc::new(client),
        arguments,
        account,
        said,
        &grant,
        &impersonation,
    )
    .await
}

/// Has a grant, and what mints its tokens.
pub(super) async fn source(
    context: &Context,
    client: Client,
    arguments: &TokenArguments,
    account: Email,
    offers: Vec<Offer>,
) -> Result<Source, Error> {
    let said = direct::asked_reason(arguments)?;
    let client = Arc::new(client);
    if offers.is_empty() {
        return Err(Error::Usage {
            message: format!("there is nothing that you may ask for that gives {account}"),
            hint: "'daypass list' shows what you may ask for; --direct uses your own credentials"
                .into(),
        });
    }
    // What is there already tells which of several entitlements is meant.
    let own = client.grants("mine", OWN_GRANTS).await?;
    let (grant, offer) = if let Some((grant, offer)) = own::serving(&own, &offers, client.now()) {
        (grant.clone(), offer)
    } else if let Some((grant, offer)) = own::pending(&own, &offers, &arguments.input, client.now())
    {
        output::talk(&format!(
            "You have asked for {} already, and that request is waited for.",
            visible(&offer.entitlement.id)
        ));
        (waited_for(&client, grant.clone()).await?, offer)
    } else if let [offer] = offers.as_slice() {
        let grant = asked(context, &client, arguments, offer, &said).await?;
        (grant, offer)
    } else {
        return Err(several(&offers, &account));
    };
    let impersonation = &offer.impersonation;
    standing_on(client, arguments, account, said, &grant, impersonation).await
}

/// The tokens of a grant that is in force.
async fn standing_on(
    client: Arc<Client>,
    arguments: &TokenArguments,
    account: Email,
    said: String,
    grant: &Grant,
    impersonation: &Impersonation,
) -> Result<Source, Error> {
    let server = client.server().to_string();
    let id = grant
        .id
        .parse()
        .map_err(|_| protocol(&client, "a grant without an id"))?;
    let ends = grant
        .active_until
        .as_deref()
        .and_then(|end| end.parse::<Timestamp>().ok());
    let ends = ends.ok_or_else(|| protocol(&client, "an active grant without its end"))?;
    let clock: Arc<dyn Clock> = Arc::new(ServerClock(Arc::clone(&client)));
    let standing = Arc::new(GrantInForce {
        client: Arc::clone(&client),
        grant: grant.id.clone(),
    });
    let asked_end = arguments
        .duration
        .and_then(|length| length.after(clock.now()).ok());
    let (tokens, way): (Arc<dyn Tokens>, Way) = if impersonation.via == "broker" {
        let way = Way::Broker {
            server,
            grant: grant.id.clone(),
        };
        (Arc::new(BrokeredTokens::new(client, &grant.id)), way)
    } else {
        let way = Way::Binding {
            server,
            grant: grant.id.clone(),
        };
        let google = wiring::google_as_oneself().await?;
        output::talk(&format!(
            "A token of {account} may outlive the grant by up to its own lifetime ({}).",
            visible(&impersonation.token_max)
        ));
        (Arc::new(binding::Patient::new(google)), way)
    };
    if asked_end.is_some_and(|asked| asked.duration_since(ends) > HARDLY_SOONER) {
        output::talk(&format!(
            "The session ends {}, with the grant.",
            output::time::relative(&ends.to_string(), clock.now())
        ));
    }
    Ok(Source {
        tokens,
        standing: Some(standing),
        clock,
        account,
        said,
        way,
        id,
        length: Length::Until(asked_end.map_or(ends, |asked| asked.min(ends))),
        token_lifetime: longest_token(impersonation),
        is_sandbox: wiring::sandbox()?.is_some(),
    })
}

fn longest_token(impersonation: &Impersonation) -> Duration {
    let most = Duration::parse(&impersonation.token_max).unwrap_or(USUAL_TOKEN);
    most.min(USUAL_TOKEN)
}

/// Asks, and waits until it is in force.
async fn asked(
    context: &Context,
    client: &Client,
    arguments: &TokenArguments,
    offer: &Offer,
    said: &str,
) -> Result<Grant, Error> {
    let mut input = inputs::given(&arguments.input)?;
    if context.can_ask() {
        inputs::complete(&offer.entitlement.inputs, &mut input)?;
    }
    let wish = CreateGrant {
        entitlement: Some(offer.entitlement.id.clone()),
        give: None,
        duration: arguments.duration.map(|duration| duration.to_string()),
        justification: Some(said.to_owned()),
        start_at: None,
        only: Vec::new(),
        beneficiary: None,
        input,
        notify: Vec::new(),
    };
    let grant = client.create_grant(&wish).await?;
    waited_for(client, grant).await
}

/// Waits until it is in force. Whoever is told to end meanwhile takes nothing back.
async fn waited_for(client: &Client, grant: Grant) -> Result<Grant, Error> {
    // First of all, so that it can be found again whatever happens.
    output::talk(&format!("{} {}", visible(&grant.id), visible(&grant.url)));
    let told_to_end = signals::told_to_end()?;
    let id = visible(&grant.id);
    let settled = tokio::select! {
        settled = follow::until_settled(client, grant, None) => settled,
        () = told_to_end => return Err(Error::StillAsked { grant: id }),
    };
    let (grant, exit) = settled?;
    if exit == Exit::Done {
        return Ok(grant);
    }
    Err(Error::NotGranted {
        state: visible(&grant.state),
        why: grant.failure.as_deref().map(visible),
        grant: visible(&grant.id),
        exit,
    })
}

fn several(offers: &[Offer], account: &Email) -> Error {
    let ids: Vec<String> = offers
        .iter()
        .map(|offer| visible(&offer.entitlement.id))
        .collect();
    Error::Usage {
        message: format!("several entitlements give {account}: {}", ids.join(", ")),
        hint: "choose one with --entitlement".into(),
    }
}

fn protocol(client: &Client, why: &str) -> Error {
    Error::Protocol {
        server: client.server().to_string(),
        why: why.into(),
    }
}

/// The grant behind a session, which may be revoked or given back before its end.
struct GrantInForce {
    client: Arc<Client>,
    grant: String,
}

#[async_trait]
impl Standing for GrantInForce {
    async fn fallen(&self) -> Option<String> {
        let grant = self.client.grant(&self.grant).await.ok()?;
        let is_in_force = grant.state == State::Active.as_str();
        (!is_in_force).then(|| format!("the grant {} is {}", grant.id, grant.state))
    }
}

/// The server's time: it decides by it when the grant is over.
struct ServerClock(Arc<Client>);

impl Clock for ServerClock {
    fn now(&self) -> Timestamp {
        self.0.now()
    }

    fn skew(&self) -> Option<SignedDuration> {
        Some(self.0.clock_offset())
    }
}
