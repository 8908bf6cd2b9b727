"""What the console and the data plane ask of the cluster's DNS. Part of the client: from any thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cluster.engine.config import EngineConfig
from cluster.engine.network.dns import Answer, Question, Record, Resolver, resolver_for
from cluster.engine.network.dns.etcd_keys import EtcdKey, keys_behind
from cluster.engine.network.dns.lookup import Lookup, Step, look_up
from cluster.engine.network.dns.proposals import Use
from cluster.engine.network.dns.resolv import ResolvConf, resolv_conf
from cluster.engine.network.dns.why import Culprit, Why, explain
from cluster.engine.store import Store
from cluster.objects.pod import Pod

__all__ = [
    "Answer",
    "Culprit",
    "DnsAddress",
    "DnsLookup",
    "DnsPort",
    "EtcdKey",
    "Lookup",
    "Question",
    "Record",
    "ResolvConf",
    "Resolver",
    "Step",
    "Use",
    "Why",
]


@dataclass(frozen=True, slots=True)
class DnsAddress:
    """Where the cluster's DNS listens, on UDP and TCP."""

    host: str
    port: int


@dataclass(frozen=True, slots=True)
class DnsLookup:
    """A pod's look-up of a name, why it came to nothing (None when it did not), and the keys behind it."""

    lookup: Lookup
    why: Why | None
    keys: tuple[EtcdKey, ...]


class DnsPort:
    """Questions about names, answered from the store as it is now."""

    def __init__(self, store: Store, config: EngineConfig) -> None:
        self._store = store
        self._profile = config.profile.name
        self._address: DnsAddress | None = None

    def resolver(self) -> Resolver:
        """The cluster's DNS server over the objects as they are at each question, for one thread."""
        return resolver_for(self._profile, self._store)

    def resolv_conf(self, pod: Pod) -> ResolvConf:
        """The /etc/resolv.conf of a pod."""
        return resolv_conf(pod, self._profile)

    def look_up(
        self,
        pod: Pod,
        name: str,
        type_: str = "A",
        may_see: Callable[[str], bool] = lambda namespace: True,
    ) -> DnsLookup:
        """A pod looks up a name. Of projects that `may_see` refuses nothing is proposed."""
        resolver = self.resolver()
        lookup = look_up(resolver, pod, self._profile, name, type_)
        why = explain(lookup, pod, self._store, resolver, may_see)
        keys = keys_behind(lookup.answer) if lookup.answer is not None else ()
        return DnsLookup(lookup, why, keys)

    def address(self) -> DnsAddress | None:
        """Where the server's sockets are; None while there are none."""
        return self._address

    def announce(self, address: DnsAddress | None) -> None:
        """Say where the server listens from now on; None: nowhere."""
        self._address = address
