"""NetworkPolicies in the console: list, page, form with preview, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client as Browser

from cluster.objects import kinds
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.codec import encode
from cluster.objects.networkpolicy import NetworkPolicy
from cluster.runtime import running
from tests.policy_cluster import policy
from tests.web.route_cluster import DemoCluster, sign_in
from tests.web.route_cluster import fields_of as fields_of_form
from tests.web.route_forms import HTMX, text_of

pytestmark = pytest.mark.django_db

LIST = "/k8s/ns/demo/networkpolicies"
NEW = f"{LIST}/~new/form"
BACK = {"podSelector": {"matchLabels": {"app": "web"}}}
RICH: dict[str, Any] = {
    "podSelector": {
        "matchLabels": {"app": "web"},
        "matchExpressions": [
            {"key": "tier", "operator": "In", "values": ["front", ""]},
            {"key": "old", "operator": "DoesNotExist"},
        ],
    },
    "policyTypes": ["Ingress", "Egress"],
    "ingress": [
        {
            "from": [
                {"podSelector": {}},
                {"namespaceSelector": {"matchLabels": {"name": "default"}}},
                {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "router"}}},
                {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.2.0.0/16"]}},
            ],
            "ports": [
                {"protocol": "TCP", "port": 8080, "endPort": 8090},
                {"protocol": "UDP", "port": "dns"},
                {"protocol": "SCTP"},
            ],
        },
        {},
    ],
    "egress": [{"to": [{"podSelector": {"matchLabels": {"app": "db"}}}]}],
}


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> DemoCluster:
    cluster = DemoCluster()
    cluster.run(15)
    monkeypatch.setattr(running, "current", lambda: cluster.client)
    return cluster


@pytest.fixture
def browser(client: Browser) -> Browser:
    sign_in(client)
    return client


def fields_of(html: str) -> dict[str, list[str]]:
    return fields_of_form(html, "policy-form")


def opened(browser: Browser, url: str) -> dict[str, list[str]]:
    answer = browser.get(url)
    assert answer.status_code == 200
    return fields_of(answer.content.decode())


def use_plugin(demo: DemoCluster, name: str) -> None:
    network = demo.engine.store.get(ClusterNetwork, "", "default")
    assert network is not None
    demo.engine.cluster.update(replace(network, plugin_name=name))


def stored(demo: DemoCluster, name: str) -> NetworkPolicy:
    found = demo.engine.store.get(NetworkPolicy, "demo", name)
    assert found is not None
    return found


def make(demo: DemoCluster, name: str, spec: dict[str, Any]) -> NetworkPolicy:
    return demo.engine.cluster.create(policy("demo", name, spec), intent=True)


def send(browser: Browser, url: str, **fields: Any) -> Any:
    return browser.post(url, {name.replace("__", "."): text for name, text in fields.items()})


def preview(browser: Browser, url: str, fields: dict[str, Any]) -> str:
    answer = browser.post(url, {**fields, "preview": "1"}, **HTMX)
    assert answer.status_code == 200
    return text_of(answer)


# --- list and page -----------------------------------------------------------------------------------


def test_the_list_shows_selector_types_and_how_many_pods_are_affected(
    demo: DemoCluster, browser: Browser
) -> None:
    use_plugin(demo, "OVNKubernetes")
    make(demo, "deny-by-default", {"podSelector": {}, "ingress": []})
    make(demo, "nobody", {"podSelector": {"matchLabels": {"no": "pod"}}})
    text = text_of(browser.get(LIST))
    assert "All pods within demo" in text
    assert "no=pod" in text
    assert 'data-label="Affected pods">4<' in text
    assert 'data-label="Affected pods">0<' in text
    assert f'href="{NEW}"' in text


def test_the_page_words_the_rules_and_lists_the_affected_pods(
    demo: DemoCluster, browser: Browser
) -> None:
    use_plugin(demo, "OVNKubernetes")
    make(demo, "rich", {**RICH, "podSelector": {}})
    text = text_of(browser.get(f"{LIST}/rich"))
    for words in (
        "All pods of demo",
        "All pods of namespaces with name=default",
        "Pods with app=router of all namespaces",
        "Addresses in 10.0.0.0/8 except 10.1.0.0/16, 10.2.0.0/16",
        "TCP 8080-8090, UDP dns, Any SCTP port",
        "Any source",
        "Pods with app=db of demo",
        "does not enforce",
    ):
        assert (words in text) is (words != "does not enforce"), words
    assert text.count("in-pod-") == 4


def test_a_banner_says_that_the_plugin_ignores_policies(
    demo: DemoCluster, browser: Browser
) -> None:
    make(demo, "deny", {"podSelector": {}})
    said = "The network plugin redhat/openshift-ovs-subnet does not enforce NetworkPolicy"
    assert said in text_of(browser.get(f"{LIST}/deny"))
    assert said in text_of(browser.get(NEW))
    use_plugin(demo, "OVNKubernetes")
    assert said not in text_of(browser.get(f"{LIST}/deny"))
    assert said not in text_of(browser.get(NEW))


# --- the form ----------------------------------------------------------------------------------------


def test_opening_and_saving_a_policy_changes_nothing(demo: DemoCluster, browser: Browser) -> None:
    before = make(demo, "rich", RICH)
    url = f"{LIST}/rich/form"
    answer = browser.post(url, opened(browser, url), follow=True)
    assert "was left as it is: nothing was changed" in text_of(answer)
    assert stored(demo, "rich") == before


def test_a_policy_of_hundreds_of_peers_goes_through_the_form_unharmed(
    demo: DemoCluster, browser: Browser
) -> None:
    peers = [{"ipBlock": {"cidr": f"10.{number}.0.0/16"}} for number in range(250)]
    before = make(demo, "wide", {"podSelector": {}, "ingress": [{"from": peers}]})
    url = f"{LIST}/wide/form"
    fields: dict[str, Any] = {**opened(browser, url), "selector.0.key": "app"}
    fields["selector.0.values"] = "web"
    assert browser.post(url, fields).status_code == 302
    assert stored(demo, "wide").spec.ingress == before.spec.ingress
    assert stored(demo, "wide").spec.pod_selector.match_labels == {"app": "web"}


@pytest.mark.parametrize(
    ("slug", "name", "spec"),
    [
        ("deny-by-default", "deny-by-default", {"podSelector": {}, "policyTypes": ["Ingress"]}),
        (
            "allow-same-namespace",
            "allow-same-namespace",
            {
                "podSelector": {},
                "policyTypes": ["Ingress"],
                "ingress": [{"from": [{"podSelector": {}}]}],
            },
        ),
        (
            "allow-from-router",
            "allow-from-default",
            {
                "podSelector": {},
                "policyTypes": ["Ingress"],
                "ingress": [
                    {"from": [{"namespaceSelector": {"matchLabels": {"name": "default"}}}]}
                ],
            },
        ),
        ("deny-egress", "deny-all-egress", {"podSelector": {}, "policyTypes": ["Egress"]}),
    ],
)
def test_a_sample_can_be_saved_as_it_is(
    demo: DemoCluster, browser: Browser, slug: str, name: str, spec: dict[str, Any]
) -> None:
    answer = browser.post(NEW, opened(browser, f"{NEW}?sample={slug}"))
    assert answer.status_code == 302
    assert answer["Location"] == f"{LIST}/{name}"
    assert encode(stored(demo, name).spec) == spec


def test_everything_that_a_policy_can_say_can_be_typed(demo: DemoCluster, browser: Browser) -> None:
    rule, peers, ports = "ingress__rules__0", "ingress__rules__0__peers", "ingress__rules__0__ports"
    fields = {
        "name": "typed",
        "selector__0__key": "app",
        "selector__0__op": "Equals",
        "selector__0__values": "web",
        "selector__1__key": "tier",
        "selector__1__op": "In",
        "selector__1__values": 'front, ""',
        "selector__2__key": "old",
        "selector__2__op": "DoesNotExist",
        "selector__2__values": "",
        "selector__3__key": "",
        "selector__3__op": "Equals",
        "selector__3__values": "",
        "ingress__governed": "on",
        "egress__governed": "on",
        f"{rule}__rule": "1",
        f"{peers}__0__kind": "pods",
        f"{peers}__1__kind": "namespaces",
        f"{peers}__1__namespaces__0__key": "name",
        f"{peers}__1__namespaces__0__values": "default",
        f"{peers}__2__kind": "namespaced-pods",
        f"{peers}__2__pods__0__key": "app",
        f"{peers}__2__pods__0__values": "router",
        f"{peers}__3__kind": "block",
        f"{peers}__3__cidr": "10.0.0.0/8",
        f"{peers}__3__except": "10.1.0.0/16, 10.2.0.0/16",
        f"{ports}__0__port": "8080",
        f"{ports}__0__end": "8090",
        f"{ports}__1__protocol": "UDP",
        f"{ports}__1__port": "dns",
        f"{ports}__2__protocol": "SCTP",
        "ingress__rules__1__rule": "1",
        "egress__rules__0__peers__0__kind": "pods",
        "egress__rules__0__peers__0__pods__0__key": "app",
        "egress__rules__0__peers__0__pods__0__values": "db",
    }
    assert send(browser, NEW, **fields).status_code == 302
    assert stored(demo, "typed").spec == policy("demo", "typed", RICH).spec


def test_the_forms_buttons_add_and_take_away_and_keep_what_was_typed(
    demo: DemoCluster, browser: Browser
) -> None:
    fields: dict[str, Any] = {**opened(browser, NEW), "name": "mine"}
    for asked in (
        "add selector",
        "add ingress.rules",
        "add ingress.rules.0.peers",
        "add ingress.rules.0.peers",
        "add ingress.rules.0.ports",
        "add ingress.rules.0.peers.1.pods",
        "remove ingress.rules.0.peers.0",
    ):
        answer = browser.post(NEW, {**fields, "reshape": asked}, **HTMX)
        assert answer.status_code == 200
        assert "<html" not in text_of(answer)
        fields = dict(fields_of(answer.content.decode()))
        if asked == "add selector":
            fields["selector.0.key"] = "app"
    assert fields["name"] == ["mine"]
    assert fields["selector.0.key"] == ["app"]
    assert "ingress.rules.0.peers.0.pods.0.key" in fields
    assert "ingress.rules.0.peers.1.kind" not in fields
    assert "ingress.rules.0.ports.0.port" in fields


@pytest.mark.parametrize("asked", ["remove ingress.rules.7", "add nothing", "x", "add name", ""])
def test_a_request_that_fits_nothing_changes_nothing(
    demo: DemoCluster, browser: Browser, asked: str
) -> None:
    fields = {**opened(browser, f"{NEW}?sample=allow-port"), "reshape": asked or "remove "}
    answer = browser.post(NEW, fields, **HTMX)
    assert answer.status_code == 200
    fields.pop("reshape")
    assert set(fields) <= set(fields_of(answer.content.decode()))


def test_denying_all_keeps_the_rules_as_long_as_the_form_is_open(
    demo: DemoCluster, browser: Browser
) -> None:
    fields: dict[str, Any] = {**opened(browser, f"{NEW}?sample=allow-port"), "ingress.deny": "on"}
    answer = browser.post(NEW, {**fields, "reshape": "redraw"}, **HTMX)
    fields = dict(fields_of(answer.content.decode()))
    assert fields["ingress.rules.0.ports.0.port"] == ["8080"]
    browser.post(NEW, fields)
    assert stored(demo, "allow-8080").spec.ingress == ()


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"name": ""}, "Required value: name or generateName is required"),
        ({"name": "My_Policy"}, "a lowercase RFC 1123 subdomain must consist of"),
        ({"ingress.rules.0.ports.0.port": "70000"}, "must be between 1 and 65535, inclusive"),
        ({"ingress.rules.0.ports.0.end": "many"}, "Must be a whole number."),
        ({"ingress.rules.0.ports.0.end": "80"}, "must be greater than or equal to `port`"),
        (
            {"ingress.rules.0.peers.0.kind": "block", "ingress.rules.0.peers.0.cidr": "10.0.0.0"},
            "not a valid CIDR",
        ),
        (
            {"selector.0.key": "app", "selector.0.op": "In", "selector.0.values": ""},
            "must be specified when `operator` is 'In' or 'NotIn'",
        ),
        (
            {
                "selector.0.key": "app",
                "selector.0.values": "a",
                "selector.1.key": "app",
                "selector.1.values": "b",
            },
            "Label app cannot be added twice.",
        ),
        ({"ingress.governed": None}, "Choose ingress, egress or both"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_typed_is_lost(
    demo: DemoCluster, browser: Browser, changes: dict[str, Any], error: str
) -> None:
    fields = {**opened(browser, f"{NEW}?sample=allow-port"), **changes}
    fields = {name: value for name, value in fields.items() if value is not None}
    answer = browser.post(NEW, fields)
    assert answer.status_code == 422
    assert error in text_of(answer)
    kept = fields_of(answer.content.decode())
    for name, value in changes.items():
        if value is not None:
            assert kept[name] == [value]
    assert not demo.engine.store.list(NetworkPolicy, "demo")


def test_a_taken_name_is_said_at_the_name(demo: DemoCluster, browser: Browser) -> None:
    make(demo, "deny-by-default", {"podSelector": {}})
    answer = browser.post(NEW, opened(browser, f"{NEW}?sample=deny-by-default"))
    assert answer.status_code == 422
    assert 'networkpolicies.networking.k8s.io "deny-by-default" already exists' in text_of(answer)


def test_somebody_elses_change_is_not_overwritten_unasked(
    demo: DemoCluster, browser: Browser
) -> None:
    make(demo, "rich", RICH)
    url = f"{LIST}/rich/form"
    fields = {**opened(browser, url), "ingress.deny": "on"}
    other = stored(demo, "rich")
    demo.engine.cluster.update(replace(other, spec=policy("demo", "rich", BACK).spec), intent=True)
    answer = browser.post(url, fields)
    assert answer.status_code == 422
    assert "Somebody changed this policy while you edited it" in text_of(answer)
    again = dict(fields_of(answer.content.decode()))
    assert browser.post(url, again).status_code == 302
    assert stored(demo, "rich").spec.pod_selector.match_expressions


def test_the_yaml_view_shows_what_would_be_saved(demo: DemoCluster, browser: Browser) -> None:
    fields = {**opened(browser, f"{NEW}?sample=allow-port"), "yaml": "1"}
    text = text_of(browser.post(NEW, fields, **HTMX))
    assert "kind: NetworkPolicy" in text
    assert "port: 8080" in text
    assert "Go on in the YAML editor" in text
    assert not demo.engine.store.list(NetworkPolicy, "demo")


def test_viewers_may_not_open_the_form(demo: DemoCluster, client: Browser) -> None:
    client.force_login(get_user_model().objects.create_user("stranger", password="x"))
    assert client.get(NEW).status_code == 403


# --- preview -----------------------------------------------------------------------------------------


def test_the_preview_marks_the_cells_that_would_change(demo: DemoCluster, browser: Browser) -> None:
    use_plugin(demo, "OVNKubernetes")
    text = preview(browser, NEW, opened(browser, f"{NEW}?sample=deny-by-default"))
    pods = 4
    others = sum(
        len(demo.client.network.sites([each.metadata.name]))
        for each in demo.client.list(kinds.NAMESPACE)
        if each.metadata.name != "demo"
    )
    assert "sl-matrix__cell--changed" in text
    assert "denied with this policy" in text
    assert f"{pods} pods would be isolated by this policy" in text
    assert "4 pods of demo selected" in text
    assert others >= 0
    assert "203.0.113.9" in text


def test_a_policy_that_allows_what_is_asked_changes_nothing(
    demo: DemoCluster, browser: Browser
) -> None:
    use_plugin(demo, "OVNKubernetes")
    fields = opened(browser, f"{NEW}?sample=allow-port")
    text = preview(browser, NEW, fields)
    assert "Nothing would change" in text
    assert 'sl-matrix__cell--changed"' not in text.split("sl-legend")[0]
    other = preview(browser, NEW, {**fields, "preview_port": "9090"})
    assert "would pass otherwise than now</strong> on TCP port 9090" in other


def test_the_preview_of_an_edit_starts_from_the_stored_policy(
    demo: DemoCluster, browser: Browser
) -> None:
    use_plugin(demo, "OVNKubernetes")
    make(demo, "deny", {"podSelector": {}})
    url = f"{LIST}/deny/form"
    fields = opened(browser, url)
    assert "Nothing would change" in preview(browser, url, fields)
    fields.pop("ingress.deny")
    allowing = {**fields, "ingress.rules.0.rule": "1"}
    assert "allowed with this policy" in preview(browser, url, allowing)


def test_without_enforcement_the_preview_says_whose_reading_it_shows(
    demo: DemoCluster, browser: Browser
) -> None:
    text = preview(browser, NEW, opened(browser, f"{NEW}?sample=deny-by-default"))
    assert "as OpenShift SDN of 3.11 enforces it" in text
    assert "The running plugin enforces nothing" in text
    assert "sl-matrix__cell--changed" in text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"preview_port": "http"}, "Port: 'http' is not a number from 1 to 65535."),
        ({"preview_outside": "abroad"}, "Outside address: 'abroad' is not an IP address."),
        (
            {"ingress.rules.0.ports.0.port": "0"},
            "spec.ingress[0].ports[0].port: Invalid value: 0",
        ),
    ],
)
def test_a_preview_that_cannot_be_says_why(
    demo: DemoCluster, browser: Browser, changes: dict[str, str], said: str
) -> None:
    fields = {**opened(browser, f"{NEW}?sample=allow-port"), **changes}
    assert said in preview(browser, NEW, fields)


def test_pods_of_other_projects_are_shown_to_their_members_alone(
    demo: DemoCluster, browser: Browser
) -> None:
    use_plugin(demo, "OVNKubernetes")
    text = preview(browser, NEW, opened(browser, NEW))
    assert "kube-system" not in text
