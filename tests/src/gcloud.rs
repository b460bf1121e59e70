//! Real gcloud: the peer that reads and edits policies without a line of our code.

use std::path::PathBuf;

use daypass_sandbox::Cloud;
use serde_json::{Value, json};

use crate::peer;
use crate::process::{Environment, Finished};

/// Lets a person set IAM on everything in the organization.
pub fn allow_everything(cloud: &Cloud, member: &str) {
    let mut organization = cloud
        .policy("organizations/1")
        .expect("the built-in world has it");
    let roles = [
        "roles/iam.securityAdmin",
        "roles/storage.admin",
        "roles/secretmanager.admin",
        "roles/iam.serviceAccountAdmin",
    ];
    let own = roles.map(|role| json!({ "role": role, "members": [member] }));
    organization["bindings"]
        .as_array_mut()
        .expect("it has bindings")
        .extend(own);
    cloud
        .put_policy("organizations/1", organization)
        .expect("it is a policy");
}

/// The kinds of resource that gcloud is asked about, each a command group of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Named by its id.
    Project,
    /// Named by its number.
    Folder,
    /// Named by its number.
    Organization,
    /// Named without `gs://`.
    Bucket,
    /// Named by its short name, in project acme-prod.
    Secret,
    /// Named by its address.
    ServiceAccount,
    /// Named by its short name, in project acme-prod.
    Topic,
}

impl Kind {
    fn group(self) -> &'static [&'static str] {
        match self {
            Self::Project => &["projects"],
            Self::Folder => &["resource-manager", "folders"],
            Self::Organization => &["organizations"],
            Self::Bucket => &["storage", "buckets"],
            Self::Secret => &["secrets"],
            Self::ServiceAccount => &["iam", "service-accounts"],
            Self::Topic => &["pubsub", "topics"],
        }
    }

    fn argument(self, name: &str) -> String {
        if self == Self::Bucket {
            format!("gs://{name}")
        } else {
            name.to_owned()
        }
    }
}

/// One member in one role, with or without a condition: what gcloud adds and removes.
#[derive(Clone, Copy, Debug)]
pub struct Edit<'a> {
    /// Such as `roles/browser`.
    pub role: &'a str,
    /// Such as `user:alice@example.com`.
    pub member: &'a str,
    /// An object with `title`, `expression` and perhaps `description`.
    pub condition: Option<&'a Value>,
}

/// gcloud, as one of the sandbox's people.
#[derive(Debug)]
pub struct Gcloud {
    program: PathBuf,
    environment: Environment,
}

impl Gcloud {
    /// gcloud as this person; none where gcloud is missing and tests may be skipped.
    pub async fn as_person(base_url: &str, person: &str) -> Option<Self> {
        let program = peer::on_path("gcloud")?;
        Some(Self {
            program,
            environment: Environment::of_person(base_url, person).await,
        })
    }

    /// Mints new tokens; needed after the sandbox's clock has gone on by an hour.
    pub async fn renew(&mut self) {
        self.environment.renew().await;
    }

    /// Runs one command to its end.
    pub async fn run(&self, arguments: &[&str]) -> Finished {
        self.environment.run(&self.program, arguments).await
    }

    /// Runs one command that must succeed, and reads what it prints.
    ///
    /// # Panics
    /// With gcloud's own words, if it fails.
    pub async fn json(&self, arguments: &[&str]) -> Value {
        let finished = self.run(&[arguments, &["--format=json"]].concat()).await;
        assert!(
            finished.is_success(),
            "gcloud {}: {}",
            arguments.join(" "),
            finished.stderr
        );
        serde_json::from_str(&finished.stdout).expect("gcloud prints JSON")
    }

    /// The policy, as gcloud prints it.
    pub async fn get_iam_policy(&self, kind: Kind, name: &str) -> Value {
        let name = kind.argument(name);
        self.json(&[kind.group(), &["get-iam-policy", &name]].concat())
            .await
    }

    /// `add-iam-policy-binding`. Whether it succeeded is for the caller to see: gcloud does not repeat what
    /// met a concurrent edit.
    pub async fn add_binding(&self, kind: Kind, name: &str, edit: Edit<'_>) -> Finished {
        self.edit(kind, "add-iam-policy-binding", name, edit).await
    }

    /// `remove-iam-policy-binding`.
    pub async fn remove_binding(&self, kind: Kind, name: &str, edit: Edit<'_>) -> Finished {
        self.edit(kind, "remove-iam-policy-binding", name, edit)
            .await
    }

    async fn edit(&self, kind: Kind, verb: &str, name: &str, edit: Edit<'_>) -> Finished {
        let name = kind.argument(name);
        let (role, member) = (
            format!("--role={}", edit.role),
            format!("--member={}", edit.member),
        );
        let condition = self.condition_flag(edit.condition);
        let mut arguments = [
            kind.group(),
            &[verb, &name, &role, &member, "--format=json"],
        ]
        .concat();
        // The released topics command has no such flag.
        if kind != Kind::Topic {
            arguments.push(&condition);
        }
        self.run(&arguments).await
    }

    /// From a file, since the flag's own syntax cannot carry every expression.
    fn condition_flag(&self, condition: Option<&Value>) -> String {
        let Some(condition) = condition else {
            return "--condition=None".to_owned();
        };
        let file = self.environment.home().join("condition.json");
        std::fs::write(&file, condition.to_string()).expect("the home folder can be written");
        format!("--condition-from-file={}", file.display())
    }
}
