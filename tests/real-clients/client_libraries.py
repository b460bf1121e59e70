"""Google's typed client libraries against the sandbox: read, edit, conflict, denial, search."""

import datetime
import os
import sys

from witness import Witness

WITNESS = Witness()

import google.auth
import google.oauth2.credentials
from google.api_core import exceptions
from google.cloud import iam_credentials_v1, resourcemanager_v3, secretmanager_v1, storage
from google.iam.v1 import iam_policy_pb2, policy_pb2
from google.pubsub_v1 import PublisherClient
from google.type import expr_pb2

from sandbox import BASE, control, give_everything, stored, token

EXPRESSION = 'request.time < timestamp("2031-01-01T00:00:00Z")'
ACCOUNT = "projects/acme-prod/serviceAccounts/deployer@acme-prod.iam.gserviceaccount.com"
OPTIONS = {"api_endpoint": BASE}
SCOPES = ["https://www.googleapis.com/auth/cloud-platform"]


def read(client, resource):
    """The policy at version 3."""
    request = iam_policy_pb2.GetIamPolicyRequest(resource=resource)
    request.options.requested_policy_version = 3
    return client.get_iam_policy(request=request)


def write(client, resource, policy):
    """Sets the policy."""
    request = iam_policy_pb2.SetIamPolicyRequest(resource=resource, policy=policy)
    return client.set_iam_policy(request=request)


def round_trip(client, resource, key, role, conditional, permission):
    """Adds a binding, meets a conflict with the old etag, and takes the binding away again."""
    before = read(client, resource)
    policy = policy_pb2.Policy()
    policy.CopyFrom(before)
    binding = policy.bindings.add(role=role, members=["user:alice@example.com"])
    if conditional:
        policy.version = 3
        binding.condition.CopyFrom(expr_pb2.Expr(title="until 2031", description="ümläut", expression=EXPRESSION))
    after = write(client, resource, policy)
    assert after.etag != before.etag, resource
    assert after.bindings[-1] == binding, f"{resource}: {after.bindings}"
    assert stored(key)["bindings"][-1]["role"] == role, resource
    try:
        write(client, resource, policy)
    except exceptions.Conflict as conflict:
        # Over REST the type follows from the HTTP status; Google's own status is in the body.
        assert conflict.response.json()["error"]["status"] == "ABORTED", f"{resource}: {conflict!r}"
        assert "There were concurrent policy changes." in conflict.message, conflict
    else:
        raise AssertionError(f"{resource}: a stale etag was accepted")
    removed = policy_pb2.Policy()
    removed.CopyFrom(after)
    del removed.bindings[-1]
    assert list(write(client, resource, removed).bindings) == list(before.bindings), resource
    request = iam_policy_pb2.TestIamPermissionsRequest(resource=resource, permissions=[permission])
    assert list(client.test_iam_permissions(request=request).permissions) == [permission], resource


def resource_manager(credentials):
    """Projects, folders, organizations."""
    more = {"credentials": credentials, "transport": "rest", "client_options": OPTIONS}
    projects = resourcemanager_v3.ProjectsClient(**more)
    folders = resourcemanager_v3.FoldersClient(**more)
    organizations = resourcemanager_v3.OrganizationsClient(**more)
    get = "resourcemanager.{}.get"
    round_trip(projects, "projects/acme-prod", "projects/acme-prod", "roles/storage.admin", True, get.format("projects"))
    round_trip(projects, "projects/100000000002", "projects/acme-pay", "roles/browser", False, get.format("projects"))
    round_trip(folders, "folders/42", "folders/42", "roles/compute.admin", True, get.format("folders"))
    round_trip(
        organizations, "organizations/1", "organizations/1", "roles/logging.viewer", True, get.format("organizations")
    )
    found = {project.project_id: project for project in projects.search_projects(query="labels.env:prod")}
    assert set(found) == {"acme-prod", "acme-pay"}, found
    assert found["acme-prod"].parent == "folders/42"
    assert found["acme-prod"].state == resourcemanager_v3.Project.State.ACTIVE
    assert projects.get_project(name="projects/acme-dev").display_name == "Acme Development"
    assert [folder.display_name for folder in folders.search_folders(query="displayName=production")] == ["production"]
    assert [organization.name for organization in organizations.search_organizations()] == ["organizations/1"]


