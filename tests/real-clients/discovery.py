"""Google's discovery documents, as shipped with google-api-python-client, as a strict oracle for replies.

Lenient readers forgive a field that Google does not have, or a number where Google writes a string. This one
does not: an unknown field, a wrong type, a wrong format or an unknown enum value is a finding.
"""

import base64
import binascii
import json
import pathlib
import re
import urllib.parse

import googleapiclient

DOCUMENTS = pathlib.Path(googleapiclient.__file__).parent / "discovery_cache" / "documents"
APIS = (
    "bigquery.v2",
    "cloudidentity.v1",
    "cloudresourcemanager.v1",
    "cloudresourcemanager.v2",
    "cloudresourcemanager.v3",
    "compute.v1",
    "container.v1",
    "iam.v1",
    "iamcredentials.v1",
    "logging.v2",
    "pubsub.v1",
    "secretmanager.v1",
    "sqladmin.v1",
    "sqladmin.v1beta4",
    "storage.v1",
    "sts.v1",
)
# Services whose errors are lists.
LISTS_ERRORS = ("bigquery", "compute", "sqladmin", "storage")
TIMESTAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$")
INTEGER = re.compile(r"^-?\d+$")


class Method:
    """One method of one API."""

    def __init__(self, document, method):
        self.document = document
        self.id = method["id"]
        self.verb = method["httpMethod"]
        self.response = method.get("response", {}).get("$ref")
        self.request = method.get("request", {}).get("$ref")
        templates = [document.get("servicePath", "") + method.get("flatPath", method["path"])]
        protocols = method.get("mediaUpload", {}).get("protocols", {})
        templates.extend(protocol["path"].lstrip("/") for protocol in protocols.values())
        patterns = []
        for template in templates:
            parts = re.split(r"(\{\+?[^}]+\})", template)
            patterns.append("".join("[^/]+" if part.startswith("{") else re.escape(part) for part in parts))
        self.pattern = re.compile(f"^/?({'|'.join(patterns)})$")


def _methods(document, holder):
    for method in holder.get("methods", {}).values():
        yield Method(document, method)
    for resource in holder.get("resources", {}).values():
        yield from _methods(document, resource)


class Oracle:
    """All documents."""

    def __init__(self):
        self.methods = []
        for api in APIS:
            document = json.loads((DOCUMENTS / f"{api}.json").read_text("utf-8"))
            self.methods.extend(_methods(document, document))

    def candidates(self, verb, path):
        """The methods that the path may mean: some APIs share paths, and the sandbox shares one port."""
        # A slash that is escaped belongs to a variable, so that matching comes before decoding.
        plain = urllib.parse.unquote(path.split("?")[0].replace("%2F", "%252F"))
        return [method for method in self.methods if method.verb == verb and method.pattern.match(plain)]

    def findings(self, verb, path, reply):
        """What is wrong with the body of a successful reply; empty if nothing is."""
        candidates = self.candidates(verb, path)
        if not candidates:
            return [f"{verb} {path} is in no discovery document"]
        every = [(method.id, _check(method.document, {"$ref": method.response}, reply, "")) for method in candidates]
        if any(not findings for _, findings in every):
            return []
        return [f"{method}: {finding}" for method, findings in every for finding in findings]


def _check(document, schema, value, place):
    if "$ref" in schema:
        schema = document["schemas"][schema["$ref"]]
    kind = schema.get("type", "any")
    if kind == "any":
        return []
    if kind == "object":
        return _check_object(document, schema, value, place)
    if kind == "array":
        if not isinstance(value, list):
            return [f"{place} is no list: {value!r}"]
        return [
            finding
            for index, item in enumerate(value)
            for finding in _check(document, schema["items"], item, f"{place}[{index}]")
        ]
    return _check_scalar(schema, kind, value, place)


def _check_object(document, schema, value, place):
    if not isinstance(value, dict):
        return [f"{place or 'the body'} is no object: {value!r}"]
    findings = []
    for name, inner in value.items():
        known = schema.get("properties", {}).get(name) or schema.get("additionalProperties")
        if known is None:
            findings.append(f"{place}.{name} is unknown")
        else:
            findings.extend(_check(document, known, inner, f"{place}.{name}"))
    return findings


def _check_scalar(schema, kind, value, place):
    fits = {
        "string": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": isinstance(value, int) and not isinstance(value, bool),
        "number": isinstance(value, (int, float)) and not isinstance(value, bool),
    }[kind]
    if not fits:
        return [f"{place} should be a {kind}: {value!r}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{place} is none of Google's values: {value!r}"]
    form = schema.get("format")
    if form in ("int64", "uint64") and kind == "string" and not INTEGER.match(value):
        return [f"{place} should be digits in a string: {value!r}"]
    if form in ("google-datetime", "date-time") and not TIMESTAMP.match(value):
        return [f"{place} should be a time: {value!r}"]
    if form == "byte":
        try:
            base64.b64decode(value, validate=True)
        except binascii.Error:
            return [f"{place} should be base64: {value!r}"]
    return []


def error_findings(service, reply):
    """What is wrong with the body of an error: google.rpc.Status, or the older form of Cloud Storage."""
    error = reply.get("error")
    if set(reply) != {"error"} or not isinstance(error, dict):
        return [f"an error is one object: {reply!r}"]
    allowed = {"code", "message", "errors"} if service in LISTS_ERRORS else {"code", "message", "status", "details"}
    findings = [f"error.{name} is unknown" for name in error if name not in allowed]
    if not isinstance(error.get("code"), int) or not isinstance(error.get("message"), str):
        findings.append(f"code and message: {error!r}")
    if service in LISTS_ERRORS:
        for entry in error.get("errors", [{}]):
            if not {"domain", "reason", "message"} <= set(entry):
                findings.append(f"an entry of errors: {entry!r}")
    elif not re.match(r"^[A-Z_]+$", error.get("status", "")):
        findings.append(f"status: {error!r}")
    for detail in error.get("details", []):
        if not detail.get("@type", "").startswith("type.googleapis.com/google."):
            findings.append(f"a detail without a type: {detail!r}")
    return findings
