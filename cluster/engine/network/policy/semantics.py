"""Which reading of NetworkPolicy a plugin enforces, if any."""

from __future__ import annotations

from typing import Final

from cluster.engine.network.plugins.facts import NUAGE, OVN_KUBERNETES, OVS_NETWORKPOLICY, Plugin

KUBERNETES: Final = "kubernetes"
"""As the API says (kubernetes `networking/v1/types.go`)."""
SDN_3_11: Final = "3.11"
"""OpenShift SDN of 3.11: ingress only, by VNID and pod address (SDN311 `node/networkpolicy.go`)."""
SDN_4: Final = "4"
"""OpenShift SDN of 4.x: both directions, no named ports (SDN4 `node/networkpolicy.go`)."""
NOT_ENFORCED: Final = ""
"""Policies are stored and change nothing."""

SEMANTICS: Final = (KUBERNETES, SDN_3_11, SDN_4)


def semantics_of(plugin: Plugin, is_modern: bool) -> str:
    """The reading that a plugin enforces. Nuage turns policies into ACLs that read as the API says."""
    if plugin.name == OVS_NETWORKPOLICY:
        return SDN_4 if is_modern else SDN_3_11
    return KUBERNETES if plugin.name in (OVN_KUBERNETES, NUAGE) else NOT_ENFORCED
