"""What mitmproxy is told to do, so that it does what the session's proxy does.

It puts the token in PROXY_TOKEN in place of what came. Its own authority is published as FOLDER/mitmproxy.pem, its port
as FOLDER/mitmproxy.port, where FOLDER is PROXY_FOLDER. The secret and the host's authority are options of its own.
"""

import os
from pathlib import Path

from mitmproxy import ctx

FOLDER = Path(os.environ["PROXY_FOLDER"])
TOKEN = "Bearer " + os.environ["PROXY_TOKEN"]


def running():
    authority = Path(ctx.options.confdir).expanduser() / "mitmproxy-ca-cert.pem"
    publish("mitmproxy.pem", authority.read_text())
    addresses = ctx.master.addons.get("proxyserver").listen_addrs()
    publish("mitmproxy.port", str(addresses[0][1]))


def requestheaders(flow):
    flow.request.headers["authorization"] = TOKEN
    flow.request.headers["x-goog-request-reason"] = "to measure"


def publish(name, content):
    """Writes a file as a whole, so that who waits for it never reads half of it."""
    new = FOLDER / f"{name}.new"
    new.write_text(content)
    new.rename(FOLDER / name)
