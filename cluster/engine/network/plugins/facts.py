"""The plugins by name: what each does to packets, in figures and words.

The name is what `ClusterNetwork.pluginName` holds (openshift-ansible `os_sdn_network_plugin_name`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

OVS_SUBNET: Final = "redhat/openshift-ovs-subnet"
OVS_MULTITENANT: Final = "redhat/openshift-ovs-multitenant"
OVS_NETWORKPOLICY: Final = "redhat/openshift-ovs-networkpolicy"
FLANNEL_HOST_GW: Final = "flannel/host-gw"
FLANNEL_VXLAN: Final = "flannel/vxlan"
FLANNEL_UDP: Final = "flannel/udp"
CONTIV: Final = "contiv"
NUAGE: Final = "nuage/vsp-openshift"
OVN_KUBERNETES: Final = "OVNKubernetes"

SDN, FLANNEL, CONTIV_FAMILY, NUAGE_FAMILY, OVN = "sdn", "flannel", "contiv", "nuage", "ovn"
"""Families: plugins of one family share their addressing and their datapath's shape."""

NO_ISOLATION, BY_VNID, BY_POLICY, BY_ZONE, BY_GROUP = (
    "none",
    "VNID",
    "NetworkPolicy",
    "zone",
    "group",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plugin:
    """One plugin. `mtu` is the pods', in bytes; `port` the UDP port of the encapsulation, 0 for none."""

    name: str
    title: str
    family: str
    isolation: str
    encapsulation: str
    port: int
    mtu: int

    @property
    def has_netnamespaces(self) -> bool:
        """Whether projects have NetNamespaces with VNIDs of their own (SDN311 `netid.go`)."""
        return self.name in (OVS_MULTITENANT, OVS_NETWORKPOLICY)

    @property
    def has_hostsubnets(self) -> bool:
        """Whether nodes have HostSubnet objects."""
        return self.family == SDN

    @property
    def has_pod_cidrs(self) -> bool:
        """Whether a node's subnet stands in the node itself, `spec.podCIDR`."""
        return self.family in (FLANNEL, OVN)

    @property
    def has_kube_proxy(self) -> bool:
        """Whether kube-proxy's chains are in the nodes' iptables."""
        return self.family != OVN

    @property
    def obeys_policies(self) -> bool:
        """Whether NetworkPolicies have an effect; others accept them and do nothing."""
        return self.isolation == BY_POLICY or self.family == NUAGE_FAMILY

    @property
    def obeys_egress_policies(self) -> bool:
        """Whether EgressNetworkPolicies have an effect: they are OpenShift SDN's, keyed by VNID."""
        return self.has_netnamespaces


def flannel_backend(plugin: Plugin) -> str:
    """The backend's type: `host-gw`, `vxlan`, `udp`."""
    return plugin.name.partition("/")[2]


def _sdn(name: str, title: str, isolation: str) -> Plugin:
    return Plugin(
        name=name,
        title=title,
        family=SDN,
        isolation=isolation,
        encapsulation="VXLAN",
        port=4789,
        mtu=1450,
    )


def _flannel(name: str, title: str, encapsulation: str, port: int, mtu: int) -> Plugin:
    return Plugin(
        name=name,
        title=title,
        family=FLANNEL,
        isolation=NO_ISOLATION,
        encapsulation=encapsulation,
        port=port,
        mtu=mtu,
    )


PLUGINS: Mapping[str, Plugin] = MappingProxyType(
    {
        plugin.name: plugin
        for plugin in (
            _sdn(OVS_SUBNET, "OpenShift SDN, ovs-subnet", NO_ISOLATION),
            _sdn(OVS_MULTITENANT, "OpenShift SDN, ovs-multitenant", BY_VNID),
            _sdn(OVS_NETWORKPOLICY, "OpenShift SDN, ovs-networkpolicy", BY_POLICY),
            _flannel(FLANNEL_HOST_GW, "Flannel, host-gw", "", 0, 1500),
            _flannel(FLANNEL_VXLAN, "Flannel, vxlan", "VXLAN", 8472, 1450),
            _flannel(FLANNEL_UDP, "Flannel, udp", "UDP", 8285, 1472),
            Plugin(
                name=CONTIV,
                title="Contiv",
                family=CONTIV_FAMILY,
                isolation=BY_GROUP,
                encapsulation="VXLAN",
                port=4789,
                mtu=1450,
            ),
            Plugin(
                name=NUAGE,
                title="Nuage VSP",
                family=NUAGE_FAMILY,
                isolation=BY_ZONE,
                encapsulation="VXLAN",
                port=4789,
                mtu=1460,
            ),
            Plugin(
                name=OVN_KUBERNETES,
                title="OVN-Kubernetes",
                family=OVN,
                isolation=BY_POLICY,
                encapsulation="Geneve",
                port=6081,
                mtu=1400,
            ),
        )
    }
)
