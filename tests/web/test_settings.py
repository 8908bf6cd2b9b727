"""The settings: database URLs, host names, the secret, the policy, and who may see what."""

from __future__ import annotations

import re
import stat
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.test import Client

from cluster import models
from cluster.runtime import running
from cluster.runtime.boot import Setup
from console.database import from_url
from console.hosts import allowed_hosts
from console.secret import secret_key


def test_a_bare_name_is_a_file_below_the_base() -> None:
    assert from_url("a.sqlite3", Path("/base"))["NAME"] == "/base/a.sqlite3"
    assert from_url("sqlite:///a.sqlite3", Path("/base"))["NAME"] == "/base/a.sqlite3"
    assert from_url("sqlite:////tmp/a.sqlite3", Path("/base"))["NAME"] == "/tmp/a.sqlite3"


def test_a_postgres_url_is_taken_apart() -> None:
    parsed = from_url("postgres://me:p%40ss@db.example:5433/shift?sslmode=require", Path("/base"))
    expected = {"NAME": "shift", "USER": "me", "PASSWORD": "p@ss", "HOST": "db.example"}
    assert expected.items() <= parsed.items()
    assert (parsed["PORT"], parsed["OPTIONS"]) == (5433, {"sslmode": "require"})


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("mysql://x/y", "unknown scheme 'mysql'"),
        ("postgres://host", "no database is named"),
        ("postgres://host:x/y", "the port is not a number"),
        ("sqlite://", "no file is named"),
    ],
)
def test_a_wrong_database_url_says_what_is_wrong(url: str, text: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"DATABASE_URL: {text}"):
        from_url(url, Path("/base"))


def test_only_loopback_names_are_answered_unless_asked() -> None:
    assert allowed_hosts("127.0.0.1", "") == ["localhost", "127.0.0.1", "[::1]", ".localhost"]
    assert "lab.example" in allowed_hosts("", "lab.example, other")
    assert "192.0.2.7" in allowed_hosts("192.0.2.7", "")
    assert "[2001:db8::1]" in allowed_hosts("2001:db8::1", "")
    assert "*" not in allowed_hosts("0.0.0.0", "")


def test_the_secret_is_made_once_and_only_for_its_owner(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    key = secret_key(path)
    assert len(key) >= 50
    assert secret_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_health_needs_no_sign_in_and_tells_that_no_cluster_runs(client: Client) -> None:
    assert client.get("/healthz").content == b"ok"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.content) == (503, b"the cluster is not running")


def test_scripts_run_only_with_a_nonce_or_from_our_own_files(client: Client) -> None:
    policy = client.get("/healthz")["Content-Security-Policy"]
    rules = {rule.split()[0]: rule.split()[1:] for rule in policy.split(";")}
    assert "'unsafe-inline'" not in rules["script-src"]
    assert "'unsafe-eval'" not in rules["script-src"]
    assert rules["default-src"] == ["'self'"]
    assert rules["frame-ancestors"] == ["'none'"]


@pytest.mark.django_db(transaction=True)
def test_a_pages_nonce_is_the_headers_and_changes_with_each_answer(client: Client) -> None:
    client.force_login(User.objects.create_superuser("kubeadmin"))
    running.start(Setup())
    try:
        answers = [client.get("/k8s/cluster/nodes") for _ in range(2)]
    finally:
        running.stop()
    nonces = [re.findall(r'nonce="([^"]+)"', answer.content.decode()) for answer in answers]
    assert all(nonces)
    assert nonces[0] != nonces[1]
    for answer, found in zip(answers, nonces, strict=True):
        assert all(f"'nonce-{each}'" in answer["Content-Security-Policy"] for each in found)


def test_a_foreign_host_name_is_refused(client: Client) -> None:
    assert client.get("/healthz", headers={"host": "evil.example"}).status_code == 400


def test_the_deployment_check_passes() -> None:
    call_command("check", deploy=True, fail_level="WARNING")


@pytest.mark.django_db
def test_the_migrations_are_those_of_the_models() -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


@pytest.mark.django_db(transaction=True)
def test_reset_asks_and_leaves_users_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.create_user("developer")
    running.start(Setup(scenario="empty"))
    try:
        with pytest.raises(CommandError, match="already running"):
            call_command("reset", yes=True)
    finally:
        running.stop()
    monkeypatch.setattr("builtins.input", lambda question: "n")
    with pytest.raises(CommandError, match="nothing was deleted"):
        call_command("reset")
    assert models.Node.objects.exists()
    monkeypatch.setattr("builtins.input", lambda question: "y")
    call_command("reset")
    assert not models.Node.objects.exists()
    assert not models.EngineState.objects.exists()
    assert User.objects.exists()
