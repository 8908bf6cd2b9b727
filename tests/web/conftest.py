"""Clusters behind the console's pages, and browsers of its users.

`shown` is one demo cluster for all tests that only look; `cluster` is a new one for a test that
changes something. A test that asks for neither has no cluster.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser

from cluster.runtime import running as slot
from cluster.runtime.client import Client
from tests.running_cluster import KUBEADMIN, SETTLED, demo_engine, running

SignIn = Callable[..., Browser]


@pytest.fixture(scope="session")
def _demo() -> Iterator[Client]:
    with running(demo_engine()) as client:
        client.advance(KUBEADMIN, SETTLED)
        yield client


@pytest.fixture
def shown(_demo: Client, monkeypatch: pytest.MonkeyPatch) -> Client:
    """The demo cluster, only to be looked at."""
    monkeypatch.setattr(slot, "current", lambda: _demo)
    return _demo


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A demo cluster of the test's own."""
    with running(demo_engine()) as client:
        client.advance(KUBEADMIN, SETTLED)
        monkeypatch.setattr(slot, "current", lambda: client)
        yield client


@pytest.fixture
def sign_in(db: None) -> SignIn:
    """Make a user and a browser in which they are signed in."""

    def signed_in(name: str, **options: bool) -> Browser:
        users = get_user_model().objects
        make = users.create_superuser if name == KUBEADMIN.name else users.create_user
        browser = Browser(**options)
        browser.force_login(users.filter(username=name).first() or make(name))
        return browser

    return signed_in


@pytest.fixture
def developer(sign_in: SignIn) -> Browser:
    """An admin of the project `demo`."""
    return sign_in("developer")


@pytest.fixture
def viewer(sign_in: SignIn) -> Browser:
    """Who may look at `demo` and change nothing."""
    return sign_in("viewer")


@pytest.fixture
def outsider(sign_in: SignIn) -> Browser:
    """Who is no member of any project."""
    return sign_in("outsider")


@pytest.fixture
def kubeadmin(sign_in: SignIn) -> Browser:
    """The cluster admin."""
    return sign_in("kubeadmin")
