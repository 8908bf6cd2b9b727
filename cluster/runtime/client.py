"""The client: the one port through which console, API and data plane use the cluster.

Reading is a look at immutable objects, from any thread. Writing goes through the mailbox to the engine's
thread and is answered when it is durable. Errors are the API's own (`cluster.objects.errors`).
"""

from __future__ import annotations

import builtins
import heapq
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar

from cluster.engine import access
from cluster.engine.access import Actor
from cluster.engine.commands import Command
from cluster.engine.config import EngineConfig
from cluster.engine.routing.claims import Claim, claims
from cluster.engine.routing.default_certificate import (
    DefaultCertificate,
    default_certificate,
    pair_errors,
)
from cluster.engine.routing.haproxy_config import HaproxyConfig, LineRange, render, served_by
from cluster.engine.routing.haproxy_place import MapLine, RoutePlace, place_of
from cluster.engine.routing.router_settings import RouterSettings, router_settings, settings_of
from cluster.engine.routing.router_variables import VARIABLES, IgnoredSetting, RouterVariable
from cluster.engine.routing.settings_preview import SettingsPreview, preview_settings
from cluster.engine.routing.split import ServiceSplit, Split, split
from cluster.engine.routing.strategies import Strategy, default_strategies
from cluster.engine.routing.trial import (
    MAX_HOLD,
    MAX_REQUESTS,
    ServerShare,
    Trial,
    TrialAnswer,
    TrialResult,
    client_addresses,
    try_route,
)
from cluster.engine.traffic import RealRequests, Visit
from cluster.engine.traffic.applications import answering
from cluster.engine.traffic.calls import CallsReport, TargetReport
from cluster.engine.traffic.calls import LogLine as CallLine
from cluster.engine.traffic.snapshot import RouteTraffic, Series
from cluster.engine.transaction import Outcome
from cluster.engine.watch import Change
from cluster.engine.why import Chain, Fact, why_node, why_pod, why_route, why_service
from cluster.objects import kinds
from cluster.objects.errors import NotFound
from cluster.objects.event import Event
from cluster.objects.fields import FieldError
from cluster.objects.ingresscontroller import IngressController
from cluster.objects.kind import Kind, Object
from cluster.objects.meta import Key
from cluster.objects.namespace import Namespace, Project, as_project
from cluster.objects.pod import Pod
from cluster.objects.route import Route
from cluster.runtime.clock import ClockState
from cluster.runtime.dns import DnsPort
from cluster.runtime.driver import Driver
from cluster.runtime.errors import Unavailable
from cluster.runtime.network import NetworkPort
from cluster.runtime.nodes import DrainOptions, DrainPlan, NodesPort, Step, When
from cluster.runtime.router_feed import AccessEntry, RouterFeed

__all__ = [
    "MAX_HOLD",
    "MAX_REQUESTS",
    "AccessEntry",
    "CallLine",
    "CallsReport",
    "Chain",
    "Claim",
    "Client",
    "ClockState",
    "DefaultCertificate",
    "DrainOptions",
    "DrainPlan",
    "Fact",
    "HaproxyConfig",
    "IgnoredSetting",
    "LineRange",
    "MapLine",
    "NodesPort",
    "RealRequests",
    "RoutePlace",
    "RouteTraffic",
    "RouterAddress",
    "RouterFeed",
    "RouterSettings",
    "RouterVariable",
    "Series",
    "ServerShare",
    "ServiceSplit",
    "SettingsPreview",
    "Split",
    "Step",
    "Strategy",
    "TargetReport",
    "Trial",
    "TrialAnswer",
    "TrialResult",
    "Unavailable",
    "Visit",
    "When",
    "client_addresses",
]

TIMEOUT = 10.0
"""Seconds that a write may take before it counts as unanswered."""

