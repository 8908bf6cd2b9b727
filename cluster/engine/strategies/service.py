"""Services: the cluster IP is given at creation, stays for life, and goes back at the end."""

from __future__ import annotations

import dataclasses

from cluster.engine.network.addresses import AddressError
from cluster.engine.network.service_addresses import ServiceRangeFullError
from cluster.engine.strategies.base import Staging, Strategy
from cluster.objects import kinds
from cluster.objects.errors import ApiError, Invalid
from cluster.objects.fields import invalid
from cluster.objects.service import HEADLESS, Service


class ServiceStrategy(Strategy):
    """kubernetes `registry/core/service`."""

    def prepare_update(self, new: Service, old: Service, staging: Staging) -> Service:
        """A manifest without a cluster IP keeps the one that the service has."""
        if new.spec.cluster_ip or new.spec.type == "ExternalName":
            return new
        spec = dataclasses.replace(new.spec, cluster_ip=old.spec.cluster_ip)
        return dataclasses.replace(new, spec=spec)

    def allocate(self, new: Service, old: Service | None, staging: Staging) -> Service:
        """Take the requested cluster IP, or the next free one."""
        if new.spec.type == "ExternalName" or new.spec.cluster_ip == HEADLESS:
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
            raise self._refused(new, wanted, error) from None
        staging.undo(lambda: addresses.release(address))
        return dataclasses.replace(new, spec=dataclasses.replace(new.spec, cluster_ip=address))

    def _refused(self, service: Service, wanted: str, error: Exception) -> ApiError:
        if not wanted:
            return ApiError(f"failed to allocate a serviceIP: {error}")
        detail = invalid("spec.clusterIP", wanted, str(error))
        return Invalid(kinds.SERVICE.qualified, service.metadata.name, [detail])
