"""`manage.py up` as a user runs it: it starts, says where, refuses clearly, and ends cleanly."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import dns.message
import dns.query
import pytest

from tests.shared_data import ROOT

pytestmark = pytest.mark.slow

FREE_PORTS = (
    "--port", "0", "--router-http-port", "0", "--router-https-port", "0", "--dns-port", "0"
)  # fmt: skip
ROUTER = re.compile(r"Router: (http://localhost:\d+/) and https://localhost:\d+/")
SHOWN = re.compile(r"Console: (http://localhost:\d+/)")


class Up:
    """A running `manage.py up`."""

    def __init__(self, var: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "up", *FREE_PORTS, *options],
            cwd=ROOT,
            env={
                **os.environ,
                "SHIFTLAB_VAR": str(var),
                "DATABASE_URL": "",
                "PYTHONUNBUFFERED": "1",
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.output = ""
        self.url = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if match := SHOWN.search(line):
                self.url = match[1]
                break

    def get(self, path: str) -> str:
        """The body of a page; the listening socket is there before the first request is served."""
        with urllib.request.urlopen(self.url + path, timeout=20) as answer:
            return str(answer.read().decode())

    def read_until(self, pattern: re.Pattern[str]) -> re.Match[str]:
        """The first line that matches."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.output += line
            if match := pattern.search(line):
                return match
        raise AssertionError(self.output)

    def end(self, number: int = signal.SIGTERM) -> int:
        """Stop it; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        self.output += self.process.communicate(timeout=30)[0]
        return self.process.returncode


@pytest.fixture
def started() -> Iterator[list[Up]]:
    """What a test starts is stopped after it."""
    running: list[Up] = []
    yield running
    for each in running:
        each.end(signal.SIGKILL)


def test_it_serves_says_the_password_once_and_ends_with_zero(
    tmp_path: Path, started: list[Up]
) -> None:
    first = Up(tmp_path)
    started.append(first)
    assert first.get("readyz") == "ok"
    assert re.search(r'"kubeadmin" \(password: (\w{5}-){3}\w{5}\)', first.output)
    assert "Made a new cluster: scenario demo, 3 nodes" in first.output
    assert first.end(signal.SIGTERM) == 0
    second = Up(tmp_path)
    started.append(second)
    assert second.get("healthz") == "ok"
    assert "password" not in second.output
    assert "Recovered 3 nodes" in second.output
    assert second.end(signal.SIGINT) == 0
    assert "Traceback" not in first.output + second.output


def test_static_files_have_hashed_names_and_may_be_kept(tmp_path: Path, started: list[Up]) -> None:
    up = Up(tmp_path, "--scenario", "empty")
    started.append(up)
    hashed = next((tmp_path / "static" / "js").glob("main.*.js"))
    with urllib.request.urlopen(f"{up.url}static/js/{hashed.name}", timeout=20) as answer:
        assert "immutable" in answer.headers["Cache-Control"]
        assert "javascript" in answer.headers["Content-Type"]


def test_a_second_process_on_the_same_database_is_refused(
    tmp_path: Path, started: list[Up]
) -> None:
    first = Up(tmp_path, "--scenario", "empty")
    started.append(first)
    second = Up(tmp_path)
    assert second.end() == 1
    assert f"already running: process {first.process.pid} holds its lease" in second.output
    assert "Traceback" not in second.output


def test_a_port_in_use_is_told_before_anything_is_done(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        up = Up(tmp_path, "--port", str(port))
        assert up.end() == 1
    assert f"cannot listen on 127.0.0.1:{port}: Address already in use" in up.output
    assert not (tmp_path / "shiftlab.sqlite3").exists()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (("--scenario", "nope"), "--scenario: no scenario 'nope'; there are"),
        (("--nodes", "many"), "--nodes: invalid int value: 'many'"),
        (("--router-https-port", "never"), "never is neither a port from 0 to 65535 nor off"),
        (("--port", "99999"), "--port: 99999 is not between 0 and 65535"),
        (("--db", "mysql://x"), "DATABASE_URL: unknown scheme 'mysql'"),
    ],
)
def test_a_wrong_option_is_named(tmp_path: Path, options: tuple[str, ...], text: str) -> None:
    up = Up(tmp_path, *options)
    assert up.end() != 0
    assert text in up.output


def test_routes_are_served_beside_the_console(tmp_path: Path, started: list[Up]) -> None:
    up = Up(tmp_path)
    started.append(up)
    router = up.read_until(ROUTER)[1]
    asked = urllib.request.Request(router, headers={"Host": "web-demo.apps.localhost"})
    with urllib.request.urlopen(asked, timeout=20) as answer:
        assert "Hello from simple-webapp-docker" in answer.read().decode()
    assert (tmp_path / "certificates" / "router-ca.crt").exists()
    assert up.end() == 0


def test_the_clusters_dns_is_served_beside_the_console(tmp_path: Path, started: list[Up]) -> None:
    up = Up(tmp_path, "--router", "off")
    started.append(up)
    port = int(up.read_until(re.compile(r"DNS: 127\.0\.0\.1:(\d+)"))[1])
    query = dns.message.make_query("kubernetes.default.svc.cluster.local", "A")
    response = dns.query.udp(query, "127.0.0.1", timeout=20, port=port)
    assert [each.to_text() for each in response.answer[0]] == ["172.30.0.1"]
    assert up.end() == 0


def test_a_routers_port_in_use_is_told_and_the_console_still_runs(
    tmp_path: Path, started: list[Up]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        options = ("--router-http-port", port, "--router-https-port", "off")
        up = Up(tmp_path, "--scenario", "empty", *options)
        started.append(up)
        assert up.get("readyz") == "ok"
        assert up.end() == 0
    assert f"The router cannot listen on 127.0.0.1:{port}: Address already in use." in up.output
    assert "--router-http-port" in up.output


@pytest.mark.skipif(not Path("/usr/sbin/haproxy").exists(), reason="haproxy is not installed")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "killed"])
def test_haproxy_serves_and_ends_with_it_however_it_ends(
    tmp_path: Path, started: list[Up], number: int
) -> None:
    up = Up(tmp_path, "--router", "haproxy")
    started.append(up)
    assert up.get("readyz") == "ok"
    match = up.read_until(re.compile(r"Router \(HAProxy\): (http://localhost:\d+/)"))
    with pytest.raises(urllib.error.HTTPError, match="503"):
        urllib.request.urlopen(match[1], timeout=20)
    running = haproxies(tmp_path)
    assert len(running) == 2  # master and worker
    up.end(number)
    for _ in range(100):
        if not any(Path(f"/proc/{pid}").exists() for pid in running):
            return
        time.sleep(0.1)
    raise AssertionError("HAProxy has outlived its cluster")


def haproxies(var: Path) -> list[int]:
    """The processes that run HAProxy with the files in a directory."""
    found = []
    for each in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = each.read_bytes().decode().split("\0")
        except OSError:
            continue
        if str(var / "haproxy" / "haproxy.config") in words:
            found.append(int(each.parent.name))
    return found


def test_an_impossible_reload_interval_is_named(tmp_path: Path) -> None:
    up = Up(tmp_path, "--reload-interval", "0")
    assert up.end() == 2
    assert "0 is not a number of seconds from 0.1 to 3600" in up.output
