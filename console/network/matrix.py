"""The reachability matrix as the page shows it: groups of pods as rows and columns, words in cells."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.meta import Key
from cluster.runtime.client import Client
from cluster.runtime.commands import Actor
from cluster.runtime.network import Cell, Matrix
from console.network.ports import port_of

PROJECTS, WORKLOADS, PODS = "projects", "workloads", "pods"
LEVELS = ((PROJECTS, "Projects"), (WORKLOADS, "Workloads"), (PODS, "Pods"))
PROTOCOLS = ("TCP", "UDP", "SCTP")
MOST = 40
"""Rows and columns that a table still shows so that one can read it."""
DEFAULT_PORT = 8080


@dataclass(frozen=True, slots=True)
class Question:
    """What the matrix is to show: `projects` of () are all that the user may see."""

    level: str = WORKLOADS
    projects: tuple[str, ...] = ()
    port: int = DEFAULT_PORT
    protocol: str = "TCP"

    @property
    def topic(self) -> str:
        """How a live topic names it."""
        return f"{self.level}:{self.protocol}:{self.port}:{','.join(self.projects)}"


def parse(values: Mapping[str, Any], projects: list[str]) -> tuple[Question, str]:
    """The question in a query string, and what is wrong with it ("" if nothing)."""
    text = str(values.get("port", DEFAULT_PORT)).strip()
    port = port_of(text)
    level = str(values.get("level", WORKLOADS))
    protocol = str(values.get("protocol", "TCP"))
    question = Question(
        level=level if level in dict(LEVELS) else WORKLOADS,
        projects=tuple(projects),
        port=DEFAULT_PORT if port is None else port,
        protocol=protocol if protocol in PROTOCOLS else "TCP",
    )
    problem = f"Port: {text[:20]!r} is not a number from 1 to 65535."
    return question, problem if port is None else ""


def parse_topic(arguments: str) -> Question | None:
    """The question that a topic names, or None."""
    parts = arguments.split(":", 3)
    if len(parts) != 4 or not parts[2].isdecimal():
        return None
    level, protocol, port, projects = parts
    found, problem = parse(
        {"level": level, "protocol": protocol, "port": port},
        list(filter(None, projects.split(","))),
    )
    return None if problem or found.topic != arguments else found


def context(client: Client, actor: Actor, question: Question) -> dict[str, Any]:
    """Everything that the matrix's template needs."""
    seen = [project.metadata.name for project in client.projects(actor)]
    names = [name for name in seen if not question.projects or name in question.projects]
    network = client.network
    if question.level == PROJECTS:
        matrix = network.projects_matrix(names, question.port, question.protocol)
    elif question.level == WORKLOADS:
        matrix = network.workloads_matrix(names, question.port, question.protocol)
    else:
        sites = network.sites(names)[: MOST + 1]
        matrix = network.pods_matrix(sites, question.port, question.protocol)
    shown = min(MOST, len(matrix.groups))
    samples = _samples(client, names, question.level)
    return {
        "question": question,
        "columns": [_label(group, question.level) for group in matrix.groups[:shown]],
        "rows": [_row(matrix, row, shown, question, samples) for row in range(shown)],
        "hidden": len(matrix.groups) > shown,
        "most": MOST,
        "totals": _totals(matrix),
        "plugin": network.plugin,
    }


def _label(group: Any, level: str) -> str:
    return str(group) if level == PROJECTS else f"{group.namespace}/{group.name}"


def _samples(client: Client, names: list[str], level: str) -> dict[Any, list[Key]]:
    """Two pods of each group, between which a walk shows what a cell says."""
    network = client.network
    found: dict[Any, list[Key]] = {}
    for site in network.sites(names):
        group: Any = site.namespace
        if level != PROJECTS:
            group = site.key if level == PODS else network.workload(site)
        held = found.setdefault(group, [])
        if len(held) < 2:
            held.append(site.key)
    return found


def _row(
    matrix: Matrix, row: int, shown: int, question: Question, samples: Mapping[Any, list[Key]]
) -> dict[str, Any]:
    label = _label(matrix.groups[row], question.level)
    cells = []
    for column in range(shown):
        cell = matrix.cells[row][column]
        to = _label(matrix.groups[column], question.level)
        cells.append(
            {
                "word": cell.word,
                "text": _text(cell),
                "title": f"{label} to {to}: {_sentence(cell)}",
                "href": _between(samples, matrix.groups[row], matrix.groups[column], question)
                if cell.pairs
                else "",
            }
        )
    return {"label": label, "size": matrix.sizes[row], "cells": cells}


def _text(cell: Cell) -> str:
    return {"all": "✓", "none": "✕", "-": ""}.get(cell.word, f"{cell.reached}/{cell.pairs}")


def _sentence(cell: Cell) -> str:
    if not cell.pairs:
        return "one pod alone"
    pairs = f"{cell.pairs} pair{'' if cell.pairs == 1 else 's'} of pods"
    return (
        f"{cell.reached} of {pairs} reach each other"
        if cell.word == "some"
        else (f"all {pairs} reach" if cell.word == "all" else f"none of {pairs} reaches")
    )


def _between(samples: Mapping[Any, list[Key]], group: Any, other: Any, question: Question) -> str:
    """A walk from a pod of one group to a pod of another, or to another pod of the same."""
    sources = samples.get(group, [])
    targets = [key for key in samples.get(other, []) if key not in sources[:1]]
    return _walk(sources[0], targets[0], question) if sources and targets else ""


def _walk(source: Key, destination: Key, question: Question) -> str:
    query = urlencode(
        {
            "from": f"pod/{source}",
            "to": f"pod/{destination}",
            "port": question.port,
            "protocol": question.protocol,
        }
    )
    return f"{reverse('walk')}?{query}"


def _totals(matrix: Matrix) -> dict[str, int]:
    reached = sum(cell.reached for row in matrix.cells for cell in row)
    pairs = sum(cell.pairs for row in matrix.cells for cell in row)
    return {"reached": reached, "pairs": pairs, "pods": sum(matrix.sizes)}


CONCERNED = (
    kinds.POD.cls,
    kinds.NETNAMESPACE.cls,
    kinds.NETWORKPOLICY.cls,
    kinds.NAMESPACE.cls,
    kinds.CLUSTERNETWORK.cls,
    kinds.NODE.cls,
)
"""Kinds whose commits may alter the matrix."""
