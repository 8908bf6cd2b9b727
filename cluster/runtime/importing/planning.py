"""Reviewing a text: read it, ask the cluster what it would do, put the answers at their lines."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Sequence

from cluster.engine.access import Actor
from cluster.engine.commands import Apply
from cluster.engine.transaction import CREATED, REPLACED, Outcome
from cluster.objects import kinds
from cluster.objects.kind import Object
from cluster.objects.manifest import (
    DEFAULT_LIMITS,
    DiffLine,
    Limits,
    ManifestError,
    Problem,
    hints,
    parse,
    repair,
    unified_diff,
)

from .desired import desired_yaml, generated_values, without_chance
from .model import ERROR, PlannedDocument, Port, Review
from .placing import problems_of
from .reading import Reading, read


def review(
    port: Port, text: str, namespace: str, actor: Actor, *, limits: Limits = DEFAULT_LIMITS
) -> Review:
    """What applying a text would do; nothing is changed.

    `namespace` is the project for objects that name none; "" refuses those.
    """
    try:
        documents = parse(text, limits=limits)
    except ManifestError as error:
        return Review(text=text, unread=error.problems, repaired=_repaired(text, limits))
    readings = read(documents, namespace, actor)
    sequence = _sequence(readings)
    outcomes = port.plan([Apply(readings[at].object) for at in sequence], actor)
    answers = dict(zip(sequence, outcomes, strict=True))
    advice = _advice(text, readings)
    planned = tuple(
        _planned(number, each, answers.get(number - 1), advice.get(number - 1, ()))
        for number, each in enumerate(readings, 1)
    )
    damaged = bool(advice) or any(each.errors for each in planned)
    return Review(
        text=text,
        documents=planned,
        sequence=tuple(sequence),
        repaired=_repaired(text, limits) if damaged else None,
        digest=_digest(text, namespace, planned),
    )


def _sequence(readings: Sequence[Reading]) -> list[int]:
    """The readable documents, what others live in first; otherwise as the text has them."""
    first = (kinds.NAMESPACE.name, kinds.PROJECT.name)
    good = [at for at, each in enumerate(readings) if not each.errors]
    return sorted(good, key=lambda at: readings[at].kind not in first)


def _planned(
    number: int, reading: Reading, outcome: Outcome | None, advice: tuple[Problem, ...]
) -> PlannedDocument:
    errors = reading.errors
    if outcome is not None and outcome.error is not None:
        errors += problems_of(reading.document, outcome.error)
    action = ERROR if outcome is None or errors else outcome.action
    new = outcome.new if outcome is not None else None
    old = outcome.old if outcome is not None else None
    created, replaced = action == CREATED, action == REPLACED
    return PlannedDocument(
        number=number,
        line=reading.document.line,
        kind=reading.kind,
        name=reading.name,
        namespace=reading.namespace,
        action=action,
        errors=errors,
        warnings=_joined(reading.warnings, advice),
        generated=generated_values(reading.object, new) if created else (),
        diff=_difference(old, new) if replaced else (),
        stored=desired_yaml(without_chance(reading.object, new)) if created else "",
        command=Apply(reading.object) if action != ERROR else None,
        old=old,
    )


def _joined(warnings: tuple[Problem, ...], advice: tuple[Problem, ...]) -> tuple[Problem, ...]:
    """Warnings and hints; where both are about one line, the hint explains the warning."""
    hint_at = {hint.line: hint for hint in advice}
    result = []
    for each in warnings:
        hint = hint_at.pop(each.line, None)
        if hint is not None:
            each = dataclasses.replace(each, hint=f"{hint.message}; {hint.hint}")
        result.append(each)
    return (*result, *hint_at.values())


def _difference(old: Object, new: Object) -> tuple[DiffLine, ...]:
    return tuple(unified_diff(desired_yaml(old), desired_yaml(new)))


def _advice(text: str, readings: Sequence[Reading]) -> dict[int, tuple[Problem, ...]]:
    """Hints on damage in a text that could be read all the same, by document."""
    told = {problem.line for each in readings for problem in each.errors if problem.hint}
    found: dict[int, tuple[Problem, ...]] = {}
    for hint in hints(text):
        if hint.line in told:
            continue
        starts = [at for at, each in enumerate(readings) if each.document.source_line <= hint.line]
        at = starts[-1] if starts else 0
        found[at] = (*found.get(at, ()), hint)
    return found


def _repaired(text: str, limits: Limits) -> str | None:
    """The mended text, unless the text is too large to be looked at."""
    return repair(text) if len(text) <= limits.bytes else None


def _digest(text: str, namespace: str, documents: Sequence[PlannedDocument]) -> str:
    """Names the text and what was shown of the plan: `<text>.<plan>`.

    A plan is the same as long as its actions and what users wrote of the replaced objects are:
    a status that moves on does not ask for another look.
    """
    plan = [
        [
            each.action,
            each.kind,
            each.namespace,
            each.name,
            each.old.metadata.uid if each.old is not None else "",
            desired_yaml(each.old) if each.old is not None else "",
        ]
        for each in documents
    ]
    return f"{_short_hash([text, namespace])}.{_short_hash(plan)}"


def _short_hash(value: object) -> str:
    written = json.dumps(value, ensure_ascii=True).encode()
    return hashlib.sha256(written).hexdigest()[:24]
