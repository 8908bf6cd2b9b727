"""What the console and the data plane ask of the cluster's network. Part of the client: reading only,
from any thread."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cluster.engine.config import EngineConfig
from cluster.engine.network.dns import Resolver, resolver_for
from cluster.engine.network.dns.etcd_keys import EtcdKey, keys_behind
from cluster.engine.network.dns.lookup import Lookup, look_up
from cluster.engine.network.dns.why import Why, explain
from cluster.engine.network.plugins.facts import PLUGINS, Plugin
from cluster.engine.network.view import NetworkView
from cluster.engine.store import Store
from cluster.objects.pod import Pod

__all__ = ["PLUGINS", "DnsLookup", "EtcdKey", "Lookup", "NetworkPort", "Plugin", "Why"]


@dataclass(frozen=True, slots=True)
class DnsLookup:
    """A pod's look-up of a name, why it came to nothing (None when it did not), and the keys behind it."""

    lookup: Lookup
    why: Why | None
    keys: tuple[EtcdKey, ...]


class NetworkPort:
    """Questions about the network, answered from the store as it is now."""

    def __init__(self, store: Store, config: EngineConfig) -> None:
        self._store = store
        self._config = config
        self._view: tuple[int, NetworkView] | None = None

    @property
    def plugin(self) -> Plugin:
        """The plugin that the cluster runs."""
        return self.view().plugin

    def view(self) -> NetworkView:
        """The network as it is; the same one until the next commit."""
        held = self._view
        if held is None or held[0] != self._store.version:
            held = self._view = self._store.version, NetworkView(self._store, self._config)
        return held[1]

    # --- names -------------------------------------------------------------------------------------------

    def resolver(self) -> Resolver:
        """The cluster's DNS server over the objects as they are at each question, for one thread."""
        return resolver_for(self._config.profile.name, self._store)

    def look_up(
        self,
        pod: Pod,
        name: str,
        type_: str = "A",
        may_see: Callable[[str], bool] = lambda namespace: True,
    ) -> DnsLookup:
        """A pod looks up a name. Of projects that `may_see` refuses nothing is proposed."""
        resolver = self.resolver()
        lookup = look_up(resolver, pod, self._config.profile.name, name, type_)
        why = explain(lookup, pod, self._store, resolver, may_see)
        keys = keys_behind(lookup.answer) if lookup.answer is not None else ()
        return DnsLookup(lookup, why, keys)
