"""IngressControllers: the domain is taken over once, and there is one router."""

from __future__ import annotations

from dataclasses import replace

from cluster.engine.strategies.base import Staging, Strategy
from cluster.objects.fields import FieldError, unsupported
from cluster.objects.ingresscontroller import DEFAULT, NAMESPACE, IngressController


class IngressControllerStrategy(Strategy):
    """cluster-ingress-operator: `setDefaultDomain`."""

    def prepare_create(self, obj: IngressController, staging: Staging) -> IngressController:
        """Without a domain it gets the cluster's (`ingress.config.openshift.io/cluster`)."""
        return _with_domain(obj, staging.cluster.config.router_domain)

    def prepare_update(
        self, new: IngressController, old: IngressController, staging: Staging
    ) -> IngressController:
        """A manifest that leaves the domain out keeps it."""
        return _with_domain(new, old.spec.domain)

    def check_create(self, obj: IngressController, staging: Staging) -> list[FieldError]:
        """Further routers of the operator would share the routes among them; here is one."""
        metadata = obj.metadata
        if metadata.namespace == NAMESPACE and metadata.name != DEFAULT:
            return [unsupported("metadata.name", metadata.name, (DEFAULT,))]
        return []


def _with_domain(obj: IngressController, domain: str) -> IngressController:
    if obj.spec.domain:
        return obj
    return replace(obj, spec=replace(obj.spec, domain=domain))
