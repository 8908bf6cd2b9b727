"""Copies of frozen objects with some attributes changed: `dataclasses.replace`, several times as fast.

Every commit copies an object and its metadata, so this is where a busy cluster spends its time. It moves
the slots over in bulk instead of running the class's initialiser.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from operator import attrgetter
from typing import Any, TypeVar

T = TypeVar("T")
Setter = Callable[[Any, Any], None]
Layout = tuple[Callable[[Any], tuple[Any, ...]], tuple[Setter, ...], dict[str, Setter]]
_new = object.__new__
_layouts: dict[type, Layout] = {}


def changed(obj: T, **changes: Any) -> T:
    """A copy of a frozen, slotted dataclass object with these attributes. Raises TypeError."""
    cls = type(obj)
    layout = _layouts.get(cls)
    if layout is None:
        layout = _layouts[cls] = _layout(cls)
    read, setters, by_name = layout
    copy = _new(cls)
    for setter, value in zip(setters, read(obj), strict=True):
        setter(copy, value)
    for name, value in changes.items():
        known = by_name.get(name)
        if known is None:
            raise TypeError(f"{cls.__name__} has no field {name}")
        known(copy, value)
    return copy


def _layout(cls: type) -> Layout:
    """How to read all fields of a class at once, and how to write each."""
    names = [each.name for each in dataclasses.fields(cls)]
    by_name: dict[str, Setter] = {name: getattr(cls, name).__set__ for name in names}
    read = attrgetter(*names) if len(names) > 1 else _single(names[0])
    return read, tuple(by_name.values()), by_name


def _single(name: str) -> Callable[[Any], tuple[Any, ...]]:
    read = attrgetter(name)
    return lambda obj: (read(obj),)
