"""Every method that the sandbox serves, called once: each reply must be what Google's discovery documents say."""

import sys
import urllib.parse

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from discovery import Oracle, error_findings
from sandbox import Caller, give_everything

OWNER = "user:olivia@example.com"
ACCOUNT = "projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com"
BROKER = "projects/-/serviceAccounts/daypass@acme-access.iam.gserviceaccount.com"
ORDERS = "projects/acme-prod/topics/orders"
PASSWORD = "projects/acme-prod/secrets/db-password"
MACHINE = "projects/acme-prod/zones/europe-west1-b/instances/web-1"
SQL = ("sql/v1beta4", "v1")
READ_AT_3 = {"options": {"requestedPolicyVersion": 3}}

# Resources with the body-less or body-carrying read, and a permission that the kind has.
IAM = [
    ("POST", "v1/projects/acme-prod", "POST", "resourcemanager.projects.get"),
    ("POST", "v1/organizations/1", "POST", "resourcemanager.organizations.get"),
    ("POST", "v2/folders/42", "POST", "resourcemanager.folders.get"),
    ("POST", "v3/projects/acme-prod", "POST", "resourcemanager.projects.get"),
    ("POST", "v3/projects/100000000001", "POST", "resourcemanager.projects.get"),
    ("POST", "v3/folders/42", "POST", "resourcemanager.folders.get"),
    ("POST", "v3/organizations/1", "POST", "resourcemanager.organizations.get"),
    ("QUERY", f"v1/{ACCOUNT}", "POST", "iam.serviceAccounts.get"),
    ("GET", f"v1/{ORDERS}", "POST", "pubsub.topics.get"),
    ("GET", f"v1/{PASSWORD}", "POST", "secretmanager.secrets.get"),
]

READS = [
    ("GET", "v1/projects", None),
    ("GET", "v1/projects?filter=labels.env%3Dprod", None),
    ("GET", "v1/projects/acme-prod", None),
    ("POST", "v1/projects/acme-prod:getAncestry", {}),
    ("GET", "v1/organizations/1", None),
    ("POST", "v1/organizations:search", {}),
    ("GET", "v2/folders/42", None),
    ("GET", "v2/folders?parent=organizations/1", None),
    ("POST", "v2/folders:search", {}),
    ("GET", "v3/projects?parent=folders/42", None),
    ("GET", "v3/projects:search?query=", None),
    ("GET", "v3/projects/acme-prod", None),
    ("GET", "v3/folders?parent=organizations/1", None),
    ("GET", "v3/folders:search", None),
    ("GET", "v3/folders/42", None),
    ("GET", "v3/organizations:search", None),
    ("GET", "v3/organizations/1", None),
    ("GET", "v3/effectiveTags?parent=//cloudresourcemanager.googleapis.com/projects/100000000001", None),
    ("GET", "storage/v1/b?project=acme-prod", None),
    ("GET", "storage/v1/b/logs-acme-prod", None),
    ("GET", "storage/v1/b/logs-acme-prod/iam?optionsRequestedPolicyVersion=3", None),
    ("GET", "storage/v1/b/logs-acme-prod/iam", None),
    ("GET", "storage/v1/b/logs-acme-prod/iam/testPermissions?permissions=storage.buckets.get", None),
    ("GET", "v1/projects/acme-prod/serviceAccounts", None),
    ("GET", f"v1/{ACCOUNT}", None),
    ("GET", "v1/projects/acme-prod/topics", None),
    ("GET", f"v1/{ORDERS}", None),
    ("GET", "compute/v1/projects/acme-prod/aggregated/instances", None),
    ("GET", "compute/v1/projects/acme-prod/zones/europe-west1-b/instances", None),
    ("GET", f"compute/v1/{MACHINE}", None),
    ("GET", f"compute/v1/{MACHINE}/getIamPolicy?optionsRequestedPolicyVersion=3", None),
    ("POST", f"compute/v1/{MACHINE}/testIamPermissions", {"permissions": ["compute.instances.get"]}),
    ("GET", "v1/projects/acme-prod/locations/-/clusters", None),
    ("GET", "v1/projects/acme-prod/locations/europe-west1/clusters/main", None),
    *(("GET", f"{root}/projects/acme-prod/{path}", None) for root in SQL for path in (
        "instances", "instances/orders-db", "instances/orders-db/connectSettings", "instances/orders-db/sslCerts",
    )),
    ("GET", "storage/v1/b/logs-acme-prod/storageLayout", None),
    ("GET", "storage/v1/b/logs-acme-prod/o", None),
    ("GET", "v1/projects/acme-prod/secrets", None),
    ("GET", f"v1/{PASSWORD}", None),
    ("GET", "v1/roles?view=FULL", None),
    ("GET", "v1/roles/storage.admin", None),
    ("GET", "v1/projects/acme-prod/roles", None),
    ("GET", "v1/organizations/1/roles", None),
    (
        "POST",
        "v1/roles:queryGrantableRoles",
        {"fullResourceName": "//cloudresourcemanager.googleapis.com/projects/acme-prod"},
    ),
    (
        "POST",
        "v1/permissions:queryTestablePermissions",
        {"fullResourceName": "//cloudresourcemanager.googleapis.com/projects/acme-prod"},
    ),
    (
        "POST",
        "v1/iamPolicies:lintPolicy",
        {
            "fullResourceName": "//cloudresourcemanager.googleapis.com/projects/acme-prod",
            "condition": {"title": "broken", "expression": "request.time <"},
        },
    ),
    ("POST", "v2/entries:list", {"resourceNames": ["projects/acme-prod"]}),
    ("GET", "v1/groups?parent=customers/C00000001", None),
    ("GET", "v1/groups:lookup?groupKey.id=sre@example.com", None),
    (
        "GET",
        "v1/groups/-/memberships:searchTransitiveGroups?query=" + urllib.parse.quote(
            "member_key_id == 'alice@example.com' && "
            "'cloudidentity.googleapis.com/groups.discussion_forum' in labels && "
            "parent == 'customers/C00000001'"
        ),
        None,
    ),
]

