"""NetNamespaces: what `oc adm pod-network` refuses is refused here, before the master tries it."""

from __future__ import annotations

from cluster.engine.network.network_change import (
    ISOLATE,
    JOIN,
    MalformedChangeError,
    parse_change,
)
from cluster.engine.network.plugins.facts import OVS_MULTITENANT
from cluster.engine.network.vnids import DEFAULT_PROJECT
from cluster.engine.strategies.base import Staging, Strategy
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.fields import FieldError, invalid
from cluster.objects.netnamespace import CHANGE_NETWORK, NetNamespace

PATH = f"metadata.annotations[{CHANGE_NETWORK}]"


class NetNamespaceStrategy(Strategy):
    """openshift/oc `pkg/cli/admin/network`, openshift/sdn `master/vnids.go`."""

    def check_create(self, obj: NetNamespace, staging: Staging) -> list[FieldError]:
        """Whether the asked change of the network can be."""
        return self._errors(obj, staging)

    def check_update(
        self, new: NetNamespace, old: NetNamespace, staging: Staging
    ) -> list[FieldError]:
        """Whether the asked change of the network can be."""
        return self._errors(new, staging)

    def _errors(self, obj: NetNamespace, staging: Staging) -> list[FieldError]:
        text = obj.metadata.annotations.get(CHANGE_NETWORK)
        if text is None:
            return []
        network = staging.get(ClusterNetwork, "", "default")
        plugin = "" if network is None else network.plugin_name
        if plugin != OVS_MULTITENANT:
            detail = (
                f'using plugin: "{plugin}", managing pod network is only supported for openshift'
                " multitenant network plugin"
            )
            return [invalid(PATH, text, detail)]
        try:
            change = parse_change(text)
        except MalformedChangeError as error:
            return [invalid(PATH, text, str(error))]
        if change.action == ISOLATE and obj.netname == DEFAULT_PROJECT:
            detail = f'network isolation for project "{DEFAULT_PROJECT}" is forbidden'
            return [invalid(PATH, text, detail)]
        if change.action == JOIN and staging.get(NetNamespace, "", change.other) is None:
            return [invalid(PATH, text, f'netid not found for namespace "{change.other}"')]
        return []
