"""The packet walk's page: what is asked, what is wrong with it, what is drawn, and for whom."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
from django.test import Client as Browser

from cluster.objects import kinds
from cluster.objects.pod import Pod
from cluster.runtime.client import Client
from cluster.runtime.network import NetworkPort, NoWalkError
from tests.web.reading import links_of, main_of, source, text_of

pytestmark = pytest.mark.django_db

APP = "simple-webapp-docker"
HTMX = {"HX-Request": "true"}


def pods(cluster: Client) -> list[Pod]:
    return sorted(cluster.list(kinds.POD, "demo"), key=lambda each: each.metadata.name)


def asked(browser: Browser, **question: str) -> str:
    names = {"source": "from", "to": "to"}
    query = urlencode({names.get(name, name): value for name, value in question.items()})
    return source(browser.get(f"/walk?{query}"))


def walk_to_service(cluster: Client, browser: Browser) -> str:
    return asked(
        browser,
        source=f"pod/{pods(cluster)[0].metadata.key}",
        to=f"service/demo/{APP}",
        port="8080",
    )


def test_a_walk_is_told_step_by_step_and_drawn(shown: Client, developer: Browser) -> None:
    page = walk_to_service(shown, developer)
    assert "Delivered" in page
    assert 'id="step-1"' in page
    assert 'role="img" aria-label="pod demo/' in page
    assert "✓ delivered" in page
    assert "/k8s/cluster/nodes/" in page and "/ovs#table-60" in page


def test_the_answer_alone_is_sent_to_htmx(shown: Client, developer: Browser) -> None:
    query = urlencode({"from": "node/node-1", "to": "node/node-2", "port": "22"})
    page = source(developer.get(f"/walk?{query}", headers=HTMX))
    assert page.lstrip().startswith('<div class="sl-stack" id="walk-ask"')
    assert "<html" not in page


def test_what_is_wrong_stands_at_its_field(shown: Client, developer: Browser) -> None:
    page = asked(developer, source="", to="pod/demo/simple-web", port="eighty")
    for field in ("from", "to", "port"):
        start = page.index(f'id="walk-{field}"')
        assert 'aria-invalid="true"' in page[start : start + 500], field
    assert "Required." in page
    assert "pods &quot;simple-web&quot; not found in demo." in page
    assert "Must be a number from 1 to 65535." in page
    assert 'value="eighty"' in page
    assert 'data-live="walk:' not in page


def test_who_mistypes_a_name_is_offered_the_ones_that_are_near(
    shown: Client, developer: Browser
) -> None:
    page = developer.get("/walk?" + urlencode({"from": "pod/demo/simple", "to": "", "port": "80"}))
    offered = [link for link in links_of(main_of(page)) if link.startswith("?from=pod")]
    assert len(offered) == 3
    names = [urlencode({"from": f"pod/{each.metadata.key}"}) for each in pods(shown)]
    assert all(any(name in link for name in names) for link in offered)


def test_a_link_that_gives_one_party_begins_a_question(shown: Client, developer: Browser) -> None:
    page = developer.get(f"/walk?to=service/demo/{APP}&port=8080")
    assert f'value="service/demo/{APP}"' in source(page)
    assert 'aria-invalid="true"' not in source(page)
    assert "Choose a source, a destination and a port." in text_of(page)


def test_parties_are_proposed_by_the_letters_typed(shown: Client, developer: Browser) -> None:
    options = source(developer.get("/walk/parties/to", {"to": "service green"}))
    assert options.count("<option") == 1
    assert "service/demo/simple-webapp-docker-green" in options
    assert "nodeport/" not in source(developer.get("/walk/parties/from"))
    assert developer.get("/walk/parties/sideways").status_code == 404


def test_outsiders_walk_among_nodes_and_learn_no_names(shown: Client, outsider: Browser) -> None:
    assert "simple-webapp" not in source(outsider.get("/walk"))
    assert "simple-webapp" not in source(outsider.get("/walk/parties/to", {"to": "simple"}))
    pod = pods(shown)[0]
    for to in (f"pod/{pod.metadata.key}", pod.status.pod_ip, f"service/demo/{APP}"):
        page = text_of(
            outsider.get("/walk?" + urlencode({"from": "node/node-1", "to": to, "port": "8080"}))
        )
        assert "This belongs to a project that you may not see." in page
        assert "Delivered" not in page
    assert "Delivered" in asked(outsider, source="node/node-1", to="node/node-2", port="10250")


def test_a_plugin_that_is_not_followed_is_said_to_be(
    shown: Client, developer: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(port: NetworkPort, connection: object) -> None:
        raise NoWalkError("no")

    monkeypatch.setattr(NetworkPort, "walk", refuse)
    assert "Packets are not followed here" in walk_to_service(shown, developer)


def test_pods_services_and_cells_lead_to_walks(shown: Client, developer: Browser) -> None:
    pod = pods(shown)[0]
    name = pod.metadata.name
    on_pod = links_of(main_of(developer.get(f"/k8s/ns/demo/pods/{name}")))
    assert f"/walk?from=pod/demo/{name}" in on_pod
    assert f"/dns?pod=demo/{name}" in on_pod
    on_service = links_of(main_of(developer.get(f"/k8s/ns/demo/services/{APP}")))
    assert f"/walk?to=service/demo/{APP}&port=8080&protocol=TCP" in on_service
    assert f"/dns?name={APP}.demo.svc.cluster.local" in on_service
    assert f"/dns?name=_8080-tcp._tcp.{APP}.demo.svc.cluster.local&type=SRV" in on_service
    for level in ("projects", "workloads", "pods"):
        cells = links_of(main_of(developer.get(f"/reachability?level={level}")))
        walks = [link for link in cells if link.startswith("/walk?from=pod")]
        assert walks, level
        assert "Delivered" in text_of(developer.get(walks[0]))
