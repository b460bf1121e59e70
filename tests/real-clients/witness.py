"""Listens to what Google's libraries receive, and holds each reply against the discovery documents."""

import json
import urllib.parse

import httplib2
import requests

from discovery import Oracle, error_findings

SERVICES = {"storage": "storage"}


class Witness:
    """Wraps both HTTP stacks that the libraries use."""

    def __init__(self):
        self.oracle = Oracle()
        self.findings = []
        self.checked = 0
        send, request = requests.Session.send, httplib2.Http.request

        def sending(session, prepared, **options):
            reply = send(session, prepared, **options)
            self.see(prepared.method, prepared.url, reply.status_code, reply.content, prepared.headers)
            return reply

        def requesting(http, uri, method="GET", body=None, headers=None, **options):
            head, content = request(http, uri, method=method, body=body, headers=headers, **options)
            self.see(method, uri, head.status, content, headers or {})
            return head, content

        requests.Session.send = sending
        httplib2.Http.request = requesting

    def see(self, method, url, status, content, _headers):
        """One reply of an emulated API."""
        parts = urllib.parse.urlsplit(url)
        path = parts.path.lstrip("/")
        if path.startswith("sandbox/") or path.endswith(("v1/token", "introspect")):
            return
        self.checked += 1
        where = f"{method} {path}"
        try:
            reply = json.loads(content)
        except ValueError:
            self.findings.append(f"{where}: {status} without JSON: {content[:200]!r}")
            return
        if status >= 400:
            found = error_findings("storage" if path.startswith("storage/") else "other", reply)
        elif "enum-encoding%3Dint" in parts.query:
            # Enum values are numbers for these clients, and the documents only know the names.
            found = self.oracle.findings(method, path, _without_enums(reply))
        else:
            found = self.oracle.findings(method, path, reply)
        self.findings.extend(f"{where}: {finding}" for finding in found)

    def report(self):
        """Prints what was seen; the exit code."""
        print("\n".join(self.findings))
        print(f"{self.checked} replies checked, {len(self.findings)} findings")
        return 1 if self.findings or not self.checked else 0


def _without_enums(value):
    enums = {"state", "lifecycleState", "logType", "stage"}
    if isinstance(value, dict):
        return {name: _without_enums(inner) for name, inner in value.items() if name not in enums}
    if isinstance(value, list):
        return [_without_enums(item) for item in value]
    return value
