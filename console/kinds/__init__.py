"""The console's views of the kinds; kinds without one of their own are shown by their declaration."""

from __future__ import annotations

from collections.abc import Mapping

from cluster.objects import kinds
from cluster.objects.kind import Kind
from console.kinds import (
    deploymentconfigs,
    egressnetworkpolicies,
    endpoints,
    events,
    generic,
    hostsubnets,
    ingresscontrollers,
    netnamespaces,
    networkpolicies,
    nodes,
    pods,
    projects,
    replicationcontrollers,
    routes,
    secrets,
    services,
    visitors,
)
from console.kinds.base import ResourceView

_OWN = (
    projects.VIEW,
    events.VIEW,
    pods.VIEW,
    deploymentconfigs.VIEW,
    secrets.VIEW,
    replicationcontrollers.VIEW,
    services.VIEW,
    routes.VIEW,
    endpoints.VIEW,
    visitors.VIEW,
    hostsubnets.VIEW,
    ingresscontrollers.VIEW,
    netnamespaces.VIEW,
    networkpolicies.VIEW,
    egressnetworkpolicies.VIEW,
    nodes.VIEW,
)
_BY_PLURAL: Mapping[str, ResourceView] = {
    **{kind.plural: generic.view_of(kind) for kind in kinds.KINDS},
    **{view.kind.plural: view for view in _OWN},
}


def of_plural(plural: str) -> ResourceView | None:
    """The view of a kind by its plural, or None when there is no such kind."""
    return _BY_PLURAL.get(plural)


def of(kind: Kind) -> ResourceView:
    """The view of a kind."""
    return _BY_PLURAL[kind.plural]
