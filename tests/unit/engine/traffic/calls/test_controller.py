"""Pods that call each other over time: counts, the log, what changes them, and when nothing runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from cluster.engine.assembly import build_engine
from cluster.engine.traffic.calls import CallsController, CallsReport
from cluster.engine.traffic.calls.caller import KEPT_LINES, LINES_A_TICK
from cluster.engine.traffic.calls.samples import KEPT, Samples
from cluster.objects import kinds
from cluster.objects.meta import Key
from cluster.objects.service import Service
from tests.network_cluster import OVS_MULTITENANT
from tests.unit.engine.traffic.calls.lab import DATA, SHOP, ShopLab, workload

SOON = 3.0
"""Cluster seconds after which a change shows in new calls."""


def after(lab: ShopLab, name: str, seconds: float = 20.0) -> dict[str, float]:
    """The calls by class once a change has settled."""
    lab.run(SOON)
    moment = lab.engine.now
    lab.run(seconds)
    return lab.since(name, moment)


def change_port(lab: ShopLab, name: str, target: int, namespace: str = SHOP) -> None:
    def change(service: Service) -> Service:
        ports = tuple(replace(each, target_port=target) for each in service.spec.ports)
        return replace(service, spec=replace(service.spec, ports=ports))

    lab.edit(kinds.SERVICE, name, change, namespace)


def change_spec(lab: ShopLab, name: str, fields: Mapping[str, Any]) -> None:
    lab.edit(kinds.SERVICE, name, lambda held: replace(held, spec=replace(held.spec, **fields)))


def test_in_the_shop_all_calls_succeed_from_the_start() -> None:
    lab = ShopLab()
    for name, url in (("frontend", "http://api:8080"), ("api", "tcp://db.data:5432")):
        target = lab.target(name)
        assert target.target.url == url
        assert target.recent.success == 1
        assert target.failure is None
        assert not lab.report(name).failing
    assert after(lab, "api", 30) == {"ok": 2 * 2 * 30}


def test_a_workload_calls_at_its_rate() -> None:
    lab = ShopLab()
    lab.declare("api", "tcp://db.data:5432", "0.1")
    assert after(lab, "api", 100)["ok"] == pytest.approx(20, abs=2)


def test_all_endpoints_of_a_service_are_called_alike() -> None:
    lab = ShopLab()
    lab.declare("frontend", "http://api:8080", "100")
    lab.run(SOON)
    first = lab.report("frontend").log[-1].number
    lab.run(20)
    lines = [line for line in lab.report("frontend").log if line.number > first]
    places = {line.place: 0 for line in lines}
    for line in lines:
        places[line.place] += line.times
    assert len(places) == 2
    one, other = places.values()
    assert one == pytest.approx(other, rel=0.15)


def test_client_ip_keeps_a_pod_with_its_endpoint() -> None:
    lab = ShopLab()
    change_spec(lab, "api", {"session_affinity": "ClientIP"})
    lab.declare("frontend", "http://api:8080", "20")
    after(lab, "frontend")
    assert lab.target("frontend").affinity == 10_800
    recent = [line for line in lab.report("frontend").log if line.at > lab.engine.now - 15]
    by_pod: dict[str, set[str]] = {}
    for line in recent:
        by_pod.setdefault(line.pod, set()).add(line.place)
    assert len(by_pod) == 2
    assert all(len(places) == 1 for places in by_pod.values())


def test_a_wrong_target_port_makes_calls_fail_and_the_right_one_heals_them() -> None:
    lab = ShopLab()
    change_port(lab, "api", 9999)
    assert set(after(lab, "frontend")) == {"refused"}
    target = lab.target("frontend")
    assert target.is_failing
    assert target.failure is not None
    assert target.failure.reason == "nothing-listens"
    change_port(lab, "api", 8080)
    assert set(after(lab, "frontend")) == {"ok"}
    assert not lab.target("frontend").is_failing
    lab.run(60)
    assert lab.target("frontend").recent.success == 1


def test_a_service_that_goes_leaves_a_name_without_address() -> None:
    lab = ShopLab()
    lab.delete(kinds.SERVICE, "api")
    assert set(after(lab, "frontend")) == {"name-error"}
    assert lab.report("frontend").log[-1].text == "dial tcp: lookup api: no such host"


def test_a_name_begins_to_work_when_its_service_comes() -> None:
    lab = ShopLab()
    lab.create(workload("caller", calls="http://later:8080"))
    assert set(after(lab, "caller", 30)) == {"name-error"}
    lab.apply(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": "later", "namespace": SHOP},
            "spec": {"selector": {"app": "api"}, "ports": [{"port": 8080}]},
        }
    )
    assert set(after(lab, "caller")) == {"ok"}


def test_without_ready_endpoints_calls_are_refused() -> None:
    lab = ShopLab()
    change_spec(lab, "api", {"selector": {"app": "nobody"}})
    assert set(after(lab, "frontend")) == {"refused"}
    failure = lab.target("frontend").failure
    assert failure is not None
    assert failure.reason == "no-endpoints"


def test_a_new_annotation_takes_the_place_of_the_old_one() -> None:
    lab = ShopLab()
    lab.declare("api", "http://frontend:8080 tcp://db.data:5432")
    lab.run(SOON)
    assert [each.target.url for each in lab.report("api").targets] == [
        "http://frontend:8080",
        "tcp://db.data:5432",
    ]
    assert lab.target("api", 1).recent.calls > 100, "the history of the target that stays"


def test_another_project_is_out_of_reach_under_multitenant_until_they_are_joined() -> None:
    lab = ShopLab(plugin=OVS_MULTITENANT)
    assert set(after(lab, "api")) == {"timeout"}
    assert set(after(lab, "frontend")) == {"ok"}
    network = lab.engine.store.get(kinds.NETNAMESPACE.cls, "", SHOP)
    lab.edit(
        kinds.NETNAMESPACE, DATA, lambda held: replace(held, netid=network.netid), namespace=""
    )
    assert set(after(lab, "api")) == {"ok"}


@pytest.mark.parametrize("plugin", ["flannel/vxlan", "OVNKubernetes", "contiv"])
def test_calls_work_under_every_plugin(plugin: str) -> None:
    lab = ShopLab(plugin=plugin)
    assert set(after(lab, "frontend")) == {"ok"}
    change_port(lab, "api", 9999)
    assert set(after(lab, "frontend")) == {"refused"}


def test_pods_that_are_gone_call_nobody() -> None:
    lab = ShopLab()
    lab.edit(
        kinds.DEPLOYMENTCONFIG,
        "frontend",
        lambda held: replace(held, spec=replace(held.spec, replicas=0)),
    )
    lab.run(60)
    assert lab.report("frontend").pods == 0
    assert after(lab, "frontend") == {}


def test_nothing_ticks_while_nobody_declares_calls() -> None:
    lab = ShopLab("demo")
    ours = [each for each in lab.engine.cluster.timers._heap if "calls" in str(each)]
    assert ours == []
    assert lab.calls.reports() == []


def test_the_end_of_the_last_declaration_ends_the_ticks() -> None:
    lab = ShopLab()
    lab.declare("frontend", "")
    lab.delete(kinds.DEPLOYMENTCONFIG, "api")
    lab.run(5)
    assert lab.calls.reports() == []
    assert lab.calls._next_tick is None


def test_the_log_is_bounded_and_failures_come_first() -> None:
    lab = ShopLab()
    lab.declare("frontend", "http://api:8080 tcp://nobody:1", "50")
    lab.run(120)
    log = lab.report("frontend").log
    assert len(log) == KEPT_LINES
    ticks = [line.at for line in log]
    assert max(ticks.count(each) for each in set(ticks)) <= LINES_A_TICK
    last = [line for line in log if line.at == ticks[-1]]
    assert [line.kind for line in last[:2]] == ["name-error", "name-error"]
    numbers = [line.number for line in log]
    assert numbers == sorted(numbers)


def test_what_has_no_bearing_on_calls_has_nothing_walked_anew() -> None:
    lab = ShopLab()
    lab.run(SOON)
    held = lab.calls._attempts
    assert held is not None
    lab.apply(
        {
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": {"name": "elsewhere"},
        }
    )
    lab.run(SOON)
    lab.create(workload("stranger", calls="", namespace="elsewhere"))
    held = lab.calls._attempts
    lab.run(60)
    assert lab.pods("stranger", "elsewhere")[0].status.ready
    assert lab.calls._attempts is held
    lab.edit(kinds.NODE, "node-1", _switched_off, namespace="")
    lab.run(0.5)
    assert lab.calls._attempts is not held


def _switched_off(node: Any) -> Any:
    annotations = {**node.metadata.annotations, "shiftlab.io/machine": "Off"}
    return replace(node, metadata=replace(node.metadata, annotations=annotations))


def test_the_same_seed_makes_the_same_calls() -> None:
    def history(seed: int, *steps: float) -> list[CallsReport]:
        lab = ShopLab(seed=seed)
        change_port(lab, "api", 9999)
        for each in steps:
            lab.run(each)
        return lab.calls.reports()

    one, other = history(1, 30), history(1, 10, 0.25, 19.75)
    assert [each.log for each in one] == [each.log for each in other]
    for report, same in zip(one, other, strict=True):
        assert np.array_equal(report.total.counts, same.total.counts)
    assert [each.log for each in history(2, 30)] != [each.log for each in one]


def test_a_faster_clock_makes_longer_ticks_and_loses_no_call() -> None:
    lab = ShopLab()
    lab.engine.set_speed(50)
    moment = lab.engine.now
    lab.run(1000)
    report = lab.report("api")
    assert len(report.series(moment).times) == pytest.approx(20, abs=2)
    counts, _ = report.total.since(moment)
    assert counts[0] == pytest.approx(2 * 2 * 1000, abs=4 * 51)
    lab.engine.set_speed(1)
    lab.run(10)
    assert len(lab.report("api").series(lab.engine.now - 8).times) >= 7


def test_samples_keep_ten_minutes_and_readers_keep_what_they_saw() -> None:
    samples = Samples(0.0)
    one = np.array([1, 0, 0, 0, 0, 0], dtype=np.int64)
    seen = samples.extent
    for second in range(1, 3 * KEPT):
        samples.append(float(second), one, 0.5)
        if second == KEPT:
            seen = samples.extent
    assert len(seen.times) == KEPT + 1
    assert seen.counts[-1, 0] == KEPT
    counts, seconds = samples.extent.since(3 * KEPT - 61.0)
    assert (counts[0], seconds) == (60, 30.0)
    assert KEPT <= len(samples.extent.times) <= 2 * KEPT


def test_a_recovered_cluster_goes_on_calling() -> None:
    lab = ShopLab()
    held = [each for kind in kinds.STORED for each in lab.engine.store.list(kind.cls)]
    again = build_engine(lab.engine.config, now=lab.engine.now)
    again.recover(held, lab.engine.state())
    again.step(again.now + 10)
    calls = again.controller("calls")
    assert isinstance(calls, CallsController)
    report = calls.report(Key(SHOP, "api"))
    assert report is not None
    assert report.targets[0].recent.success == 1
