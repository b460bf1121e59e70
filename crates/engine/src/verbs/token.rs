//! Handing out a token of a service account (`via: broker`): check, record, mint, record.
//!
//! One of the two verbs that talk to Google while somebody waits, since a token cannot come later (design, house plan).

mod account;

use std::time::Duration as Wait;

use daypass_core::audit::Entry;
use daypass_core::decide::Rule;
use daypass_core::duration::Duration;
use daypass_core::email::Email;
use daypass_core::grant::{Grant, Minting, SHORTEST_TOKEN_SECONDS, TransitionError};
use daypass_core::ids::GrantId;
use daypass_core::justification::Justification;
use daypass_core::person::Person;
use daypass_core::reason::RequestReason;

use account::chosen;

use super::end::LONGEST_CHAIN;
use crate::error::chain;
use crate::ports::{AccessToken, CLOUD_PLATFORM, IamError, USERINFO_EMAIL, WantedToken};
use crate::token_rate::TOKENS_A_MINUTE;
use crate::{Caller, Engine, Error};

/// How long Google may take. Somebody waits, and the answer must be recorded before they give up.
const MINT_WITHIN: Wait = Wait::from_secs(20);

/// What is asked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TokenWish {
    /// The account; none: the only one that the grant has.
    pub service_account: Option<Email>,
    /// How long it shall live; none: as long as is usual.
    pub lifetime: Option<Duration>,
}

/// A token, and what goes with it.
#[derive(Debug, Clone)]
pub struct HandedToken {
    /// The token, with the end that Google told.
    pub token: AccessToken,
    /// The account it acts as.
    pub service_account: Email,
    /// The grant it is of: the one asked for, or the extension that stands in its place.
    pub grant: GrantId,
    /// When that grant ends.
    pub grant_ends_at: daypass_core::Timestamp,
    /// What goes with each request that is made with it (`X-Goog-Request-Reason`).
    pub reason: RequestReason,
}

