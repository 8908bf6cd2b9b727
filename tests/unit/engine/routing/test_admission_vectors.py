"""Admission as openshift/router's own tests and its source have it (wildcards: test_host_admitter)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from cluster.engine.config import EngineConfig
from cluster.engine.engine import Engine
from cluster.engine.routing.admission import (
    RouterController,
    host_errors,
    own_rejection,
    rejections_by_addition,
    rejections_by_removal,
)
from cluster.engine.routing.host_index import (
    Changes,
    Claims,
    HostClaim,
    HostIndex,
    oldest_first,
    same_namespace,
)
from cluster.engine.routing.route_status import record_condition
from cluster.objects.meta import Key, ObjectMeta, from_rfc3339
from cluster.objects.route import (
    Route,
    RouteIngress,
    RouteIngressCondition,
    RouteSpec,
    RouteTargetReference,
)
from tests.unit.engine.routing.vectors import Vector, vector_id, vectors

RULES = {"Strict": same_namespace, "InterNamespaceAllowed": oldest_first}
Statuses = dict[str, dict[str, Any]]


def claim(document: dict[str, Any]) -> HostClaim:
    created = document.get("createdAt", document.get("createdAtMs", 0) / 1000)
    return HostClaim(
        key=Key(document["namespace"], document["name"]),
        uid=document["uid"],
        created=created,
        host=document.get("host", ""),
        path=document.get("path", ""),
        termination=document.get("tls", {}).get("termination", ""),
        version=int(document.get("resourceVersion", 0)),
    )


def single_oldest(
    changes: Changes, active: Sequence[HostClaim], candidates: Sequence[HostClaim]
) -> tuple[Claims, Claims]:
    """The activation that openshift/router's test of the index brings along."""
    both = sorted([*active, *candidates], key=lambda each: each.age)
    for each in both[:1]:
        if each not in active:
            changes.activate(each)
    for each in both[1:]:
        if each in active:
            changes.displace(each)
    return both[:1], both[1:]


def refused(reason: str, message: str) -> dict[str, Any]:
    return {"admitted": False, "reason": reason, "message": message}


def apply(step: dict[str, Any], index: HostIndex, statuses: Statuses) -> None:
    document = step["route"]
    name = f"{document['namespace']}/{document['name']}"
    if step["op"] == "delete":
        changes = index.remove(Key(document["namespace"], document["name"]))
        statuses.pop(name, None)
        refusals = rejections_by_removal(changes, index)
    else:
        route = Route(metadata=ObjectMeta(), spec=RouteSpec(host=document["host"]))
        rejection = own_rejection(route, document["host"])
        if rejection is not None:
            statuses[name] = refused(rejection.reason, rejection.message)
            return
        added = claim(document)
        changes, _ = index.add(added)
        refusals = rejections_by_addition(added, changes, index)
    for each in changes.activated.values():
        statuses[str(each.key)] = {"admitted": True}
    for each, rejection in refusals:
        statuses[str(each.key)] = refused(rejection.reason, rejection.message)


@pytest.mark.parametrize("vector", vectors("admission.unique_host"), ids=vector_id)
def test_a_host_goes_to_the_oldest_route_and_the_others_are_told_why(vector: Vector) -> None:
    given = vector["input"]
    index = HostIndex(RULES[given["namespaceOwnership"]])
    statuses: Statuses = {}
    for step, expected in zip(
        given["steps"], vector["expected"]["statusAfterEachStep"], strict=True
    ):
        apply(step, index, statuses)
        assert statuses == expected


@pytest.mark.parametrize("vector", vectors("admission.activation"), ids=vector_id)
def test_activation_takes_the_older_of_two_that_collide(vector: Vector) -> None:
    given, expected, changes = vector["input"], vector["expected"], Changes()
    active, others = RULES[given["namespaceOwnership"]](
        changes,
        [claim(each) for each in given["active"]],
        [claim(each) for each in given["candidates"]],
    )
    assert [str(each.key) for each in active] == expected["active"]
    assert [str(each.key) for each in others] == expected["displaced"]
    assert sorted(changes.activated) == sorted(expected["activatedUIDs"])
    assert sorted(changes.displaced) == sorted(expected["displacedUIDs"])


