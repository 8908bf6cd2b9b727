"""Routes: the host is generated where none is given, and guarded by `routes/custom-host`."""

from __future__ import annotations

import dataclasses

from cluster.engine import access
from cluster.engine.routing.external_certificates import secret_access, secret_of
from cluster.engine.routing.router_settings import router_settings
from cluster.engine.strategies.base import Staging, Strategy
from cluster.objects.fields import FieldError, forbidden
from cluster.objects.host_assignment import allocate_host, host_permission_errors, keep_host
from cluster.objects.route import HOST_GENERATED, Route
from cluster.objects.validation.route_tls import secret_errors


class RouteStrategy(Strategy):
    """openshift-apiserver `route/apiserver/registry/route/strategy.go`."""

    def prepare_create(self, route: Route, staging: Staging) -> Route:
        """Generate the host."""
        settings = router_settings(staging, staging.cluster.config)
        return allocate_host(route, settings.ingress_domain)

    def prepare_update(self, new: Route, old: Route, staging: Staging) -> Route:
        """An update that leaves the host out keeps the old one, and that it was generated."""
        kept = keep_host(new, old)
        generated = old.metadata.annotations.get(HOST_GENERATED)
        if kept is new or generated is None or HOST_GENERATED in new.metadata.annotations:
            return kept
        annotations = {**kept.metadata.annotations, HOST_GENERATED: generated}
        metadata = dataclasses.replace(kept.metadata, annotations=annotations)
        return dataclasses.replace(kept, metadata=metadata)

    def check_create(self, route: Route, staging: Staging) -> list[FieldError]:
        """Whether the user may set this host and these certificates."""
        return [*self._permission_errors(route, None, staging), *_secret_errors(route, staging)]

    def check_update(self, new: Route, old: Route, staging: Staging) -> list[FieldError]:
        """Whether the user may change them."""
        return [*self._permission_errors(new, old, staging), *_secret_errors(new, staging)]

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


def _secret_errors(route: Route, staging: Staging) -> list[FieldError]:
    """Whether the router can take the certificate from the secret that the route names."""
    name, tls = secret_of(route), route.spec.tls
    if not name or (tls is not None and tls.certificate):
        return []  # the second is refused already: certificate and secret exclude each other
    profile = staging.cluster.config.profile
    if not profile.external_certificates:
        detail = (
            "routes take certificates from secrets in OpenShift 4 only, and this cluster has the"
            f" profile {profile.name}: put certificate and key into the route itself"
        )
        return [forbidden("spec.tls.externalCertificate", detail)]
    return secret_errors(name, secret_access(staging, route.metadata.namespace, name))
