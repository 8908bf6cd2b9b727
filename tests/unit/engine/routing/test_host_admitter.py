"""Wildcard routes, domains and other stages before a route may have its host."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cluster.engine.config import COURSE, EngineConfig
from cluster.engine.engine import Engine
from cluster.engine.routing.admission import RouterController, own_rejection
from cluster.engine.routing.external_certificates import (
    secret_deleted,
    secret_recreated,
    secret_rejection,
    secret_updated,
    unreadable,
)
from cluster.engine.routing.host_admitter import HostAdmitter, domain_of, domain_rejection
from cluster.engine.routing.host_index import HostClaim
from cluster.engine.routing.required_hsts import RequiredHstsPolicy, required_hsts_error
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.route import Route, RouteSpec, RouteTargetReference, TLSConfig, admitted
from cluster.objects.validation.route_tls import SecretAccess
from tests.unit.engine.routing.vectors import Vector, vector_id, vectors

WILDCARDS = vectors("admission.wildcard_claims")


def claim(document: dict[str, Any]) -> HostClaim:
    return HostClaim(
        key=Key(document["namespace"], document["name"]),
        uid=f"{document['namespace']}/{document['name']}",
        created=document["createdAt"],
        host=document["host"],
        path=document["path"],
        wildcard=document["wildcardPolicy"] == "Subdomain",
    )


def admitter(given: dict[str, Any]) -> HostAdmitter:
    return HostAdmitter(strict=given.get("namespaceOwnership", "Strict") == "Strict")


def having(key: str) -> list[Vector]:
    return [each for each in WILDCARDS if key in each["input"]]


@pytest.mark.parametrize("vector", having("otherRoutes"), ids=vector_id)
def test_older_routes_that_overlap_block_a_route_each_with_its_words(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    alone, _ = admitter(given).add(claim(given["route"]))
    assert (alone is None) == expected["admittedWhenNoneOfOtherRoutesPresent"]
    for name, other in given["otherRoutes"].items():
        tables = admitter(given)
        assert tables.add(claim(other))[0] is None
        rejection, _ = tables.add(claim(given["route"]))
        assert (rejection is not None) == expected["rejectedWhenAnyOfOtherRoutesAdmitted"]
        if rejection is not None:
            assert rejection.reason == expected["reason"]
            assert rejection.message == expected["messageByBlockingRoute"][name]


@pytest.mark.parametrize("vector", having("routesInOrder"), ids=vector_id)
def test_routes_that_come_in_order_of_age_are_admitted_or_told_why(vector: Vector) -> None:
    tables = admitter(vector["input"])
    for document, expected in zip(
        vector["input"]["routesInOrder"], vector["expected"]["results"], strict=True
    ):
        rejection, _ = tables.add(claim(document))
        assert (rejection is None) == expected["admitted"], expected["route"]
        if rejection is not None:
            assert (rejection.reason, rejection.message) == (
                expected["reason"],
                expected["message"],
            )


@pytest.mark.parametrize("vector", having("sequence"), ids=vector_id)
def test_a_route_that_moves_gives_its_host_up(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    tables = HostAdmitter(strict=True)
    base = {
        "namespace": given["namespace"],
        "path": "",
        "wildcardPolicy": given["wildcardPolicy"],
    }
    both = [
        {**base, "name": given[name]["name"], "createdAt": age}
        for age, name in enumerate(("route1", "route2"))
    ]
    for document, name in zip(both, ("route1", "route2"), strict=True):
        tables.add(claim({**document, "host": given[name]["oldHost"]}))
    for document, name in zip(both, ("route1", "route2"), strict=True):
        rejection, _ = tables.add(claim({**document, "host": given[name]["newHost"]}))
        assert (rejection.message if rejection else "") == expected[f"{name}Error"]


@pytest.mark.parametrize("vector", vectors("admission.wildcard_domain_key"), ids=vector_id)
def test_a_wildcard_covers_the_host_without_its_first_label(vector: Vector) -> None:
    assert domain_of(vector["input"]["host"]) == vector["expected"]["domain"]


@pytest.mark.parametrize("vector", vectors("admission.denied_domains"), ids=vector_id)
def test_denied_domains_beat_allowed_ones(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    host = given["host"]
    denied = given.get("deniedDomains") or [given.get("deniedDomainSuffixInTest", "-")]
    rejection = domain_rejection(host, allowed=given.get("allowedDomains", ()), denied=denied)
    if rejection is None and host:
        policy = given.get("wildcardPolicy") or "None"
        spec = RouteSpec(host=host, wildcard_policy=policy)
        rejection = own_rejection(
            Route(metadata=ObjectMeta(), spec=spec), host, wildcards_allowed=True
        )
    assert (rejection is None) == expected["admitted"]
    if rejection is not None:
        assert rejection.reason == expected["reason"]
        assert rejection.message == expected.get("message", rejection.message)


def test_a_younger_route_that_overlaps_is_driven_out_with_the_words_for_it() -> None:
    tables = HostAdmitter(strict=True)
    young = HostClaim(Key("a", "young"), "1", 10, "www.acme.test", wildcard=True)
    assert tables.add(young)[0] is None
    old = HostClaim(Key("a", "old"), "0", 1, "x.acme.test", wildcard=True)
    rejection, (gone,) = tables.add(old)
    assert rejection is None
    assert gone.rejection.message == (
        "wildcard route a/old has host *.acme.test blocking www.acme.test"
    )
    stranger = HostClaim(Key("b", "older"), "2", 0, "y.acme.test")
    _, (gone,) = tables.add(stranger)
    assert gone.rejection.message == "a route in another namespace holds host x.acme.test"


# --- the router with other settings ------------------------------------------------------------------


def engine(**env: str) -> Engine:
    profile = replace(COURSE, router_env={**COURSE.router_env, **env})
    return Engine(EngineConfig(epoch=0, profile=profile), [RouterController()])


def add(lab: Engine, name: str, host: str, namespace: str = "demo", **spec: Any) -> None:
    lab.cluster.create(
        Route(
            metadata=ObjectMeta(name=name, namespace=namespace),
            spec=RouteSpec(host=host, to=RouteTargetReference(kind="Service", name="s"), **spec),
        )
    )
    lab.step(lab.cluster.now + 1)


def status(lab: Engine, name: str, namespace: str = "demo") -> tuple[str, str, str]:
    route = lab.store.get(Route, namespace, name)
    assert route is not None
    condition = admitted(route)
    assert condition is not None
    return condition.status, condition.reason, condition.message


def test_wildcards_are_refused_by_default_and_admitted_where_allowed() -> None:
    plain = engine()
    add(plain, "w", "www.acme.test", wildcard_policy="Subdomain")
    assert status(plain, "w") == (
        "False",
        "RouteNotAdmitted",
        "wildcard routes are not allowed",
    )
    open_ = engine(ROUTER_ALLOW_WILDCARD_ROUTES="true")
    add(open_, "w", "www.acme.test", wildcard_policy="Subdomain")
    assert status(open_, "w")[0] == "True"
    route = open_.store.get(Route, "demo", "w")
    assert route is not None
    assert route.status.ingress[0].wildcard_policy == "Subdomain"


def test_a_blocked_host_is_admitted_once_the_wildcard_is_gone() -> None:
    lab = engine(ROUTER_ALLOW_WILDCARD_ROUTES="true")
    add(lab, "wild", "www.acme.test", "one", wildcard_policy="Subdomain")
    add(lab, "host", "shop.acme.test", "two")
    assert status(lab, "host", "two") == (
        "False",
        "HostAlreadyClaimed",
        "a route in another namespace holds host shop.acme.test",
    )
    wild = lab.store.get(Route, "one", "wild")
    assert wild is not None
    lab.cluster.delete(wild)
    lab.step(lab.cluster.now + 1)
    assert status(lab, "host", "two")[0] == "True"


def test_without_the_ownership_check_namespaces_share_a_host_by_paths() -> None:
    strict, shared = engine(), engine(ROUTER_DISABLE_NAMESPACE_OWNERSHIP_CHECK="true")
    for lab in (strict, shared):
        add(lab, "a", "www.test.local", "one", path="/a")
        add(lab, "b", "www.test.local", "two", path="/b")
    assert status(strict, "b", "two")[:2] == ("False", "HostAlreadyClaimed")
    assert status(shared, "b", "two")[0] == "True"


def test_domains_are_lists_of_the_routers() -> None:
    lab = engine(
        ROUTER_ALLOWED_DOMAINS="test.local,acme.test", ROUTER_DENIED_DOMAINS="x.test.local"
    )
    add(lab, "a", "www.test.local")
    add(lab, "b", "a.x.test.local")
    add(lab, "c", "www.elsewhere.test")
    assert status(lab, "a")[0] == "True"
    assert status(lab, "b")[2] == "host in list of denied domains"
    assert status(lab, "c")[2] == "host not in the allowed list of domains"


# --- secrets -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "vector",
    [
        each
        for each in vectors("admission.external_certificate")
        if "messageFormat" in each["expected"]
    ],
    ids=vector_id,
)
def test_what_happens_to_a_secret_is_told_in_the_routes_status(vector: Vector) -> None:
    event, expected = vector["input"]["event"], vector["expected"]
    route = Key("sandbox", "route-test")
    if "recreat" in event:
        rejection = secret_recreated(route, "tls-secret")
    elif "delet" in event:
        rejection = secret_deleted(route, "tls-secret")
    else:
        rejection = secret_updated(route, "tls-secret", 1, 2)
    assert rejection.reason == expected["reason"]
    assert rejection.message == expected["messageFormat"]


def test_a_secret_that_the_router_may_not_read_is_refused_with_all_that_is_missing() -> None:
    verbs = frozenset({"get", "watch", "list"})
    assert secret_rejection("s", SecretAccess(verbs, "kubernetes.io/tls")) is None
    rejection = secret_rejection("s", SecretAccess(frozenset({"get", "list"}), "Opaque"))
    assert rejection is not None
    assert rejection.reason == "ExternalCertificateValidationFailed"
    field = "spec.tls.externalCertificate"
    assert rejection.message == (
        f"[{field}: Forbidden: router serviceaccount does not have permission to watch this secret,"
        f' {field}: Invalid value: "s": secret of type "kubernetes.io/tls" required]'
    )
    missing = secret_rejection("s", SecretAccess(verbs))
    assert missing is not None
    assert missing.message == f'{field}: Not found: "secrets \\"s\\" not found"'
    assert unreadable("no secret").reason == "ExternalCertificateGetFailed"


# --- required HSTS -----------------------------------------------------------------------------------


def policy(document: dict[str, Any]) -> RequiredHstsPolicy:
    selector, ages = document["namespaceSelector"], document.get("maxAge") or {}
    return RequiredHstsPolicy(
        domain_patterns=tuple(document["domainPatterns"]),
        match_labels=None if selector is None else selector.get("matchLabels") or {},
        smallest_max_age=ages.get("smallest"),
        largest_max_age=ages.get("largest"),
        preload_policy=document["preloadPolicy"],
        include_subdomains_policy=document["includeSubDomainsPolicy"],
    )


def hsts_route(given: dict[str, Any], annotations: dict[str, str] | None) -> Route:
    tls = given.get("tls")
    return Route(
        metadata=ObjectMeta(name="r", namespace="default", annotations=annotations or {}),
        spec=RouteSpec(
            host=given["host"], tls=TLSConfig(termination=tls["termination"]) if tls else None
        ),
    )


@pytest.mark.parametrize("vector", vectors("admission.required_hsts"), ids=vector_id)
def test_the_cluster_can_demand_hsts(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    updates = given["operation"] == "update"
    error = required_hsts_error(
        [policy(each) for each in given["requiredHSTSPolicies"]],
        hsts_route(given, given["annotations"]),
        hsts_route(given, given["oldAnnotations"]) if updates else None,
        given["namespaceLabels"],
    )
    assert (error is not None) == (expected["result"] == "rejected")
    if error is not None:
        assert expected["messageContains"] in error