# Refused, and in the shape of the service that refuses.
REFUSED = [
    ("crm", "POST", "v3/projects/acme-nowhere:getIamPolicy", READ_AT_3, 403),
    ("crm", "POST", "v3/projects/acme-prod:getIamPolicy", {"options": {"requestedPolicyVersion": 2}}, 400),
    ("crm", "POST", "v1/projects/acme-prod:setIamPolicy", {}, 400),
    ("crm", "GET", "v3/projects/acme-nowhere", None, 403),
    ("iam", "GET", "v1/roles/storage.emperor", None, 404),
    ("secretmanager", "GET", "v1/projects/acme-prod/secrets/absent", None, 404),
    ("pubsub", "GET", "v1/projects/acme-prod/topics/absent", None, 404),
    ("cloudidentity", "GET", "v1/groups:lookup?groupKey.id=absent@example.com", None, 404),
    ("cloudidentity", "GET", "v1/groups/0absent/memberships", None, 403),
    ("storage", "GET", "storage/v1/b/absent", None, 404),
    ("storage", "GET", "storage/v1/b/absent/iam", None, 404),
    ("storage", "GET", "storage/v1/b/absent/o", None, 404),
    ("storage", "GET", "storage/v1/b/logs-acme-prod/o/absent", None, 404),
    ("storage", "DELETE", "storage/v1/b/logs-acme-prod/o/kept?ifGenerationMatch=1", None, 412),
    ("compute", "GET", "compute/v1/projects/acme-nowhere/aggregated/instances", None, 403),
    ("bigquery", "GET", "bigquery/v2/projects/acme-nowhere/datasets", None, 403),
    ("bigquery", "GET", "bigquery/v2/projects/acme-prod/datasets/absent", None, 404),
    ("bigquery", "POST", "bigquery/v2/projects/acme-prod/datasets", {"datasetReference": {"datasetId": "a b"}}, 400),
    ("container", "GET", "v1/projects/acme-nowhere/locations/-/clusters", None, 403),
    ("container", "GET", "v1/projects/acme-prod/locations/europe-west1/clusters/absent", None, 404),
    ("sqladmin", "GET", "sql/v1beta4/projects/acme-nowhere/instances", None, 403),
    ("sqladmin", "GET", "sql/v1beta4/projects/acme-prod/instances/absent", None, 404),
]


# Replies that Google would not send: an oracle that lets one pass is blind.
WRONG = [
    ("POST", "v3/projects/acme-prod:getIamPolicy", {"etag": "ACAB", "novel": 1}),
    ("POST", "v3/projects/acme-prod:getIamPolicy", {"etag": "not base64!"}),
    ("POST", "v3/projects/acme-prod:getIamPolicy", {"version": "3"}),
    ("POST", "v3/projects/acme-prod:getIamPolicy", {"bindings": [{"role": "roles/viewer", "members": "user:a@b"}]}),
    ("GET", "v1/projects/acme-prod", {"projectNumber": 100000000001}),
    ("GET", "v1/projects/acme-prod", {"lifecycleState": "ALIVE"}),
    ("GET", "v3/projects/acme-prod", {"createTime": "yesterday"}),
    ("GET", "v9/projects/acme-prod", {}),
    ("GET", "v1/groups/0a/memberships:searchTransitiveMemberships", {"memberships": [{"preferredMemberKey": {}}]}),
]


