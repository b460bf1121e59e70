//! The table of resource kinds: all that differs between services when a policy is read and set.
//!
//! Shapes are those of Google's discovery documents. A new kind is a new row here and one in the tests' sandbox seed.

/// HTTP method of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are HTTP's own")]
pub enum Method {
    Get,
    Post,
    Put,
}

/// How the new policy travels in a set call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetBody {
    /// `{"policy": …}`
    Wrapped,
    /// The policy itself (Cloud Storage).
    Bare,
}

/// Whether bindings on this kind may have a condition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConditionSupport {
    /// Google evaluates conditions here, so a grant on it ends by itself.
    Yes,
    /// Only while uniform bucket-level access is on, which is a state of the bucket.
    IfUniformBucketLevelAccess,
    /// The service refuses conditions.
    No,
}

/// The resource attributes that a service supplies to conditions further up, at the project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attributes {
    /// `resource.service`
    pub service: &'static str,
    /// `resource.type`
    pub resource_type: &'static str,
}

/// The wire shape of the three IAM verbs of a kind. `{name}` stands for the resource name, `{last}` for its last
/// segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Api {
    /// Key of the endpoint in the server configuration's `google.endpoints`.
    pub endpoint: &'static str,
    /// Path of the read, without the leading slash.
    pub get: (Method, &'static str),
    /// The query parameter that asks for policy version 3; none where it goes into the body's `options`.
    pub version_query: Option<&'static str>,
    /// Path of the write.
    pub set: (Method, &'static str),
    /// How the policy is wrapped in the write.
    pub set_body: SetBody,
    /// Path of the permission test.
    pub test: (Method, &'static str),
    /// Path that reads the resource itself, for its canonical name; none where the name is canonical already.
    pub describe: Option<&'static str>,
    /// The status that a stale etag gets here. Both 409 and 412 are treated as conflicts everywhere.
    pub conflict_status: u16,
}

/// One kind of resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// What people call it.
    pub name: &'static str,
    /// The shape of its names.
    pub pattern: &'static str,
    /// A name of this kind.
    pub example: &'static str,
    /// What its permissions begin with.
    pub permissions: &'static str,
    /// The service that owns it.
    pub service: &'static str,
    /// Whether it takes conditions.
    pub conditions: ConditionSupport,
    /// What its service tells conditions at the project about it.
    pub attributes: Option<Attributes>,
    /// How its policy is read and set.
    pub api: Api,
}

impl Kind {
    /// The permissions that reading and setting a policy of this kind takes.
    pub fn policy_permissions(&self) -> Vec<String> {
        ["getIamPolicy", "setIamPolicy"]
            .into_iter()
            .map(|verb| format!("{}.{verb}", self.permissions))
            .collect()
    }

    /// Whether the name has this kind's shape, each variable segment of its own alphabet.
    pub(super) fn matches(&self, name: &str) -> bool {
        let (mut segments, mut shape) = (name.split('/'), self.pattern.split('/'));
        loop {
            match (segments.next(), shape.next()) {
                (None, None) => return true,
                (Some(segment), Some(expected)) => {
                    let fits = match expected
                        .strip_prefix('{')
                        .and_then(|rest| rest.strip_suffix('}'))
                    {
                        Some(variable) => segment_fits(variable, segment),
                        None => segment == expected,
                    };
                    if !fits {
                        return false;
                    }
                }
                _ => return false,
            }
        }
    }
}

/// The alphabets of the services' identifiers, which none of a URL's special characters belongs to.
fn segment_fits(variable: &str, segment: &str) -> bool {
    let lower_or = |extra: &str| {
        segment
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || extra.contains(c))
    };
    let any_or = |extra: &str| {
        segment
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || extra.contains(c))
    };
    let starts_with_letter = segment.starts_with(|c: char| c.is_ascii_alphabetic());
    match variable {
        // `example.com:project` is the form of domain-scoped projects; a number is as good as an id.
        "project" => {
            (1..=63).contains(&segment.len())
                && lower_or("-.:")
                && !segment.starts_with(['-', '.', ':'])
                && segment != "_"
        }
        "number" => {
            (1..=20).contains(&segment.len()) && segment.chars().all(|c| c.is_ascii_digit())
        }
        "bucket" => {
            (3..=222).contains(&segment.len())
                && lower_or("-._")
                && !segment.starts_with(['-', '.'])
                && !segment.contains("..")
        }
        "account" => {
            crate::email::Email::parse(segment).is_ok_and(|email| email.as_str() == segment)
                && segment.len() <= 200
        }
        "pubsub" => {
            (3..=255).contains(&segment.len())
                && starts_with_letter
                && any_or("-._~+")
                && !segment.starts_with("goog")
        }
        "id" => (1..=255).contains(&segment.len()) && any_or("-_"),
        "zone" => (1..=63).contains(&segment.len()) && lower_or("-"),
        _ => false,
    }
}

