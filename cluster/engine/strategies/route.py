"""Routes: the host is generated where none is given, and guarded by `routes/custom-host`."""

from __future__ import annotations

from cluster.engine import access
from cluster.engine.strategies.base import Staging, Strategy
from cluster.objects.fields import FieldError
from cluster.objects.host_assignment import allocate_host, host_permission_errors, keep_host
from cluster.objects.route import Route


class RouteStrategy(Strategy):
    """openshift-apiserver `route/apiserver/registry/route/strategy.go`."""

    def prepare_create(self, route: Route, staging: Staging) -> Route:
        """Generate the host."""
        return allocate_host(route, staging.cluster.config.router_domain)

    def prepare_update(self, new: Route, old: Route, staging: Staging) -> Route:
        """An update that leaves the host out keeps the old one."""
        return keep_host(new, old)

    def check_create(self, route: Route, staging: Staging) -> list[FieldError]:
        """Whether the user may set this host and these certificates."""
        return self._permission_errors(route, None, staging)

    def check_update(self, new: Route, old: Route, staging: Staging) -> list[FieldError]:
        """Whether the user may change them."""
        return self._permission_errors(new, old, staging)

    def _permission_errors(
        self, new: Route, old: Route | None, staging: Staging
    ) -> list[FieldError]:
        actor = staging.actor
        return host_permission_errors(
            new,
            old,
            may_create=access.may_set_host(actor, access.CREATE),
            may_update=access.may_set_host(actor, access.UPDATE),
        )
