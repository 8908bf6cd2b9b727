"""Label selectors, compiled once for a policy and comparable, so that equal ones are asked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cluster.objects.label_selector import EXISTS, IN, NOT_IN, LabelSelector


@dataclass(frozen=True, slots=True)
class Requirement:
    """One condition on one label. A pair `key: value` is `key in (value)`."""

    key: str
    operator: str
    values: frozenset[str]

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Whether labels fulfil it. NotIn holds where the label is missing."""
        value = labels.get(self.key)
        if self.operator == IN:
            return value is not None and value in self.values
        if self.operator == NOT_IN:
            return value is None or value not in self.values
        return (value is not None) == (self.operator == EXISTS)


@dataclass(frozen=True, slots=True)
class Selector:
    """All requirements must hold; without any, everything is selected."""

    requirements: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether labels are selected."""
        return all(each.holds(labels) for each in self.requirements)


EVERYTHING = Selector()


def compile_selector(selector: LabelSelector) -> Selector:
    """The compiled form; equal selectors give equal forms, whatever the order of their parts."""
    pairs = [
        Requirement(key, IN, frozenset((value,))) for key, value in selector.match_labels.items()
    ]
    expressions = [
        Requirement(each.key, each.operator, frozenset(each.values))
        for each in selector.match_expressions
    ]
    parts = sorted((*pairs, *expressions), key=lambda each: (each.key, each.operator))
    return Selector(tuple(parts)) if parts else EVERYTHING
