"""LabelSelector: meta/v1. Which labels an object must carry, by pairs and by expressions.

Stands for apimachinery's `LabelSelectorAsSelector`: an empty selector selects everything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cluster.objects.meta import EMPTY

IN, NOT_IN, EXISTS, DOES_NOT_EXIST = "In", "NotIn", "Exists", "DoesNotExist"
OPERATORS = (IN, NOT_IN, EXISTS, DOES_NOT_EXIST)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSelectorRequirement:
    """An expression over one label."""

    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelSelector:
    """All pairs and all expressions must hold."""

    match_labels: Mapping[str, str] = EMPTY
    match_expressions: tuple[LabelSelectorRequirement, ...] = ()


def selects(selector: LabelSelector, labels: Mapping[str, str]) -> bool:
    """Whether labels fulfil a selector."""
    get = labels.get
    if any(get(name) != value for name, value in selector.match_labels.items()):
        return False
    return all(_holds(each, labels) for each in selector.match_expressions)


def _holds(requirement: LabelSelectorRequirement, labels: Mapping[str, str]) -> bool:
    present = requirement.key in labels
    if requirement.operator == IN:
        return present and labels[requirement.key] in requirement.values
    if requirement.operator == NOT_IN:
        return not present or labels[requirement.key] not in requirement.values
    return present if requirement.operator == EXISTS else not present


def text(selector: LabelSelector) -> str:
    """A selector as `oc get` prints it: `app=web,tier in (a,b),!old`, `<none>` when empty."""
    parts = [f"{name}={value}" for name, value in sorted(selector.match_labels.items())]
    for each in selector.match_expressions:
        if each.operator in (IN, NOT_IN):
            word = "in" if each.operator == IN else "notin"
            parts.append(f"{each.key} {word} ({','.join(each.values)})")
        else:
            parts.append(each.key if each.operator == EXISTS else f"!{each.key}")
    return ",".join(parts) or "<none>"
