"""Bodies that were recorded from Google's servers: the sandbox must send the same, field by field."""

import sys

from sandbox import Caller, control, give_everything, stored

OWNER = "user:olivia@example.com"
PROJECT = "v1/projects/acme-prod"
CONDITION = {"title": "until", "expression": 'request.time < timestamp("2031-01-01T00:00:00Z")'}
BAD_REQUEST = "type.googleapis.com/google.rpc.BadRequest"

findings = []
checked = 0


def expect(case, reply, status, body):
    """The reply has this status and this body, and nothing else."""
    global checked
    checked += 1
    if reply.status_code != status or reply.json() != body:
        findings.append(f"{case}:\n  got  {reply.status_code} {reply.text}\n  want {status} {body}")


def expect_message(case, reply, status, code, message):
    """The reply has this status, code and message; details are free."""
    global checked
    checked += 1
    error = reply.json().get("error", {})
    if (reply.status_code, error.get("status"), error.get("message")) != (status, code, message):
        findings.append(f"{case}:\n  got  {reply.status_code} {reply.text}\n  want {status} {code} {message}")


def with_binding(policy, role, *members, **more):
    """The policy with one more binding, at version 3."""
    bindings = [*policy.get("bindings", []), {"role": role, "members": list(members), **more}]
    return {**policy, "version": 3, "bindings": bindings}


def check_conflicts(owner):
    """409 for IAM, 412 for Cloud Storage."""
    policy = stored("projects/acme-prod")
    changed = with_binding(policy, "roles/browser", "user:alice@example.com")
    assert owner.call("POST", f"{PROJECT}:setIamPolicy", {"policy": changed}).ok
    conflict = {
        "error": {
            "code": 409,
            "message": "There were concurrent policy changes. Please retry the whole read-modify-write with "
            "exponential backoff.",
            "status": "ABORTED",
        }
    }
    for version in ("v1", "v3"):
        reply = owner.call("POST", f"{version}/projects/acme-prod:setIamPolicy", {"policy": changed})
        expect(f"a stale etag at {version}", reply, 409, conflict)
    bucket = "storage/v1/b/logs-acme-prod/iam"
    policy = owner.call("GET", f"{bucket}?optionsRequestedPolicyVersion=3").json()
    assert owner.call("PUT", bucket, with_binding(policy, "roles/storage.admin", "user:alice@example.com")).ok
    reply = owner.call("PUT", bucket, policy)
    entry = reply.json()["error"]["errors"][0]
    if (reply.status_code, entry["reason"], entry["domain"]) != (412, "conditionNotMet", "global"):
        findings.append(f"a stale etag of a bucket: {reply.status_code} {reply.text}")


def check_never_set(owner):
    """A policy that nobody has set is an etag and nothing else, at each version asked for."""
    account = "projects/acme-access/serviceAccounts/scheduler@acme-access.iam.gserviceaccount.com"
    for version in (0, 1, 3):
        path = f"v1/{account}:getIamPolicy?options.requestedPolicyVersion={version}"
        expect(f"never set, at {version}", owner.call("POST", path), 200, {"etag": "ACAB"})


def check_denials():
    """403 says which permission is missing, and not whether the resource exists."""
    mallory = Caller("user:mallory@example.com")
    permission = "iam.serviceAccounts.getAccessToken"
    path = "v1/projects/-/serviceAccounts/daypass@acme-access.iam.gserviceaccount.com:generateAccessToken"
    reply = mallory.call("POST", path, {"scope": ["https://www.googleapis.com/auth/cloud-platform"]})
    info = {
        "@type": "type.googleapis.com/google.rpc.ErrorInfo",
        "reason": "IAM_PERMISSION_DENIED",
        "domain": "iam.googleapis.com",
        "metadata": {"permission": permission},
    }
    message = f"Permission '{permission}' denied on resource (or it may not exist)."
    error = {"code": 403, "message": message, "status": "PERMISSION_DENIED", "details": [info]}
    expect("no token for strangers", reply, 403, {"error": error})
    for project in ("acme-prod", "acme-nowhere"):
        reply = mallory.call("POST", f"v3/projects/{project}:setIamPolicy", {"policy": {}})
        error = reply.json()["error"]
        if (reply.status_code, error["status"], error["details"][0]["reason"]) != (403, "PERMISSION_DENIED", info["reason"]):
            findings.append(f"setIamPolicy of {project}: {reply.status_code} {reply.text}")


