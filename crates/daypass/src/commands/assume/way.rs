//! Which way to the tokens: a server that gives the account by an entitlement, or one's own credentials.

use super::{Source, brokered, direct};
use crate::cli::TokenArguments;
use crate::commands::Context;
use crate::error::Error;
use crate::output;

/// Chooses, and has a grant if that is the way. Where a server is known it is asked first; it is passed over only if
/// it gives nobody the account, never because it cannot be reached: a grant leaves a trail that the other way does not.
pub(super) async fn choose(context: &Context, arguments: &TokenArguments) -> Result<Source, Error> {
    let account = direct::asked_account(arguments)?;
    let insists =
        arguments.brokered || arguments.entitlement.is_some() || arguments.grant.is_some();
    if arguments.direct {
        return direct::source(arguments).await;
    }
    let client = match context.client() {
        Ok(client) => client,
        Err(Error::NoServer) if !insists => return direct::source(arguments).await,
        Err(error) => return Err(or_direct(error, insists)),
    };
    if let Some(grant) = &arguments.grant {
        return brokered::by_grant(client, arguments, account, grant).await;
    }
    let offers = brokered::offers(&client, &account, arguments.entitlement.as_deref())
        .await
        .map_err(|error| or_direct(error, insists))?;
    if offers.is_empty() && !insists {
        output::talk(&format!(
            "{} gives you no way to act as {account}; your own credentials are used.",
            client.server()
        ));
        return direct::source(arguments).await;
    }
    brokered::source(context, client, arguments, account, offers).await
}

/// A server that cannot be asked is an error, and the way around it is for the person to choose.
fn or_direct(error: Error, insists: bool) -> Error {
    match &error {
        Error::Unreachable { .. } | Error::NotSignedIn(_) | Error::SessionOver(_) if !insists => {
            let next = error.hint().unwrap_or_default();
            Error::Server {
                message: error.to_string(),
                hint: Some(format!("{next}; or --direct, with your own credentials")),
            }
        }
        _ => error,
    }
}
