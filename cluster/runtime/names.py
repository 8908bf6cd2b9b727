"""What the console asks of the cluster's DNS. Part of the client: reading only, from any thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from cluster.engine.config import EngineConfig
from cluster.engine.network.dns import Resolver, resolver_for
from cluster.engine.network.dns.etcd_keys import EtcdKey, keys_behind
from cluster.engine.network.dns.lookup import Lookup, look_up
from cluster.engine.network.dns.why import Why, explain
from cluster.engine.store import Store
from cluster.objects.pod import Pod

__all__ = ["TYPES", "EtcdKey", "Exploration", "Lookup", "NamesPort", "Why"]

TYPES = ("A", "SRV", "PTR", "CNAME", "TXT", "AAAA", "ANY")
"""Types of records that the explorer asks for."""


@dataclass(frozen=True, slots=True)
class Exploration:
    """A pod's look-up, the keys of SkyDNS behind its answer, and why it came to nothing."""

    lookup: Lookup
    dialect: str
    zone: str
    keys: tuple[EtcdKey, ...]
    why: Why | None


class NamesPort:
    """The cluster's DNS without sockets, as its pods see it."""

    def __init__(self, store: Store, config: EngineConfig) -> None:
        self._store = store
        self._profile = config.profile.name
        self._resolver: Resolver = resolver_for(self._profile, store)
        self._turn = threading.Lock()

    def explore(
        self, pod: Pod, name: str, type_: str, may_see: Callable[[str], bool]
    ) -> Exploration:
        """What a pod gets for a name. Nothing is proposed from projects that `may_see` refuses."""
        with self._turn:  # a resolver serves one thread at a time
            found = look_up(self._resolver, pod, self._profile, name, type_)
            why = explain(found, pod, self._store, self._resolver, may_see)
        answer = found.steps[-1].answer if found.steps else None
        return Exploration(
            lookup=found,
            dialect=self._resolver.dialect,
            zone=self._resolver.zone,
            keys=keys_behind(answer) if answer is not None else (),
            why=why,
        )
