"""What one pod experiences with one target: which ways its calls may take, and how each of them ends.

Looked up and walked once, then remembered until something changes that matters: the same answer for
every call in between, as nothing in the cluster differs.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from cluster.engine.network.dns.message import Resolver
from cluster.engine.network.view import NetworkView, PodSite
from cluster.engine.network.walk import model
from cluster.engine.network.walk.dispatch import walk
from cluster.engine.network.walk.model import Connection, OfPod, ToAddress, Walk
from cluster.engine.traffic.applications import Answering, on_port
from cluster.engine.traffic.calls.dialling import Dialling, Way, dial
from cluster.engine.traffic.calls.outcome import (
    HTTP_ERROR,
    NO_ROUTE,
    OK,
    PATIENCE,
    REFUSED,
    ROUND_TRIP,
    TIMEOUT,
    Outcome,
)
from cluster.objects.calls import CallTarget
from cluster.objects.meta import Key
from cluster.objects.networkpolicy import NetworkPolicy

NO_SUCH_ADDRESS = "no-such-address"
"""The walk's reason for an address of the pods' network that nobody has: ARP fails."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """How a call on one way ends: as `outcome`, or for a share `error_rate` of them as `error`."""

    way: Way | None
    outcome: Outcome
    error: Outcome | None = None
    error_rate: float = 0.0


class Attempts:
    """The attempts of a network at one moment. Throw it away when something has changed."""

    def __init__(self, view: NetworkView, resolver: Resolver) -> None:
        self.view = view
        self._resolver = resolver
        self._dialled: dict[tuple[Key, CallTarget], Dialling] = {}
        self._made: dict[Hashable, Attempt] = {}
        self._by_address = any(_names_addresses(each) for each in view.objects.list(NetworkPolicy))
        self.walks = 0
        """Walks so far."""

    def dialling(self, pod: Key, target: CallTarget) -> Dialling | None:
        """What a pod dials for a target; None for a pod that has no network."""
        site = self.view.pod(pod)
        if site is None:
            return None
        held = self._dialled.get((pod, target))
        if held is None:
            held = self._dialled[pod, target] = dial(self.view, self._resolver, site.pod, target)
        return held

    def known(self, pod: Key, dialling: Dialling, way: Way) -> Attempt | None:
        """The attempt on a way if it has been made; None else."""
        site = self.view.pod(pod)
        return None if site is None else self._made.get(self._alike(site, dialling.target, way))

    def attempt(self, pod: Key, dialling: Dialling, way: Way) -> Attempt:
        """How a pod's call on a way ends. Raises LookupError for a pod that has no network."""
        site = self.view.pod(pod)
        if site is None:
            raise LookupError(f"the pod {pod} has no network")
        alike = self._alike(site, dialling.target, way)
        held = self._made.get(alike)
        if held is None:
            self.walks += 1
            to, port = ToAddress(way.ip, way.endpoint), dialling.target.port
            walked = walk(self.view, Connection(source=OfPod(pod), destination=to, port=port))
            held = self._made[alike] = _ended(self.view, dialling, way, walked)
        return held

    def _alike(self, site: PodSite, target: CallTarget, way: Way) -> Hashable:
        """Pods with the same value fare the same: all that tables and policies tell them apart by."""
        labels = frozenset(site.labels.items())
        is_itself = way.destination == site.ip
        own = site.ip if is_itself or self._by_address else ""
        return (site.namespace, site.node, site.on_host_network, labels, own, target, way)


def _names_addresses(policy: NetworkPolicy) -> bool:
    """Whether a policy tells pods apart by their addresses."""
    peers = (
        *(peer for rule in policy.spec.ingress for peer in rule.peers),
        *(peer for rule in policy.spec.egress for peer in rule.peers),
    )
    return any(peer.ip_block is not None for peer in peers)


def _ended(view: NetworkView, dialling: Dialling, way: Way, walked: Walk) -> Attempt:
    target = dialling.target
    at = f"{way.ip}:{target.port}"
    if walked.verdict == model.DELIVERED:
        return _served(view, dialling, way, walked)
    if walked.verdict == model.REFUSED:
        kind, word, seconds = REFUSED, "connect: connection refused", ROUND_TRIP
    elif walked.reason == NO_SUCH_ADDRESS:
        kind, word, seconds = NO_ROUTE, "connect: no route to host", PATIENCE
    else:
        kind, word, seconds = TIMEOUT, "i/o timeout", PATIENCE
    text = f"dial tcp {at}: {word}"
    seconds += dialling.seconds
    return Attempt(way, Outcome(kind, text, seconds, walked.reason, walked.said))


def _served(view: NetworkView, dialling: Dialling, way: Way, walked: Walk) -> Attempt:
    """The connection stands; what the application makes of it."""
    application, is_pod = _application(view, walked.endpoint)
    seconds = dialling.seconds + ROUND_TRIP
    left = walked.reason == "left-cluster"
    if not (dialling.target.is_http and (left or (is_pod and application.speaks_http))):
        return Attempt(way, Outcome(OK, "connected", seconds, walked.reason, walked.said))
    seconds += application.latency
    good = Outcome(OK, "200 OK", seconds, walked.reason, walked.said)
    said = "The application answers with an error."
    bad = Outcome(HTTP_ERROR, "500 Internal Server Error", seconds, "application-error", said)
    return Attempt(way, good, bad, application.error_rate)


def _application(view: NetworkView, endpoint: str) -> tuple[Answering, bool]:
    """How what took the connection answers, and whether it is a pod."""
    ip, _, port = endpoint.rpartition(":")
    site = view.pod_at(ip)
    if site is None:
        return Answering(), False
    return on_port(site.pod.spec, int(port)), True
