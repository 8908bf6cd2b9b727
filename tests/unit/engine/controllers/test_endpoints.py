"""Which pods stand behind a service, on which port, and when they come and go."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cluster.objects import kinds
from cluster.objects.endpoints import Endpoints
from tests.unit.engine.lab import (
    NAMESPACE,
    POD,
    RC,
    SVC,
    Lab,
    controller_document,
    pod_document,
)


def service_document(name: str = "web", **spec: Any) -> dict[str, Any]:
    ports = [{"name": "8080-tcp", "port": 80, "targetPort": 8080}]
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": NAMESPACE},
        "spec": {"selector": {"app": "web"}, "ports": ports, **spec},
    }


def endpoints(lab: Lab, name: str = "web") -> Endpoints:
    found = lab.engine.store.get(Endpoints, NAMESPACE, name)
    assert found is not None
    return found


def ready(lab: Lab) -> list[str]:
    return [each.ip for subset in endpoints(lab).subsets for each in subset.addresses]


def not_ready(lab: Lab) -> list[str]:
    return [each.ip for subset in endpoints(lab).subsets for each in subset.not_ready_addresses]


def test_a_service_without_pods_has_endpoints_without_addresses() -> None:
    lab = Lab()
    lab.create(service_document())
    lab.run(0.1)
    assert endpoints(lab).subsets == ()


def test_ready_pods_are_listed_sorted_with_their_own_port() -> None:
    lab = Lab()
    lab.create(service_document(), controller_document(replicas=3))
    lab.run(15)
    assert ready(lab) == ["10.129.0.2", "10.129.0.3", "10.130.0.2"]
    (subset,) = endpoints(lab).subsets
    assert [(port.name, port.port) for port in subset.ports] == [("8080-tcp", 8080)]
    assert {each.node_name for each in subset.addresses} == {"node-1", "node-2"}
    assert all(each.target_ref is not None for each in subset.addresses)


def test_a_pod_that_is_not_ready_is_listed_apart() -> None:
    lab = Lab()
    slow = [{"name": "APP_START_SECONDS", "value": "20"}]
    probe = {"tcpSocket": {"port": 8080}, "periodSeconds": 1}
    lab.create(service_document(), pod_document(env=slow, readinessProbe=probe))
    lab.run(15)
    assert (ready(lab), not_ready(lab)) == ([], ["10.129.0.2"])
    lab.run(15)
    assert (ready(lab), not_ready(lab)) == (["10.129.0.2"], [])


def test_a_service_may_publish_pods_that_are_not_ready() -> None:
    lab = Lab()
    lab.create(
        service_document(publishNotReadyAddresses=True),
        pod_document(readinessProbe={"tcpSocket": {"port": 9}}),
    )
    lab.run(15)
    assert ready(lab) == ["10.129.0.2"]


def test_a_crashed_pod_stays_listed_as_not_ready() -> None:
    lab = Lab()
    lab.create(service_document(), pod_document(env=[{"name": "APP_CRASH_AFTER", "value": "3"}]))
    lab.until(lambda: lab.words() == ["CrashLoopBackOff"])
    assert (ready(lab), not_ready(lab)) == ([], ["10.129.0.2"])


def test_a_terminating_pod_leaves_at_once() -> None:
    lab = Lab()
    lab.create(service_document(), pod_document())
    lab.run(10)
    assert ready(lab) == ["10.129.0.2"]
    lab.delete(POD, "web")
    lab.engine.settle()
    assert endpoints(lab).subsets == ()
    assert lab.words() == ["Terminating"]


def test_a_target_port_may_be_a_name() -> None:
    lab = Lab()
    ports = [{"name": "web", "port": 80, "targetPort": "http"}]
    document = pod_document()
    container = {**document["spec"]["containers"][0]}
    container["ports"] = [{"name": "http", "containerPort": 9000}]
    lab.create(service_document(ports=ports), {**document, "spec": {"containers": [container]}})
    lab.run(10)
    (subset,) = endpoints(lab).subsets
    assert [port.port for port in subset.ports] == [9000]


def test_a_name_that_no_container_has_gives_no_endpoints() -> None:
    lab = Lab()
    ports = [{"name": "web", "port": 80, "targetPort": "http"}]
    lab.create(service_document(ports=ports), pod_document())
    lab.run(10)
    assert endpoints(lab).subsets == ()


def test_a_changed_selector_changes_the_endpoints() -> None:
    lab = Lab()
    lab.create(service_document(), pod_document("web"), pod_document("other"))
    lab.run(10)
    before = ready(lab)
    lab.edit(
        SVC, "web", lambda each: replace(each, spec=replace(each.spec, selector={"app": "other"}))
    )
    lab.engine.settle()
    assert len(ready(lab)) == 1
    assert ready(lab) != before


def test_endpoints_go_with_their_service_and_its_address_is_free_again() -> None:
    lab = Lab()
    lab.create(service_document(clusterIP="172.30.7.7"))
    lab.run(0.1)
    lab.delete(SVC, "web")
    lab.run(0.1)
    assert lab.engine.store.get(Endpoints, NAMESPACE, "web") is None
    lab.create(service_document("again", clusterIP="172.30.7.7"))
    assert lab.get(SVC, "again").spec.cluster_ip == "172.30.7.7"


def test_endpoints_of_a_service_without_selector_belong_to_the_user() -> None:
    lab = Lab()
    service = service_document()
    del service["spec"]["selector"]
    address = {"addresses": [{"ip": "192.0.2.1"}], "ports": [{"port": 80}]}
    metadata = {"name": "web", "namespace": NAMESPACE}
    lab.create(
        service,
        {"apiVersion": "v1", "kind": "Endpoints", "metadata": metadata, "subsets": [address]},
    )
    lab.run(1)
    assert ready(lab) == ["192.0.2.1"]


def test_a_service_with_very_many_pods_is_updated_in_batches() -> None:
    lab = Lab(nodes=10)
    lab.create(service_document(), controller_document(replicas=2000))
    lab.engine.take_changes()
    lab.run(20)
    writes = [change for change in lab.engine.take_changes() if change.kind is kinds.ENDPOINTS]
    assert len(ready(lab)) == 2000
    assert len(writes) < 30
    lab.scale(RC, "web", 10)
    lab.run(1)
    assert len(ready(lab)) == 10
