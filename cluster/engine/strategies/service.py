"""Services: cluster IP and node ports are given at creation, stay for life, and go back at the end."""

from __future__ import annotations

from dataclasses import replace

from cluster.engine.network.addresses import AddressError
from cluster.engine.network.node_ports import NodePortError
from cluster.engine.network.service_addresses import ServiceRangeFullError
from cluster.engine.strategies.base import Staging, Strategy
from cluster.objects import kinds
from cluster.objects.errors import ApiError, Invalid
from cluster.objects.fields import invalid
from cluster.objects.service import (
    EXTERNAL_NAME,
    HEADLESS,
    Service,
    ServicePort,
    ServiceStatus,
    has_node_ports,
    node_ports,
)


class ServiceStrategy(Strategy):
    """kubernetes `registry/core/service`."""

    def prepare_update(self, new: Service, old: Service, staging: Staging) -> Service:
        """A manifest without cluster IP or node ports keeps those that the service has.

        kubernetes `service/strategy.go: patchAllocatedValues, dropTypeDependentFields`.
        """
        spec = new.spec
        if not spec.cluster_ip and spec.type != EXTERNAL_NAME:
            spec = replace(spec, cluster_ip=old.spec.cluster_ip)
        return replace(
            new, spec=replace(spec, ports=_kept_ports(new, old)), status=_status(new, old)
        )

    def allocate(self, new: Service, old: Service | None, staging: Staging) -> Service:
        """Take the requested cluster IP and node ports, or the next free ones."""
        new = self._with_cluster_ip(new, old, staging)
        if not has_node_ports(new):
            return new
        held = node_ports(old) if old is not None else frozenset()
        ports = tuple(
            self._with_node_port(new, index, port, held, staging)
            for index, port in enumerate(new.spec.ports)
        )
        return replace(new, spec=replace(new.spec, ports=ports))

    def _with_cluster_ip(self, new: Service, old: Service | None, staging: Staging) -> Service:
        if new.spec.type == EXTERNAL_NAME or new.spec.cluster_ip == HEADLESS:
            return new
        if old is not None and old.spec.cluster_ip == new.spec.cluster_ip != "":
            return new
        addresses = staging.cluster.addresses.services
        wanted = new.spec.cluster_ip
        try:
            if wanted:
                addresses.allocate_requested(wanted)
                address = wanted
            else:
                address = addresses.allocate()
        except (AddressError, ServiceRangeFullError) as error:
            if not wanted:
                raise ApiError(f"failed to allocate a serviceIP: {error}") from None
            raise _refused(new, "spec.clusterIP", wanted, error) from None
        staging.undo(lambda: addresses.release(address))
        return replace(new, spec=replace(new.spec, cluster_ip=address))

    def _with_node_port(
        self,
        service: Service,
        index: int,
        port: ServicePort,
        held: frozenset[int],
        staging: Staging,
    ) -> ServicePort:
        if port.node_port in held:
            return port
        pool, number = staging.cluster.addresses.node_ports, port.node_port
        try:
            if number:
                pool.allocate_requested(number)
            else:
                number = pool.allocate()
        except NodePortError as error:
            path = f"spec.ports[{index}].nodePort"
            raise _refused(service, path, port.node_port, error) from None
        staging.undo(lambda: pool.release(number))
        return replace(port, node_port=number)


def _kept_ports(new: Service, old: Service) -> tuple[ServicePort, ...]:
    """The ports with the node ports that they had; without any where the type knows none."""
    if not has_node_ports(new):
        given = node_ports(old)
        return tuple(
            replace(port, node_port=0) if port.node_port in given else port
            for port in new.spec.ports
        )
    had = {(port.protocol, port.port): port.node_port for port in old.spec.ports}
    return tuple(
        port if port.node_port else replace(port, node_port=had.get((port.protocol, port.port), 0))
        for port in new.spec.ports
    )


def _status(new: Service, old: Service) -> ServiceStatus:
    """The status is the controllers'."""
    return old.status if new.spec.type == old.spec.type else ServiceStatus()


def _refused(service: Service, path: str, value: object, error: Exception) -> ApiError:
    detail = invalid(path, value, str(error))
    return Invalid(kinds.SERVICE.qualified, service.metadata.name, [detail])
