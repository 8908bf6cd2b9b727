"""What a chain of facts is. Facts are checked in the order in which traffic would meet them; the first that
does not hold is the cause, and nothing after it was looked at."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cluster.objects.meta import Key


@dataclass(frozen=True, slots=True)
class Fact:
    """Something checked. `kind` and `key` name the object that it is about; `fix` what to do there."""

    said: str
    holds: bool
    kind: str = ""
    key: Key | None = None
    fix: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """The facts, up to the first that does not hold."""

    facts: tuple[Fact, ...]

    @property
    def is_well(self) -> bool:
        """Whether every fact holds."""
        return all(fact.holds for fact in self.facts)

    @property
    def cause(self) -> Fact | None:
        """The fact that does not hold."""
        return next((fact for fact in self.facts if not fact.holds), None)


def chain(facts: Iterable[Fact]) -> Chain:
    """The chain of facts, checked one after the other until one does not hold."""
    found: list[Fact] = []
    for fact in facts:
        found.append(fact)
        if not fact.holds:
            break
    return Chain(tuple(found))


def plural(number: int, word: str) -> str:
    """`1 pod`, `2 pods`."""
    return f"{number} {word}" if number == 1 else f"{number} {word}s"
