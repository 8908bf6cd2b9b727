"""A small cluster for the tests of DNS: services of every kind in the projects demo and data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cluster.engine.store import Store
from cluster.objects.endpoints import EndpointAddress, EndpointPort, Endpoints, EndpointSubset
from cluster.objects.kind import Object
from cluster.objects.meta import ObjectMeta
from cluster.objects.namespace import Namespace
from cluster.objects.pod import Pod, PodSpec, PodStatus
from cluster.objects.service import HEADLESS, Service, ServicePort, ServiceSpec


def a_namespace(name: str) -> Namespace:
    """A namespace."""
    return Namespace(metadata=ObjectMeta(name=name))


def a_service(
    name: str,
    ip: str = HEADLESS,
    *ports: tuple[str, int],
    namespace: str = "demo",
    external_name: str = "",
    **fields: Any,
) -> Service:
    """A service, headless unless it gets a cluster IP."""
    spec = ServiceSpec(
        ports=tuple(ServicePort(name=each, port=port, protocol="TCP") for each, port in ports),
        cluster_ip="" if external_name else ip,
        type="ExternalName" if external_name else "ClusterIP",
        external_name=external_name,
        **fields,
    )
    return Service(metadata=ObjectMeta(name=name, namespace=namespace), spec=spec)


def some_endpoints(
    name: str,
    *addresses: tuple[str, str] | str,
    unready: Iterable[str] = (),
    ports: Iterable[tuple[str, int]] = (("http", 8080),),
    namespace: str = "demo",
) -> Endpoints:
    """Endpoints; an address may have a hostname."""
    made = (each if isinstance(each, tuple) else (each, "") for each in addresses)
    subset = EndpointSubset(
        addresses=tuple(EndpointAddress(ip=ip, hostname=hostname) for ip, hostname in made),
        not_ready_addresses=tuple(EndpointAddress(ip=ip) for ip in unready),
        ports=tuple(EndpointPort(name=each, port=port) for each, port in ports),
    )
    return Endpoints(metadata=ObjectMeta(name=name, namespace=namespace), subsets=(subset,))


def a_pod(
    name: str = "web-1-abcde", ip: str = "10.128.0.5", namespace: str = "demo", **extra: Any
) -> Pod:
    """A running pod; `extra` are fields of its spec, such as dnsPolicy."""
    return Pod(
        metadata=ObjectMeta(name=name, namespace=namespace),
        spec=PodSpec(extra=extra),
        node_name="node-1",
        status=PodStatus(phase="Running", pod_ip=ip, host_ip="192.168.122.11", ready=True),
    )


def the_objects() -> list[Object]:
    """The cluster."""
    return [
        *(a_namespace(each) for each in ("default", "demo", "data")),
        a_service("kubernetes", "172.30.0.1", ("https", 443), namespace="default"),
        a_service("web", "172.30.1.1", ("http", 8080)),
        a_service("db", HEADLESS, ("pg", 5432)),
        a_service("idle", HEADLESS, ("http", 80)),
        a_service("lost", "172.30.1.9", ("http", 80)),
        a_service("bare", HEADLESS),
        a_service("alias", external_name="web.demo.svc.cluster.local"),
        a_service("outside", external_name="www.example.com"),
        a_service("nowhere", ""),
        a_service("store", "172.30.1.2", ("http", 80), namespace="data"),
        some_endpoints("web", "10.128.0.5", "10.129.0.7"),
        some_endpoints("db", ("10.128.0.8", "db-0"), "10.129.0.9", ports=[("pg", 5432)]),
        some_endpoints("idle", unready=["10.128.0.9"]),
        some_endpoints("lost"),
        some_endpoints("store", "10.128.0.30", namespace="data"),
        a_pod("web-1-abcde", "10.128.0.5"),
        a_pod("db-0", "10.128.0.8"),
        a_pod("idle-1-xyzzy", "10.128.0.9"),
        a_pod("alone", "10.128.0.40"),
        a_pod("store-1-aaaaa", "10.128.0.30", namespace="data"),
    ]


def a_store(*more: Object) -> Store:
    """A store with the cluster, put in commit by commit."""
    store = Store()
    for each in (*the_objects(), *more):
        store.put(each)
    return store
