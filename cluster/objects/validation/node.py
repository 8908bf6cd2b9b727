"""Rules of Node (kubernetes `core/validation: ValidateNode`)."""

from __future__ import annotations

from cluster.objects.fields import FieldError, duplicate, invalid, required, unsupported
from cluster.objects.meta import from_rfc3339
from cluster.objects.node import MACHINE, OFF, STARTS_AT, Node, Taint
from cluster.objects.validation.meta import checked, validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain, label_value, qualified_name
from cluster.objects.validation.podspec import TAINT_EFFECTS


def validate_node(node: Node) -> list[FieldError]:
    """What is wrong with a new node."""
    errors = validate_meta(node.metadata, dns1123_subdomain, namespaced=False)
    seen: set[tuple[str, str]] = set()
    for index, taint in enumerate(node.spec.taints):
        path = f"spec.taints[{index}]"
        errors += _taint_errors(taint, path)
        if (taint.key, taint.effect) in seen:
            shown = {"key": taint.key, "value": taint.value, "effect": taint.effect}
            errors.append(duplicate(path, shown))
        seen.add((taint.key, taint.effect))
    return [*errors, *_machine_errors(node)]


def _machine_errors(node: Node) -> list[FieldError]:
    """Shiftlab's own annotations: the machine below the node."""
    errors = []
    state = node.metadata.annotations.get(MACHINE, OFF)
    if state != OFF:
        errors.append(unsupported(f"metadata.annotations[{MACHINE}]", state, (OFF,)))
    moment = node.metadata.annotations.get(STARTS_AT)
    if moment is not None:
        try:
            from_rfc3339(moment)
        except ValueError:
            path = f"metadata.annotations[{STARTS_AT}]"
            errors.append(invalid(path, moment, "must be a time as 2026-11-24T09:30:00Z"))
    return errors


def validate_node_update(new: Node, old: Node) -> list[FieldError]:
    """What is wrong with a change."""
    errors = [*validate_meta_update(new.metadata, old.metadata), *validate_node(new)]
    range_before = old.spec.extra.get("podCIDR")
    if range_before and new.spec.extra.get("podCIDR") != range_before:
        detail = 'node updates may not change podCIDR except from "" to valid'
        errors.append(invalid("spec.podCIDR", new.spec.extra.get("podCIDR", ""), detail))
    return errors


def _taint_errors(taint: Taint, path: str) -> list[FieldError]:
    errors = checked(f"{path}.key", taint.key, qualified_name(taint.key))
    errors += checked(f"{path}.value", taint.value, label_value(taint.value))
    if not taint.effect:
        errors.append(required(f"{path}.effect"))
    elif taint.effect not in TAINT_EFFECTS:
        errors.append(unsupported(f"{path}.effect", taint.effect, TAINT_EFFECTS))
    return errors
