"""TLS contexts from PEM texts: for whoever ends TLS with a certificate, and for whoever checks one."""

from __future__ import annotations

import os
import ssl
import tempfile
from pathlib import Path

MINIMUM = ssl.TLSVersion.TLSv1_2
"""The router's default (`ssl-min-ver TLSv1.2`)."""


def server_context(certificate: str, key: str) -> ssl.SSLContext:
    """A context that shows this certificate. Raises ssl.SSLError where key and certificate do not fit."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = MINIMUM
    context.set_alpn_protocols(["http/1.1"])
    # The ssl module reads certificates from files only; this one nobody else can open.
    descriptor, name = tempfile.mkstemp(prefix="shiftlab-", suffix=".pem")
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(f"{key}\n{certificate}\n")
        context.load_cert_chain(name, password=lambda: "")
    finally:
        Path(name).unlink()
    return context


def client_context(authorities: str, *, check_name: bool) -> ssl.SSLContext:
    """A context that takes what these authorities have signed. Raises ssl.SSLError for bad PEM."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = MINIMUM
    context.check_hostname = check_name
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(cadata=authorities)
    context.set_alpn_protocols(["http/1.1"])
    return context