def main():
    give_everything(OWNER)
    oracle, owner, findings, checked = Oracle(), Caller(OWNER), [], 0
    for method, path, reply in WRONG:
        assert oracle.findings(method, path, reply), f"the oracle takes {reply} for a reply to {method} {path}"

    def succeeds(method, path, body=None):
        nonlocal checked
        reply = owner.call(method, path, body)
        checked += 1
        if reply.status_code != 200:
            findings.append(f"{method} {path}: {reply.status_code} {reply.text[:300]}")
            return {}
        findings.extend(f"{method} {path}: {finding}" for finding in oracle.findings(method, path, reply.json()))
        return reply.json()

    for read, name, test, permission in IAM:
        if read == "GET":
            policy = succeeds("GET", f"{name}:getIamPolicy?options.requestedPolicyVersion=3")
        elif read == "QUERY":
            policy = succeeds("POST", f"{name}:getIamPolicy?options.requestedPolicyVersion=3")
        else:
            policy = succeeds("POST", f"{name}:getIamPolicy", READ_AT_3)
        stored = succeeds("POST", f"{name}:setIamPolicy", {"policy": policy})
        if {**stored, "etag": ""} != {**policy, "etag": ""}:
            findings.append(f"{name}: setting what was read changes it")
        granted = succeeds(test, f"{name}:testIamPermissions", {"permissions": [permission]})
        if granted != {"permissions": [permission]}:
            findings.append(f"{name}: {permission} is not granted: {granted}")
    policy = succeeds("GET", "storage/v1/b/logs-acme-prod/iam?optionsRequestedPolicyVersion=3")
    succeeds("PUT", "storage/v1/b/logs-acme-prod/iam", policy)
    for method, path, body in READS:
        if not succeeds(method, path, body) and "effectiveTags" not in path and not path.endswith("/roles"):
            findings.append(f"{method} {path}: an empty reply says nothing")

    group = succeeds("GET", "v1/groups:lookup?groupKey.id=engineering@example.com")["name"]
    for path in ("", "/memberships", "/memberships?view=FULL", "/memberships:searchTransitiveMemberships"):
        if not succeeds("GET", f"v1/{group}{path}"):
            findings.append(f"{group}{path}: an empty reply says nothing")

    # A broker may impersonate where it holds Token Creator: here, olivia is given it for the occasion.
    account = f"v1/{BROKER.replace('/-/', '/acme-access/')}"
    policy = succeeds("POST", f"{account}:getIamPolicy")
    policy.setdefault("bindings", []).append({"role": "roles/iam.serviceAccountTokenCreator", "members": [OWNER]})
    succeeds("POST", f"{account}:setIamPolicy", {"policy": policy})
    scope = ["https://www.googleapis.com/auth/cloud-platform"]
    succeeds("POST", f"v1/{BROKER}:generateAccessToken", {"scope": scope, "lifetime": "600s"})
    succeeds("POST", f"v1/{BROKER}:signJwt", {"payload": "{}"})
    succeeds("POST", f"v1/{BROKER}:signBlob", {"payload": "aGVsbG8="})
    succeeds("POST", f"v1/{BROKER}:generateIdToken", {"audience": "https://example.com", "includeEmail": True})

    # Objects, in each way that they are written.
    upload = "upload/storage/v1/b/logs-acme-prod/o"
    succeeds("POST", f"{upload}?uploadType=media&name=kept", {})
    kept = "storage/v1/b/logs-acme-prod/o/kept"
    succeeds("GET", kept)
    succeeds("PATCH", kept, {"metadata": {"note": "two"}, "contentType": "text/plain"})
    succeeds("POST", f"{kept}/rewriteTo/b/logs-acme-prod/o/copied", {})
    succeeds("GET", "storage/v1/b/logs-acme-prod/o?delimiter=/&prefix=k")

    datasets = "bigquery/v2/projects/acme-prod/datasets"
    dataset = {"datasetReference": {"projectId": "acme-prod", "datasetId": "orders"}, "labels": {"env": "prod"}}
    succeeds("POST", datasets, dataset)
    succeeds("GET", datasets)
    succeeds("GET", f"{datasets}/orders")
    reply = owner.call("POST", datasets, dataset)
    findings.extend(f"{datasets}: {finding}" for finding in error_findings("bigquery", reply.json()))
    if reply.status_code != 409:
        findings.append(f"{datasets}: made twice: {reply.status_code} {reply.text[:300]}")

    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    public_key = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for root in SQL:
        database = f"{root}/projects/acme-prod/instances/orders-db"
        succeeds("POST", f"{database}/createEphemeral", {"public_key": public_key})
        succeeds("POST", f"{database}:generateEphemeralCert", {"public_key": public_key})
    policy = succeeds("GET", f"compute/v1/{MACHINE}/getIamPolicy?optionsRequestedPolicyVersion=3")
    succeeds("POST", f"compute/v1/{MACHINE}/setIamPolicy", {"policy": policy})

    for service, method, path, body, status in REFUSED:
        reply = owner.call(method, path, body)
        checked += 1
        if reply.status_code != status:
            findings.append(f"{method} {path}: {reply.status_code} instead of {status}: {reply.text[:300]}")
        else:
            findings.extend(f"{method} {path}: {finding}" for finding in error_findings(service, reply.json()))

    print("\n".join(findings))
    print(f"{checked} replies checked, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
