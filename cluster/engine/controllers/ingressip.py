"""Gives services of type LoadBalancer an address where no cloud does. Stands for OpenShift 3's ingress IP
controller (openshift/origin `service-ingress-ip`): `ingressIPNetworkCIDR`, 172.29.0.0/16 by default.

OpenShift 4 has none: there the address stays pending without a cloud.
"""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.network.service_addresses import ServiceAddresses, ServiceRangeFullError
from cluster.engine.watch import Change
from cluster.objects.event import WARNING
from cluster.objects.meta import Key
from cluster.objects.service import LOAD_BALANCER, Service, ServiceStatus, ingress_addresses

NETWORK = "172.29.0.0/16"
COMPONENT = "ingressip-controller"


class IngressIPController:
    """Controller `ingressip`: keys are services."""

    name = "ingressip"
    watches: tuple[type, ...] = (Service,)

    def __init__(self, *, has_ingress_ips: bool) -> None:
        self._has_ingress_ips = has_ingress_ips

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """Load balancers, and what was one."""
        service = change.new
        if service is None or not (
            service.spec.type == LOAD_BALANCER or ingress_addresses(service)
        ):
            return []
        return [change.key]

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Give a load balancer its address, and take it from what no longer is one."""
        service = cluster.store.get(Service, *key)
        if service is None or not self._has_ingress_ips:
            return None
        held = ingress_addresses(service)
        if service.spec.type != LOAD_BALANCER:
            cluster.update_status(service, ServiceStatus())
        elif not held:
            self._give(service, cluster)
        return None

    def _give(self, service: Service, cluster: Cluster) -> None:
        # The pool is made of what services hold: load balancers are few.
        pool = ServiceAddresses(NETWORK, cluster.rng.child(f"ingress {service.metadata.uid}"))
        for each in cluster.store.list(Service):
            for address in ingress_addresses(each):
                pool.mark(address)
        try:
            address = pool.allocate()
        except ServiceRangeFullError as error:
            text = f"Failed to allocate ingress IP: {error}"
            cluster.record(service, WARNING, "IngressIPRangeFull", text, COMPONENT)
            return
        cluster.update_status(service, ServiceStatus(load_balancer={"ingress": [{"ip": address}]}))
