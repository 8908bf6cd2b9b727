"""Header actions: those of a route (`spec.httpHeaders`) and those of the whole router, which its operator
hands over percent-encoded in the environment (openshift/router: `parseHeadersToBeSetOrDeleted`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote_plus

REQUEST, RESPONSE = "request", "response"
_NAME: Final = re.compile(r"[-!#$%&'*+.0-9A-Z^_`a-z|~]+")
_BAD_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})")


@dataclass(frozen=True, slots=True)
class HeaderAction:
    """Set a header to a value, which HAProxy reads as a log format, or delete it (value None)."""

    name: str
    value: str | None = None

    @property
    def kind(self) -> str:
        """`Set` or `Delete`."""
        return "Delete" if self.value is None else "Set"

    @property
    def quoted_name(self) -> str:
        """The name as it stands in the configuration."""
        return single_quoted(self.name)

    @property
    def quoted_value(self) -> str:
        """The value as it stands in the configuration, "" for a deletion."""
        return "" if self.value is None else single_quoted(self.value)

    def directive(self, direction: str) -> str:
        """The configuration line; `direction` is "request" or "response"."""
        if self.value is None:
            return f"http-{direction} del-header {self.quoted_name}"
        return f"http-{direction} set-header {self.quoted_name} {self.quoted_value}"


def single_quoted(text: str) -> str:
    """A text in HAProxy's strong quotes."""
    return "'" + text.replace("'", "'\\''") + "'"


def route_actions(headers: Mapping[str, Any], direction: str) -> tuple[HeaderAction, ...]:
    """The actions of a route's validated `spec.httpHeaders` for requests or responses."""
    actions = headers.get("actions") or {}
    found = []
    for each in actions.get(direction) or ():
        action = each.get("action") or {}
        if action.get("type") == "Set":
            found.append(HeaderAction(each["name"], (action.get("set") or {}).get("value", "")))
        elif action.get("type") == "Delete":
            found.append(HeaderAction(each["name"]))
    return tuple(found)


def parse_environment(text: str) -> tuple[HeaderAction, ...]:
    """Actions written as `Name:value:Set,Name:Delete`, each part percent-encoded.

    Raises ValueError with the router's own message.
    """
    if not text:
        raise ValueError("encoded header string not present")
    return tuple(_parsed(each) for each in text.split(","))


def _parsed(specification: str) -> HeaderAction:
    parts = specification.split(":")
    if len(parts) not in (2, 3):
        raise ValueError(f"invalid HTTP header input specification: {specification}")
    name = _decoded(parts[0])
    if not _NAME.fullmatch(name):
        raise ValueError(f"invalid HTTP header name: {name}")
    value = _decoded(parts[1]) if len(parts) == 3 else None
    action = _decoded(parts[-1])
    if action not in ("Set", "Delete"):
        raise ValueError(f"invalid action: {action}")
    if action == "Delete":
        return HeaderAction(name)
    # A Set of two parts carries no value: the router then writes an empty one.
    return HeaderAction(name, value or "")


def _decoded(part: str) -> str:
    if _BAD_ESCAPE.search(part):
        raise ValueError(f"failed to decode percent encoding: {part}")
    return unquote_plus(part)
