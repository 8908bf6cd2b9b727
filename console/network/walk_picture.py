"""A walk drawn: nodes as boxes, in each its devices from the pods down to eth0, below them the network;
the packet's way as numbered arrows, and a mark where it ends.

Lengths are SVG units, one to a CSS pixel at full size. The browser only paints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from cluster.runtime.network import NetworkView, OfPod, Walk
from console.network.walk_way import (
    BR0,
    ETH0,
    HOST,
    PARTY,
    POD,
    PROCESS,
    TUN0,
    VXLAN0,
    WIRE,
    Place,
    Visit,
    way,
)

NODE_WIDTH, NODE_GAP, PADDING, TITLE = 312, 24, 12, 30
THIRD, HALF, FULL = 88, 138, 288
LINE, BOX, ROW_GAP = 14, 22, 34
"""Height of a line of text, of an empty box, and the room between two rows for the arrows."""
APART = 11
"""How far two arrows of opposite directions are apart, each from the middle."""
PER_LINE = {THIRD: 12, HALF: 19, FULL: 44}
"""Letters that fit in a line of a box."""
SIGNS = {"delivered": "✓", "refused": "⊘", "dropped": "✕"}
_LABELS = {HOST: "iptables", PROCESS: "process", WIRE: "network"}
_THIRDS = {PROCESS: 0, TUN0: 1, HOST: 1, VXLAN0: 2, "flannel.1": 2, "flannel0": 2}
"""Which third of a node: tun0 stands above iptables, the tunnels beside them."""
_PLAIN = (POD, ETH0, PARTY, WIRE, *_THIRDS)
"""What has no room for the names of its tables, or none that matter."""


@dataclass(slots=True)
class Box:
    """A device: where it is drawn, what is written in it, and which steps it has.

    `end` is the verdict if the way ends here; then the last line says so.
    """

    place: Place
    x: float = 0
    y: float = 0
    width: float = FULL
    height: float = 0
    lines: list[str] = field(default_factory=list)
    steps: list[int] = field(default_factory=list)
    is_passed: bool = False
    end: str = ""

    @property
    def middle(self) -> float:
        """The middle across."""
        return self.x + self.width / 2

    @property
    def text(self) -> list[tuple[float, str]]:
        """The lines with their heights."""
        top = self.y + self.height / 2 - (len(self.lines) - 1) * LINE / 2 + 4
        return [(top + LINE * number, line) for number, line in enumerate(self.lines)]

    @property
    def step_list(self) -> str:
        """The numbers of its steps, for the script."""
        return " ".join(map(str, self.steps))

    @property
    def full_name(self) -> str:
        """What it is, unabridged."""
        return self.place.name or _LABELS.get(self.place.device, self.place.device)


@dataclass(frozen=True, slots=True)
class Arrow:
    """A piece of the way; `x` and `y` are the place of its number."""

    number: int
    path: str
    x: float
    y: float


def picture(walk: Walk, view: NetworkView) -> dict[str, Any] | None:
    """What the template draws; None for a walk without steps."""
    visits = way(walk, view)
    if not visits:
        return None
    goal = _goal(walk, view)
    drawing = _Drawing(visits, goal, is_sdn=view.plugin.family == "sdn")
    drawing.end(walk.verdict)
    drawing.place()
    return {
        "width": drawing.width,
        "height": drawing.height,
        "columns": drawing.columns(view),
        "boxes": list(drawing.boxes.values()),
        "arrows": drawing.arrows(),
        "said": _said(visits, walk.verdict),
    }


class _Drawing:
    """Boxes by their places, row by row in a column for every node."""

    def __init__(self, visits: Sequence[Visit], goal: Place | None, *, is_sdn: bool) -> None:
        self.visits = visits
        self._is_sdn = is_sdn
        self.boxes: dict[Place, Box] = {}
        places = [each.place for each in visits if each.place.device != WIRE]
        self._nodes = list(dict.fromkeys(map(_column, [*places, *([goal] if goal else [])])))
        for visit in visits:
            box = self.boxes.setdefault(visit.place, Box(visit.place))
            box.is_passed = True
            box.steps += visit.steps
            box.lines = box.lines or _named(visit.place)
            if visit.place.device not in _PLAIN and any(visit.tables):
                box.lines.append(f"{_word(visit)}{' → '.join(filter(None, visit.tables))}")
        if goal is not None:
            self.boxes.setdefault(goal, Box(goal, lines=_named(goal)))
        self.boxes.setdefault(Place("", WIRE), Box(Place("", WIRE), lines=["network"]))
        self.width = len(self._nodes) * (NODE_WIDTH + NODE_GAP) - NODE_GAP
        self.height = 0.0

    def end(self, verdict: str) -> None:
        """Say where the way ends, and how."""
        last = self.visits[-1]
        box = self.boxes[last.place]
        box.end = verdict
        table = last.tables[-1] if last.tables else ""
        where = f" in table {table}" if verdict != "delivered" and table.isdecimal() else ""
        box.lines.append(f"{SIGNS[verdict]} {verdict}{where}")

    def place(self) -> None:
        """Give every box its place."""
        columns = [self._rows(node) for node in self._nodes]
        heights = [_height(rows) for rows in columns]
        bottom = TITLE + max(heights)
        for number, rows in enumerate(columns):
            left = number * (NODE_WIDTH + NODE_GAP) + PADDING
            y: float = TITLE
            for row in rows:
                tall = max(box.height for box in row)
                if row is rows[-1]:
                    y = bottom - tall
                _spread(row, left, y, tall)
                y += tall + ROW_GAP
        wire = self.boxes[Place("", WIRE)]
        wire.x, wire.y = 0, bottom + PADDING + ROW_GAP
        wire.width, wire.height = self.width, BOX - PADDING + LINE * len(wire.lines)
        self.height = wire.y + wire.height + 2
        self._bottom = bottom + PADDING

    def _rows(self, node: str) -> list[list[Box]]:
        """The boxes of a node from the pods down to the wire."""
        if not node.startswith("node:"):
            outside = [box for place, box in self.boxes.items() if _column(place) == node]
            for box in outside:
                _measure(box)
            return [outside]
        name = node.removeprefix("node:")
        own = [box for place, box in self.boxes.items() if place.node == name]
        pods = [box for box in own if box.place.device == POD]
        ends = {POD, PROCESS, HOST, ETH0}
        others = [box for box in own if box.place.device not in ends]
        tunnels: list[Box] = []
        if self._is_sdn:
            rows = [pods, [self._at(name, BR0)], [self._at(name, TUN0), self._at(name, VXLAN0)]]
        else:
            inwards = bool(own) and own[0].place.device == ETH0
            rest = [box for box in others if box.place.device not in _THIRDS]
            rows = [pods, *([box] for box in (reversed(rest) if inwards else rest))]
            tunnels = [box for box in others if box.place.device in _THIRDS]
        processes = [box for box in own if box.place.device == PROCESS]
        rows += [[*processes, self._at(name, HOST), *tunnels], [self._at(name, ETH0)]]
        for row in rows:
            for box in row:
                _measure(box)
        return [row for row in rows if row]

    def _at(self, node: str, device: str) -> Box:
        place = Place(node, device)
        label = _LABELS.get(device, device)
        return self.boxes.setdefault(place, Box(place, lines=[label]))

    def columns(self, view: NetworkView) -> list[dict[str, Any]]:
        """The frames of the nodes."""
        found = []
        for number, node in enumerate(self._nodes):
            name = node.removeprefix("node:") if node.startswith("node:") else ""
            site = view.node(name) if name else None
            found.append(
                {
                    "x": number * (NODE_WIDTH + NODE_GAP),
                    "width": NODE_WIDTH,
                    "height": self._bottom,
                    "name": name or "Outside the cluster",
                    "address": site.ip if site is not None else "",
                }
            )
        return found

    def arrows(self) -> list[Arrow]:
        """The way, piece by piece."""
        ends = ((self.boxes[one.place], self.boxes[to.place]) for one, to in pairwise(self.visits))
        return [_arrow(number, one, other) for number, (one, other) in enumerate(ends, 1)]


def _goal(walk: Walk, view: NetworkView) -> Place | None:
    """The pod that was to be reached, whether it is or not."""
    destination = walk.connection.destination
    site = view.pod(destination.key) if isinstance(destination, OfPod) else None
    if site is None or site.on_host_network:
        return None
    return Place(site.node, POD, str(site.key))


def _column(place: Place) -> str:
    return f"node:{place.node}" if place.node else f"party:{place.name}"


def _fitted(text: str, width: int) -> str:
    """A name that fits, its middle left out: the end of a pod's name tells it from others."""
    most = PER_LINE.get(width, 44)
    if len(text) <= most:
        return text
    return f"{text[: most // 2 - 1]}…{text[-(most - most // 2) :]}"