impl Engine {
    /// A token of a service account, for the beneficiary of an ACTIVE grant that lets them act as it. A grant that was
    /// extended stands for its extension.
    ///
    /// A grant lives on its own terms: neither its groups nor its entitlement are asked again, as neither would take a
    /// binding away that stands. What ends it is its time, or somebody's word.
    pub async fn token(
        &self,
        caller: &Caller,
        id: GrantId,
        wish: &TokenWish,
    ) -> Result<HandedToken, Error> {
        if let Some(asked) = wish.lifetime
            && asked.seconds() < SHORTEST_TOKEN_SECONDS
        {
            return Err(Error::Invalid {
                message: format!("a token of {asked} is over before it is used"),
                hint: Some(format!("ask for {SHORTEST_TOKEN_SECONDS}s or more")),
            });
        }
        let mut grant = self.visible(&caller.person, id).await?;
        for _ in 0..LONGEST_CHAIN {
            receives(&grant, &caller.person)?;
            if let Some(next) = grant.superseded_by {
                grant = self.load(next).await?;
                continue;
            }
            match self.intended(caller, &grant, wish).await {
                Ok(minting) => return self.handed(caller, &grant, minting).await,
                Err(Error::State(refused)) => {
                    // An extension took its place between the look and the record: it is the one to ask.
                    grant = self.load(grant.id).await?;
                    if grant.superseded_by.is_none() {
                        return Err(refused.into());
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Err(Error::Conflict(format!(
            "the grant {id} has too many extensions to follow"
        )))
    }

    /// Checks what is asked for, and records that it is about to be minted: without that record there is no token (I12).
    async fn intended(
        &self,
        caller: &Caller,
        grant: &Grant,
        wish: &TokenWish,
    ) -> Result<Minting, Error> {
        let (account, now) = (chosen(grant, wish.service_account.as_ref())?, self.now());
        let lifetime = grant.token_lifetime(account, wish.lifetime, now)?;
        self.0
            .token_rate
            .take(grant.id, now)
            .map_err(|retry_after_seconds| Error::TooManyTokens {
                a_minute: TOKENS_A_MINUTE,
                retry_after_seconds,
            })?;
        let minting = Minting {
            id: self.new_id(),
            account: account.service_account.clone(),
            lifetime,
        };
        let actor = caller.actor();
        self.change_in_turn(grant.id, |grant| {
            grant.intend_token(&minting, actor.clone(), now)
        })
        .await?;
        Ok(minting)
    }

    /// Mints what was recorded, records what came of it, and hands it out. Whoever asked may hang up meanwhile: the record
    /// is completed all the same.
    async fn handed(
        &self,
        caller: &Caller,
        grant: &Grant,
        minting: Minting,
    ) -> Result<HandedToken, Error> {
        let said = grant.terms.justification.as_ref();
        let said = said.map(Justification::as_str).unwrap_or_default();
        let reason = RequestReason::of_session(grant.id, said);
        let (engine, caller, id) = (self.clone(), caller.clone(), grant.id);
        let minted =
            tokio::spawn(async move { engine.minted(&caller, id, &minting, reason).await });
        minted.await.map_err(|error| {
            Error::Iam(IamError::Ambiguous {
                message: error.to_string(),
            })
        })?
    }

    async fn minted(
        &self,
        caller: &Caller,
        id: GrantId,
        minting: &Minting,
        reason: RequestReason,
    ) -> Result<HandedToken, Error> {
        let wanted = WantedToken {
            account: minting.account.clone(),
            lifetime: minting.lifetime,
            scopes: [CLOUD_PLATFORM, USERINFO_EMAIL].map(str::to_owned).into(),
            reason,
        };
        let minted = tokio::time::timeout(MINT_WITHIN, self.0.ports.tokens.mint(&wanted)).await;
        let minted = minted.unwrap_or_else(|_| {
            Err(IamError::Unavailable {
                message: format!("it did not answer within {} s", MINT_WITHIN.as_secs()),
                retry_after: None,
            })
        });
        let token = match minted {
            Ok(token) => token,
            Err(said) => return Err(self.not_minted(id, minting, said).await),
        };
        // The record is read once more, and written only over a grant that stands: whoever revoked it meanwhile was first.
        let (actor, now) = (caller.actor(), self.now());
        let handed = self.change_in_turn(id, |grant| {
            grant.hand_out_token(minting, token.expires_at(), actor.clone(), now)
        });
        match handed.await {
            Ok(grant) => Ok(HandedToken {
                service_account: minting.account.clone(),
                grant: id,
                grant_ends_at: grant.window.map_or(now, |window| window.end),
                reason: wanted.reason,
                token,
            }),
            Err(error) => Err(self.thrown_away(id, minting, &token, error).await),
        }
    }

    async fn change_in_turn(
        &self,
        id: GrantId,
        transition: impl FnMut(&mut Grant) -> Result<Vec<Entry>, TransitionError> + Send,
    ) -> Result<Grant, Error> {
        let _turn = self.0.token_turns.of(&id).await;
        self.change(id, transition).await
    }

    /// Records that Google gave none. The answer is the same whether that can be recorded or not.
    async fn not_minted(&self, id: GrantId, minting: &Minting, said: IamError) -> Error {
        let (why, now) = (chain(&said), self.now());
        let recorded = self.change_in_turn(id, |grant| Ok(grant.refuse_token(minting, &why, now)));
        if let Err(error) = recorded.await {
            tracing::error!(grant = %id, error = %chain(&error), "it could not be recorded that Google minted no token");
        }
        Error::NoToken {
            account: minting.account.clone(),
            said,
        }
    }

    /// Records that a token was thrown away unseen, and why.
    async fn thrown_away(
        &self,
        id: GrantId,
        minting: &Minting,
        token: &AccessToken,
        error: Error,
    ) -> Error {
        let (why, now) = (chain(&error), self.now());
        let recorded = self.change_in_turn(id, |grant| {
            Ok(grant.withhold_token(minting, token.expires_at(), &why, now))
        });
        if let Err(error) = recorded.await {
            tracing::error!(grant = %id, error = %chain(&error), "it could not be recorded that a token was thrown away");
        }
        error
    }
}

/// Only who receives the grant takes its tokens, not who may merely see or end it.
fn receives(grant: &Grant, who: &Person) -> Result<(), Error> {
    let (terms, asked_by) = (&grant.terms, &grant.terms.requester);
    // An address can be given to somebody else: the key of who asked for themselves is known.
    let is_another = asked_by.email == who.email
        && asked_by.issuer == who.issuer
        && asked_by.subject != who.subject;
    if terms.beneficiary == who.principal() && !is_another {
        return Ok(());
    }
    Err(Error::Denied(vec![Rule {
        name: "standing".into(),
        holds: false,
        detail: "only who receives the grant takes its tokens".into(),
        hint: Some(
            "ask for the entitlement yourself: 'daypass list' shows what you may ask for".into(),
        ),
    }]))
}
