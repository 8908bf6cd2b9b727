"""What a NetworkPolicy would change, as the form shows it: who reaches the project's pods and whom they
reach, before and after, cell by cell."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cluster.objects import kinds
from cluster.objects.fields import FieldError
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import NetworkPolicy
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from cluster.runtime.network import Outside, PodSite, PolicyEffect

PROTOCOLS = ("TCP", "UDP", "SCTP")
DEFAULT_PORT = 8080
DEFAULT_OUTSIDE = "203.0.113.9"
"""An address set aside for documentation (RFC 5737)."""
MOST_PODS = 12
"""Pods of the project that are shown one by one; more are shown by workload."""
MOST = 30
"""Rows and columns that one can still read."""
MOST_JUDGED = 1_000
"""Pods on either side whose connections are judged while somebody types."""
READINGS = {
    "kubernetes": "as Kubernetes defines it",
    "3.11": "as OpenShift SDN of 3.11 enforces it",
    "4": "as OpenShift SDN of 4.x enforces it",
}
Place = Callable[[PodSite | Outside], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """Which connections are judged."""

    port: int = DEFAULT_PORT
    protocol: str = "TCP"
    outside: str = DEFAULT_OUTSIDE
    problem: str = ""


def question_of(data: Mapping[str, str]) -> Question:
    """The question in a posted form; what cannot be read is said and the default taken."""
    problems = []
    text = data.get("preview_port", "").strip() or str(DEFAULT_PORT)
    is_port = text.isascii() and text.isdecimal() and len(text) < 6 and 1 <= int(text) <= 65535
    if not is_port:
        problems.append(f"Port: {text!r} is not a number from 1 to 65535.")
    outside = data.get("preview_outside", "").strip() or DEFAULT_OUTSIDE
    try:
        outside = str(ipaddress.ip_address(outside))
    except ValueError:
        problems.append(f"Outside address: {outside!r} is not an IP address.")
        outside = DEFAULT_OUTSIDE
    protocol = data.get("preview_protocol", "TCP")
    return Question(
        port=int(text) if is_port else DEFAULT_PORT,
        protocol=protocol if protocol in PROTOCOLS else "TCP",
        outside=outside,
        problem=" ".join(problems),
    )


def context(
    client: Client,
    actor: Actor,
    policy: NetworkPolicy,
    replacing: Key | None,
    question: Question,
) -> dict[str, Any]:
    """Everything that the preview's template needs; `policy` has its defaults and may be wrong."""
    namespace = policy.metadata.namespace
    errors = spec_errors(policy)
    network = client.network
    found: dict[str, Any] = {
        "question": question,
        "protocols": PROTOCOLS,
        "errors": errors,
        "enforced": network.enforces_policies,
        "plugin": network.plugin,
        "namespace": namespace,
        "selected": [] if errors else network.selected_pods(policy),
    }
    if errors:
        return found
    seen = [each.metadata.name for each in client.projects(actor)]
    effect = network.policy_effect(
        namespace,
        policy,
        replacing,
        others=[name for name in seen if name != namespace],
        outside=[question.outside],
        port=question.port,
        protocol=question.protocol,
        most=MOST_JUDGED,
    )
    place = _place(client, namespace, len(effect.pods))
    return {
        **found,
        "affected": network.count_affected(policy),
        "bounded": max(len(effect.pods), len(effect.others)) >= MOST_JUDGED,
        "most_judged": MOST_JUDGED,
        "reading": READINGS[effect.semantics],
        "egress_ignored": effect.semantics == "3.11" and bool(policy.spec.egress),
        "changes": effect.changes,
        "into": _into(effect, place),
        "out_of": _out_of(effect, place),
    }


def spec_errors(policy: NetworkPolicy) -> list[FieldError]:
    """What the API server would refuse, the name aside: that is the form's own field."""
    found = kinds.NETWORKPOLICY.validate(policy)
    return [each for each in found if each.path.startswith("spec")]


