"""The sandbox under test: its address, tokens for its people, its control API, and plain HTTP calls."""

import json
import os

import requests

BASE = os.environ["DAYPASS_SANDBOX"]
# Loopback only: nothing of the machine's proxies or credentials may leak in.
HTTP = requests.Session()
HTTP.trust_env = False


def control(method, path, body=None):
    """Calls the control API below /sandbox/."""
    reply = HTTP.request(method, f"{BASE}/sandbox/{path}", json=body, timeout=30)
    assert reply.ok, f"{method} /sandbox/{path}: {reply.status_code} {reply.text}"
    return reply.json()


def token(member):
    """An access token of a member such as user:alice@example.com."""
    return control("POST", "tokens", {"principal": member, "lifetime": "1h"})["access_token"]


class Caller:
    """Somebody who calls the emulated APIs without any library."""

    def __init__(self, member):
        self.headers = {"Authorization": f"Bearer {token(member)}"}

    def call(self, method, path, body=None, text=None, headers=None):
        """One call; the reply of the requests library."""
        data = text if text is not None else (None if body is None else json.dumps(body))
        sent = dict(self.headers, **{"Content-Type": "application/json"}, **(headers or {}))
        return HTTP.request(method, f"{BASE}/{path}", data=data, headers=sent, timeout=30)


def stored(resource):
    """The policy as the sandbox stores it."""
    return control("GET", f"policies/{resource}")


def give_everything(member):
    """Makes somebody able to set IAM on every kind of resource."""
    policy = stored("organizations/1")
    for role in (
        "roles/resourcemanager.organizationAdmin",
        "roles/iam.securityAdmin",
        "roles/storage.admin",
        "roles/secretmanager.admin",
        "roles/pubsub.admin",
        "roles/iam.serviceAccountAdmin",
        "roles/iam.roleViewer",
        "roles/logging.viewer",
        "roles/browser",
    ):
        policy["bindings"].append({"role": role, "members": [member]})
    control("PUT", "policies/organizations/1", policy)
