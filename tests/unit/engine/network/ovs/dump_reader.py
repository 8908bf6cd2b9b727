"""Reads a line of `ovs-ofctl dump-flows` back into what it says: an own parser, for tests."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

LINE = re.compile(r"^ cookie=(0x[0-9a-f]+), table=(\d+), (.*)$")


@dataclass
class ReadFlow:
    """A flow as a listing states it."""

    cookie: int
    table: int
    priority: int = 0x8000
    fields: dict[str, str] = field(default_factory=dict)
    actions: list[str] = field(default_factory=list)


def read(line: str) -> ReadFlow:
    """A line, read. Raises ValueError where it is none."""
    found = LINE.match(line)
    if found is None:
        raise ValueError(f"no flow: {line!r}")
    condition, separator, actions = found[3].partition("actions=")
    if not separator:
        raise ValueError(f"no actions: {line!r}")
    flow = ReadFlow(int(found[1], 16), int(found[2]), actions=split(actions))
    for part in filter(None, condition.strip().split(",")):
        name, equals, value = part.partition("=")
        if name == "priority":
            flow.priority = int(value)
        else:
            flow.fields[name] = value if equals else ""
    return flow


def split(actions: str) -> list[str]:
    """`ct(commit,table=30),output:2` as two actions."""
    return re.findall(r"[^,(]+(?:\([^)]*\))?", actions)
