"""Routes as rows."""

from cluster import models
from cluster.objects import kinds
from cluster.objects.route import Route, admitted
from cluster.persistence.mappers.base import DocumentMapper


def _is_admitted(route: Route) -> bool | None:
    """Whether a router serves it; None while no router has decided."""
    condition = admitted(route)
    return None if condition is None else condition.status == "True"


ROUTE = DocumentMapper(
    kinds.ROUTE,
    models.Route,
    {
        "host": lambda obj: obj.spec.host,
        "path": lambda obj: obj.spec.path,
        "to_service": lambda obj: obj.spec.to.name,
        "termination": lambda obj: obj.spec.tls.termination if obj.spec.tls else "",
        "admitted": _is_admitted,
    },
)