def _place(client: Client, namespace: str, pods: int) -> Place:
    """The group of an end: its label and a note. Other projects are one group each."""

    def place(end: PodSite | Outside) -> tuple[str, str]:
        if isinstance(end, Outside):
            return end.ip, "outside"
        if end.namespace != namespace:
            return end.namespace, "project"
        if pods <= MOST_PODS:
            return end.key.name, "host network" if end.on_host_network else "pod"
        return client.network.workload(end).name, "workload"

    return place


def _into(effect: PolicyEffect, place: Place) -> dict[str, Any]:
    ends = (*effect.pods, *effect.others)
    own = np.zeros(effect.into_before.shape, dtype=np.bool_)
    own[np.arange(len(effect.pods)), np.arange(len(effect.pods))] = True
    return _table(ends, effect.pods, effect.into_before, effect.into_after, own, place)


def _out_of(effect: PolicyEffect, place: Place) -> dict[str, Any]:
    own = np.zeros(effect.out_of_before.shape, dtype=np.bool_)
    before, after = effect.out_of_before, effect.out_of_after
    return _table(effect.pods, effect.others, before, after, own, place)


def _table(
    sources: Sequence[PodSite | Outside],
    destinations: Sequence[PodSite | Outside],
    before: Any,
    after: Any,
    own: Any,
    place: Place,
) -> dict[str, Any]:
    """Rows of cells, the ends summed up by groups; `own` marks an end and itself."""
    rows, row_of = _groups(sources, place)
    columns, column_of = _groups(destinations, place)

    def summed(matrix: Any) -> Any:
        wide = np.zeros((len(rows), matrix.shape[1]), dtype=np.int64)
        np.add.at(wide, row_of, matrix)
        narrow = np.zeros((len(rows), len(columns)), dtype=np.int64)
        np.add.at(narrow.T, column_of, wide.T)
        return narrow

    pairs, then = summed(~own), summed(after & ~own)
    now, changed = summed(before & ~own), summed((before != after) & ~own)
    cells = [
        [
            _cell(
                rows[row],
                columns[column],
                *(int(each[row, column]) for each in (pairs, now, then, changed)),
            )
            for column in range(min(MOST, len(columns)))
        ]
        for row in range(min(MOST, len(rows)))
    ]
    return {
        "columns": columns[:MOST],
        "rows": [
            {"label": label, "note": note, "cells": row}
            for (label, note), row in zip(rows[:MOST], cells, strict=False)
        ],
        "hidden": max(len(rows), len(columns)) > MOST,
    }


def _groups(ends: Sequence[PodSite | Outside], place: Place) -> tuple[list[tuple[str, str]], Any]:
    numbers: dict[tuple[str, str], int] = {}
    member = [numbers.setdefault(place(end), len(numbers)) for end in ends]
    return list(numbers), np.array(member, dtype=np.intp)


def _cell(
    source: tuple[str, str],
    destination: tuple[str, str],
    pairs: int,
    before: int,
    after: int,
    changed: int,
) -> dict[str, Any]:
    """A cell with its sign, and in words for those who do not see it."""
    ends = f"{source[0]} to {destination[0]}"
    if not pairs:
        return {"word": "-", "text": "", "changed": False, "title": f"{ends}: the same pod"}
    old, new = _sign(before, pairs), _sign(after, pairs)
    title = f"{ends}: {_words(after, pairs)}"
    if changed:
        title = f"{ends}: {_words(before, pairs)} now, {_words(after, pairs)} with this policy"
    word = "all" if after == pairs else "some" if after else "none"
    text = f"{old} → {new}" if changed else new
    return {"word": word, "text": text, "changed": bool(changed), "title": title}


def _sign(count: int, pairs: int) -> str:
    return "✓" if count == pairs else f"{count}/{pairs}" if count else "✕"


def _words(count: int, pairs: int) -> str:
    if count == pairs:
        return "allowed"
    return f"{count} of {pairs} allowed" if count else "denied"
