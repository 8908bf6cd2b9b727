"""The rules that kube-proxy writes for one port of a service, as Kubernetes 1.11 (OpenShift 3.11) does.

Stands for `syncProxyRules` of kubernetes `pkg/proxy/iptables/proxier.go`: KUBE-SERVICES catches what is
for a service, KUBE-SVC-… chooses an endpoint by chance, KUBE-SEP-… rewrites the destination.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from cluster.engine.network.iptables.rule import DNAT, FILTER, NAT, REJECT, Rule
from cluster.engine.network.kube_proxy import (
    LOCAL,
    Target,
    chain_name,
    port_name,
    targets,
)
from cluster.engine.network.view import NetworkView
from cluster.objects.service import Service, ServicePort, affinity_seconds, ingress_addresses

SERVICES, NODEPORTS, EXTERNAL = "KUBE-SERVICES", "KUBE-NODEPORTS", "KUBE-EXTERNAL-SERVICES"
PROXY_FIREWALL = "KUBE-PROXY-FIREWALL"
"""1.27: drops what a load balancer's source ranges do not allow."""
MARK_MASQ, MARK_DROP = "KUBE-MARK-MASQ", "KUBE-MARK-DROP"
LOCAL_TYPE = "LOCAL"
_FIXED_POINT = 1 << 31
"""The kernel keeps a probability in 31 bits; `iptables-save` prints what it kept."""

Chains = dict[tuple[str, str], list[Rule]]
"""(table, chain) → rules."""


@dataclass(slots=True)
class ServiceRules:
    """The rules of one service, in the chains of all and in its own."""

    chains: Chains = field(default_factory=dict)

    def add(self, table: str, rule: Rule) -> None:
        """Append a rule to its chain."""
        self.chains.setdefault((table, rule.chain), []).append(rule)


