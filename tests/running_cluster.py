"""A running cluster for tests of the console: the real engine, thread and client, and time on demand.

The clock stands still until a test calls `client.advance(…)`, so what a page shows is the same in every
run. The journal forgets what it is given: how a cluster is kept has its own tests (`unit/persistence`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from cluster.engine.access import Actor
from cluster.engine.assembly import build_engine
from cluster.engine.commands import Create
from cluster.engine.engine import Engine
from cluster.engine.watch import Change
from cluster.objects.document import from_document
from cluster.objects.kind import Object
from cluster.objects.kinds import kind_of
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.namespace import Project
from cluster.objects.rolebinding import RoleBinding, RoleRef, Subject
from cluster.persistence.journal import Journal
from cluster.persistence.state import Snapshot
from cluster.runtime.client import Client
from cluster.runtime.driver import Driver
from cluster.scenarios import first_boot
from tests.builders import a_config, a_pod

DEVELOPER = Actor("developer")
VIEWER = Actor("viewer")
OUTSIDER = Actor("outsider")
KUBEADMIN = Actor("kubeadmin", is_cluster_admin=True)
SETTLED = 60.0
"""Cluster seconds after which the demo's pods are ready and its visitors have been served."""


class ForgetfulJournal(Journal):
    """Answers like the journal, in the same order and on a thread of its own, and writes nothing."""

    def write(
        self,
        changes: Mapping[tuple[str, Key], Change],
        snapshot: Snapshot | None,
        *,
        durable: bool,
    ) -> None:
        """Take note of how far versions may go."""
        if snapshot is not None:
            self._reserved = self._limit(snapshot.version)


@contextmanager
def running(engine: Engine) -> Iterator[Client]:
    """Run an engine with its clock paused."""
    journal = ForgetfulJournal()
    driver = Driver(engine, journal, running=False)
    journal.write({}, driver.snapshot(), durable=True)
    driver.start()
    try:
        yield Client(driver)
    finally:
        driver.stop()


def one_of_each(engine: Engine) -> None:
    """Adds to `demo` one object of every kind that the scenario leaves out."""
    for document in ONE_OF_EACH:
        obj, unknown = from_document(document)
        assert not unknown
        kind = kind_of(obj)
        if not engine.store.count(kind.cls, "demo" if kind.namespaced else None):
            engine.cluster.create(obj, intent=True)


ONE_OF_EACH: Sequence[Mapping[str, Any]] = (
    {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "allow-all", "namespace": "demo"},
        "spec": {"podSelector": {}, "policyTypes": ["Ingress"], "ingress": [{}]},
    },
    {
        "apiVersion": "network.openshift.io/v1",
        "kind": "EgressNetworkPolicy",
        "metadata": {"name": "default", "namespace": "demo"},
        "spec": {"egress": [{"type": "Allow", "to": {"cidrSelector": "0.0.0.0/0"}}]},
    },
    {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "web-abcde", "namespace": "demo"},
        "addressType": "IPv4",
        "endpoints": [],
        "ports": [],
    },
    {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "password", "namespace": "demo"},
        "type": "Opaque",
        "data": {"word": "c2VzYW1l"},
    },
    {
        "apiVersion": "operator.openshift.io/v1",
        "kind": "IngressController",
        "metadata": {"name": "default", "namespace": "demo"},
        "spec": {"domain": "apps.localhost"},
    },
)


def demo_engine() -> Engine:
    """The demo scenario: `developer` is admin of `demo`, `viewer` may look, `secret` is kubeadmin's."""
    engine = build_engine(a_config())
    first_boot(engine)
    engine.execute([Create(Project(metadata=ObjectMeta(name="secret")))], KUBEADMIN)
    engine.execute([Create(a_binding("view", VIEWER))], KUBEADMIN)
    one_of_each(engine)
    return engine


def a_binding(role: str, *actors: Actor, namespace: str = "demo") -> RoleBinding:
    """A role for some users in a project."""
    subjects = tuple(
        Subject(kind="User", api_group="rbac.authorization.k8s.io", name=actor.name)
        for actor in actors
    )
    metadata = ObjectMeta(name=f"{role}-of-a-test", namespace=namespace)
    return RoleBinding(metadata=metadata, role_ref=RoleRef(name=role), subjects=subjects)


def crowd_engine(pods: int) -> Engine:
    """Pods `web-00000` … in `demo`, the later ones with the lower addresses; no controllers."""
    engine = Engine(a_config(), [])
    engine.execute([Create(Project(metadata=ObjectMeta(name="demo")))], DEVELOPER)
    for number in range(pods):
        engine.cluster.create(crowd_pod(number, pods), intent=True)
    engine.take_changes()
    return engine


def crowd_pod(number: int, pods: int) -> Object:
    """One of the crowd."""
    place = pods - number
    ip = f"10.{128 + place // 62500}.{place // 250 % 250}.{place % 250}"
    pod = a_pod(f"web-{number:05}", ip=ip)
    return replace(pod, metadata=replace(pod.metadata, uid="", resource_version=0))
