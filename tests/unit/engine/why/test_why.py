"""Why something fails: each cause is found, named, and the object to mend is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from cluster.engine.access import SYSTEM_ADMIN
from cluster.engine.commands import Create, Delete, Edit
from cluster.engine.engine import Engine
from cluster.engine.why import Chain, why_node, why_pod, why_route, why_service
from cluster.objects import kinds
from cluster.objects.kind import Kind
from cluster.objects.meta import Key
from cluster.objects.node import MACHINE, OFF, Node
from cluster.objects.pod import Pod
from cluster.objects.route import RoutePort
from tests.running_cluster import SETTLED, demo_engine

BLUE = "simple-webapp-docker"
SERVICE, ROUTE = Key("demo", BLUE), Key("demo", "web")


@pytest.fixture
def engine() -> Engine:
    engine = demo_engine()
    engine.step(engine.now + SETTLED)
    return engine


def edit(engine: Engine, kind: Kind, name: str, change: Callable[[Any], Any]) -> None:
    engine.execute([Edit(kind, Key("demo", name), change)], SYSTEM_ADMIN)
    engine.step(engine.now + 60)


def spec(**fields: Any) -> Callable[[Any], Any]:
    return lambda old: replace(old, spec=replace(old.spec, **fields))


def of_route(engine: Engine) -> Chain:
    return why_route(engine.store, ROUTE, engine.config.profile.router_env)


def cause(chain: Chain) -> str:
    assert chain.cause is not None
    assert chain.facts[-1] is chain.cause
    return chain.cause.said


def test_what_works_has_no_cause(engine: Engine) -> None:
    pod = engine.store.list(Pod, "demo")[0]
    chains = [
        of_route(engine),
        why_service(engine.store, SERVICE),
        why_pod(engine.store, pod.metadata.key),
        why_node(engine.store, pod.node_name),
    ]
    for chain in chains:
        assert chain.is_well
        assert len(chain.facts) >= 1


def test_a_selector_that_matches_nothing_names_what_pods_carry(engine: Engine) -> None:
    edit(engine, kinds.SERVICE, BLUE, spec(selector={"deploymentconfig": "simple-webap"}))
    said = cause(why_service(engine.store, SERVICE))
    assert "selector deploymentconfig=simple-webap matches no pod" in said
    assert "deploymentconfig=simple-webapp-docker" in said
    assert cause(of_route(engine)) == said


def test_a_wrong_target_port_is_found_behind_the_route(engine: Engine) -> None:
    def wrong(old: Any) -> Any:
        ports = tuple(replace(port, target_port=9090) for port in old.spec.ports)
        return replace(old, spec=replace(old.spec, ports=ports))

    edit(engine, kinds.SERVICE, BLUE, wrong)
    chain = why_service(engine.store, SERVICE)
    assert "Nothing listens on port 9090 in pod simple-webapp-docker" in cause(chain)
    assert chain.cause is not None
    assert (chain.cause.kind, chain.cause.key) == ("Service", SERVICE)
    assert "targetPort" in chain.cause.fix


def test_a_route_port_that_no_service_has(engine: Engine) -> None:
    edit(engine, kinds.ROUTE, "web", spec(port=RoutePort(target_port="https")))
    assert "has no port named https" in cause(of_route(engine))


def test_weights_that_are_all_zero(engine: Engine) -> None:
    def none(old: Any) -> Any:
        main = replace(old.spec.to, weight=0)
        others = tuple(replace(each, weight=0) for each in old.spec.alternate_backends)
        return replace(old, spec=replace(old.spec, to=main, alternate_backends=others))

    edit(engine, kinds.ROUTE, "web", none)
    assert cause(of_route(engine)) == "The weights of all its services are 0."


def test_a_missing_service(engine: Engine) -> None:
    engine.execute([Delete(kinds.SERVICE, SERVICE)], SYSTEM_ADMIN)
    engine.settle()
    assert f"Service {BLUE} does not exist" in cause(of_route(engine))


def test_a_host_that_another_route_holds(engine: Engine) -> None:
    first = engine.store.get(kinds.ROUTE.cls, *ROUTE)
    assert first is not None
    second = replace(
        first,
        metadata=replace(first.metadata, name="late", uid="", resource_version=0),
    )
    engine.execute([Create(second)], SYSTEM_ADMIN)
    engine.settle()
    chain = why_route(engine.store, Key("demo", "late"), engine.config.profile.router_env)
    assert "HostAlreadyClaimed" in cause(chain)


def test_an_image_that_cannot_be_pulled(engine: Engine) -> None:
    def broken(old: Any) -> Any:
        template = old.spec.template
        [container] = template.spec.containers
        pod_spec = replace(
            template.spec,
            containers=(replace(container, image="mmumshad/simple-webapp-docker:v99"),),
        )
        return replace(old, spec=replace(old.spec, template=replace(template, spec=pod_spec)))

    edit(engine, kinds.DEPLOYMENTCONFIG, BLUE, broken)
    found = [why_pod(engine.store, pod.metadata.key) for pod in engine.store.list(Pod, "demo")]
    failing = [cause(chain) for chain in found if not chain.is_well]
    assert any(
        "Image mmumshad/simple-webapp-docker:v99 cannot be pulled" in said for said in failing
    )


def test_a_machine_without_power_is_the_cause_of_its_pods_silence(engine: Engine) -> None:
    pod = engine.store.list(Pod, "demo")[0]
    node = engine.store.get(Node, "", pod.node_name)
    assert node is not None
    metadata = replace(node.metadata, annotations={MACHINE: OFF})
    engine.cluster.update(replace(node, metadata=metadata))
    said = cause(why_pod(engine.store, pod.metadata.key))
    assert said == f"The machine of node {pod.node_name} is off."


def test_a_pod_that_no_node_takes(engine: Engine) -> None:
    for node in engine.store.list(Node):
        engine.cluster.update(replace(node, spec=replace(node.spec, unschedulable=True)))
    engine.execute([_scaled(BLUE, 3)], SYSTEM_ADMIN)
    engine.step(engine.now + 30)
    [pending] = [pod for pod in engine.store.list(Pod, "demo") if not pod.node_name]
    assert "has no node: 0/3 nodes are available" in cause(
        why_pod(engine.store, pending.metadata.key)
    )


def _scaled(name: str, replicas: int) -> Edit:
    return Edit(kinds.DEPLOYMENTCONFIG, Key("demo", name), spec(replicas=replicas))