STEP_TIMEOUT = 60.0
"""Seconds that a step of the clock may take: a week of a busy cluster is much work."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RouterAddress:
    """Where the router listens; a port of None is not served."""

    host: str
    http_port: int | None
    https_port: int | None


class Client:
    """A cluster that runs in this process."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._engine = driver.engine
        self._store = driver.engine.store
        addresses = driver.engine.cluster.addresses
        self.network = NetworkPort(
            driver.engine.store, driver.engine.config, lambda: addresses.lease_state
        )
        """Questions about the network: plugin, flows, walks, policies."""
        self.dns = DnsPort(driver.engine.store, driver.engine.config)
        """Questions about names: answers, look-ups from pods, where the server listens."""
        self.nodes = NodesPort(
            driver.engine.store, driver.engine.config, lambda: self.clock().now, self.execute
        )
        """Questions about nodes, and commands for them: power, cordon, drain."""
        self._router_address: RouterAddress | None = None
        self._router_feed: RouterFeed | None = None

    # --- reading: objects ----------------------------------------------------------------------------

    def get(self, kind: Kind, namespace: str, name: str) -> Object:
        """An object. Raises NotFound."""
        held: Object | None
        if kind is kinds.PROJECT:
            home = self._store.get(Namespace, "", name)
            held = None if home is None else as_project(home)
        else:
            held = self._store.get(kind.cls, namespace if kind.namespaced else "", name)
        if held is None:
            raise NotFound(kind.resource, name)
        return held

    def list(self, kind: Kind, namespace: str | None = None) -> builtins.list[Object]:
        """A snapshot of a kind's objects, of one namespace or of all."""
        if kind is kinds.PROJECT:
            return [as_project(each) for each in self._store.list(Namespace)]
        return builtins.list(self._store.list(kind.cls, namespace if kind.namespaced else None))

    def count(self, kind: Kind, namespace: str | None = None) -> int:
        """How many objects of a kind there are."""
        cls = Namespace if kind is kinds.PROJECT else kind.cls
        return self._store.count(cls, namespace if kind.namespaced else None)

    @property
    def version(self) -> int:
        """The resourceVersion of the last commit."""
        return self._store.version

    def changes(self, since: int) -> builtins.list[Change]:
        """The commits after a version. Raises Gone when they are no longer known."""
        return self._store.log.since(since)

    def pods_on(self, node: str) -> builtins.list[Pod]:
        """The pods bound to a node."""
        return self._store.pods_on(node)

    def pods_matching(self, namespace: str, selector: Mapping[str, str]) -> builtins.list[Pod]:
        """The pods of a namespace that a selector matches; an empty one matches none."""
        return self._store.pods_matching(namespace, selector)

    def owned(self, uid: str) -> builtins.list[Object]:
        """The objects that name this uid as their owner."""
        return self._store.owned(uid)

    def events_of(self, obj: Object) -> builtins.list[Event]:
        """The events about an object, the newest first."""
        uid = obj.metadata.uid
        namespace = obj.metadata.namespace or "default"
        about = [e for e in self._store.list(Event, namespace) if e.involved_object.uid == uid]
        return sorted(about, key=lambda event: event.last_timestamp or 0.0, reverse=True)

    def recent_events(self, namespace: str, most: int) -> builtins.list[Event]:
        """The latest events of a project, the newest first."""
        found = self._store.list(Event, namespace)
        return heapq.nlargest(most, found, key=lambda event: event.last_timestamp or 0.0)

    # --- reading: cluster ----------------------------------------------------------------------------

    @property
    def config(self) -> EngineConfig:
        """What the cluster was set up with."""
        return self._engine.config

    def clock(self) -> ClockState:
        """The cluster's time, whether it runs, how fast."""
        return self._driver.clock_state()

    def may(self, actor: Actor, verb: str, kind: Kind, namespace: str) -> bool:
        """Whether a user may do this in a namespace ("" is the cluster scope)."""
        return access.may(self._store, actor, verb, kind, namespace)

    def role(self, actor: Actor, namespace: str) -> str | None:
        """The strongest role of a user in a project; None for one who is no member."""
        return access.role_in(self._store, actor, namespace)

    def may_set_host(self, actor: Actor, verb: str) -> bool:
        """Whether a user holds `create` or `update` on `routes/custom-host`: hosts and certificates."""
        return access.may_set_host(actor, verb)

    def projects(self, actor: Actor) -> builtins.list[Project]:
        """The projects that a user may see, by name."""
        seen = [
            as_project(each)
            for each in self._store.list(Namespace)
            if access.may(self._store, actor, "get", kinds.PROJECT, each.metadata.name)
        ]
        return sorted(seen, key=lambda project: project.metadata.name)

    # --- reading: traffic ----------------------------------------------------------------------------

    def split(self, route: Route) -> Split:
        """What each service and each pod of a route gets; the route need not be stored."""
        return split(self._store, route, self.router().env)

    def claims(self, route: Route, actor: Actor | None = None) -> builtins.list[Claim]:
        """Who else claims a route's host, oldest first; the route need not be stored.

        With an actor, routes of projects that they may not see are not named.
        """

        def may_see(namespace: str) -> bool:
            return actor is None or self.may(actor, "get", kinds.ROUTE, namespace)

        return claims(self._store, route, self.config, may_see)

    def traffic(self, namespace: str, route: str) -> RouteTraffic | None:
        """The counts of a route's requests; None when nobody visits it."""
        controller: Any = self._engine.controller("traffic")
        traffic: RouteTraffic | None = controller.snapshot(Key(namespace, route))
        return traffic

    def calls(self, namespace: str, name: str) -> CallsReport | None:
        """The calls of a DeploymentConfig's pods; None while it declares none, or before the first."""
        controller: Any = self._engine.controller("calls")
        report: CallsReport | None = controller.report(Key(namespace, name))
        return report

    def all_calls(self) -> builtins.list[CallsReport]:
        """The calls of all workloads that make any, by their keys."""
        controller: Any = self._engine.controller("calls")
        reports: builtins.list[CallsReport] = controller.reports()
        return reports

    def visit(self, namespace: str, group: str) -> Visit | None:
        """Where a group of visitors ends up; None while the route that it names does not exist."""
        controller: Any = self._engine.controller("traffic")
        visit: Visit | None = controller.visit(Key(namespace, group))
        return visit

    # --- reading: why ----------------------------------------------------------------------------------

    def why(self, kind: Kind, namespace: str, name: str) -> Chain | None:
        """The facts that say why an object does not do its work; None for kinds without such."""
        key = Key(namespace, name)
        if kind is kinds.ROUTE:
            return why_route(self._store, key, self.router().env)
        if kind is kinds.SERVICE:
            return why_service(self._store, key)
        if kind is kinds.POD:
            return why_pod(self._store, key)
        return why_node(self._store, name) if kind is kinds.NODE else None

    # --- reading: router -------------------------------------------------------------------------------

    def router(self) -> RouterSettings:
        """The router's settings."""
        return router_settings(self._store, self.config)

    def router_of_profile(self) -> RouterSettings:
        """The settings that count where the IngressController says nothing."""
        return settings_of(None, self.config)

    def preview_router(self, draft: IngressController) -> SettingsPreview:
        """What an IngressController would change if it took the router's place; nothing is."""
        return preview_settings(self._store, draft, self.config, self.clock().now)

    def default_certificate(self) -> DefaultCertificate | None:
        """The certificate for hosts without their own, from its secret; None: a self-made one."""
        secret = self.router().default_secret
        return default_certificate(self._store, secret, self.clock().now)

    def router_variables(self) -> Mapping[str, RouterVariable]:
        """The variables that the router reads, by name."""
        return VARIABLES

    def certificate_errors(self, certificate: str, key: str) -> builtins.list[FieldError]:
        """What is wrong with PEM texts for a default certificate, at `tls.crt` and `tls.key`."""
        return pair_errors(certificate, key, self.clock().now)

    def default_strategies(self) -> tuple[Strategy, ...]:
        """The algorithms of routes that ask for none, and why."""
        return default_strategies(self.router().env)

    def haproxy_config(self, namespaces: Collection[str] | None = None) -> HaproxyConfig:
        """The configuration that the router writes, for the routes of some namespaces or for all."""

        def is_shown(route: Route) -> bool:
            return namespaces is None or route.metadata.namespace in namespaces

        served = served_by(self._store, self.config, self.clock().now, is_shown)
        return render(served, self.router())

    def haproxy_place(self, route: Route) -> RoutePlace | None:
        """Where a route stands in the configuration for its project; None if it is not served."""
        namespace, name = route.metadata.key
        served = served_by(
            self._store,
            self.config,
            self.clock().now,
            lambda each: each.metadata.namespace == namespace,
        )
        own = next((each for each in served if each.route.metadata.name == name), None)
        return None if own is None else place_of(render(served, self.router()), own)

    def try_route(self, route: Route, trial: Trial, actor: Actor) -> TrialResult:
        """Send a trial's requests to a route, as real traffic would come right after a reload.

        Nothing is counted or changed. Of projects that the user may not see nothing is said.
        """
        return try_route(
            self._store,
            route,
            trial,
            settings=self.router(),
            applications=lambda namespace, servers: answering(self._store, namespace, servers),
            may_see=lambda namespace: self.may(actor, "get", kinds.ROUTE, namespace),
            seed=self.config.seed,
        )

    # --- the router's sockets ------------------------------------------------------------------------

    def router_address(self) -> RouterAddress | None:
        """Where the router's sockets are; None while there are none."""
        return self._router_address

    def announce_router(
        self, address: RouterAddress | None, feed: RouterFeed | None = None
    ) -> None:
        """Say where the router listens from now on, and whom to ask about it; None: nowhere."""
        self._router_address, self._router_feed = address, feed

    def access_log(
        self, namespace: str, route: str, since: int = 0
    ) -> builtins.list[AccessEntry] | None:
        """The last requests of a route, oldest first; None while no router runs."""
        feed = self._router_feed
        return None if feed is None else list(feed.access_entries(f"{namespace}:{route}", since))

    def authority_certificates(self) -> Mapping[str, str]:
        """File names and PEM texts of the router's authorities; empty while there is no router."""
        return {} if self._router_feed is None else self._router_feed.authority_certificates()

    def count_requests(self, requests: Sequence[RealRequests]) -> None:
        """Count requests that the router's sockets have served; nobody waits for it."""
        controller: Any = self._engine.controller("traffic")
        self._driver.ask(lambda: controller.count(requests, self._engine.cluster))

    # --- writing ---------------------------------------------------------------------------------------

    def submit(self, commands: Sequence[Command], actor: Actor) -> Future[builtins.list[Outcome]]:
        """Carry out commands as one transaction; the future gets the outcomes or an ApiError."""
        return self._driver.execute(commands, actor)

    def execute(
        self, commands: Sequence[Command], actor: Actor, timeout: float = TIMEOUT
    ) -> builtins.list[Outcome]:
        """Carry out commands and wait. Raises ApiError: nothing was changed.

        After Unavailable it is not known whether the change was saved.
        """
        return _answer(self.submit(commands, actor), timeout)

    def plan(self, commands: Sequence[Command], actor: Actor) -> builtins.list[Outcome]:
        """What commands would do, one outcome each, errors among them; nothing is changed."""
        return _answer(self._driver.plan(commands, actor))

    def pause(self, actor: Actor) -> ClockState:
        """Stop the cluster's time. Every signed-in user may: this is a lab."""
        return _answer(self._driver.set_running(False))

    def run(self, actor: Actor) -> ClockState:
        """Let the cluster's time go on."""
        return _answer(self._driver.set_running(True))

    def set_speed(self, actor: Actor, speed: float) -> ClockState:
        """Set how many times as fast as the wall's clock it goes. Raises BadRequest."""
        return _answer(self._driver.set_speed(speed))

    def advance(self, actor: Actor, seconds: float) -> ClockState:
        """Step the cluster's time ahead and wait until it is there. Raises BadRequest."""
        return _answer(self._driver.advance(seconds), STEP_TIMEOUT)

    def flush(self) -> None:
        """Wait until all status is saved."""
        _answer(self._driver.flush())

    # --- listening -------------------------------------------------------------------------------------

    def on_commit(self, callback: Callable[[builtins.list[Change]], None]) -> None:
        """Call on the engine's thread, at most once per slice, with the commits. Must be quick."""
        self._driver.on_commit(callback)

    def on_tick(self, callback: Callable[[float], None]) -> None:
        """Call on the engine's thread with the cluster's time, about four times a wall second."""
        self._driver.on_tick(callback)


def _answer(future: Future[T], timeout: float = TIMEOUT) -> T:
    """What a future comes to. Raises the ApiError that it was refused with, or Unavailable."""
    try:
        return future.result(timeout)
    except TimeoutError:
        raise Unavailable(f"the cluster did not answer within {timeout:g} seconds") from None
