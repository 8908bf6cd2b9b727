"""The edge rules of the two cluster DNS servers, and what tells them apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cluster.engine.network.dns import Question, Resolver, Srv, dialect_of, resolver_for
from cluster.engine.network.dns.coredns_options import OPENSHIFT_4, CoreDnsOptions
from cluster.engine.network.dns.dialects import COREDNS, KUBE_DNS, OPENSHIFT3, SPECIFICATION
from cluster.engine.network.dns.index import AddressIndex
from cluster.engine.network.dns.names import reverse_name
from cluster.engine.network.dns.objects import cluster_ips
from cluster.engine.store import Store
from cluster.objects.endpoints import Endpoints
from cluster.objects.meta import Key
from cluster.objects.service import Service
from tests.unit.engine.network.dns.cluster import a_service, a_store, some_endpoints


def code(resolver: Resolver, name: str, type_: str = "A") -> str:
    """The response code of a name below the domain, NODATA and FORWARD told apart."""
    full = name if name.endswith(".") else f"{name}.cluster.local."
    answer = resolver.answer(Question(full, type_))
    return "FORWARD" if answer.forward else answer.code


def addresses(resolver: Resolver, name: str, type_: str = "A") -> tuple[str, ...]:
    """The addresses of a name below the domain."""
    return resolver.answer(Question(f"{name}.cluster.local", type_)).addresses


@pytest.mark.parametrize(
    ("name", "openshift3", "kube_dns", "coredns"),
    [
        ("web.demo.svc", "NOERROR", "NOERROR", "NOERROR"),
        ("any.prefix.web.demo.svc", "NOERROR", "NXDOMAIN", "NXDOMAIN"),
        ("_endpoints.web.demo.svc", "NOERROR", "NXDOMAIN", "NXDOMAIN"),
        ("web.demo.endpoints", "NOERROR", "NXDOMAIN", "NXDOMAIN"),
        ("idle.demo.svc", "NODATA", "NXDOMAIN", "NXDOMAIN"),
        ("bare.demo.svc", "NXDOMAIN", "NXDOMAIN", "NXDOMAIN"),
        ("nothing.db.demo.svc", "NODATA", "NXDOMAIN", "NXDOMAIN"),
        ("db-0.db.demo.svc", "NOERROR", "NOERROR", "NOERROR"),
        ("below.outside.demo.svc", "NODATA", "NXDOMAIN", "NXDOMAIN"),
        ("none.demo.svc", "NXDOMAIN", "NXDOMAIN", "NXDOMAIN"),
        ("web.none.svc", "NXDOMAIN", "NXDOMAIN", "NXDOMAIN"),
        ("data.svc", "NXDOMAIN", "NXDOMAIN", "NODATA"),
        ("none.svc", "NXDOMAIN", "NXDOMAIN", "NXDOMAIN"),
        ("svc", "NXDOMAIN", "NXDOMAIN", "NODATA"),
        ("", "NXDOMAIN", "NXDOMAIN", "NODATA"),
        ("web-1-abcde.demo.pod", "NXDOMAIN", "NODATA", "NXDOMAIN"),
        ("10-128-0-5.demo.pod", "NOERROR", "NOERROR", "NOERROR"),
        ("10-128-0-5.none.pod", "NOERROR", "NOERROR", "NXDOMAIN"),
        ("openshift.default.svc", "NOERROR", "NXDOMAIN", "NXDOMAIN"),
        ("www.example.com.", "FORWARD", "FORWARD", "FORWARD"),
    ],
)
def test_what_exists_differs_between_the_servers(
    name: str, openshift3: str, kube_dns: str, coredns: str
) -> None:
    store = a_store()
    full = name or "cluster.local."
    found = [code(resolver_for(each, store), full) for each in ("course", KUBE_DNS, "4")]
    assert found == [openshift3, kube_dns, coredns]


def test_the_profiles_of_the_cluster_have_their_servers() -> None:
    assert [dialect_of(each) for each in ("course", "3.11", "4")] == [
        OPENSHIFT3,
        OPENSHIFT3,
        COREDNS,
    ]
    assert dialect_of(KUBE_DNS) == KUBE_DNS
    with pytest.raises(ValueError, match="'5' is neither a profile nor a dialect"):
        resolver_for("5", a_store())
    with pytest.raises(ValueError, match="use etcd_resolver"):
        resolver_for("skydns-etcd", a_store())
    with pytest.raises(ValueError, match="pods: 'on' is none of disabled, insecure, verified"):
        CoreDnsOptions(pods="on")


@pytest.mark.parametrize("profile", ["course", "4"])
def test_an_alias_inside_is_followed_and_one_outside_is_not(profile: str) -> None:
    resolver = resolver_for(profile, a_store())
    answer = resolver.answer(Question("alias.demo.svc.cluster.local"))
    assert [each.type for each in answer.answers] == ["CNAME", "A"]
    assert answer.addresses == ("172.30.1.1",)
    assert code(resolver, "outside.demo.svc") == "NODATA"
    cname = resolver.answer(Question("outside.demo.svc.cluster.local", "CNAME"))
    assert [each.text for each in cname.answers] == ["www.example.com."]


@pytest.mark.parametrize("profile", ["course", "4", KUBE_DNS, SPECIFICATION])
def test_aliases_in_a_circle_end(profile: str) -> None:
    circle = (
        a_service("one", external_name="two.demo.svc.cluster.local"),
        a_service("two", external_name="one.demo.svc.cluster.local"),
        a_service("self", external_name="self.demo.svc.cluster.local"),
    )
    resolver = resolver_for(profile, a_store(*circle))
    assert code(resolver, "one.demo.svc") == code(resolver, "self.demo.svc") == "NODATA"


@pytest.mark.parametrize("profile", ["course", "4"])
def test_a_chain_of_nine_aliases_is_too_long(profile: str) -> None:
    chain = [
        a_service(f"alias-{number}", external_name=f"alias-{number + 1}.demo.svc.cluster.local")
        for number in range(9)
    ]
    end = a_service("alias-9", "172.30.1.50", ("http", 80))
    resolver = resolver_for(profile, a_store(*chain, end))
    assert addresses(resolver, "alias-1.demo.svc") == ("172.30.1.50",)
    assert code(resolver, "alias-0.demo.svc") == "NODATA"


def test_openshift3_keeps_the_case_of_the_question() -> None:
    answer = resolver_for("course", a_store()).answer(Question("WEB.Demo.SVC.Cluster.Local"))
    assert answer.answers[0].name == "WEB.Demo.SVC.Cluster.Local."
    assert answer.addresses == ("172.30.1.1",)


def test_openshift3_refuses_any_and_answers_about_itself_in_class_chaos() -> None:
    resolver = resolver_for("course", a_store())
    assert code(resolver, "web.demo.svc", "ANY") == "REFUSED"
    assert resolver.answer(Question("version.bind", "TXT", "CH")).answers
    assert resolver.answer(Question("version.bind", "A", "CH")).rcode == "SERVFAIL"
    assert resolver_for("4", a_store()).answer(Question("version.bind", "TXT", "CH")).rcode == (
        "REFUSED"
    )


def test_openshift3_knows_the_local_name_and_its_own_start_of_authority() -> None:
    resolver = resolver_for("course", a_store())
    assert addresses(resolver, "local.dns") == ("172.30.0.1",)
    assert [each.type for each in resolver.answer(Question("cluster.local", "SOA")).answers] == [
        "SOA"
    ]
    assert code(resolver, "cluster.local.", "NS") == "NXDOMAIN"
    assert code(resolver, "whatever", "NS") == "NODATA"


def test_openshift3_names_only_cluster_ips_backwards_and_coredns_endpoints_too() -> None:
    store = a_store()
    for profile, of_endpoint in (("course", "FORWARD"), ("4", "NOERROR"), (KUBE_DNS, "FORWARD")):
        resolver = resolver_for(profile, store)
        assert code(resolver, reverse_name("172.30.1.1"), "PTR") == "NOERROR"
        assert code(resolver, reverse_name("10.129.0.7"), "PTR") == of_endpoint
        assert code(resolver, reverse_name("10.9.9.9"), "PTR") == "FORWARD"
        assert code(resolver, "30.172.in-addr.arpa.", "PTR") in ("FORWARD", "NODATA", "NXDOMAIN")
    named = resolver_for(KUBE_DNS, store).answer(Question(reverse_name("10.128.0.8"), "PTR"))
    assert [each.text for each in named.answers] == ["db-0.db.demo.svc.cluster.local."]


def test_ports_are_found_by_name_and_protocol() -> None:
    resolver = resolver_for("course", a_store())

    def ports(name: str) -> list[int]:
        answer = resolver.answer(Question(f"{name}.demo.svc.cluster.local", "SRV"))
        return [each.data.port for each in answer.answers if isinstance(each.data, Srv)]

    assert ports("_http._tcp.web") == ports("_tcp.web") == [8080]
    assert ports("_nothing._tcp.web") == ports("web") == [0]
    assert ports("_pg._tcp.db") == [5432, 5432]
    assert ports("_pg._udp.db") == []
    assert ports("_http._tcp._endpoints.web") == [0, 0]


def test_coredns_verifies_pods_when_told_so() -> None:
    verified = replace(OPENSHIFT_4, pods="verified")
    resolver = resolver_for("4", a_store(), options=verified)
    assert addresses(resolver, "10-128-0-5.demo.pod") == ("10.128.0.5",)
    assert code(resolver, "10-128-0-6.demo.pod") == "NXDOMAIN"
    assert code(resolver, "10-128-0-5.data.pod") == "NXDOMAIN"
    disabled = resolver_for("4", a_store(), options=replace(OPENSHIFT_4, pods="disabled"))
    assert code(disabled, "10-128-0-5.demo.pod") == "NXDOMAIN"


def test_coredns_leaves_out_services_without_endpoints_when_told_so() -> None:
    resolver = resolver_for("4", a_store(), options=replace(OPENSHIFT_4, ignore_empty_service=True))
    assert code(resolver, "lost.demo.svc") == "NXDOMAIN"
    assert code(resolver, "web.demo.svc") == "NOERROR"
    assert code(resolver_for("4", a_store()), "lost.demo.svc") == "NOERROR"


def test_coredns_refuses_zone_transfers_and_tells_its_version() -> None:
    resolver = resolver_for("4", a_store())
    assert code(resolver, "cluster.local.", "AXFR") == "REFUSED"
    answer = resolver.answer(Question("dns-version.cluster.local", "TXT"))
    assert [each.text for each in answer.answers] == ['"1.1.0"']
    assert code(resolver, "dns-version", "A") == "NXDOMAIN"


def test_the_specification_counts_published_unready_addresses() -> None:
    published = a_service("early", publish_not_ready_addresses=True)
    store = a_store(published, some_endpoints("early", unready=["10.128.0.77"]))
    assert addresses(resolver_for(SPECIFICATION, store), "early.demo.svc") == ("10.128.0.77",)


def test_kube_dns_takes_a_star_for_any_project_or_service() -> None:
    resolver = resolver_for(KUBE_DNS, a_store())
    assert addresses(resolver, "web.*.svc") == ("172.30.1.1",)
    assert set(addresses(resolver, "*.web.demo.svc")) == {"172.30.1.1"}
    answer = resolver.answer(Question("_http._tcp.web.demo.svc.cluster.local", "SRV"))
    assert [each.text for each in answer.answers] == ["10 100 8080 web.demo.svc.cluster.local."]


def test_the_index_of_addresses_follows_the_store() -> None:
    store = a_store()
    index = AddressIndex(store, Service, cluster_ips)

    def names(address: str) -> list[str]:
        return [each.metadata.name for each in index.at(address)]

    assert names("172.30.1.1") == ["web"]
    store.put(a_service("late", "172.30.1.77"))
    assert names("172.30.1.77") == ["late"]
    store.put(a_service("late", "172.30.1.78"))
    assert (names("172.30.1.77"), names("172.30.1.78")) == ([], ["late"])
    store.remove(Service, Key("demo", "late"))
    assert names("172.30.1.78") == []


def test_the_index_of_addresses_is_built_anew_when_the_log_has_forgotten() -> None:
    store = Store(log_limit=4)
    store.put(a_service("web", "172.30.1.1"))
    index = AddressIndex(store, Service, cluster_ips)
    assert index.at("172.30.1.1")
    for number in range(30):
        store.put(a_service(f"web-{number}", f"172.30.2.{number}"))
    store.remove(Service, Key("demo", "web"))
    assert index.at("172.30.1.1") == []
    assert [each.metadata.name for each in index.at("172.30.2.29")] == ["web-29"]
    assert index.at("172.30.2.0")


def test_a_reverse_look_up_sees_a_change_at_once() -> None:
    store = a_store()
    resolver = resolver_for("4", store)
    name = reverse_name("10.129.0.7")
    assert code(resolver, name, "PTR") == "NOERROR"
    store.put(some_endpoints("web", "10.128.0.5"))
    assert code(resolver, name, "PTR") == "FORWARD"
    store.remove(Endpoints, Key("demo", "web"))
    assert code(resolver, reverse_name("10.128.0.5"), "PTR") == "FORWARD"
