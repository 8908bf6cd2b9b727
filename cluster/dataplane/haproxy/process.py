"""HAProxy's process: a master, child of this process, and its workers (`haproxy -W`). It is checked,
started, reloaded without losing a connection, and ends with this process whatever happens to it."""

from __future__ import annotations

import asyncio
import logging
import os
import re
import shutil
import signal
from collections import deque
from pathlib import Path
from typing import Final

from cluster.dataplane.haproxy import command_line

log = logging.getLogger(__name__)

PROGRAM: Final = "haproxy"
MASTER_SOCKET: Final = "master.sock"
STARTING: Final = 15.0
"""Seconds that a new worker may take until it serves."""
STOPPING: Final = 5.0
_LOOK_EVERY: Final = 0.02
_SAYS: Final = re.compile(r"\[(ALERT|WARNING|NOTICE)\]\s*\(\d+\) : (.*)")


class HaproxyError(Exception):
    """HAProxy is missing, refuses the configuration or does not run; the text says so to users."""


def find_program() -> str:
    """Where HAProxy is installed. Raises HaproxyError saying how to get it."""
    # Debian keeps it in /usr/sbin, which is not on everybody's path.
    found = shutil.which(PROGRAM) or shutil.which(PROGRAM, path="/usr/sbin:/usr/local/sbin")
    if found is None:
        raise HaproxyError(
            "HAProxy is not installed. Install it, as root: apt install haproxy"
            " - or take the embedded router: make up ROUTER=embedded"
        )
    return found


class HaproxyProcess:
    """Belongs to one event loop."""

    def __init__(self, program: str, configuration: Path, sockets: Path) -> None:
        self.master = sockets / MASTER_SOCKET
        self._program = program
        self._configuration = configuration
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._said: deque[str] = deque(maxlen=50)
        self._stopping = False

    @property
    def pid(self) -> int | None:
        """The master's process id, None while none runs."""
        running = self._process is not None and self._process.returncode is None
        return self._process.pid if running and self._process is not None else None

    async def check(self) -> None:
        """Whether HAProxy takes the configuration. Raises HaproxyError with its words."""
        process = await asyncio.create_subprocess_exec(
            self._program, "-c", "-f", str(self._configuration),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            _, said = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            raise
        if process.returncode:
            alerts = _alerts(said.decode("utf-8", "replace").splitlines())
            raise HaproxyError(f"HAProxy refuses the configuration: {alerts}")

    async def start(self) -> None:
        """Start it and wait until it serves. Raises HaproxyError."""
        await self._end_leftover()
        command = [
            self._program, "-W", "-db",
            "-S", f"{self.master},mode,600",
            "-f", str(self._configuration),
        ]  # fmt: skip
        # The kernel ends the master if this process is killed, and a master's end ends its workers.
        with_parent = shutil.which("setpriv")
        if with_parent is not None:
            command = [with_parent, "--pdeathsig", "TERM", *command]
        self._said.clear()
        self._stopping = False
        self._process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for this process, which stops it in good order
        )
        self._reading = asyncio.create_task(self._listen(self._process))
        await self._served_by_another(None)

    async def reload(self) -> None:
        """Let a new worker take over; the old one finishes its connections. Raises HaproxyError."""
        process = self._process
        if process is None or process.returncode is not None:
            raise HaproxyError("HAProxy does not run")
        try:
            before = (await command_line.workers(self.master)).current
        except OSError as error:
            raise HaproxyError(f"HAProxy's master does not answer: {error}") from None
        process.send_signal(signal.SIGUSR2)
        await self._served_by_another(before)

    async def ended(self) -> str:
        """Wait for its end; what it said about it."""
        assert self._process is not None
        await self._process.wait()
        if self._reading is not None:
            await self._reading
        return self._why()

    async def stop(self) -> None:
        """End it with its workers and their connections."""
        process = self._process
        self._stopping = True
        if process is not None and process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOPPING)
            except TimeoutError:
                process.kill()
                await process.wait()
        if self._reading is not None:
            await self._reading
        self._process = self._reading = None

    # --- inner life ------------------------------------------------------------------------------------

    async def _served_by_another(self, before: int | None) -> None:
        """Wait for a worker other than this one."""
        try:
            async with asyncio.timeout(STARTING):
                while True:
                    current = await self._worker()
                    if current not in (None, before):
                        return
                    await asyncio.sleep(_LOOK_EVERY)
        except TimeoutError:
            raise HaproxyError(f"HAProxy does not take over: {self._why()}") from None

    async def _worker(self) -> int | None:
        process = self._process
        if process is None or process.returncode is not None:
            if self._reading is not None:
                await self._reading
            raise HaproxyError(f"HAProxy has ended: {self._why()}")
        try:
            found = await command_line.workers(self.master)
        except OSError:
            return None
        return found.current if found.master == process.pid else None

    async def _listen(self, process: asyncio.subprocess.Process) -> None:
        assert process.stderr is not None
        async for line in process.stderr:
            text = line.decode("utf-8", "replace").rstrip()
            self._said.append(text)
            grave = "[ALERT]" in text and not self._stopping
            log.log(logging.WARNING if grave else logging.DEBUG, "HAProxy: %s", text)

    def _why(self) -> str:
        return _alerts(self._said)

    async def _end_leftover(self) -> None:
        """A master that outlived an earlier process of ours still answers on our socket."""
        try:
            found = await command_line.workers(self.master)
        except OSError:
            return
        log.warning("ending a HAProxy that an earlier run left behind: process %d", found.master)
        os.kill(found.master, signal.SIGTERM)
        async with asyncio.timeout(STARTING):
            while True:
                try:
                    await command_line.workers(self.master)
                except OSError:
                    return
                await asyncio.sleep(_LOOK_EVERY)


def _alerts(lines: deque[str] | list[str]) -> str:
    """What went wrong, in HAProxy's words."""
    found = [match for line in lines if (match := _SAYS.match(line))]
    alerts = [match[2].strip() for match in found if match[1] == "ALERT"]
    return "; ".join(alerts) or "it does not say why"
