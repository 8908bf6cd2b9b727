"""The pod network as the router sees it: connections to `10.129.0.2:8080` reach what listens in that
pod, are refused where nothing does, and fail where no pod has the address. Packets to a node that is off
or cut off are lost."""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Iterable
from typing import Final

from cluster.dataplane import memory
from cluster.dataplane.pods.certificates import PodCertificates
from cluster.dataplane.pods.page import Place
from cluster.dataplane.pods.programs import Program, Programs
from cluster.dataplane.pods.server import PodConnection
from cluster.engine.nodes.reach import reach
from cluster.engine.watch import Change
from cluster.objects import kinds
from cluster.objects.node import Node
from cluster.objects.pod import Pod
from cluster.runtime.client import Client

_FIRST_PORT: Final = 32_768
_LAST_PORT: Final = 60_999


class NoAnswerError(TimeoutError):
    """The packets to a pod are lost: whoever connects learns it from the timeout alone."""


class PodHome:
    """A pod at the moment at which a connection came to one of its ports."""

    def __init__(
        self, pod: Pod, port: int, program: Program, certificates: PodCertificates
    ) -> None:
        self.program = program
        self._pod = pod
        self._certificates = certificates
        application = program.application
        self.place = Place(
            pod=pod.metadata.name,
            namespace=pod.metadata.namespace,
            address=pod.status.pod_ip,
            port=port,
            node=pod.node_name,
            application=application.name,
            version=application.version,
            color=application.color,
        )

    def tls_context(self) -> ssl.SSLContext:
        """The pod's certificate."""
        return self._certificates.context(self._pod)


class PodNetwork:
    """Who has which address, and the open connections of every pod. Belongs to one event loop."""

    def __init__(
        self, client: Client, certificates: PodCertificates, loop: asyncio.AbstractEventLoop
    ) -> None:
        self.certificates = certificates
        self._client = client
        self._loop = loop
        self._programs = Programs()
        self._pods: dict[str, Pod] = {}
        self._open: dict[str, set[PodConnection]] = {}
        self._next_port = _FIRST_PORT
        self._reached: dict[str, bool] = {}
        for pod in client.list(kinds.POD):
            assert isinstance(pod, Pod)
            self._take(pod)

    # --- following the store ---------------------------------------------------------------------------

    def follow(self, changes: Iterable[Change]) -> None:
        """Take commits over: pods that came, changed, ended."""
        for change in changes:
            if isinstance(change.object, Node):
                self._follow_node(change)
                continue
            if change.kind is not kinds.POD:
                continue
            if isinstance(change.old, Pod):
                self._drop(change.old)
            if isinstance(change.new, Pod):
                self._take(change.new)
            elif isinstance(change.old, Pod):
                self._kill(change.old)

    def _follow_node(self, change: Change) -> None:
        """Open connections to pods that are out of reach now break off."""
        old, new = change.old, change.new
        if old is not None and new is not None and reach(old) == reach(new):
            return
        self._reached.clear()
        for pod in self._pods.values():
            if pod.metadata.uid in self._open and not self.is_reached(pod):
                self._kill(pod)

    def is_reached(self, pod: Pod) -> bool:
        """Whether the router's packets reach the pod's node."""
        held = self._reached.get(pod.node_name)
        if held is None:
            held = self._reached[pod.node_name] = self._client.nodes.is_reached(pod.node_name)
        return held

    def _take(self, pod: Pod) -> None:
        if pod.status.pod_ip and not pod.is_finished:
            self._pods[pod.status.pod_ip] = pod
        if self._open.get(pod.metadata.uid) and not self._programs.ports(pod):
            self._kill(pod)

    def _drop(self, old: Pod) -> None:
        """Forget what the old version said."""
        address = old.status.pod_ip
        held = self._pods.get(address)
        if held is not None and held.metadata.uid == old.metadata.uid:
            del self._pods[address]

    def _kill(self, pod: Pod) -> None:
        for each in tuple(self._open.pop(pod.metadata.uid, ())):
            each.kill()

    # --- connecting --------------------------------------------------------------------------------------

    def pods(self) -> Iterable[Pod]:
        """The pods that have an address."""
        return tuple(self._pods.values())

    def ports(self, pod: Pod) -> frozenset[int]:
        """The ports on which a pod listens."""
        return self._programs.ports(pod)

    def listens(self, address: str, port: int) -> bool:
        """Whether a connection would be taken."""
        pod = self._pods.get(address)
        return pod is not None and self.is_reached(pod) and self._program(pod, port) is not None

    def connect(
        self, address: str, port: int, protocol: asyncio.Protocol, source: str
    ) -> asyncio.Transport:
        """Connect a protocol from the router's address. Raises OSError as the kernel would."""
        server = self.accept(address, port)
        self._next_port = _FIRST_PORT if self._next_port > _LAST_PORT else self._next_port + 1
        return memory.connect(
            self._loop, protocol, server, source=(source, self._next_port), target=(address, port)
        )

    def accept(self, address: str, port: int) -> PodConnection:
        """The pod's side of a new connection. Raises OSError as the kernel would."""
        pod = self._pods.get(address)
        if pod is None:
            raise OSError(errno.EHOSTUNREACH, "No route to host")
        if not self.is_reached(pod):
            raise NoAnswerError(errno.ETIMEDOUT, "Connection timed out")
        program = self._program(pod, port)
        if program is None:
            raise ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused")
        home = PodHome(pod, port, program, self.certificates)
        uid = pod.metadata.uid
        connections = self._open.setdefault(uid, set())
        connection = PodConnection(self._loop, home, connections.discard)
        connections.add(connection)
        return connection

    def _program(self, pod: Pod, port: int) -> Program | None:
        return self._programs.listening(pod, port, self._client.clock().now)
