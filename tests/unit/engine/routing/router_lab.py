"""A cluster with nothing but the router and its object, for tests of its settings."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.assembly import build_engine
from cluster.engine.commands import Create, Edit
from cluster.engine.config import COURSE, EngineConfig, Profile
from cluster.engine.routing.router_object import ROUTER, router_object
from cluster.engine.routing.router_settings import RouterSettings, router_settings
from cluster.objects import kinds
from cluster.objects.codec import decode, encode
from cluster.objects.ingresscontroller import (
    ROUTER_NAMESPACE,
    IngressController,
    IngressControllerSpec,
)
from cluster.objects.meta import ObjectMeta
from cluster.objects.route import Route, RouteIngressCondition, RouteSpec, RouteTargetReference
from cluster.objects.secret import TLS, Secret
from cluster.scenarios.boot import ensure_router

EPOCH = 1_790_000_000.0


class RouterLab:
    """The clock moves on by a second with every change."""

    def __init__(self, profile: Profile = COURSE) -> None:
        self.engine = build_engine(EngineConfig(epoch=EPOCH, profile=profile))
        ensure_router(self.engine)
        self._pass()

    def _pass(self) -> None:
        self.engine.step(self.engine.now + 1)

    @property
    def object(self) -> IngressController:
        """The router's object."""
        found = router_object(self.engine.store)
        assert found is not None
        return found

    @property
    def settings(self) -> RouterSettings:
        """What follows from it."""
        return router_settings(self.engine.store, self.engine.config)

    def draft(self, **spec: Any) -> IngressController:
        """The object with other fields of its spec, in their JSON names; None takes one away."""
        document = {**spec_of(self.object), **spec}
        made, unknown = decode(
            IngressControllerSpec,
            {name: part for name, part in document.items() if part is not None},
        )
        assert not unknown
        return replace(self.object, spec=made)

    def set(self, **spec: Any) -> None:
        """Change fields as a cluster admin does."""
        change = self.draft(**spec).spec
        command = Edit(kinds.INGRESSCONTROLLER, ROUTER, lambda old: replace(old, spec=change))
        self.engine.execute([command], SYSTEM_ADMIN)
        self._pass()

    def set_env(self, **env: str) -> None:
        """Set the variables of the router's container, these and no others."""
        self.set(unsupportedConfigOverrides={"env": env} if env else None)

    def add(self, name: str, namespace: str, host: str, **spec: Any) -> None:
        """A route as the store holds it, a second younger than the one before."""
        metadata = ObjectMeta(name=name, namespace=namespace)
        target = RouteTargetReference(kind="Service", name="web", weight=100)
        self.engine.cluster.create(
            Route(metadata=metadata, spec=RouteSpec(host=host, to=target, **spec))
        )
        self._pass()

    def condition(self, name: str, namespace: str) -> RouteIngressCondition:
        """What the router says of a route."""
        route = self.engine.store.get(Route, namespace, name)
        assert route is not None
        (entry,) = route.status.ingress
        (condition,) = entry.conditions
        return condition

    def words(self) -> dict[str, str]:
        """`True`, or the message of the refusal, of all routes by `<namespace>/<name>`."""
        found = {}
        for route in self.engine.store.list(Route):
            condition = self.condition(route.metadata.name, route.metadata.namespace)
            found[str(route.metadata.key)] = condition.message or condition.status
        return found

    def add_secret(self, name: str, data: Mapping[str, str], kind: str = TLS) -> None:
        """A secret of the router's project; texts are plain."""
        self.engine.execute([Create(a_secret(name, data, kind))], SYSTEM_ADMIN)
        self._pass()


def spec_of(controller: IngressController) -> dict[str, Any]:
    """The spec as a document."""
    return encode(controller.spec)


def a_secret(name: str, data: Mapping[str, str], kind: str = TLS) -> Secret:
    """A secret of the router's project; texts are plain."""
    encoded = {key: base64.b64encode(text.encode()).decode() for key, text in data.items()}
    return Secret(
        metadata=ObjectMeta(name=name, namespace=ROUTER_NAMESPACE), type=kind, data=encoded
    )
