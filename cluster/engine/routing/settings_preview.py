"""What other settings of the router would change: which routes would be balanced otherwise, and which
admitted or refused. A second router is started for it beside the running one, on a copy of the routes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from cluster.engine.cluster import Cluster
from cluster.engine.config import EngineConfig
from cluster.engine.rng import RandomStream
from cluster.engine.routing.admission import SETTINGS, RouterController
from cluster.engine.routing.algorithm import choose_algorithm
from cluster.engine.routing.backends import Objects, termination_of
from cluster.engine.routing.default_certificate import DefaultCertificate, default_certificate
from cluster.engine.routing.router_object import router_object
from cluster.engine.routing.router_settings import RouterSettings, settings_of
from cluster.engine.store import Store
from cluster.objects.ingresscontroller import IngressController
from cluster.objects.meta import Key
from cluster.objects.route import Route, admitted, status_word

T = TypeVar("T")


class RouteObjects(Objects, Protocol):
    """What routes are read from: the store, or a reader of it."""

    def list(self, cls: type[T], namespace: str | None = None) -> list[T]:
        """All objects of a kind."""
        ...


@dataclass(frozen=True, slots=True)
class BalanceChange:
    """A route whose pods would be chosen in another way."""

    route: Key
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class AdmissionChange:
    """A route whose status would change; `text` is the router's message where it refuses it."""

    route: Key
    before: str
    after: str
    text: str


@dataclass(frozen=True, slots=True)
class SettingsPreview:
    """All that would change. `certificate` is the one that would be shown, None for a self-made one."""

    settings: RouterSettings
    balance: tuple[BalanceChange, ...]
    admission: tuple[AdmissionChange, ...]
    certificate: DefaultCertificate | None


def preview_settings(
    objects: RouteObjects, draft: IngressController, config: EngineConfig, now: float
) -> SettingsPreview:
    """What a drafted IngressController would change; `now` in seconds since 1970."""
    before, after = settings_of(router_object(objects), config), settings_of(draft, config)
    routes = objects.list(Route)
    return SettingsPreview(
        settings=after,
        balance=tuple(_balance_changes(routes, before.env, after.env)),
        admission=tuple(_admission_changes(routes, draft, config, now))
        if before.admission != after.admission
        else (),
        certificate=default_certificate(objects, after.default_secret, now),
    )


def _balance_changes(
    routes: list[Route], before: Mapping[str, str], after: Mapping[str, str]
) -> Iterator[BalanceChange]:
    for route in routes:
        old, new = _algorithm(route, before), _algorithm(route, after)
        if old != new:
            yield BalanceChange(route.metadata.key, old, new)


def _algorithm(route: Route, env: Mapping[str, str]) -> str:
    return choose_algorithm(
        termination=termination_of(route),
        services=[(each.name, each.weight) for each in route.spec.backends],
        annotations=route.metadata.annotations,
        router_env=env,
    ).algorithm


def _admission_changes(
    routes: list[Route], draft: IngressController, config: EngineConfig, now: float
) -> Iterator[AdmissionChange]:
    beside = Cluster(config, Store(), now, RandomStream(config.seed))
    beside.store.load([_as_the_router(draft), *routes])
    RouterController().reconcile(SETTINGS, beside)
    for old in routes:
        new = beside.store.get(Route, *old.metadata.key)
        assert new is not None
        was, will = status_word(old), status_word(new)
        condition = admitted(new)
        if was != will:
            text = condition.message if condition is not None else ""
            yield AdmissionChange(old.metadata.key, was, will, text)


def _as_the_router(draft: IngressController) -> IngressController:
    """The draft may not be stored yet, and the store wants a version."""
    version = draft.metadata.resource_version or 1
    return replace(draft, metadata=replace(draft.metadata, resource_version=version))
