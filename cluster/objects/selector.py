"""Equality label selectors, as Service, ReplicationController and DeploymentConfig use them."""

from __future__ import annotations

from collections.abc import Mapping


def matches(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    """Whether labels carry every pair of a selector. An empty selector selects nothing."""
    if not selector:
        return False
    get = labels.get
    return all(get(name) == value for name, value in selector.items())


def text(selector: Mapping[str, str]) -> str:
    """A selector as `oc get -o wide` prints it: `app=web,tier=front`."""
    return ",".join(f"{name}={value}" for name, value in sorted(selector.items())) or "<none>"