def _word(visit: Visit) -> str:
    """Numbers of tables need to be called so; names of chains and lists do not."""
    return "tables " if visit.tables[0].isdecimal() else ""


def _named(place: Place) -> list[str]:
    """What is written in a box: a pod's name and project, an outside party's address, a device."""
    namespace, slash, name = place.name.partition("/")
    if slash:
        return [name, namespace]
    return [place.name] if place.name else [_LABELS.get(place.device, place.device)]


def _measure(box: Box) -> None:
    device = box.place.device
    box.width = THIRD if device in _THIRDS else HALF if device == POD else FULL
    box.lines = [_fitted(line, int(box.width)) for line in box.lines]
    box.height = BOX + LINE * len(box.lines)


def _height(rows: list[list[Box]]) -> float:
    return sum(max(box.height for box in row) for row in rows) + ROW_GAP * (len(rows) - 1)


def _spread(row: list[Box], left: float, y: float, tall: float) -> None:
    """Put the boxes of a row beside one another."""
    for number, box in enumerate(row):
        box.y, box.height = y, tall
        if box.place.device in _THIRDS:
            box.x = left + _THIRDS[box.place.device] * (THIRD + PADDING)
        elif box.width == HALF:
            box.x = left + (number % 2) * (HALF + PADDING)
        else:
            box.x = left


