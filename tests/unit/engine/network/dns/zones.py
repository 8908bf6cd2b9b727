"""The recorded zones of `vectors/dns.json` as objects of a store, and resolvers over them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from cluster.engine.network.dns import Question, Record, Resolver, etcd_resolver, resolver_for
from cluster.engine.network.dns.coredns_options import CoreDnsOptions, ExternalOptions
from cluster.engine.network.dns.dialects import COREDNS, ETCD, EXTERNAL, SPECIFICATION
from cluster.engine.network.dns.message import Upstream
from cluster.engine.network.dns.sky_record import SkyRecord, key_of
from cluster.engine.store import Store
from cluster.objects.endpoints import (
    EndpointAddress,
    EndpointPort,
    Endpoints,
    EndpointSubset,
    ObjectReference,
)
from cluster.objects.meta import ObjectMeta
from cluster.objects.namespace import Namespace
from cluster.objects.pod import Pod, PodStatus
from cluster.objects.service import Service, ServicePort, ServiceSpec, ServiceStatus
from tests.shared_data import load_json

Document = Mapping[str, Any]


class Outside:
    """The world outside, as far as a vector needs it."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records

    def lookup(self, name: str, type_: str) -> tuple[Record, ...] | None:
        """The records of a name, through CNAMEs."""
        found: list[Record] = []
        for each in self._records:
            if each.name.lower() == name.lower() and each.type in (type_, "CNAME"):
                found.append(each)
                if each.type == "CNAME":
                    found += self.lookup(str(each.data), type_) or ()
        return tuple(found) or None


def vectors() -> Document:
    """The whole file."""
    loaded: Document = load_json("vectors", "dns.json")
    return loaded


def a_store(zone: Document) -> Store:
    """A store with the objects of a zone."""
    store = Store()
    store.load(Namespace(metadata=ObjectMeta(name=each)) for each in zone.get("namespaces") or ())
    store.load(_service(each) for each in zone.get("services") or ())
    store.load(_endpoints(each) for each in zone.get("endpoints") or ())
    store.load(_pod(each) for each in zone.get("pods") or ())
    return store


def _metadata(document: Document, name: str) -> ObjectMeta:
    return ObjectMeta(
        name=document[name],
        namespace=document["namespace"],
        annotations=document.get("annotations") or {},
        labels=document.get("labels") or {},
    )


def _service(document: Document) -> Service:
    ips = document.get("clusterIPs") or [document.get("clusterIP") or ""]
    ports = tuple(
        ServicePort(
            name=each.get("name", ""), protocol=each.get("protocol", "TCP"), port=each["port"]
        )
        for each in document.get("ports") or ()
    )
    spec = ServiceSpec(
        ports=ports,
        cluster_ip=ips[0],
        type=document.get("type", "ClusterIP"),
        external_name=document.get("externalName", ""),
        external_ips=tuple(document.get("externalIPs") or ()),
        publish_not_ready_addresses=bool(document.get("publishNotReadyAddresses")),
        extra={"clusterIPs": list(ips)} if len(ips) > 1 else {},
    )
    ingress = document.get("loadBalancerIngress") or ()
    status = ServiceStatus(load_balancer={"ingress": list(ingress)} if ingress else {})
    return Service(metadata=_metadata(document, "name"), spec=spec, status=status)


def _endpoints(document: Document) -> Endpoints:
    subsets = tuple(
        EndpointSubset(
            addresses=_addresses(each.get("addresses")),
            not_ready_addresses=_addresses(each.get("notReadyAddresses")),
            ports=tuple(
                EndpointPort(
                    name=port.get("name", ""),
                    protocol=port.get("protocol", "TCP"),
                    port=port["port"],
                )
                for port in each.get("ports") or ()
            ),
        )
        for each in document["subsets"]
    )
    return Endpoints(metadata=_metadata(document, "service"), subsets=subsets)


def _addresses(documents: Sequence[Document] | None) -> tuple[EndpointAddress, ...]:
    return tuple(
        EndpointAddress(
            ip=each["ip"],
            hostname=each.get("hostname", ""),
            target_ref=ObjectReference(kind="Pod", name=each["targetRef"])
            if each.get("targetRef")
            else None,
        )
        for each in documents or ()
    )


def _pod(document: Document) -> Pod:
    status = PodStatus(phase=document.get("phase", "Running"), pod_ip=document["ip"])
    return Pod(metadata=_metadata(document, "name"), status=status)


def a_resolver(profile: str, zone: Document, upstream: Upstream | None = None) -> Resolver:
    """The server of a profile over a recorded zone."""
    options = zone.get("options") or {}
    if profile == ETCD:
        return etcd_resolver(
            [_sky_record(each) for each in zone["etcd"]],
            zone=zone["zone"],
            ttl=options["default_ttl"],
            priority=options["default_priority"],
            min_ttl=options["min_ttl"],
            local=options["local"],
            upstream=upstream,
        )
    return resolver_for(
        profile,
        a_store(zone),
        zone=zone["zone"],
        options=_options(profile, zone),
        upstream=upstream,
    )


def _options(profile: str, zone: Document) -> CoreDnsOptions | ExternalOptions | None:
    options = zone.get("options") or {}
    given: dict[str, Any] = {
        "ttl": zone.get("ttl", 5),
        "endpoint_pod_names": bool(options.get("endpoint_pod_names")),
        "namespaces": tuple(options.get("exposed_namespaces") or ()),
        "fallthrough": tuple(options.get("fallthrough") or ()),
    }
    if profile != SPECIFICATION or "reverse_zones" in options:
        given["reverse_zones"] = tuple(options.get("reverse_zones") or ())
    if profile == EXTERNAL:
        return ExternalOptions(headless=bool(options.get("headless")), **given)
    if profile in (COREDNS, SPECIFICATION):
        return CoreDnsOptions(
            pods=options.get("pods", "disabled"),
            ignore_empty_service=bool(options.get("ignore_empty_service")),
            **given,
        )
    return None


def _sky_record(document: Document) -> SkyRecord:
    fields = {
        "target_strip" if name == "targetstrip" else name: each
        for name, each in document.items()
        if name not in ("name", "etcd_key")
    }
    return SkyRecord(key=document.get("etcd_key") or key_of(document["name"]), **fields)


def a_question(vector: Document) -> Question:
    """What a vector asks."""
    query = vector["query"]
    class_ = {"CHAOS": "CH", "CH": "CH"}.get(query.get("class", ""), "IN")
    return Question(query["name"], query["type"], class_)
