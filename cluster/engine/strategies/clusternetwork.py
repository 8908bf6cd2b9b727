"""ClusterNetwork: its plugin may be changed for another that this cluster knows."""

from __future__ import annotations

import dataclasses

from cluster.engine.network.addresses import AddressError
from cluster.engine.network.plugins.addressing import addressing_of
from cluster.engine.network.plugins.facts import PLUGINS
from cluster.engine.rng import RandomStream
from cluster.engine.strategies.base import Staging, Strategy
from cluster.objects.clusternetwork import SWITCHING_FROM, ClusterNetwork
from cluster.objects.fields import FieldError, invalid, unsupported

NAME = "default"


class ClusterNetworkStrategy(Strategy):
    """A real API server stores any name here, and the SDN that runs goes on: only its configuration and
    a restart of all nodes, or OpenShift 4's migration, change the plugin. In this lab the object is the
    configuration, so writing it is what starts the change."""

    def prepare_update(
        self, new: ClusterNetwork, old: ClusterNetwork, staging: Staging
    ) -> ClusterNetwork:
        """Note which plugin is being left, and what the new one does to packets."""
        before, after = PLUGINS.get(old.plugin_name), PLUGINS.get(new.plugin_name)
        annotations = {
            name: text for name, text in new.metadata.annotations.items() if name != SWITCHING_FROM
        }
        left = old.metadata.annotations.get(SWITCHING_FROM, "")
        if new.metadata.name == NAME and before is not None and after is not None:
            if not left and before.family != after.family:
                left = before.name
            if before is not after:
                new = dataclasses.replace(new, mtu=after.mtu)
        if left:
            annotations[SWITCHING_FROM] = left
        if annotations == dict(new.metadata.annotations):
            return new
        metadata = dataclasses.replace(new.metadata, annotations=annotations)
        return dataclasses.replace(new, metadata=metadata)

    def check_create(self, obj: ClusterNetwork, staging: Staging) -> list[FieldError]:
        """The plugin must be one that is known."""
        return _plugin_errors(obj)

    def check_update(
        self, new: ClusterNetwork, old: ClusterNetwork, staging: Staging
    ) -> list[FieldError]:
        """The plugin must be known, and able to work with the cluster network."""
        errors = _plugin_errors(new)
        if errors or new.plugin_name == old.plugin_name:
            return errors
        try:
            addressing_of(PLUGINS[new.plugin_name], staging.cluster.config, RandomStream(0))
        except AddressError as error:
            return [invalid("pluginName", new.plugin_name, str(error))]
        return []


def _plugin_errors(network: ClusterNetwork) -> list[FieldError]:
    if network.plugin_name in PLUGINS:
        return []
    return [unsupported("pluginName", network.plugin_name, tuple(PLUGINS))]
