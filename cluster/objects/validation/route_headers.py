"""Rules of `spec.httpHeaders` of a Route (openshift/library-go `route/validation: validateHeaders`).

The field is kept as it was written, so its shape is checked here as well.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal

from cluster.objects.fields import FieldError, duplicate, forbidden, invalid, required
from cluster.objects.validation.names import size

Direction = Literal["request", "response"]

MAX_ACTIONS = 20
MAX_NAME = 255
MAX_VALUE = 16384
NOT_ALLOWED = ("strict-transport-security", "proxy", "cookie", "set-cookie")

_NAME = re.compile(r"[-!#$%&'*+.0-9A-Z^_`a-z|~]+")
_FETCH = {"request": "req.hdr", "response": "res.hdr"}
# HAProxy reads a value as a log format: `%%` is a percent sign, `%[...]` a sample. Only harmless
# samples and converters pass (openshift/library-go: permittedHeaderValueTemplate).
_VALUE = {
    direction: re.compile(
        r"(?:%(?:%|(?:\{[-+]?[QXE](?:,[-+]?[QXE])*\})?"
        rf"\[(?:{re.escape(fetch)}\([0-9A-Za-z-]+\)|ssl_c_der)(?:,(?:lower|base64))*\])"
        r"|[^%\x00-\x1f\x7f])+"
    )
    for direction, fetch in _FETCH.items()
}


def header_errors(headers: Mapping[str, Any]) -> list[FieldError]:
    """What is wrong with the response and request actions, in this order."""
    path = "spec.httpHeaders.actions"
    actions = headers.get("actions") or {}
    if not isinstance(actions, Mapping):
        return [invalid(path, actions, "must be an object")]
    errors: list[FieldError] = []
    directions: tuple[Direction, ...] = ("response", "request")
    for direction in directions:
        errors += _list_errors(actions.get(direction) or [], direction, f"{path}.{direction}")
    return errors


def has_actions(headers: Mapping[str, Any]) -> bool:
    """Whether any header is to be changed."""
    actions = headers.get("actions")
    return isinstance(actions, Mapping) and any(
        actions.get(direction) for direction in ("response", "request")
    )


def header_value_is_valid(value: str, direction: Direction) -> bool:
    """Whether HAProxy may be given this value."""
    return _VALUE[direction].fullmatch(value) is not None


def _list_errors(actions: Any, direction: Direction, path: str) -> list[FieldError]:
    if not isinstance(actions, list) or not all(isinstance(each, Mapping) for each in actions):
        return [invalid(path, actions, "must be a list of header actions")]
    if len(actions) > MAX_ACTIONS:
        return [
            invalid(path, actions, f"{direction} headers list can't exceed {MAX_ACTIONS} items")
        ]
    errors: list[FieldError] = []
    seen: set[str] = set()
    for index, each in enumerate(actions):
        name = _text(each.get("name"))
        if name in seen:
            errors.append(duplicate(f"{path}[{index}].name", name))
        seen.add(name)
        errors += _name_errors(name, f"{path}[{index}].name")
        errors += _action_errors(each.get("action"), direction, f"{path}[{index}].action")
    return errors


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _name_errors(name: str, path: str) -> list[FieldError]:
    if not name:
        return [required(path)]
    if size(name) > MAX_NAME:
        return [invalid(path, name, f"name exceeds the maximum length, which is {MAX_NAME}")]
    if name.lower() in NOT_ALLOWED:
        names = ", ".join(NOT_ALLOWED)
        return [
            forbidden(path, f"the following headers may not be modified using this API: {names}")
        ]
    if not _NAME.fullmatch(name):
        detail = "name must be a valid HTTP header name as defined in RFC 2616 section 4.2"
        return [invalid(path, name, detail)]
    return []


def _action_errors(action: Any, direction: Direction, path: str) -> list[FieldError]:
    action = action if isinstance(action, Mapping) else {}
    kind, setting = _text(action.get("type")), action.get("set")
    errors: list[FieldError] = []
    if kind not in ("Set", "Delete"):
        errors.append(invalid(f"{path}.type", kind, 'type must be "Set" or "Delete"'))
    if (kind == "Set") != (setting is not None):
        detail = "set is required when type is Set, and forbidden otherwise"
        errors.append(required(f"{path}.set", detail))
    if setting is not None:
        value = _text(setting.get("value")) if isinstance(setting, Mapping) else ""
        errors += _value_errors(value, direction, f"{path}.set.value")
    return errors


def _value_errors(value: str, direction: Direction, path: str) -> list[FieldError]:
    if not value:
        return [required(path)]
    if size(value) > MAX_VALUE:
        return [invalid(path, value, f"value exceeds the maximum length, which is {MAX_VALUE}")]
    if header_value_is_valid(value, direction):
        return []
    detail = (
        "Either header value provided is not in correct format or the converter specified is not"
        " allowed. The dynamic header value  may use HAProxy's %[] syntax and otherwise must be a"
        " valid HTTP header value as defined in"
        " https://datatracker.ietf.org/doc/html/rfc7230#section-3.2"
        f" Sample fetchers allowed are {_FETCH[direction]}, ssl_c_der."
        " Converters allowed are lower, base64."
    )
    return [invalid(path, value, detail)]
