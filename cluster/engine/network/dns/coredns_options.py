"""What CoreDNS is told about a cluster: the directives of its plugins, and OpenShift 4's choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cluster.engine.network.dns.names import IPV4_REVERSE, IPV6_REVERSE

DISABLED: Final = "disabled"
INSECURE: Final = "insecure"
VERIFIED: Final = "verified"
POD_MODES: Final = (DISABLED, INSECURE, VERIFIED)
REVERSE_ZONES: Final = (IPV4_REVERSE, IPV6_REVERSE)


@dataclass(frozen=True, slots=True, kw_only=True)
class CoreDnsOptions:
    """The directives, named as in a Corefile; `ttl` in seconds, zones with their last dot.

    `namespaces` are those that may be named, all when empty. Below a zone of `fallthrough` a name that
    does not exist is passed on. `local_ips` are the addresses that CoreDNS itself has.
    """

    ttl: int = 5
    pods: str = DISABLED
    ignore_empty_service: bool = False
    endpoint_pod_names: bool = False
    namespaces: tuple[str, ...] = ()
    reverse_zones: tuple[str, ...] = REVERSE_ZONES
    fallthrough: tuple[str, ...] = ()
    local_ips: tuple[str, ...] = ("127.0.0.1",)

    def __post_init__(self) -> None:
        if self.pods not in POD_MODES:
            raise ValueError(f"pods: {self.pods!r} is none of {', '.join(POD_MODES)}")


OPENSHIFT_4: Final = CoreDnsOptions(pods=INSECURE, fallthrough=REVERSE_ZONES)
"""The Corefile of OpenShift 4's dns-default: `pods insecure`, `fallthrough in-addr.arpa ip6.arpa`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalOptions:
    """The directives of the `k8s_external` plugin; `headless` names the endpoints of headless services."""

    ttl: int = 5
    headless: bool = False
    endpoint_pod_names: bool = False
    namespaces: tuple[str, ...] = ()
    reverse_zones: tuple[str, ...] = REVERSE_ZONES
    fallthrough: tuple[str, ...] = ()
    local_ips: tuple[str, ...] = ("127.0.0.1",)
