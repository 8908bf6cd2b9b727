"""What the console and the data plane ask of the cluster's network. Part of the client: reading only,
from any thread."""

from __future__ import annotations

from cluster.engine.config import EngineConfig
from cluster.engine.network.plugins.facts import PLUGINS, Plugin
from cluster.engine.network.view import NetworkView
from cluster.engine.store import Store

__all__ = ["PLUGINS", "NetworkPort", "Plugin"]


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