const RESOURCE_MANAGER: &str = "cloudresourcemanager.googleapis.com";

/// Resource Manager v3: POST everywhere, the version in the body, a project by id or number.
const fn resource_manager(describe: Option<&'static str>) -> Api {
    Api {
        endpoint: "cloudresourcemanager",
        get: (Method::Post, "v3/{name}:getIamPolicy"),
        version_query: None,
        set: (Method::Post, "v3/{name}:setIamPolicy"),
        set_body: SetBody::Wrapped,
        test: (Method::Post, "v3/{name}:testIamPermissions"),
        describe,
        conflict_status: 409,
    }
}

/// The common shape of the newer services: read with GET and a version parameter, write with POST.
const fn read_by_get(
    endpoint: &'static str,
    get: &'static str,
    set: &'static str,
    test: &'static str,
) -> Api {
    Api {
        endpoint,
        get: (Method::Get, get),
        version_query: Some("options.requestedPolicyVersion"),
        set: (Method::Post, set),
        set_body: SetBody::Wrapped,
        test: (Method::Post, test),
        describe: None,
        conflict_status: 409,
    }
}

const V1: (&str, &str, &str) = (
    "v1/{name}:getIamPolicy",
    "v1/{name}:setIamPolicy",
    "v1/{name}:testIamPermissions",
);

/// Whether service accounts take conditions. Unconfirmed: Google's list of such resources leaves them out, while
/// gcloud offers `--condition` for them and Config Connector documents it.
const SERVICE_ACCOUNT_CONDITIONS_UNCONFIRMED: ConditionSupport = ConditionSupport::Yes;

