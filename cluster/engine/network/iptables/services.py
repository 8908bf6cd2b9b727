"""The chains of all services on a node: written a service at a time, when a packet or a listing asks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from cluster.engine.network.iptables.port_rules import (
    EXTERNAL,
    NODEPORTS,
    PROXY_FIREWALL,
    SERVICES,
    Chains,
    PortRules,
    ServiceRules,
)
from cluster.engine.network.iptables.port_rules_4 import PortRules4
from cluster.engine.network.iptables.rule import HostPacket, Rule
from cluster.engine.network.view import NetworkView
from cluster.objects.meta import Key
from cluster.objects.service import HEADLESS, Service, ingress_addresses


class ServiceChains:
    """The rules of all services on one node; a service's are written when they are asked for."""

    def __init__(self, view: NetworkView, node: str) -> None:
        self._view = view
        self._node = node
        self._writer = PortRules4 if view.is_modern else PortRules
        self._written: dict[Key, Mapping[tuple[str, str], list[Rule]]] = {}
        self._own: Chains = {}

    def shared(self, table: str, chain: str, packet: HostPacket | None) -> Iterator[Rule]:
        """The services' rules in a chain of all services: all of them, or those near a packet."""
        services = self._index.all if packet is None else self._index.near(packet)
        for service in services:
            yield from self._of(service).get((table, chain), ())

    def own(self, table: str, chain: str) -> list[Rule] | None:
        """The rules of a chain of one service that has been asked for; None if there is none."""
        return self._own.get((table, chain))

    def all_own(self) -> Chains:
        """The chains of all services, by name."""
        for service in self._index.all:
            self._of(service)
        return dict(sorted(self._own.items(), key=lambda item: item[0][1]))

    @cached_property
    def _index(self) -> ServiceIndex:
        return self._view.derived(ServiceIndex)

    def _of(self, service: Service) -> Mapping[tuple[str, str], list[Rule]]:
        held = self._written.get(service.metadata.key)
        if held is None:
            rules = ServiceRules()
            for port in service.spec.ports:
                self._writer(self._view, self._node, service, port, rules).write()
            held = self._written[service.metadata.key] = rules.chains
            shared = (SERVICES, NODEPORTS, EXTERNAL, PROXY_FIREWALL)
            self._own |= {key: rules for key, rules in held.items() if key[1] not in shared}
        return held


class ServiceIndex:
    """The services that kube-proxy programs, by the addresses and ports that lead to them."""

    def __init__(self, view: NetworkView) -> None:
        listed = view.objects.list(Service)
        self.all = sorted(
            (each for each in listed if each.spec.cluster_ip not in ("", HEADLESS)),
            key=lambda each: each.metadata.key,
        )
        self._by_ip: dict[str, list[Service]] = {}
        self._by_node_port: dict[tuple[int, str], list[Service]] = {}
        for service in self.all:
            ips = (service.spec.cluster_ip, *service.spec.external_ips, *ingress_addresses(service))
            for ip in dict.fromkeys(ips):
                self._by_ip.setdefault(ip, []).append(service)
            for port in service.spec.ports:
                if port.node_port:
                    key = port.node_port, port.protocol or "TCP"
                    self._by_node_port.setdefault(key, []).append(service)

    def at(self, ip: str) -> list[Service]:
        """The services with an address: cluster IP, external IP or a load balancer's."""
        return self._by_ip.get(ip, [])

    def at_node_port(self, port: int, protocol: str) -> list[Service]:
        """The services that listen on a port of every node."""
        return self._by_node_port.get((port, protocol), [])

    def near(self, packet: HostPacket) -> list[Service]:
        """The services that may be meant."""
        header = packet.header
        by_ip = self.at(header.dst)
        by_port = self.at_node_port(header.dst_port, header.protocol)
        return [*by_ip, *(each for each in by_port if each not in by_ip)]
