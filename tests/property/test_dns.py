"""What holds of every DNS server, for every cluster and every name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster.engine.network.dns import Question, Resolver, Srv, etcd_resolver, resolver_for
from cluster.engine.network.dns.dialects import (
    COREDNS,
    DIALECTS,
    ETCD,
    EXTERNAL,
    KUBE_DNS,
    OPENSHIFT3,
    SPECIFICATION,
)
from cluster.engine.network.dns.names import reverse_name
from cluster.engine.network.dns.sky_record import SkyRecord, key_of
from cluster.engine.store import Store
from cluster.objects.endpoints import Endpoints
from cluster.objects.service import HEADLESS, Service
from tests.unit.engine.network.dns.cluster import a_namespace, a_service, some_endpoints

NAMES = ("web", "db", "api", "x")
NAMESPACES = ("demo", "data")
TYPES = ("A", "AAAA", "SRV", "TXT", "MX", "CNAME", "PTR", "NS", "SOA", "ANY", "HINFO", "AXFR", "DS")
WORDS = """svc pod endpoints _endpoints _http _tcp _udp * any 10-128-0-5 1-2-3 cluster local dns ns self
    in-addr arpa ip6 10 128 0 5 é a\\.b - _"""
LABELS = st.sampled_from((*NAMES, *NAMESPACES, *WORDS.split(), ""))
SOME_NAMES = st.one_of(
    st.lists(LABELS, max_size=12).map(".".join),
    st.lists(LABELS, max_size=6).map(lambda labels: ".".join((*labels, "svc.cluster.local."))),
    st.lists(LABELS, max_size=5).map(lambda labels: ".".join((*labels, "cluster.local"))),
    st.lists(LABELS, max_size=5).map(lambda labels: ".".join((*labels, "in-addr.arpa."))),
    st.lists(LABELS, max_size=33).map(lambda labels: ".".join((*labels, "ip6.arpa."))),
    st.text(max_size=40),
)


@st.composite
def clusters(draw: Any) -> Store:
    """Services of every kind, with and without endpoints."""
    store = Store()
    for namespace in NAMESPACES:
        store.put(a_namespace(namespace))
    keys = [(namespace, name) for namespace in NAMESPACES for name in NAMES]
    for number, (namespace, name) in enumerate(draw(st.lists(st.sampled_from(keys), unique=True))):
        target = draw(st.sampled_from(keys))
        kind = draw(st.sampled_from(("ip", "headless", "alias", "outside", "none")))
        ports = draw(st.lists(st.sampled_from((("http", 80), ("pg", 5432), ("", 9))), unique=True))
        external = {
            "alias": f"{target[1]}.{target[0]}.svc.cluster.local",
            "outside": "www.example.com",
        }
        ip = {"ip": f"172.30.0.{number + 1}", "headless": HEADLESS}.get(kind, "")
        store.put(
            a_service(name, ip, *ports, namespace=namespace, external_name=external.get(kind, ""))
        )
        if draw(st.booleans()):
            ready = draw(st.integers(0, 3))
            hosts = [(f"10.128.{number}.{each}", f"h{each}" * (each % 2)) for each in range(ready)]
            store.put(some_endpoints(name, *hosts, ports=ports, namespace=namespace))
    return store


def resolvers(store: Store) -> list[Resolver]:
    """Every server over the same cluster."""
    records = [
        SkyRecord(host=f"10.0.0.{number}", key=key_of(f"{name}.cluster.local"))
        for number, name in enumerate(NAMES)
    ]
    made = [resolver_for(each, store) for each in DIALECTS if each != ETCD]
    return [*made, etcd_resolver(records, zone="cluster.local")]


@given(clusters(), SOME_NAMES, st.sampled_from(TYPES), st.sampled_from(("IN", "CH", "HS")))
def test_every_question_gets_a_well_formed_answer(
    store: Store, name: str, type_: str, class_: str
) -> None:
    for resolver in resolvers(store):
        answer = resolver.answer(Question(name, type_, class_))
        assert answer.rcode in ("NOERROR", "NXDOMAIN", "SERVFAIL", "REFUSED")
        assert not answer.forward or answer.rcode == "SERVFAIL"
        assert not answer.answers or answer.rcode == "NOERROR"
        if answer.rcode == "NXDOMAIN" or answer.is_nodata:
            assert [each.type for each in answer.authority] == ["SOA"], resolver.dialect
        else:
            assert not answer.authority
        assert len(set(answer.answers)) == len(answer.answers)
        assert all(each.name.endswith(".") and each.ttl >= 0 for each in answer.answers)


@given(clusters(), SOME_NAMES)
def test_a_name_exists_for_all_types_or_for_none(store: Store, name: str) -> None:
    asked: dict[str, Sequence[str]] = {
        OPENSHIFT3: ("A", "AAAA", "SRV", "TXT", "MX", "CNAME", "HINFO"),
        COREDNS: ("A", "AAAA", "SRV", "MX", "CNAME", "HINFO", "DS"),
        SPECIFICATION: ("A", "AAAA", "SRV", "MX", "CNAME", "HINFO", "DS"),
        ETCD: ("A", "AAAA", "SRV", "TXT", "MX"),
    }
    for resolver in resolvers(store):
        types = asked.get(resolver.dialect, ())
        if resolver.answer(Question(name)).forward or name.strip(".").lower() == "cluster.local":
            continue
        exists = {resolver.answer(Question(name, each)).rcode != "NXDOMAIN" for each in types}
        assert len(exists) <= 1, (resolver.dialect, name)


def test_no_project_has_the_empty_label() -> None:
    external = next(each for each in resolvers(Store()) if each.dialect == EXTERNAL)
    for type_ in ("A", "SRV", "PTR"):
        assert external.answer(Question(".CLUSTER.LOCAL", type_)).rcode == "NXDOMAIN"


@pytest.mark.slow
@given(clusters())
def test_every_service_is_found_forward_and_back(store: Store) -> None:
    for dialect in (OPENSHIFT3, COREDNS, SPECIFICATION, KUBE_DNS):
        resolver = resolver_for(dialect, store)
        for service in store.list(Service):
            namespace, name = service.metadata.key
            full = f"{name}.{namespace}.svc.cluster.local."
            ip = service.spec.cluster_ip
            if not ip or ip == HEADLESS:
                continue
            assert resolver.answer(Question(full)).addresses == (ip,)
            back = resolver.answer(Question(reverse_name(ip), "PTR"))
            assert [each.text for each in back.answers] == [full]


@given(clusters())
def test_headless_services_answer_with_their_ready_endpoints(store: Store) -> None:
    for dialect in (OPENSHIFT3, COREDNS, SPECIFICATION, KUBE_DNS):
        resolver = resolver_for(dialect, store)
        for endpoints in store.list(Endpoints):
            namespace, name = endpoints.metadata.key
            service = store.get(Service, namespace, name)
            if service is None or service.spec.cluster_ip != HEADLESS:
                continue
            ready = {each.ip for subset in endpoints.subsets for each in subset.addresses}
            answer = resolver.answer(Question(f"{name}.{namespace}.svc.cluster.local"))
            if dialect == KUBE_DNS:  # its tree holds one address for a hostname
                assert set(answer.addresses) <= ready
            else:
                assert set(answer.addresses) == ready


@given(clusters())
def test_every_target_of_a_service_record_resolves_to_what_goes_with_it(store: Store) -> None:
    for dialect in (OPENSHIFT3, COREDNS, SPECIFICATION, KUBE_DNS):
        resolver = resolver_for(dialect, store)
        for service in store.list(Service):
            namespace, name = service.metadata.key
            for prefix in ("", "_http._tcp.", "_tcp."):
                full = f"{prefix}{name}.{namespace}.svc.cluster.local"
                answer = resolver.answer(Question(full, "SRV"))
                for each in answer.answers:
                    assert isinstance(each.data, Srv)
                    target = each.data.target
                    along = {
                        str(record.data)
                        for record in answer.additional
                        if record.name == target and record.type == "A"
                    }
                    found = set(resolver.answer(Question(target)).addresses)
                    assert along <= found or not target.endswith("cluster.local.")
