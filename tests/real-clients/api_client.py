"""google-api-python-client, built from the discovery documents that it carries: nothing of it is typed by hand."""

import os
import sys

from witness import Witness

WITNESS = Witness()

import google.auth
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from sandbox import BASE, control, give_everything

EXPRESSION = 'request.time < timestamp("2031-01-01T00:00:00Z")'
ACCOUNT = "projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com"
AT_3 = {"options": {"requestedPolicyVersion": 3}}


def service(name, version, credentials, endpoint=BASE):
    """A client from the document on disk."""
    return build(
        name,
        version,
        credentials=credentials,
        static_discovery=True,
        cache_discovery=False,
        client_options={"api_endpoint": endpoint},
    )


def round_trip(collection, resource, role, conditional, read):
    """Adds a binding, meets a conflict with the old etag, and takes the binding away again."""
    before = collection.getIamPolicy(resource=resource, **read).execute()
    binding = {"role": role, "members": ["user:alice@example.com"]}
    if conditional:
        binding["condition"] = {"title": "until 2031", "expression": EXPRESSION}
    changed = {**before, "version": 3, "bindings": [*before.get("bindings", []), binding]}
    after = collection.setIamPolicy(resource=resource, body={"policy": changed}).execute()
    assert after["bindings"][-1] == binding, f"{resource}: {after}"
    try:
        collection.setIamPolicy(resource=resource, body={"policy": changed}).execute()
    except HttpError as error:
        assert error.status_code == 409, f"{resource}: {error}"
        assert error.reason.startswith("There were concurrent policy changes."), error.reason
    else:
        raise AssertionError(f"{resource}: a stale etag was accepted")
    back = collection.setIamPolicy(resource=resource, body={"policy": {**before, "version": 3, "etag": after["etag"]}})
    assert back.execute().get("bindings", []) == before.get("bindings", []), resource


def main():
    give_everything("user:olivia@example.com")
    scopes = ["https://www.googleapis.com/auth/cloud-platform"]
    credentials, _ = google.auth.load_credentials_from_file(os.environ["GOOGLE_APPLICATION_CREDENTIALS"], scopes=scopes)
    body = {"body": AT_3}
    query = {"options_requestedPolicyVersion": 3}
    v1 = service("cloudresourcemanager", "v1", credentials)
    v2 = service("cloudresourcemanager", "v2", credentials)
    v3 = service("cloudresourcemanager", "v3", credentials)
    round_trip(v1.projects(), "acme-prod", "roles/storage.admin", True, body)
    round_trip(v1.organizations(), "organizations/1", "roles/logging.viewer", True, body)
    round_trip(v2.folders(), "folders/42", "roles/compute.admin", True, body)
    round_trip(v3.projects(), "projects/acme-prod", "roles/storage.admin", True, body)
    ancestry = v1.projects().getAncestry(projectId="acme-prod", body={}).execute()["ancestor"]
    assert [step["resourceId"]["type"] for step in ancestry] == ["project", "folder", "organization"], ancestry
    listed = v1.projects().list(filter="labels.env:prod").execute()["projects"]
    assert {project["projectId"] for project in listed} == {"acme-prod", "acme-pay"}, listed

    iam = service("iam", "v1", credentials)
    round_trip(iam.projects().serviceAccounts(), ACCOUNT, "roles/iam.serviceAccountUser", True, query)
    assert "storage.buckets.get" in iam.roles().get(name="roles/storage.admin").execute()["includedPermissions"]
    secrets = service("secretmanager", "v1", credentials).projects().secrets()
    secret = "projects/acme-prod/secrets/db-password"
    round_trip(secrets, secret, "roles/secretmanager.secretAccessor", True, query)
    topics = service("pubsub", "v1", credentials).projects().topics()
    round_trip(topics, "projects/acme-prod/topics/orders", "roles/pubsub.publisher", False, query)

    groups = service("cloudidentity", "v1", credentials).groups()
    label = "'cloudidentity.googleapis.com/groups.discussion_forum' in labels"
    memberships = groups.memberships()
    control("POST", "pages", {"most": 1})
    request, found = memberships.searchTransitiveGroups(
        parent="groups/-", query=f"member_key_id == 'alice@example.com' && {label}"
    ), set()
    while request is not None:
        reply = request.execute()
        found.update(entry["groupKey"]["id"] for entry in reply["memberships"])
        request = memberships.searchTransitiveGroups_next(request, reply)
    control("POST", "pages", {"most": None})
    assert found == {f"{name}@example.com" for name in ("engineering", "platform", "sre")}, found
    name = groups.lookup(groupKey_id="engineering@example.com").execute()["name"]
    members = memberships.searchTransitiveMemberships(parent=name).execute()["memberships"]
    assert "dave@example.com" in {entry["preferredMemberKey"][0]["id"] for entry in members}, members

    buckets = service("storage", "v1", credentials, f"{BASE}/storage/v1/").buckets()
    policy = buckets.getIamPolicy(bucket="logs-acme-prod", optionsRequestedPolicyVersion=3).execute()
    buckets.setIamPolicy(bucket="logs-acme-prod", body=policy).execute()
    try:
        buckets.setIamPolicy(bucket="logs-acme-prod", body=policy).execute()
    except HttpError as error:
        assert error.status_code == 412, error
    else:
        raise AssertionError("a stale etag of a bucket was accepted")
    return WITNESS.report()


if __name__ == "__main__":
    sys.exit(main())