/// All kinds, the hierarchy first.
pub const KINDS: &[Kind] = &[
    Kind {
        name: "project",
        pattern: "projects/{project}",
        example: "projects/acme-prod",
        permissions: "resourcemanager.projects",
        service: RESOURCE_MANAGER,
        conditions: ConditionSupport::Yes,
        attributes: None,
        api: resource_manager(Some("v3/{name}")),
    },
    Kind {
        name: "folder",
        pattern: "folders/{number}",
        example: "folders/42",
        permissions: "resourcemanager.folders",
        service: RESOURCE_MANAGER,
        conditions: ConditionSupport::Yes,
        attributes: None,
        api: resource_manager(None),
    },
    Kind {
        name: "organization",
        pattern: "organizations/{number}",
        example: "organizations/1",
        permissions: "resourcemanager.organizations",
        service: RESOURCE_MANAGER,
        conditions: ConditionSupport::Yes,
        attributes: None,
        api: resource_manager(None),
    },
    Kind {
        name: "bucket",
        pattern: "projects/_/buckets/{bucket}",
        example: "projects/_/buckets/logs-acme-prod",
        permissions: "storage.buckets",
        service: "storage.googleapis.com",
        conditions: ConditionSupport::IfUniformBucketLevelAccess,
        attributes: Some(Attributes {
            service: "storage.googleapis.com",
            resource_type: "storage.googleapis.com/Bucket",
        }),
        api: Api {
            endpoint: "storage",
            get: (Method::Get, "storage/v1/b/{last}/iam"),
            version_query: Some("optionsRequestedPolicyVersion"),
            set: (Method::Put, "storage/v1/b/{last}/iam"),
            set_body: SetBody::Bare,
            test: (Method::Get, "storage/v1/b/{last}/iam/testPermissions"),
            describe: Some("storage/v1/b/{last}"),
            conflict_status: 412,
        },
    },
    Kind {
        name: "service account",
        pattern: "projects/{project}/serviceAccounts/{account}",
        example: "projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com",
        permissions: "iam.serviceAccounts",
        service: "iam.googleapis.com",
        conditions: SERVICE_ACCOUNT_CONDITIONS_UNCONFIRMED,
        attributes: None,
        api: Api {
            endpoint: "iam",
            // The one service that reads by POST with the version in the query.
            get: (Method::Post, V1.0),
            version_query: Some("options.requestedPolicyVersion"),
            set: (Method::Post, V1.1),
            set_body: SetBody::Wrapped,
            test: (Method::Post, V1.2),
            describe: None,
            conflict_status: 409,
        },
    },
    Kind {
        name: "Pub/Sub topic",
        pattern: "projects/{project}/topics/{pubsub}",
        example: "projects/acme-prod/topics/orders",
        permissions: "pubsub.topics",
        service: "pubsub.googleapis.com",
        conditions: ConditionSupport::No,
        attributes: None,
        api: read_by_get("pubsub", V1.0, V1.1, V1.2),
    },
    Kind {
        name: "Pub/Sub subscription",
        pattern: "projects/{project}/subscriptions/{pubsub}",
        example: "projects/acme-prod/subscriptions/orders-worker",
        permissions: "pubsub.subscriptions",
        service: "pubsub.googleapis.com",
        conditions: ConditionSupport::No,
        attributes: None,
        api: read_by_get("pubsub", V1.0, V1.1, V1.2),
    },
    Kind {
        name: "secret",
        pattern: "projects/{project}/secrets/{id}",
        example: "projects/acme-prod/secrets/db-password",
        permissions: "secretmanager.secrets",
        service: "secretmanager.googleapis.com",
        conditions: ConditionSupport::Yes,
        attributes: Some(Attributes {
            service: "secretmanager.googleapis.com",
            resource_type: "secretmanager.googleapis.com/Secret",
        }),
        api: read_by_get("secretmanager", V1.0, V1.1, V1.2),
    },
    Kind {
        name: "key ring",
        pattern: "projects/{project}/locations/{zone}/keyRings/{id}",
        example: "projects/acme-prod/locations/europe-west3/keyRings/main",
        permissions: "cloudkms.keyRings",
        service: "cloudkms.googleapis.com",
        conditions: ConditionSupport::Yes,
        attributes: Some(Attributes {
            service: "cloudkms.googleapis.com",
            resource_type: "cloudkms.googleapis.com/KeyRing",
        }),
        api: read_by_get("cloudkms", V1.0, V1.1, V1.2),
    },
    Kind {
        name: "crypto key",
        pattern: "projects/{project}/locations/{zone}/keyRings/{id}/cryptoKeys/{id}",
        example: "projects/acme-prod/locations/europe-west3/keyRings/main/cryptoKeys/orders",
        permissions: "cloudkms.cryptoKeys",
        service: "cloudkms.googleapis.com",
        conditions: ConditionSupport::Yes,
        attributes: Some(Attributes {
            service: "cloudkms.googleapis.com",
            resource_type: "cloudkms.googleapis.com/CryptoKey",
        }),
        api: read_by_get("cloudkms", V1.0, V1.1, V1.2),
    },
    Kind {
        name: "Compute Engine instance",
        pattern: "projects/{project}/zones/{zone}/instances/{id}",
        example: "projects/acme-prod/zones/europe-west3-a/instances/web-1",
        permissions: "compute.instances",
        service: "compute.googleapis.com",
        conditions: ConditionSupport::Yes,
        attributes: Some(Attributes {
            service: "compute.googleapis.com",
            resource_type: "compute.googleapis.com/Instance",
        }),
        api: Api {
            endpoint: "compute",
            get: (Method::Get, "compute/v1/{name}/getIamPolicy"),
            version_query: Some("optionsRequestedPolicyVersion"),
            set: (Method::Post, "compute/v1/{name}/setIamPolicy"),
            set_body: SetBody::Wrapped,
            test: (Method::Post, "compute/v1/{name}/testIamPermissions"),
            describe: None,
            conflict_status: 412,
        },
    },
];
