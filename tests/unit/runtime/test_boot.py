"""First boot, restart, and what is refused at the start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from cluster import models
from cluster.engine.routing.router_object import ROUTER
from cluster.objects import kinds
from cluster.objects.ingresscontroller import IngressController, RouteAdmission
from cluster.objects.node import pod_cidr
from cluster.persistence import fsck
from cluster.persistence.lease import Lease
from cluster.runtime import running
from cluster.runtime.boot import Setup, StartError
from cluster.runtime.commands import SYSTEM_ADMIN, Create, Edit
from cluster.runtime.errors import Unavailable
from tests.builders import a_new_service

EMPTY = Setup(scenario="empty")


@pytest.fixture(autouse=True)
def _stopped(transactional_db: None) -> Iterator[None]:
    yield
    running.stop()


def test_nothing_runs_before_the_start() -> None:
    assert running.trouble() == "the cluster is not running"
    with pytest.raises(Unavailable):
        running.current()


def test_the_first_boot_makes_the_cluster_that_was_asked_for() -> None:
    client = running.start(Setup(scenario="empty", nodes=4, profile="4", seed=9))
    assert client.count(kinds.NODE) == 5
    assert (client.config.profile.name, client.config.seed) == ("4", 9)
    assert running.trouble() == ""
    assert "5 nodes" in running.summary()


def test_a_restart_goes_on_where_the_last_run_ended() -> None:
    client = running.start(EMPTY)
    client.pause(SYSTEM_ADMIN)
    client.execute([Create(a_new_service("web", "default"))], SYSTEM_ADMIN)
    version, now = client.version, client.clock().now
    running.stop()
    again = running.start()
    assert again.get(kinds.SERVICE, "default", "web").spec.cluster_ip
    assert again.version == version
    assert (again.clock().now, again.clock().running) == (now, False)
    assert "Recovered" in running.summary()


def test_the_version_never_goes_back_after_a_crash() -> None:
    client = running.start(EMPTY)
    client.execute([Create(a_new_service("web", "default"))], SYSTEM_ADMIN)
    limit = models.EngineState.objects.get().version_limit
    before = client.version
    running.stop()
    models.EngineState.objects.update(version_limit=limit)  # as a killed process leaves it
    assert running.start().version >= limit > before


def test_a_second_start_is_refused() -> None:
    running.start(EMPTY)
    with pytest.raises(StartError, match="already running in this process"):
        running.start()


def test_a_database_in_use_is_refused_with_its_holder() -> None:
    lease = Lease()
    lease.acquire()
    with pytest.raises(StartError, match=r"already running: process \d+.* holds its lease"):
        running.start()
    lease.release()


def test_who_lost_the_database_to_another_process_writes_no_more() -> None:
    client = running.start(EMPTY)
    models.Lease.objects.update(holder="another")
    with pytest.raises(Unavailable, match="another process has taken over this database"):
        client.execute([Create(a_new_service("web", "default"))], SYSTEM_ADMIN)
    assert "another process" in running.trouble()
    assert not models.Service.objects.filter(name="web").exists()


@pytest.mark.parametrize(
    ("setup", "text"),
    [
        (Setup(nodes=0), "--nodes: 0 is not between"),
        (Setup(profile="5"), "--profile: no profile '5'; there are course, 3.11, 4"),
        (Setup(plugin="calico"), "--plugin: no plugin 'calico'; there are redhat/openshift-ovs"),
        (Setup(scenario="x"), "--scenario: no scenario 'x'; there are demo"),
        (Setup(speed=1000), "--speed: 1000 is not between 1 and 100"),
    ],
)
def test_a_wrong_option_is_named_and_nothing_is_made(setup: Setup, text: str) -> None:
    with pytest.raises(StartError, match=text):
        running.start(setup)
    assert not models.EngineState.objects.exists()
    running.start(EMPTY)  # the lease was given back


def test_a_cluster_is_made_with_the_plugin_that_was_asked_for_and_keeps_it() -> None:
    client = running.start(Setup(scenario="empty", plugin="flannel/vxlan"))
    [network] = client.list(kinds.CLUSTERNETWORK)
    assert network.plugin_name == "flannel/vxlan"
    assert client.count(kinds.HOSTSUBNET) == 0
    subnets = [pod_cidr(each) for each in client.list(kinds.NODE)]
    running.stop()
    assert fsck.check() == []
    with pytest.raises(StartError, match="made with flannel/vxlan, not contiv"):
        running.start(Setup(plugin="contiv"))
    again = running.start(Setup(plugin="flannel/vxlan"))
    assert [pod_cidr(each) for each in again.list(kinds.NODE)] == subnets


def test_options_of_another_cluster_are_not_ignored() -> None:
    running.start(EMPTY)
    running.stop()
    with pytest.raises(StartError, match=r"made with 2, not 7.*make reset"):
        running.start(Setup(nodes=7))
    running.start(Setup(nodes=2, speed=5))
    assert running.current().clock().speed == 5


def test_a_damaged_database_is_told_not_guessed() -> None:
    running.start(EMPTY)
    running.stop()
    models.Service.objects.update(spec={"ports": 3})
    with pytest.raises(StartError, match="the database is damaged: Service default/kubernetes"):
        running.start()


def test_the_database_is_whole_after_a_run() -> None:
    running.start(Setup(speed=100))
    running.current().advance(SYSTEM_ADMIN, 60)
    running.stop()
    assert fsck.check() == []


def test_the_routers_settings_are_kept_over_a_restart() -> None:
    client = running.start(EMPTY)

    def shared(old: IngressController) -> IngressController:
        admission = RouteAdmission(namespace_ownership="InterNamespaceAllowed")
        return replace(old, spec=replace(old.spec, route_admission=admission))

    client.execute([Edit(kinds.INGRESSCONTROLLER, ROUTER, shared)], SYSTEM_ADMIN)
    running.stop()
    assert running.start().router().ownership == "InterNamespaceAllowed"


def test_a_cluster_from_before_there_was_a_router_object_gets_one() -> None:
    running.start(EMPTY)
    running.stop()
    models.IngressController.objects.all().delete()
    models.Namespace.objects.filter(name__startswith="openshift-ingress").delete()
    client = running.start()
    client.flush()
    held = client.get(kinds.INGRESSCONTROLLER, *ROUTER)
    assert held.spec.domain == "apps.localhost"
    running.stop()
    assert models.IngressController.objects.get().uid == held.metadata.uid
    assert fsck.check() == []
