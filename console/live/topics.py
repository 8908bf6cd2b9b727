"""All topics by their prefix. A topic's string is `prefix:arguments`."""

from __future__ import annotations

from collections.abc import Callable

from console.live.topic import Topic

Factory = Callable[[str, str], Topic | None]
"""Makes a topic from its whole name and its arguments; None when they make no sense."""

_FACTORIES: dict[str, Factory] = {}


def register(prefix: str, factory: Factory) -> None:
    """Declare a family of topics. Raises ValueError when the prefix is taken."""
    if _FACTORIES.get(prefix, factory) is not factory:
        raise ValueError(f"topic prefix {prefix!r} is registered twice")
    _FACTORIES[prefix] = factory


def make(name: str) -> Topic | None:
    """The topic of that name, or None when there is no such thing."""
    prefix, _, arguments = name.partition(":")
    factory = _FACTORIES.get(prefix)
    return factory(name, arguments) if factory else None
