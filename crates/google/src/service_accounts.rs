//! The service accounts of a project, and which of them one may act as.

use daypass_core::email::Email;
use daypass_core::resource::ResourceName;
use daypass_engine::ports::IamError;
use futures::{StreamExt as _, stream};
use serde_json::Value;

use crate::connect::Google;
use crate::endpoints::expand;
use crate::iam::{held, test};
use crate::pages::malformed;
use crate::transport::Call;

/// The right to mint an account's tokens, which is what acting as it takes.
const GET_ACCESS_TOKEN: &str = "iam.serviceAccounts.getAccessToken";

/// Accounts of a page, the most that Google gives
/// (<https://cloud.google.com/iam/docs/reference/rest/v1/projects.serviceAccounts/list>).
const PAGE: &str = "100";

/// How many accounts are asked about at the same time: a project with the usual 100 takes seven round trips, and no
/// quota of reads is in sight.
const AT_ONCE: usize = 16;

/// A service account, as IAM lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServiceAccount {
    /// Its name as a resource, in the project that it was listed in.
    pub name: ResourceName,
    /// Its address.
    pub email: Email,
    /// What people call it; often empty.
    pub display_name: String,
    /// What it is for; often empty.
    pub description: String,
    /// Whether it is disabled: no token is minted for it, whoever asks.
    pub disabled: bool,
}

impl Google {
    /// All service accounts of a project, over all pages.
    ///
    /// # Errors
    ///
    /// As Google answers: `iam.serviceAccounts.list` is needed on the project.
    pub async fn service_accounts(
        &self,
        project: &ResourceName,
    ) -> Result<Vec<ServiceAccount>, IamError> {
        let call = Call {
            query: vec![("pageSize", PAGE.to_owned())],
            ..Call::get(
                "iam",
                expand("v1/{name}/serviceAccounts", project.as_str()),
                project.as_str(),
            )
        };
        let identity = self.identity(project).await?;
        let entries = self.pages(identity, call, "accounts").await?;
        entries.iter().map(account).collect()
    }

    /// For each account, in their order, whether tokens of it may be minted. Some are asked at the same time; a call
    /// that fails is told of its own account alone.
    pub async fn may_act_as(&self, accounts: &[ResourceName]) -> Vec<Result<bool, IamError>> {
        stream::iter(accounts)
            .map(|account| self.may_mint(account))
            .buffered(AT_ONCE)
            .collect()
            .await
    }

    /// The account that calls are made as, where the credentials tell it.
    pub fn account(&self) -> Option<&str> {
        self.brokers.reader().account()
    }

    async fn may_mint(&self, account: &ResourceName) -> Result<bool, IamError> {
        let wanted = [GET_ACCESS_TOKEN.to_owned()];
        let identity = self.identity(account).await?;
        let answer = self.patiently(identity, &test(account, &wanted)).await?;
        Ok(held(&answer).any(|permission| permission == GET_ACCESS_TOKEN))
    }
}

fn account(entry: &Value) -> Result<ServiceAccount, IamError> {
    let text = |field: &str| entry[field].as_str().unwrap_or_default().to_owned();
    let name = text("name")
        .parse()
        .map_err(|_| malformed("a service account without its name"))?;
    let email = Email::parse(&text("email"))
        .map_err(|_| malformed("a service account without its address"))?;
    Ok(ServiceAccount {
        name,
        email,
        display_name: text("displayName"),
        description: text("description"),
        disabled: entry["disabled"] == Value::Bool(true),
    })
}
