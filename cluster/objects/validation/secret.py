"""Rules of Secret (kubernetes `core/validation: ValidateSecret`), in the server's order and words."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Final

from cluster.objects.fields import FieldError, forbidden, invalid, required, too_long
from cluster.objects.secret import (
    BASIC_AUTH,
    CERTIFICATE,
    DOCKER_CONFIG_JSON,
    DOCKERCFG,
    KEY,
    SERVICE_ACCOUNT_TOKEN,
    SSH_AUTH,
    TLS,
    Secret,
)
from cluster.objects.validation.meta import (
    checked,
    immutable,
    validate_meta,
    validate_meta_update,
)
from cluster.objects.validation.names import config_key, dns1123_subdomain

MAX_SIZE: Final = 1024 * 1024
"""Bytes of all values together."""
SERVICE_ACCOUNT_NAME: Final = "kubernetes.io/service-account.name"
_REDACTED: Final = "<secret contents redacted>"
_FROZEN: Final = "field is immutable when `immutable` is set"


def validate_secret(obj: Secret) -> list[FieldError]:
    """What is wrong with a new one."""
    errors = validate_meta(obj.metadata, dns1123_subdomain, namespaced=True)
    total = 0
    for key in sorted(obj.data):
        errors += checked(f"data[{key}]", key, config_key(key))
        total += len(obj.value(key))
    if total > MAX_SIZE:
        errors.append(too_long("data", f"must have at most {MAX_SIZE} bytes"))
    rule = _BY_TYPE.get(obj.type)
    return [*errors, *rule(obj)] if rule is not None else errors


def validate_secret_update(new: Secret, old: Secret) -> list[FieldError]:
    """What is wrong with a change."""
    errors = [
        *validate_meta_update(new.metadata, old.metadata),
        *immutable("type", new.type, old.type),
    ]
    if old.immutable:
        if not new.immutable:
            errors.append(forbidden("immutable", _FROZEN))
        if new.data != old.data:
            errors.append(forbidden("data", _FROZEN))
    return [*errors, *validate_secret(new)]


# --- rules of single types -------------------------------------------------------------------------


def _token(obj: Secret) -> list[FieldError]:
    """Its other fields are written by the controller."""
    if obj.metadata.annotations.get(SERVICE_ACCOUNT_NAME):
        return []
    return [required(f"metadata.annotations[{SERVICE_ACCOUNT_NAME}]")]


def _tls(obj: Secret) -> list[FieldError]:
    """Whether the key belongs to the certificate is not checked."""
    return [required(f"data[{key}]") for key in (CERTIFICATE, KEY) if key not in obj.data]


def _basic_auth(obj: Secret) -> list[FieldError]:
    """One of the two is enough."""
    keys = ("username", "password")
    return [] if any(key in obj.data for key in keys) else [required(f"data[{k}]") for k in keys]


def _ssh_auth(obj: Secret) -> list[FieldError]:
    return [] if obj.data.get("ssh-privatekey") else [required("data[ssh-privatekey]")]


def _json_under(key: str) -> Callable[[Secret], list[FieldError]]:
    def check(obj: Secret) -> list[FieldError]:
        if key not in obj.data:
            return [required(f"data[{key}]")]
        why = _no_json_object(obj.value(key))
        return [invalid(f"data[{key}]", _REDACTED, why)] if why else []

    return check


def _no_json_object(content: bytes) -> str:
    """Why Go's `json.Unmarshal` into a map refuses a text, "" where it does not."""
    try:
        found = json.loads(content.decode("utf-8", "replace"))
    except json.JSONDecodeError as error:
        rest = error.doc[error.pos :].lstrip()
        if not rest:
            return "unexpected end of JSON input"
        where = "looking for beginning of value" if error.pos == 0 else "in JSON"
        return f"invalid character '{rest[0]}' {where}"
    if found is None or isinstance(found, dict):
        return ""
    what = {list: "array", str: "string", bool: "bool"}.get(type(found), "number")
    return f"json: cannot unmarshal {what} into Go value of type map[string]interface {{}}"


_BY_TYPE: Mapping[str, Callable[[Secret], list[FieldError]]] = {
    SERVICE_ACCOUNT_TOKEN: _token,
    DOCKERCFG: _json_under(".dockercfg"),
    DOCKER_CONFIG_JSON: _json_under(".dockerconfigjson"),
    BASIC_AUTH: _basic_auth,
    SSH_AUTH: _ssh_auth,
    TLS: _tls,
}
