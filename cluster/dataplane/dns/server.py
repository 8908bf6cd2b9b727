"""The cluster's DNS server on UDP and TCP: SkyDNS of OpenShift 3, or CoreDNS, by the cluster's profile.

Answers come from the live store, on the loop's thread. Nothing is asked upstream, as a SkyDNS with
`--no-rec`: questions outside `cluster.local` and unknown reverse names are SERVFAIL, at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final, cast

from cluster.dataplane.dns.answers import Answers
from cluster.dataplane.dns.tcp import TcpConnections
from cluster.dataplane.pods.listeners import errno_text
from cluster.engine.network.dns import Resolver
from cluster.runtime.dns import DnsAddress

TRIES: Final = 20
"""Free ports that are tried until one is free for UDP and TCP."""
BACKLOG: Final = 128


class DnsError(Exception):
    """The server cannot listen; the text says why and what to do."""


class DnsServer:
    """A resolver behind a UDP and a TCP socket on the same port."""

    def __init__(
        self, resolver: Resolver, version: Callable[[], int], host: str, port: int
    ) -> None:
        """`version` tells the cluster's last change. Port 0 takes a free one."""
        self._answers = Answers(resolver.answer, version)
        self._host = host
        self._port = port
        self._udp: asyncio.DatagramTransport | None = None
        self._tcp: asyncio.Server | None = None
        self.connections = TcpConnections(self._answers)

    async def start(self) -> DnsAddress:
        """Listen, and say where. Raises DnsError."""
        tries = 1 if self._port else TRIES
        while True:
            tries -= 1
            try:
                return await self._listen()
            except OverflowError:
                raise DnsError(f"--dns-port: {self._port} is not between 0 and 65535") from None
            except OSError as error:
                await self.stop()
                if tries:
                    continue
                raise DnsError(
                    f"The DNS server cannot listen on {self._host}:{self._port}:"
                    f" {errno_text(error)}. Choose another port with --dns-port, or 0 for a free one."
                ) from None

    async def _listen(self) -> DnsAddress:
        loop = asyncio.get_running_loop()
        self._udp, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self._answers), local_addr=(self._host, self._port)
        )
        port: int = self._udp.get_extra_info("sockname")[1]
        self._tcp = await loop.create_server(
            self.connections.accept, self._host, port, backlog=BACKLOG, reuse_address=True
        )
        return DnsAddress(self._host, port)

    async def stop(self) -> None:
        """Stop listening, end the connections."""
        if self._udp is not None:
            self._udp.abort()
        if self._tcp is not None:
            self._tcp.close()
        self._udp = self._tcp = None
        self.connections.close()
        await asyncio.sleep(0)  # lets closed connections tell their protocols


class _Datagrams(asyncio.DatagramProtocol):
    """The UDP socket."""

    def __init__(self, answers: Answers) -> None:
        self._answers = answers
        self._transport: asyncio.DatagramTransport | None = None
        self._is_blocked = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str | int, int]) -> None:
        """A packet."""
        if self._is_blocked or self._transport is None:
            return
        answer = self._answers.respond(data, is_udp=True)
        if answer is not None:
            self._transport.sendto(answer, addr)

    def pause_writing(self) -> None:
        """The socket takes no more: what comes now is lost, as UDP may lose."""
        self._is_blocked = True

    def resume_writing(self) -> None:
        """The socket takes answers again."""
        self._is_blocked = False

    def error_received(self, exc: Exception) -> None:
        """A client that went before its answer came: no concern of others."""
