//! What is there before the first program of a session starts.

use std::path::Path;

use daypass_engine::ports::AccessToken;
use secrecy::{ExposeSecret as _, SecretString};
use tokio::sync::watch;

use super::Plan;
use crate::default_credentials;
use crate::environment::{self, Places};
use crate::error::SessionError;
use crate::exchange::Exchange;
use crate::folder::SessionFolder;
use crate::metadata::Metadata;
use crate::variables::Variables;
use crate::{boto, gcloud_configuration, kubeconfig};

/// The session's kubeconfig in its folder.
pub(super) const KUBECONFIG: &str = "kubeconfig";

/// The files and servers of a session, but for the token.
pub(super) struct Prepared {
    pub(super) folder: SessionFolder,
    _exchange: Exchange,
    metadata: Option<Metadata>,
    gcloud: std::path::PathBuf,
    credentials: std::path::PathBuf,
    kubeconfig: std::path::PathBuf,
    /// The hosts of the clusters in it.
    pub(super) clusters: Vec<String>,
    boto: std::path::PathBuf,
}

impl Prepared {
    /// Makes all of it; the token comes later, into the same channel.
    pub(super) async fn make(
        plan: &Plan,
        folder: SessionFolder,
        token: watch::Receiver<Option<AccessToken>>,
    ) -> Result<Self, SessionError> {
        let word = random_word();
        let project = environment::project(plan.project.as_deref(), &plan.inherited);
        let metadata = match plan.metadata {
            Some(audience) => {
                let (account, clock) = (plan.account.as_str(), plan.clock.clone());
                // Another word than that of the token endpoint: this one is in the environment.
                let own = random_word();
                Some(Metadata::start(audience, &own, account, project, token.clone(), clock).await?)
            }
            None => None,
        };
        // A file, and not in memory as the token is: Node's library resolves the path to what is behind it, and a
        // memory file has no name there. Alone it is worth nothing: it opens the endpoint below, which ends with the
        // holder, and no token can be made from it.
        let secret = folder.write("secret", word.expose_secret())?;
        let exchange = Exchange::start(word, token, plan.clock.clone()).await?;
        let file = default_credentials::file(&secret, &exchange.token_url());
        let credentials = folder.write("credentials.json", &file.to_string())?;
        let gcloud = gcloud_configuration::seed(&folder, &plan.inherited)?;
        let plugin = [
            text(&plan.program),
            "credentials".into(),
            "--format".into(),
            "kube".into(),
        ];
        let kubeconfig = kubeconfig::for_session(&plan.inherited, &plugin)?;
        let clusters = kubeconfig::hosts(&kubeconfig);
        let kubeconfig = folder.write(KUBECONFIG, &kubeconfig.to_string())?;
        let state = folder.folder("gsutil")?;
        let boto = folder.write(
            "boto",
            &boto::for_session(&plan.inherited, &credentials, &state),
        )?;
        Ok(Self {
            folder,
            _exchange: exchange,
            metadata,
            gcloud,
            credentials,
            kubeconfig,
            clusters,
            boto,
        })
    }

    /// The environment of the programs inside, which read the token here.
    pub(super) fn environment(&self, plan: &Plan, token: &Path) -> Variables {
        environment::inside(
            &plan.inherited,
            &Places {
                id: &plan.id,
                account: plan.account.as_str(),
                reason: &plan.reason,
                folder: self.folder.path(),
                token,
                gcloud: &self.gcloud,
                credentials: &self.credentials,
                kubeconfig: &self.kubeconfig,
                boto: &self.boto,
                project: environment::project(plan.project.as_deref(), &plan.inherited),
                metadata: self.metadata.as_ref().map(Metadata::host),
                is_sandbox: plan.is_sandbox,
            },
        )
    }
}

fn text(path: &Path) -> String {
    path.display().to_string()
}

/// 256 random bits in base64url: the secret that opens the session's token endpoint.
#[expect(
    clippy::disallowed_methods,
    reason = "the session's one source of chance; nothing here is replayed from a seed"
)]
pub(super) fn random_word() -> SecretString {
    use base64::Engine as _;
    let bytes: [u8; 32] = rand::random();
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .encode(bytes)
        .into()
}
