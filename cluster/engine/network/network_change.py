"""What `oc adm pod-network` asks of a project's network: an annotation that the master carries out.

openshift/origin `network/apis/network/netnamespace.go: ParseChangePodNetworkAnnotation`.
"""

from __future__ import annotations

from typing import NamedTuple

GLOBAL, ISOLATE, JOIN = "global", "isolate", "join"


class NetworkChange(NamedTuple):
    """`action` is global, isolate or join; `other` the project to join, else ""."""

    action: str
    other: str = ""


class MalformedChangeError(ValueError):
    """An annotation that asks for nothing known."""


def parse_change(text: str) -> NetworkChange:
    """The change in an annotation: `global`, `isolate`, `join:<project>`. Raises MalformedChangeError."""
    action, colon, other = text.partition(":")
    if action.lower() in (GLOBAL, ISOLATE) and not colon:
        return NetworkChange(action.lower())
    if action.lower() == JOIN and other and ":" not in other:
        return NetworkChange(JOIN, other)
    raise MalformedChangeError(f"invalid change pod network annotation value: {text!r}")
