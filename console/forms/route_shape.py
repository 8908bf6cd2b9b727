"""What the route form's buttons and choices do to its other fields, before anything is saved."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from cluster.objects.service import Service
from console.forms.route_choices import insecure_choices, port_choices, port_value
from console.forms.route_values import MOST_ALTERNATES, RouteValues, Target

DEFAULT_WEIGHT = "100"
"""A new service of a split begins with the API's default weight."""


def blank(services: Iterable[Service], chosen: str) -> RouteValues:
    """The fields of a new route: for the chosen service, else for the first one."""
    known = {each.metadata.name: each for each in services}
    name = chosen or min(known, default="")
    values = RouteValues(name=chosen, targets=(Target(service=name),))
    return with_service(values, known, "")


def with_service(values: RouteValues, known: dict[str, Service], before: str) -> RouteValues:
    """Another main service: its ports, and its labels and name where they were the old one's."""
    service, old = known.get(values.targets[0].service), known.get(before)
    if service is None:
        return values
    if not before or (old is not None and dict(values.labels) == dict(old.metadata.labels)):
        values = replace(values, labels=tuple(service.metadata.labels.items()))
    legal = [value for value, _ in port_choices(service, "")]
    if not values.target_port or values.target_port not in legal:
        first = port_value(service.spec.ports[0]) if service.spec.ports else ""
        values = replace(values, target_port=first)
    return values


def reshaped(
    values: RouteValues, request: str, known: dict[str, Service], before: str, new: bool
) -> RouteValues:
    """The fields after one of the form's own buttons: `add-alternate`, `remove-label-2` …

    `before` is the main service that the form was drawn with; an unknown request changes nothing.
    """
    action, _, index = request.rpartition("-")
    if request == "service":
        renamed = (
            replace(values, name=values.services[0]) if new and values.name == before else values
        )
        return with_service(renamed, known, before)
    if request == "termination":
        legal = dict(insecure_choices(values.termination))
        return values if values.insecure in legal else replace(values, insecure="")
    if request == "add-alternate":
        return _with_alternate(values, known)
    if request == "add-label":
        return replace(values, labels=(*values.labels, ("", "")))
    if action == "remove-alternate" and index.isdecimal():
        return _without_alternate(values, int(index))
    if action == "remove-label" and index.isdecimal():
        left = tuple(pair for at, pair in enumerate(values.labels) if at != int(index))
        return replace(values, labels=left)
    return values


def may_add(values: RouteValues, known: dict[str, Service]) -> bool:
    """Whether there is room for an alternate, and a service that is not chosen yet."""
    return len(values.targets) <= MOST_ALTERNATES and bool(set(known) - set(values.services))


def _with_alternate(values: RouteValues, known: dict[str, Service]) -> RouteValues:
    if not may_add(values, known):
        return values
    chosen = min(set(known) - set(values.services))
    first, *rest = values.targets
    first = replace(first, weight=first.weight or DEFAULT_WEIGHT)
    fresh = Target(service=chosen, weight=DEFAULT_WEIGHT)
    return replace(values, targets=(first, *rest, fresh))


def _without_alternate(values: RouteValues, index: int) -> RouteValues:
    """Without the last alternate the weight goes too, so that the next split starts afresh."""
    left = tuple(each for at, each in enumerate(values.targets) if at != index or not at)
    if len(left) == 1:
        left = (replace(left[0], weight=""),)
    return replace(values, targets=left)


def focus_after(request: str, values: RouteValues) -> str:
    """The control that gets the focus when the form was drawn anew; "" leaves it where it is."""
    action = request.rpartition("-")[0]
    if request == "add-alternate":
        return f"alt_service_{len(values.targets) - 1}"
    if request == "add-label":
        return f"label-key-{len(values.labels) - 1}"
    return {"remove-alternate": "add-alternate", "remove-label": "add-label"}.get(action, "")