class PortRules:
    """Writes the rules of one port of a service on one node."""

    def __init__(
        self, view: NetworkView, node: str, service: Service, port: ServicePort, into: ServiceRules
    ) -> None:
        self._view = view
        self._node = node
        self._service = service
        self._port = port
        self._into = into
        self._protocol = (port.protocol or "TCP").lower()
        self._name = port_name(service, port, is_modern=view.is_modern)
        self._chain = chain_name("KUBE-SVC", self._name, self._protocol)
        self._local_chain = chain_name("KUBE-XLB", self._name, self._protocol)
        self._cluster = str(view.cluster_networks[0])
        self._is_local = is_local(service)
        self._entrance = self._local_chain if self._is_local else self._chain

    def write(self) -> None:
        """All rules of the port."""
        found = targets(self._view, self._service, self._port)
        if not found:
            self._refuse()
            return
        self._cluster_ip()
        self._external_ips()
        self._load_balancer()
        self._node_port()
        self._spread(self._chain, found, "{name}")
        if self._is_local and (self._port.node_port or ingress_addresses(self._service)):
            self._local(found)
        for each in found:
            self._endpoint(each)

    def _rule(self, chain: str, target: str, about: str = "", **fields: Any) -> Rule:
        comment = f"{self._name} {about}" if about else self._name
        return Rule(chain=chain, target=target, comment=comment, **fields)

    def _caught(self, ip: str, target: str, about: str, **fields: Any) -> Rule:
        return self._rule(
            SERVICES,
            target,
            about,
            dst=ip,
            protocol=self._protocol,
            port=self._port.port,
            **fields,
        )

    def _cluster_ip(self) -> None:
        ip = self._service.spec.cluster_ip
        # What comes from outside the pods' network must come back through this node.
        foreign = self._caught(ip, MARK_MASQ, "cluster IP", src=self._cluster, is_src_negated=True)
        self._into.add(NAT, foreign)
        self._into.add(NAT, self._caught(ip, self._chain, "cluster IP"))

    def _external_ips(self) -> None:
        for ip in self._service.spec.external_ips:
            about = "external IP"
            self._into.add(NAT, self._caught(ip, MARK_MASQ, about))
            passing = self._caught(
                ip,
                self._chain,
                about,
                is_not_bridged=True,
                source_type=LOCAL_TYPE,
                is_source_type_negated=True,
            )
            self._into.add(NAT, passing)
            own = self._caught(ip, self._chain, about, destination_type=LOCAL_TYPE)
            self._into.add(NAT, own)

    def _load_balancer(self) -> None:
        firewall = chain_name("KUBE-FW", self._name, self._protocol)
        about = "loadbalancer IP"
        for ip in ingress_addresses(self._service):
            self._into.add(NAT, self._caught(ip, firewall, about))
        if not ingress_addresses(self._service):
            return
        if not self._is_local:
            self._into.add(NAT, self._rule(firewall, MARK_MASQ, about))
        for allowed in self._service.spec.extra.get("loadBalancerSourceRanges") or ("",):
            self._into.add(NAT, self._rule(firewall, self._entrance, about, src=allowed))
        self._into.add(NAT, self._rule(firewall, MARK_DROP, about))

    def _node_port(self) -> None:
        if not self._port.node_port:
            return
        dialled: dict[str, Any] = {"protocol": self._protocol, "port": self._port.node_port}
        source = "127.0.0.0/8" if self._is_local else ""
        self._into.add(NAT, self._rule(NODEPORTS, MARK_MASQ, src=source, **dialled))
        self._into.add(NAT, self._rule(NODEPORTS, self._entrance, **dialled))

    def _local(self, found: tuple[Target, ...]) -> None:
        """KUBE-XLB: externalTrafficPolicy Local. Only endpoints here; clients keep their address."""
        chain = self._local_chain
        redirect = "Redirect pods trying to reach external loadbalancer VIP to clusterIP"
        inner = Rule(chain=chain, target=self._chain, src=self._cluster, comment=redirect)
        self._into.add(NAT, inner)
        here = self._here(found)
        if not here:
            self._into.add(NAT, self._rule(chain, MARK_DROP, "has no local endpoints"))
            return
        self._spread(chain, here, "Balancing rule {index} for {name}")

    def _here(self, found: tuple[Target, ...]) -> tuple[Target, ...]:
        return tuple(each for each in found if self._node_of(each) == self._node)

    def _node_of(self, target: Target) -> str:
        if target.node:
            return target.node
        site = self._view.pod_at(target.ip)
        return "" if site is None else site.node

    def _spread(self, chain: str, found: tuple[Target, ...], comment: str) -> None:
        seconds = affinity_seconds(self._service)
        if seconds:
            for each in found:
                name = self._endpoint_chain(each)
                said = comment.format(index=0, name=self._name, endpoint=each)
                remembered = Rule(
                    chain=chain,
                    target=name,
                    comment=said if "->" in said else self._name,
                    recent_seconds=seconds,
                    recent_name=name,
                )
                self._into.add(NAT, remembered)
        for index, each in enumerate(found):
            left = len(found) - index
            rule = Rule(
                chain=chain,
                target=self._endpoint_chain(each),
                comment=comment.format(index=index, name=self._name, endpoint=each),
                one_in=left if left > 1 else 0,
                probability=probability(left, self._view.is_modern) if left > 1 else "",
                endpoint=str(each),
                is_sticky=bool(seconds),
            )
            self._into.add(NAT, rule)

    def _endpoint(self, target: Target) -> None:
        chain = self._endpoint_chain(target)
        self._into.add(NAT, self._rule(chain, MARK_MASQ, src=target.ip))
        rewrite = self._rule(
            chain,
            DNAT,
            protocol=self._protocol,
            to=str(target),
            recent_name=chain if affinity_seconds(self._service) else "",
        )
        self._into.add(NAT, rewrite)

    def _endpoint_chain(self, target: Target) -> str:
        return chain_name("KUBE-SEP", self._name, self._protocol, str(target))

    def _refuse(self) -> None:
        about = "has no endpoints"
        spec = self._service.spec
        self._into.add(FILTER, self._caught(spec.cluster_ip, REJECT, about))
        for ip in (*spec.external_ips, *ingress_addresses(self._service)):
            rule = self._rule(
                EXTERNAL, REJECT, about, dst=ip, protocol=self._protocol, port=self._port.port
            )
            self._into.add(FILTER, rule)
        if self._port.node_port:
            self._into.add(FILTER, self._at_node_port(REJECT, about))

    def _at_node_port(self, target: str, about: str) -> Rule:
        return self._rule(
            EXTERNAL,
            target,
            about,
            protocol=self._protocol,
            port=self._port.node_port,
            destination_type=LOCAL_TYPE,
        )


def is_local(service: Service) -> bool:
    """Whether packets from outside stay on the node that they came to."""
    return service.spec.external_traffic_policy == LOCAL


def probability(one_in: int, is_modern: bool) -> str:
    """1/n as `iptables-save` prints it: kube-proxy writes 5 digits (1.11) or 10, the kernel rounds."""
    written = f"{1 / one_in:.{10 if is_modern else 5}f}"
    return f"{round(float(written) * _FIXED_POINT) / _FIXED_POINT:.11f}"
