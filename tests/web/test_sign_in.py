"""Signing in and out: who fails too often waits, and nobody learns which users there are."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth import get_user_model
from django.core.cache import cache
from django.test import Client as Browser
from pytest_django import Settings

from cluster.runtime.client import Client
from console.auth.views import MOST_FAILURES
from tests.web.reading import source, text_of

pytestmark = pytest.mark.django_db

RIGHT = {"username": "developer", "password": "right"}
WRONG = {"username": "developer", "password": "wrong"}
WAIT = "Too many failed attempts. Try again in a minute."


@pytest.fixture(autouse=True)
def _user(db: None, settings: Settings) -> Iterator[None]:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    cache.clear()
    get_user_model().objects.create_user("developer", password="right")
    yield
    cache.clear()


def fail(client: Browser, times: int) -> None:
    for _ in range(times):
        assert client.post("/login/", WRONG).status_code == 422


def test_the_right_password_leads_home(shown: Client, client: Browser) -> None:
    response = client.post("/login/", RIGHT)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert client.get("/network").status_code == 200


def test_after_signing_in_one_is_where_one_wanted_to_be(shown: Client, client: Browser) -> None:
    asked = client.get("/k8s/ns/demo/pods?sort=node")
    assert asked["Location"] == "/login/?next=/k8s/ns/demo/pods%3Fsort%3Dnode"
    response = client.post(asked["Location"], RIGHT)
    assert response["Location"] == "/k8s/ns/demo/pods?sort=node"


def test_nobody_is_led_to_another_site(shown: Client, client: Browser) -> None:
    response = client.post("/login/?next=https://evil.example/", RIGHT)
    assert response["Location"] == "/"


def test_a_wrong_password_and_an_unknown_user_get_the_same_answer(client: Browser) -> None:
    wrong = client.post("/login/", WRONG)
    unknown = client.post("/login/", {"username": "nobody", "password": "wrong"})
    assert wrong.status_code == unknown.status_code == 422
    assert text_of(wrong) == text_of(unknown)
    assert 'value="developer"' in source(wrong)
    assert 'value="wrong"' not in source(wrong)


def test_an_empty_form_says_what_is_missing(client: Browser) -> None:
    response = client.post("/login/", {"username": "", "password": ""})
    assert response.status_code == 422
    assert "Enter a username and a password." in text_of(response)


def test_after_ten_failures_even_the_right_password_has_to_wait(
    shown: Client, client: Browser
) -> None:
    fail(client, MOST_FAILURES)
    for data in (WRONG, RIGHT):
        response = client.post("/login/", data)
        assert response.status_code == 429
        assert WAIT in text_of(response)
    assert client.get("/network").status_code == 302
    assert MOST_FAILURES == 10


def test_one_failure_less_does_not_lock(shown: Client, client: Browser) -> None:
    fail(client, MOST_FAILURES - 1)
    assert client.post("/login/", RIGHT).status_code == 302


def test_the_lock_is_of_one_address(shown: Client, client: Browser) -> None:
    fail(client, MOST_FAILURES)
    other = client.post("/login/", RIGHT, REMOTE_ADDR="192.0.2.7")
    assert other.status_code == 302


def test_the_lock_ends_with_its_minute(shown: Client, client: Browser) -> None:
    fail(client, MOST_FAILURES)
    cache.delete("sign-in-failures:127.0.0.1")
    assert client.post("/login/", RIGHT).status_code == 302


def test_signing_out_ends_the_session(shown: Client, client: Browser) -> None:
    client.post("/login/", RIGHT)
    response = client.post("/logout/")
    assert (response.status_code, response["Location"]) == (302, "/login/")
    assert client.get("/network").status_code == 302


def test_who_is_signed_in_has_no_login_page(shown: Client, client: Browser) -> None:
    client.post("/login/", RIGHT)
    assert client.get("/login/")["Location"] == "/"
