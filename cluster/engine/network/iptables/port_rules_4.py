"""The rules that kube-proxy writes for one port of a service, as Kubernetes 1.27 (OpenShift 4) does.

What comes from outside goes through KUBE-EXT-… first, which masquerades it, or under
externalTrafficPolicy Local leads to KUBE-SVL-…, the endpoints of the node alone.
"""

from __future__ import annotations

from typing import Any

from cluster.engine.network.iptables.port_rules import (
    EXTERNAL,
    LOCAL_TYPE,
    MARK_MASQ,
    NODEPORTS,
    PROXY_FIREWALL,
    PortRules,
)
from cluster.engine.network.iptables.rule import DROP, FILTER, NAT, Rule
from cluster.engine.network.kube_proxy import Target, chain_name, targets
from cluster.objects.service import ingress_addresses


class PortRules4(PortRules):
    """Writes the rules of one port of a service on one node."""

    def write(self) -> None:
        """All rules of the port."""
        found = targets(self._view, self._service, self._port)
        if not found:
            self._refuse()
            return
        self._entrance = chain_name("KUBE-EXT", self._name, self._protocol)
        here = self._here(found)
        self._cluster_ip()
        for ip in self._service.spec.external_ips:
            self._into.add(NAT, self._caught(ip, self._entrance, "external IP"))
        self._load_balancer()
        self._node_port()
        if self._is_reached_from_outside:
            self._from_outside(here)
        self._spread(self._chain, found, "{name} -> {endpoint}")
        for each in found:
            self._endpoint(each)

    @property
    def _is_reached_from_outside(self) -> bool:
        spec = self._service.spec
        return bool(self._port.node_port or spec.external_ips or ingress_addresses(self._service))

    def _cluster_ip(self) -> None:
        ip, about = self._service.spec.cluster_ip, "cluster IP"
        self._into.add(NAT, self._caught(ip, self._chain, about))
        foreign = self._rule(
            self._chain,
            MARK_MASQ,
            about,
            src=self._cluster,
            is_src_negated=True,
            dst=ip,
            protocol=self._protocol,
            port=self._port.port,
        )
        self._into.add(NAT, foreign)

    def _load_balancer(self) -> None:
        about = "loadbalancer IP"
        ranges = self._service.spec.extra.get("loadBalancerSourceRanges") or ()
        firewall = chain_name("KUBE-FW", self._name, self._protocol)
        for ip in ingress_addresses(self._service):
            self._into.add(NAT, self._caught(ip, firewall if ranges else self._entrance, about))
            if ranges:
                self._into.add(
                    FILTER, self._outside_rule(f"traffic not accepted by {firewall}", ip)
                )
        if ingress_addresses(self._service):
            for allowed in ranges:
                self._into.add(NAT, self._rule(firewall, self._entrance, about, src=allowed))

    def _outside_rule(self, about: str, ip: str) -> Rule:
        dialled: dict[str, Any] = {"protocol": self._protocol, "port": self._port.port}
        return self._rule(PROXY_FIREWALL, DROP, about, dst=ip, **dialled)

    def _node_port(self) -> None:
        if self._port.node_port:
            dialled: dict[str, Any] = {"protocol": self._protocol, "port": self._port.node_port}
            self._into.add(NAT, self._rule(NODEPORTS, self._entrance, **dialled))

    def _from_outside(self, here: tuple[Target, ...]) -> None:
        chain = self._entrance
        about = f"{self._name} external destinations"
        if not self._is_local:
            self._comment(chain, MARK_MASQ, f"masquerade traffic for {about}")
            self._into.add(NAT, Rule(chain=chain, target=self._chain))
            return
        self._comment(chain, self._chain, f"pod traffic for {about}", src=self._cluster)
        own: dict[str, Any] = {"source_type": LOCAL_TYPE}
        self._comment(chain, MARK_MASQ, f"masquerade LOCAL traffic for {about}", **own)
        self._comment(chain, self._chain, f"route LOCAL traffic for {about}", **own)
        if not here:
            self._drop_elsewhere()
            return
        local = chain_name("KUBE-SVL", self._name, self._protocol)
        self._into.add(NAT, Rule(chain=chain, target=local))
        self._spread(local, here, "{name} -> {endpoint}")

    def _comment(self, chain: str, target: str, comment: str, **fields: Any) -> None:
        self._into.add(NAT, Rule(chain=chain, target=target, comment=comment, **fields))

    def _drop_elsewhere(self) -> None:
        """Local, and no endpoint here: the filter table drops what comes from outside."""
        about = "has no local endpoints"
        for ip in (*self._service.spec.external_ips, *ingress_addresses(self._service)):
            rule = self._rule(
                EXTERNAL, DROP, about, dst=ip, protocol=self._protocol, port=self._port.port
            )
            self._into.add(FILTER, rule)
        if self._port.node_port:
            self._into.add(FILTER, self._at_node_port(DROP, about))