def check_refusals(owner):
    """400 in the words that were captured."""
    def refused(case, message, role, *members, **more):
        policy = with_binding(stored("projects/acme-prod"), role, *members, **more)
        reply = owner.call("POST", f"{PROJECT}:setIamPolicy", {"policy": policy})
        expect_message(case, reply, 400, "INVALID_ARGUMENT", message)

    refused(
        "a condition on a basic role",
        "LintValidationUnits/BindingRoleAllowConditionCheck Error: Conditions can't be set on primitive roles",
        "roles/viewer",
        "user:alice@example.com",
        condition=CONDITION,
    )
    absent = "gone@acme-prod.iam.gserviceaccount.com"
    refused(
        "a service account that vanished",
        f"Service account {absent} does not exist.",
        "roles/browser",
        f"serviceAccount:{absent}",
    )
    # 1,501 members in all, the six of the seed and one of the conflict included: each counts where it stands.
    policy = stored("projects/acme-prod")
    exempted = 1
    present = sum(len(binding["members"]) for binding in policy["bindings"]) + exempted
    refused(
        "too many members",
        "The number of members in the policy (1,501) is larger than the maximum allowed size 1,500.",
        "roles/browser",
        *[
            f"principal://iam.googleapis.com/locations/global/workforcePools/p/subject/s{number}"
            for number in range(1501 - present)
        ],
    )


def check_unknown_fields(owner):
    """Google refuses a field that it does not have, wherever it stands, and says where."""
    def unknown(name, place, body, path=f"{PROJECT}:setIamPolicy"):
        where = f" at '{place}'" if place else ""
        message = f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.'
        violation = {"field": place, "description": message} if place else {"description": message}
        detail = {"@type": BAD_REQUEST, "fieldViolations": [violation]}
        error = {"code": 400, "message": message, "status": "INVALID_ARGUMENT", "details": [detail]}
        expect(f"an unknown field at '{place}' of {path}", owner.call("POST", path, body), 400, {"error": error})

    binding = {"role": "roles/browser", "members": ["user:alice@example.com"]}
    unknown("polcy", "", {"polcy": {}})
    unknown("note", "policy", {"policy": {"note": "x"}})
    unknown("note", "policy.bindings[0]", {"policy": {"bindings": [{**binding, "note": "x"}]}})
    unknown(
        "note",
        "policy.bindings[1].condition",
        {"policy": {"bindings": [binding, {**binding, "condition": {**CONDITION, "note": "x"}}]}},
    )
    unknown("permission", "", {"permission": "a.b.c"}, f"{PROJECT}:testIamPermissions")
    unknown("note", "policy", {"policy": {"note": 1}}, "v2/folders/42:setIamPolicy")
    unknown("note", "policy", {"policy": {"note": 1}}, "v3/organizations/1:setIamPolicy")
    secret = "v1/projects/acme-prod/secrets/db-password"
    unknown("note", "policy", {"policy": {"note": 1}}, f"{secret}:setIamPolicy")
    reply = owner.call("POST", f"{PROJECT}:setIamPolicy", text='{"policy": ')
    global checked
    checked += 1
    if reply.status_code != 400 or not reply.json()["error"]["message"].startswith("Invalid JSON payload received."):
        findings.append(f"broken JSON: {reply.status_code} {reply.text}")


def check_tokens(owner):
    """401 for a token that is missing, unknown, or over."""
    def unauthenticated(case, headers):
        global checked
        checked += 1
        caller = Caller(OWNER)
        caller.headers = headers
        reply = caller.call("GET", "v3/projects/acme-prod")
        if reply.status_code != 401 or reply.json()["error"]["status"] != "UNAUTHENTICATED":
            findings.append(f"{case}: {reply.status_code} {reply.text}")

    unauthenticated("no token", {})
    unauthenticated("a token of nobody", {"Authorization": "Bearer ya29.nobody"})
    control("POST", "clock", {"advance": "61m"})
    unauthenticated("a token that is over", owner.headers)


def main():
    give_everything(OWNER)
    owner = Caller(OWNER)
    check_conflicts(owner)
    check_never_set(owner)
    check_denials()
    check_refusals(owner)
    check_unknown_fields(owner)
    check_tokens(owner)
    print("\n".join(findings))
    print(f"{checked} bodies checked, {len(findings)} findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
