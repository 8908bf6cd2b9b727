"""The console under test: `manage.py up` as a process of its own, on its own database and folder."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STARTING = 60.0
"""Seconds until the console must answer, on a busy machine."""
_ADDRESS = re.compile(r"Console: (?:\x1b\[\d+m)?http://[^:\s]+:(\d+)/")
_ROUTER = re.compile(r"Router: .*https://[^:\s]+:(\d+)/")
_PASSWORD = re.compile(r'"kubeadmin" \(password: (\S+)\)')


@dataclass
class Server:
    """A running console. What it prints is kept in `printed`."""

    process: subprocess.Popen[str]
    printed: list[str] = field(default_factory=list)
    _has_address: threading.Event = field(default_factory=threading.Event)

    @classmethod
    def start(cls, folder: Path, *options: str, port: int = 0) -> Server:
        """Start it in `folder` and wait until it is ready; port 0 takes a free one."""
        environment = {**os.environ, "SHIFTLAB_VAR": str(folder), "PYTHONUNBUFFERED": "1"}
        command = [sys.executable, "manage.py", "up", "--port", str(port), *options]
        command += ["--router-http-port", "0", "--router-https-port", "0", "--dns-port", "0"]
        command += ["--db", str(folder / "console.sqlite3")]
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        server = cls(process)
        threading.Thread(target=server._read, daemon=True).start()
        if not server._has_address.wait(STARTING) or not server._is_ready():
            server.stop()
            raise RuntimeError("the console did not start:\n" + server.output)
        return server

    @property
    def output(self) -> str:
        """All that was printed so far."""
        return "".join(self.printed)

    @property
    def url(self) -> str:
        """The console's address, without a slash at its end."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self._found(_ADDRESS))

    @property
    def router_https_port(self) -> int:
        """The port on which the router takes TLS."""
        return int(self._found(_ROUTER))

    @property
    def kubeadmin_password(self) -> str:
        """The password that is printed at the first start only."""
        return self._found(_PASSWORD)

    def stop(self) -> None:
        """Ask it to end, and wait."""
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def _found(self, pattern: re.Pattern[str]) -> str:
        match = pattern.search(self.output)
        if match is None:
            raise RuntimeError(f"{pattern.pattern} was not printed:\n{self.output}")
        return match.group(1)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.printed.append(line)
            if _ADDRESS.search(line):
                self._has_address.set()
        self._has_address.set()

    def _is_ready(self) -> bool:
        pause = threading.Event()
        for _ in range(int(STARTING / 0.2)):
            if self.process.poll() is not None:
                return False
            try:
                with urllib.request.urlopen(f"{self.url}/readyz", timeout=STARTING) as answer:
                    return bool(answer.status == 200)
            except (urllib.error.URLError, OSError):
                pause.wait(0.2)
        return False
