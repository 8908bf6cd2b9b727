"""Look-ups from a pod: question by question, the keys behind the answer, and why there is none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from cluster.engine.network.dns import Question, resolver_for
from cluster.engine.network.dns.etcd_keys import EtcdKey, keys_behind
from cluster.engine.network.dns.lookup import Lookup, look_up
from cluster.engine.network.dns.why import Why, explain
from cluster.objects.pod import Pod
from tests.unit.engine.network.dns.cluster import a_namespace, a_pod, a_service, a_store


def looked_up(
    name: str, type_: str = "A", profile: str = "course", pod: Pod | None = None
) -> Lookup:
    """A look-up from a pod of the project demo."""
    return look_up(resolver_for(profile, a_store()), pod or a_pod(), profile, name, type_)


def why(
    name: str,
    type_: str = "A",
    profile: str = "course",
    pod: Pod | None = None,
    may_see: Callable[[str], bool] = lambda namespace: True,
) -> Why:
    """Why a look-up from a pod of the project demo comes to nothing."""
    store = a_store(a_namespace("secret"), a_service("hidden", "172.30.9.9", namespace="secret"))
    resolver, asks = resolver_for(profile, store), pod or a_pod()
    found = explain(look_up(resolver, asks, profile, name, type_), asks, store, resolver, may_see)
    assert found is not None
    return found


def names(found: Why) -> list[str]:
    """The names that are proposed."""
    return [each.name for each in found.use]


def test_a_service_of_the_own_project_takes_one_question() -> None:
    lookup = looked_up("web")
    assert [(step.question.name, step.code) for step in lookup.steps] == [
        ("web.demo.svc.cluster.local.", "NOERROR")
    ]
    assert lookup.addresses == ("172.30.1.1",)
    assert (lookup.error, lookup.code) == ("", "NOERROR")
    assert lookup.steps[0].answer.rule == "cluster IP of the service demo/web"


def test_the_search_list_goes_on_until_something_answers() -> None:
    lookup = looked_up("store.data")
    assert [(step.question.name, step.code) for step in lookup.steps] == [
        ("store.data.demo.svc.cluster.local.", "NXDOMAIN"),
        ("store.data.svc.cluster.local.", "NOERROR"),
    ]


def test_a_name_outside_takes_three_questions_in_vain_and_then_fails() -> None:
    lookup = looked_up("www.example.com")
    assert [step.code for step in lookup.steps] == ["NXDOMAIN"] * 3 + ["SERVFAIL"]
    assert lookup.steps[-1].answer.forward
    assert lookup.error == "Temporary failure in name resolution"
    assert looked_up("www.example.com.").steps[0].answer.forward


def test_no_data_is_said_where_a_name_exists_without_an_address() -> None:
    assert looked_up("idle").error == "No address associated with hostname"
    # Of a single label the last question, the name as it is, leaves the cluster.
    assert looked_up("nothing.demo.svc.cluster.local.").error == "Name or service not known"


def test_an_address_is_asked_for_nowhere_and_has_a_name_backwards() -> None:
    assert (looked_up("10.1.2.3").addresses, looked_up("10.1.2.3").steps) == (("10.1.2.3",), ())
    lookup = looked_up("172.30.1.1", "PTR")
    assert [each.text for each in lookup.steps[0].answer.answers] == ["web.demo.svc.cluster.local."]


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("", "the name is empty"),
        ("a..b", "two dots follow each other"),
        ("x" * 64, "is longer than 63 characters"),
        (".".join(["x" * 60] * 5), "the name is longer than 253 characters"),
    ],
)
def test_what_is_no_name_is_not_asked_for(name: str, what: str) -> None:
    lookup = looked_up(name)
    assert what in lookup.invalid
    assert (lookup.steps, lookup.error) == ((), "Name or service not known")
    assert what in why(name).reason


def test_the_keys_of_skydns_stand_behind_an_answer() -> None:
    resolver = resolver_for("course", a_store())
    web = resolver.answer(Question("web.demo.svc.cluster.local"))
    (key,) = keys_behind(web)
    assert key.key.startswith("/skydns/local/cluster/svc/demo/web/")
    assert key.value == '{"host":"172.30.1.1","priority":10,"weight":10,"ttl":30}'
    port = resolver.answer(Question("_http._tcp.web.demo.svc.cluster.local", "SRV"))
    assert keys_behind(port) == (
        EtcdKey(
            f"{key.key}/_tcp/_http",
            '{"host":"172.30.1.1","port":8080,"priority":10,"weight":10,"ttl":30,"targetstrip":2}',
        ),
    )
    coredns = resolver_for("4", a_store()).answer(Question("web.demo.svc.cluster.local"))
    assert keys_behind(coredns) == ()


def test_the_name_of_a_pod_is_answered_with_its_service_and_its_address() -> None:
    found = why("web-1-abcde")
    assert "is a pod, and names of pods do not resolve" in found.reason
    assert names(found) == ["web", "10-128-0-5.demo.pod.cluster.local"]
    assert found.culprit is not None
    assert (found.culprit.kind, found.culprit.name) == ("Pod", "web-1-abcde")
    far = why("store-1-aaaaa.data.pod.cluster.local")
    assert names(far) == ["store.data", "10-128-0-30.data.pod.cluster.local"]


def test_a_pod_behind_a_headless_service_has_a_hostname_there() -> None:
    assert names(why("db-0")) == ["db-0.db", "10-128-0-8.demo.pod.cluster.local"]
    assert names(why("db-0", profile="4")) == ["db-0.db", "10-128-0-8.demo.pod.cluster.local"]
    alone = why("alone")
    assert "It is a ready endpoint of no service." in alone.facts
    assert names(alone) == ["10-128-0-40.demo.pod.cluster.local"]


def test_a_service_of_another_project_needs_the_project() -> None:
    found = why("store")
    assert found.reason == "There is no service store in the project demo."
    assert names(found) == ["store.data"]
    assert "A name without a project is looked up in the pod's own project." in found.facts


def test_a_dot_at_the_end_keeps_the_search_list_out() -> None:
    found = why("web.")
    assert "without the search list" in found.reason
    assert names(found) == ["web"]


def test_a_slip_of_the_pen_is_recognised() -> None:
    assert names(why("wbe")) == ["web"]
    assert names(why("stroe.data")) == ["store.data"]
    assert names(why("store.dat")) == ["store.data"]
    assert names(why("data.store")) == ["store.data"]


def test_an_unknown_project_and_a_name_outside_are_told_apart() -> None:
    assert why("web.none.svc.cluster.local").reason == "There is no project none."
    assert "no server upstream is asked" in why("www.example.com").reason


def test_a_headless_service_without_ready_endpoints_is_named() -> None:
    found = why("idle")
    assert "has no ready endpoint" in found.reason
    assert found.facts == ("1 address is not ready.",)
    assert "has no Endpoints object" in why("bare").reason
    bogus = why("bogus.db")
    assert bogus.reason == "No ready endpoint of the headless service db is called “bogus”."
    assert "db-0.db" in names(bogus)


def test_an_external_name_outside_and_a_service_without_an_address_are_named() -> None:
    found = why("outside")
    assert "outside is another name for www.example.com, outside the cluster." in found.reason
    assert "has no cluster IP and is not headless" in why("nowhere").reason


def test_a_type_that_the_name_does_not_have_is_named() -> None:
    found = why("web", "AAAA")
    assert "has no record of type AAAA" in found.reason
    assert names(found) == ["web"]
    assert "SRV records are for named ports" in why("_x._tcp.db", "SRV").reason
    assert "only cluster IPs of services have one" in why("10.128.0.5", "PTR").reason


def test_a_pod_that_asks_another_server_is_told_so() -> None:
    found = why("web", profile="4", pod=a_pod(hostNetwork=True))
    assert "dnsPolicy Default makes it ask 192.168.122.1" in found.reason
    assert "ClusterFirstWithHostNet" in found.facts[0]


def test_nothing_is_proposed_from_projects_that_may_not_be_seen() -> None:
    assert names(why("hidden")) == ["hidden.secret"]
    assert names(why("hidden", may_see=lambda namespace: namespace != "secret")) == []
    assert names(why("hiden.secret", may_see=lambda namespace: namespace != "secret")) == []


@pytest.mark.parametrize("profile", ["course", "4"])
@pytest.mark.parametrize(
    "name",
    ["wbe", "db-0", "store", "data.store", "alone", "bogus.db", "x.web", "idle-1-xyzzy", "svc", "pod",
     "demo", "endpoints", "_http._tcp.web", "cluster.local", "svc.cluster.local", "x.pod", "10-1-1.demo.pod",
     "db-9.db.demo.svc.cluster.local", "web.demo.endpoints", "under.outside", "lost.x", "*", "a.b.c.d.e.f"],
)  # fmt: skip
def test_every_proposal_resolves_from_the_same_pod(profile: str, name: str) -> None:
    store = a_store()
    resolver = resolver_for(profile, store)
    for type_ in ("A", "AAAA", "SRV", "TXT", "PTR"):
        lookup = look_up(resolver, a_pod(), profile, name, type_)
        found = explain(lookup, a_pod(), store, resolver)
        assert (found is None) == lookup.is_resolved
        for each in found.use if found is not None else ():
            assert look_up(resolver, a_pod(), profile, each.name).is_resolved


def test_the_server_outside_the_cluster_is_not_asked() -> None:
    lookup = looked_up("web", profile="4", pod=replace(a_pod(dnsPolicy="None")))
    assert "no server, since none" in lookup.steps[0].answer.rule