def other_services(credentials):
    """Secrets, topics, and tokens of a service account. The IAM admin library speaks gRPC alone."""
    more = {"credentials": credentials, "transport": "rest", "client_options": OPTIONS}
    secrets = secretmanager_v1.SecretManagerServiceClient(**more)
    secret = "projects/acme-prod/secrets/db-password"
    round_trip(secrets, secret, secret, "roles/secretmanager.secretAccessor", True, "secretmanager.secrets.get")
    assert secrets.get_secret(name=secret).name.endswith("/secrets/db-password")
    topic = "projects/acme-prod/topics/orders"
    round_trip(PublisherClient(**more), topic, topic, "roles/pubsub.publisher", False, "pubsub.topics.get")

    broker = "serviceAccount:daypass@acme-access.iam.gserviceaccount.com"
    policy = stored(ACCOUNT)
    policy["bindings"].append({"role": "roles/iam.serviceAccountTokenCreator", "members": [broker]})
    control("PUT", f"policies/{ACCOUNT}", policy)
    more["credentials"] = google.oauth2.credentials.Credentials(token(broker))
    accounts = iam_credentials_v1.IAMCredentialsClient(**more)
    name = ACCOUNT.replace("projects/acme-prod/", "projects/-/")
    minted = accounts.generate_access_token(name=name, scope=SCOPES, lifetime=datetime.timedelta(minutes=10))
    remaining = minted.expire_time - datetime.datetime.now(datetime.timezone.utc)
    assert datetime.timedelta(minutes=9) < remaining <= datetime.timedelta(minutes=10), minted.expire_time
    more["credentials"] = google.oauth2.credentials.Credentials(minted.access_token)
    projects = resourcemanager_v3.ProjectsClient(**more)
    request = iam_policy_pb2.TestIamPermissionsRequest(
        resource="projects/acme-prod", permissions=["logging.logEntries.create", "storage.buckets.delete"]
    )
    granted = projects.test_iam_permissions(request=request).permissions
    assert list(granted) == ["logging.logEntries.create"], granted


def buckets(credentials):
    """Cloud Storage: 412 where the others say 409."""
    client = storage.Client(project="acme-prod", credentials=credentials, client_options=OPTIONS)
    bucket = client.bucket("logs-acme-prod")
    before = bucket.get_iam_policy(requested_policy_version=3)
    policy = bucket.get_iam_policy(requested_policy_version=3)
    policy.version = 3
    condition = {"title": "until 2031", "expression": EXPRESSION}
    binding = {"role": "roles/storage.objectViewer", "members": {"user:alice@example.com"}, "condition": condition}
    policy.bindings.append(binding)
    after = bucket.set_iam_policy(policy)
    assert after.bindings[-1] == binding, after.bindings
    try:
        bucket.set_iam_policy(policy)
    except exceptions.PreconditionFailed:
        pass
    else:
        raise AssertionError("a stale etag of a bucket was accepted")
    after.bindings.pop()
    assert bucket.set_iam_policy(after).bindings == before.bindings
    assert bucket.test_iam_permissions(["storage.buckets.get"]) == ["storage.buckets.get"]
    assert client.get_bucket("logs-acme-prod").iam_configuration.uniform_bucket_level_access_enabled
    assert {found.name for found in client.list_buckets()} == {"logs-acme-prod", "legacy-acme-prod"}


def denial():
    """A person without rights, with credentials of their own."""
    credentials = google.oauth2.credentials.Credentials(token("user:mallory@example.com"))
    client = resourcemanager_v3.ProjectsClient(credentials=credentials, transport="rest", client_options=OPTIONS)
    try:
        write(client, "projects/acme-prod", policy_pb2.Policy())
    except exceptions.Forbidden as denied:
        assert denied.reason == "IAM_PERMISSION_DENIED", denied.reason
        assert denied.domain.endswith("googleapis.com"), denied.domain
    else:
        raise AssertionError("a stranger may set the policy")


def main():
    give_everything("user:olivia@example.com")
    # Application Default Credentials: the external_account file that the sandbox's environment names.
    credentials, _ = google.auth.load_credentials_from_file(os.environ["GOOGLE_APPLICATION_CREDENTIALS"], scopes=SCOPES)
    resource_manager(credentials)
    other_services(credentials)
    buckets(credentials)
    denial()
    callers = {request["principal"] for request in control("GET", "requests")["requests"]}
    assert {"user:olivia@example.com", "user:mallory@example.com"} <= callers, callers
    return WITNESS.report()


if __name__ == "__main__":
    sys.exit(main())
