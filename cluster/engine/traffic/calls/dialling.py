"""What a pod dials when it calls a target: the look-up by the cluster's DNS, the address, and the ways
that kube-proxy may send a connection to it."""

from __future__ import annotations

from dataclasses import dataclass

from cluster.engine.network.dns.lookup import Lookup, look_up
from cluster.engine.network.dns.message import CNAME, NODATA, NXDOMAIN, Question, Resolver
from cluster.engine.network.iptables.services import ServiceIndex
from cluster.engine.network.kube_proxy import port_of, targets
from cluster.engine.network.view import NetworkView
from cluster.engine.network.walk.model import TCP
from cluster.engine.traffic.calls.outcome import NAME_ERROR, NAME_QUERY, Outcome
from cluster.objects.calls import CallTarget
from cluster.objects.meta import Key
from cluster.objects.pod import Pod
from cluster.objects.service import Service, affinity_seconds

_SVC_PARTS = 3
"""`<service>.<namespace>.svc`."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way that a connection may take: the address that is dialled, and the endpoint ("ip:port")
    that kube-proxy chooses for it, "" where nobody chooses."""

    ip: str
    endpoint: str = ""

    @property
    def place(self) -> str:
        """Where it leads, for people."""
        return self.endpoint or self.ip

    @property
    def destination(self) -> str:
        """The address at which the connection ends."""
        return self.endpoint.rpartition(":")[0] or self.ip


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialling:
    """What comes before the first packet. `failure` is set when the name came to no address.

    `service` is the one that the name or the address belongs to, `affinity` for how many seconds its
    clients stay with their endpoint (0: every connection chooses anew).
    """

    target: CallTarget
    addresses: tuple[str, ...] = ()
    canonical: str = ""
    service: Key | None = None
    ways: tuple[Way, ...] = ()
    affinity: int = 0
    seconds: float = 0.0
    failure: Outcome | None = None


def dial(view: NetworkView, resolver: Resolver, pod: Pod, target: CallTarget) -> Dialling:
    """What a pod dials for a target, as the cluster is now."""
    found = look_up(resolver, pod, view.config.profile.name, target.host)
    seconds = NAME_QUERY * len(found.steps)
    named = _service_of_name(found, resolver.zone)
    canonical = _canonical(resolver, found)
    if not found.addresses:
        return Dialling(
            target=target,
            canonical=canonical,
            service=named,
            seconds=seconds,
            failure=_name_error(found, target.host, canonical, seconds),
        )
    served = _service_at(view, found.addresses[0], target.port)
    key = served.metadata.key if served is not None else named
    return Dialling(
        target=target,
        addresses=found.addresses,
        canonical=canonical,
        service=key,
        ways=tuple(way for ip in found.addresses for way in _ways(view, ip, target.port)),
        affinity=0 if served is None else affinity_seconds(served),
        seconds=seconds,
    )


def _name_error(found: Lookup, name: str, canonical: str, seconds: float) -> Outcome:
    if canonical:
        said = f"{name} is another name for {canonical}, which has no address in this cluster."
        return Outcome(NAME_ERROR, f"dial tcp: lookup {name}: no such host", seconds, NODATA, said)
    # The bare name goes to the servers outside, where nobody is; the cluster's own "no" counts for more.
    codes = {step.code for step in found.steps}
    is_denied = bool(found.invalid) or bool(codes & {NXDOMAIN, NODATA})
    reason = NXDOMAIN if is_denied else found.code
    word = "no such host" if is_denied else "server misbehaving"
    text = f"dial tcp: lookup {name}: {word}"
    return Outcome(NAME_ERROR, text, seconds, reason, found.invalid)


def _canonical(resolver: Resolver, found: Lookup) -> str:
    """The name that an alias leads to; "" for a name that is none.

    An alias whose target nobody resolves comes back without records: the alias itself has to be asked for.
    """
    answers = [step.answer for step in found.steps[-1:] if found.answer is not None]
    if found.answer is None:
        empty = [step.question.name for step in found.steps if step.code == NODATA]
        answers = [resolver.answer(Question(name, CNAME)) for name in empty]
    names = [str(each.data) for answer in answers for each in answer.answers if each.type == CNAME]
    return names[-1].removesuffix(".") if names else ""


def _service_of_name(found: Lookup, zone: str) -> Key | None:
    """The service that the name which answered is of: `[…].<service>.<namespace>.svc.<zone>`."""
    if found.answer is None:
        return None
    name = found.steps[-1].question.name.lower().removesuffix(".")
    head, dot, _ = name.rpartition(f".{zone.removesuffix('.')}")
    parts = head.split(".") if dot else []
    if len(parts) < _SVC_PARTS or parts[-1] != "svc":
        return None
    return Key(parts[-2], parts[-3])


def _service_at(view: NetworkView, ip: str, port: int) -> Service | None:
    """The service that answers at an address and port, or at least at the address."""
    index = view.derived(ServiceIndex)
    found = index.at(ip)
    exact = [each for each in found if port_of(each, port, TCP) is not None]
    if not found and view.node_at(ip) is not None:
        exact = index.at_node_port(port, TCP)
    return next(iter((*exact, *found)), None)


def _ways(view: NetworkView, ip: str, port: int) -> list[Way]:
    service = _service_at(view, ip, port)
    dialled = None if service is None else port_of(service, port, TCP)
    if service is not None and dialled is None:
        dialled = next((each for each in service.spec.ports if each.node_port == port), None)
    if service is None or dialled is None:
        return [Way(ip)]
    return [Way(ip, str(each)) for each in targets(view, service, dialled)] or [Way(ip)]