def _arrow(number: int, one: Box, other: Box) -> Arrow:
    """From the edge of one box to that of the next."""
    if one.y == other.y and one.place.device != WIRE:
        right = other.x > one.x
        start, end = (
            (one.x + one.width, other.x - 3) if right else (one.x, other.x + other.width + 3)
        )
        y = one.y + one.height / 2
        return Arrow(number, f"M{start:g} {y:g}H{end:g}", (start + end) / 2, y - 10)
    down = other.y > one.y
    shift = APART if down else -APART
    start_y = one.y + one.height if down else one.y
    end_y = other.y - 3 if down else other.y + other.height + 3
    start_x, end_x = _across(one, other)
    start_x, end_x = start_x + shift, end_x + shift
    x, y = (start_x + end_x) / 2, (start_y + end_y) / 2
    return Arrow(number, f"M{start_x:g} {start_y:g}L{end_x:g} {end_y:g}", x, y)


def _across(one: Box, other: Box) -> tuple[float, float]:
    """Straight up or down where one box is above the other, aslant where not."""
    narrow = one if one.width <= other.width else other
    wide = other if narrow is one else one
    if wide.x <= narrow.middle <= wide.x + wide.width:
        return narrow.middle, narrow.middle
    return one.middle, other.middle


def _said(visits: Sequence[Visit], verdict: str) -> str:
    """The way in words, for who does not see the picture."""
    names = [
        f"{visit.place.device} {visit.place.name}".strip()
        + (f" of {visit.place.node}" if visit.place.node else "")
        for visit in visits
    ]
    return f"{', then '.join(names)}: {verdict}"