@pytest.mark.parametrize("vector", vectors("admission.host_index"), ids=vector_id)
def test_the_index_knows_who_is_active_and_who_waits(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    index = HostIndex(single_oldest if "test-only" in given["activation"] else same_namespace)
    changes, new = Changes(), False
    hosts = {step["route"]["host"] for step in given["steps"]}
    for step in given["steps"]:
        route = claim(step["route"])
        if step["op"] == "add":
            changes, new = index.add(route)
        else:
            changes, new = index.remove(route.key), False
    for host in hosts:
        assert [each.uid for each in index.active(host)] == expected["activeUIDs"].get(host, [])
        assert [each.uid for each in index.waiting(host)] == expected["inactiveUIDs"].get(host, [])
    assert sorted(changes.activated) == sorted(expected["activatedByLastStep"])
    assert sorted(changes.displaced) == sorted(expected["displacedByLastStep"])
    assert new == expected["lastStepWasNewRoute"]


@pytest.mark.parametrize("vector", vectors("admission.route_age"), ids=vector_id)
def test_the_older_route_takes_precedence(vector: Vector) -> None:
    ages = [
        HostClaim(Key("", ""), each["uid"], from_rfc3339(each["creationTimestamp"]), "").age
        for each in (vector["input"]["route1"], vector["input"]["route2"])
    ]
    assert (ages[0] < ages[1]) == vector["expected"]["route1HasPrecedence"]


@pytest.mark.parametrize("vector", vectors("admission.invalid_host"), ids=vector_id)
def test_the_router_keeps_to_dns_whatever_the_annotations_say(vector: Vector) -> None:
    host, expected = vector["input"]["host"], vector["expected"]
    route = Route(metadata=ObjectMeta(), spec=RouteSpec(host=host))
    rejection = own_rejection(route, host)
    assert (rejection is None) == expected["admitted"]
    assert (not host_errors(host)) == expected["admitted"]
    if rejection is not None and "reason" in expected:
        assert rejection.reason == expected["reason"]
        if "message" in expected:
            assert rejection.message == expected["message"]


@pytest.mark.parametrize("vector", vectors("admission.wildcard_policy"), ids=vector_id)
def test_wildcard_routes_need_the_routers_permission(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    spec = RouteSpec(host="www.acme.test", wildcard_policy=given["wildcardPolicy"])
    rejection = own_rejection(
        Route(metadata=ObjectMeta(), spec=spec),
        "www.acme.test",
        wildcards_allowed=given["wildcardRoutesAllowed"],
    )
    assert (rejection is None) == expected["admitted"]


# --- status.record_condition -------------------------------------------------------------------------

RECORD = {vector_id(each): each for each in vectors("status.record_condition")}
NOW = 1_700_000_000.75


def ingress(document: dict[str, Any]) -> RouteIngress:
    return RouteIngress(
        host=document.get("host", ""),
        router_name=document.get("routerName", ""),
        router_canonical_hostname=document.get("routerCanonicalHostname", ""),
        conditions=tuple(
            RouteIngressCondition(
                type=each["type"],
                status=each["status"],
                reason=each.get("reason", ""),
                message=each.get("message", ""),
            )
            for each in document.get("conditions", ())
        ),
    )


@pytest.mark.parametrize(
    "vector",
    [each for each in RECORD.values() if "statusIngressBefore" in each["input"]],
    ids=vector_id,
)
def test_a_router_keeps_one_entry_of_its_own(vector: Vector) -> None:
    given, expected = vector["input"], vector["expected"]
    before = tuple(ingress(each) for each in given["statusIngressBefore"])
    entry = ingress(
        {
            "host": given["specHost"],
            "routerName": given["routerName"],
            "routerCanonicalHostname": given["routerCanonicalHostname"],
            "conditions": [given["condition"]],
        }
    )
    after = record_condition(before, entry, NOW)
    assert (after is not before) == expected["changed"]
    assert (len(after) > len(before)) == expected["createdNewIngressEntry"]
    assert [ingress_text(each) for each in after] == [
        ingress_text(ingress(each)) for each in expected["statusIngressAfter"]
    ]
    if expected["changed"]:
        times = {
            each.last_transition_time
            for entry in after
            if entry.router_name == given["routerName"]
            for each in entry.conditions
        }
        assert times == {1_700_000_000.0}


def ingress_text(entry: RouteIngress) -> str:
    conditions = [(each.type, each.status, each.reason, each.message) for each in entry.conditions]
    return f"{entry.host} {entry.router_name} {entry.router_canonical_hostname} {conditions}"


def running_engine() -> Engine:
    return Engine(EngineConfig(epoch=NOW), [RouterController()])


def test_a_changed_host_renews_the_transition_time_and_the_same_refusal_is_not_written_twice() -> (
    None
):
    """status-record-condition 008 and 009."""
    engine = running_engine()
    route = engine.cluster.create(
        Route(
            metadata=ObjectMeta(name="a", namespace="n"),
            spec=RouteSpec(host="route2.test.local", to=RouteTargetReference(name="s")),
        )
    )
    engine.step(NOW)
    before = engine.store.get(Route, "n", "a")
    assert before is not None
    engine.step(NOW + 60)
    changed = RouteSpec(host="route1.test.local", to=RouteTargetReference(name="s"))
    engine.cluster.update(Route(metadata=before.metadata, spec=changed, status=before.status))
    engine.step(NOW + 61)
    after = engine.store.get(Route, "n", "a")
    assert after is not None
    (entry,) = after.status.ingress
    assert entry.host == "route1.test.local"
    assert entry.conditions[0].last_transition_time == float(int(NOW + 60))
    assert (entry.conditions[0].status, entry.conditions[0].reason) == ("True", "")
    version = engine.store.version
    for key in (route.metadata.key, Key("n", "a")):
        engine.controller("router").reconcile(key, engine.cluster)
    assert engine.store.version == version


def test_an_admitted_condition_has_neither_reason_nor_message() -> None:
    """status-record-condition 010."""
    engine = running_engine()
    spec = RouteSpec(host="a.test.local", to=RouteTargetReference(name="s"))
    engine.cluster.create(Route(metadata=ObjectMeta(name="a", namespace="n"), spec=spec))
    engine.settle()
    route = engine.store.get(Route, "n", "a")
    assert route is not None
    (condition,) = route.status.ingress[0].conditions
    assert (condition.type, condition.status) == ("Admitted", "True")
    assert (condition.reason, condition.message) == ("", "")
