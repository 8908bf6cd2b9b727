"""Where the policy form shows what is wrong: the server's paths led to the form's own fields."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from cluster.objects.errors import AlreadyExists, ApiError, Invalid
from cluster.objects.fields import FieldError
from console.forms.policy_values import EQUALS, PolicyValues, Rows, SideValues, whole

NO_TYPE = "Choose ingress, egress or both: a policy that is about neither does nothing."
WHOLE_NUMBER = "Must be a whole number."
_PEER = re.compile(
    r"spec\.(ingress|egress)\[(\d+)\]\.(?:from|to)\[(\d+)\](?:\.(podSelector|namespaceSelector|"
    r"ipBlock\.cidr|ipBlock\.except))?"
)
_PORT = re.compile(r"spec\.(ingress|egress)\[(\d+)\]\.ports\[(\d+)\](?:\.(\w+))?")
_PARTS = {
    "podSelector": ".pods",
    "namespaceSelector": ".namespaces",
    "ipBlock.cidr": ".cidr",
    "ipBlock.except": ".except",
}
_PORT_FIELDS = {"protocol": ".protocol", "port": ".port", "endPort": ".end"}

Errors = dict[str, list[str]]


def own_errors(values: PolicyValues) -> Errors:
    """What only the form can see: no type chosen, a label twice, a number that is none."""
    errors: Errors = {}
    if not (values.ingress.is_governed or values.egress.is_governed):
        _add(errors, "types", NO_TYPE)
    _label_errors(errors, "selector", values.selector)
    for name, side in (("ingress", values.ingress), ("egress", values.egress)):
        _side_errors(errors, name, side)
    return errors


def _side_errors(errors: Errors, name: str, side: SideValues) -> None:
    for number, rule in enumerate(side.used):
        for index, peer in enumerate(rule.peers):
            path = f"{name}.rules.{number}.peers.{index}"
            _label_errors(errors, f"{path}.pods", peer.pods)
            _label_errors(errors, f"{path}.namespaces", peer.namespaces)
        for index, port in enumerate(rule.ports):
            if port.end and whole(port.end) is None:
                _add(errors, f"{name}.rules.{number}.ports.{index}.end", WHOLE_NUMBER)


def _label_errors(errors: Errors, name: str, rows: Rows) -> None:
    counted = Counter(row.key for row in rows if row.operator == EQUALS and not row.is_blank)
    for key, count in counted.items():
        if count > 1:
            _add(errors, name, f"Label {key} cannot be added twice.")


def refused(error: ApiError) -> Errors:
    """What the server refuses, at the fields that it names; "" for what has no field here."""
    if isinstance(error, AlreadyExists):
        return {"name": [error.message]}
    if isinstance(error, Invalid):
        return placed(error.errors)
    return {"": [error.message]}


def placed(errors: Iterable[FieldError]) -> Errors:
    """Field errors by the form's fields."""
    found: Errors = {}
    for each in errors:
        name = field_of(each.path)
        _add(found, name, each.message if name else str(each))
    return found


def field_of(path: str) -> str:
    """The form's field for an API field, "" if there is none."""
    if path == "metadata.name":
        return "name"
    if path.startswith("spec.podSelector"):
        return "selector"
    if path.startswith("spec.policyTypes"):
        return "types"
    peer, port = _PEER.match(path), _PORT.match(path)
    if peer is not None:
        part = _PARTS.get(peer[4] or "", ".kind")
        return f"{peer[1]}.rules.{peer[2]}.peers.{peer[3]}{part}"
    if port is not None:
        part = _PORT_FIELDS.get(port[4] or "", ".port")
        return f"{port[1]}.rules.{port[2]}.ports.{port[3]}{part}"
    return ""


def _add(errors: Errors, name: str, text: str) -> None:
    held = errors.setdefault(name, [])
    if text not in held:
        held.append(text)
