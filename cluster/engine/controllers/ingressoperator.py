"""Keeps the IngressController `default` and says in its status that the router takes it. Stands for the
ingress operator (cluster-ingress-operator: `pkg/operator/controller/ingress`)."""

from __future__ import annotations

from cluster.engine.cluster import Cluster
from cluster.engine.routing.router_object import ROUTER, first_router_object
from cluster.engine.routing.router_settings import router_settings
from cluster.engine.watch import Change
from cluster.objects.ingresscontroller import (
    NAMESPACE,
    IngressController,
    IngressControllerStatus,
    OperatorCondition,
)
from cluster.objects.meta import Key, Timestamp
from cluster.objects.namespace import Namespace


class IngressOperator:
    """Controller `ingress-operator`: the one key is the router's IngressController."""

    name = "ingress-operator"
    watches: tuple[type, ...] = (IngressController,)

    def keys(self, change: Change, cluster: Cluster) -> list[Key]:
        """Objects of other names and projects are no router of this cluster."""
        return [ROUTER] if change.key == ROUTER else []

    def reconcile(self, key: Key, cluster: Cluster) -> float | None:
        """Make the object anew when it was deleted (`ensureDefaultIngressController`)."""
        held = cluster.store.get(IngressController, *key)
        if held is not None:
            _write_status(held, cluster)
            return None
        home = cluster.store.get(Namespace, "", NAMESPACE)
        if home is not None and home.status.phase == "Active":
            cluster.create(first_router_object(cluster.config), intent=True)
        return None


def _write_status(held: IngressController, cluster: Cluster) -> None:
    """`syncIngressControllerStatus`: validation happened at the door, and the router always runs."""
    before = {each.type: each for each in held.status.conditions}
    since = Timestamp(float(int(cluster.now)))
    wanted = (("Admitted", "Valid"), ("Available", ""))
    status = IngressControllerStatus(
        observed_generation=held.metadata.generation,
        domain=router_settings(cluster.store, cluster.config).ingress_domain,
        conditions=tuple(
            before.get(kind)
            or OperatorCondition(
                type=kind, status="True", reason=reason, last_transition_time=since
            )
            for kind, reason in wanted
        ),
    )
    cluster.update_status(held, status)
