"""How a cluster is set up: size, addresses, profile, seed. Passed in; the engine reads no settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What differs between OpenShift generations (design, §5).

    `router_env` are the router's own settings; `version` is what nodes report. `external_certificates`
    says whether routes may take certificates from secrets.
    """

    name: str
    title: str
    version: str
    plugin_name: str
    router_env: Mapping[str, str] = field(default_factory=dict)
    why: str = ""
    external_certificates: bool = False


COURSE = Profile(
    name="course",
    title="Course (3.11 networking, Source by default)",
    version="v1.11.0+d4cacc0",
    plugin_name="redhat/openshift-ovs-subnet",
    router_env={"ROUTER_LOAD_BALANCE_ALGORITHM": "source", "ROUTER_TCP_BALANCE_SCHEME": "source"},
    why="The course says that Source is the default strategy: the router is set so. Real routers"
    " default to leastconn (3.x) or random (4.11 and later), and to roundrobin for A/B routes.",
)
OPENSHIFT_3_11 = Profile(
    name="3.11",
    title="OpenShift 3.11",
    version="v1.11.0+d4cacc0",
    plugin_name="redhat/openshift-ovs-subnet",
    router_env={
        "ROUTER_LOAD_BALANCE_ALGORITHM": "leastconn",
        "ROUTER_TCP_BALANCE_SCHEME": "source",
    },
    why="Routers of OpenShift 3.11 default to leastconn, and to roundrobin for A/B routes.",
)
OPENSHIFT_4 = Profile(
    name="4",
    title="OpenShift 4",
    version="v1.27.16+03a907c",
    plugin_name="OVNKubernetes",
    router_env={"ROUTER_LOAD_BALANCE_ALGORITHM": "random", "ROUTER_TCP_BALANCE_SCHEME": "source"},
    why="Routers of OpenShift 4.11 and later default to random, and to roundrobin for A/B routes.",
    external_certificates=True,
)
PROFILES: Mapping[str, Profile] = {
    profile.name: profile for profile in (COURSE, OPENSHIFT_3_11, OPENSHIFT_4)
}


@dataclass(frozen=True, slots=True, kw_only=True)
class EngineConfig:
    """Chosen at first boot and kept with the cluster.

    `epoch` is the cluster's first moment (seconds since 1970); `seed` fixes every random stream.
    """

    epoch: float
    seed: int = 1
    profile: Profile = COURSE
    cluster_network: str = "10.128.0.0/14"
    host_subnet_length: int = 9
    service_network: str = "172.30.0.0/16"
    router_domain: str = "apps.localhost"
    router_name: str = "default"
    pods_per_node: int = 250
    plugin: str = ""
    """The network plugin that the cluster is made with; "" stands for the profile's own."""

    @property
    def plugin_name(self) -> str:
        """What `ClusterNetwork.pluginName` holds at first."""
        return self.plugin or self.profile.plugin_name
