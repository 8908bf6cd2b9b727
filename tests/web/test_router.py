"""The router's page and haproxy.config: settings, counts, listing, downloads, and whose routes are shown."""

from __future__ import annotations

import dataclasses
import html
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest
from django.test import Client as Browser

from cluster.objects import kinds
from cluster.objects.kind import Kind, Object
from cluster.objects.meta import Key, ObjectMeta
from cluster.objects.route import Route, RouteSpec, RouteTargetReference, TLSConfig
from cluster.runtime.client import Client
from cluster.runtime.commands import Create, Edit
from console.live import registered, topics
from tests.running_cluster import DEVELOPER, KUBEADMIN, OUTSIDER
from tests.unit.engine.routing.certificate_lab import FIXTURES
from tests.web.reading import links_of, main_of, plain, source, term, text_of

pytestmark = pytest.mark.django_db

PAGE, TAB = "/router", "/k8s/ns/demo/routes/web/haproxy"
CONFIG = "/router/files/haproxy.config"
SECRET_HOST = "vault-secret.apps.localhost"


def put_secret_route(cluster: Client) -> None:
    """A route in kubeadmin's project, admitted."""
    cluster.execute(
        [
            Create(
                Route(
                    metadata=ObjectMeta(name="vault", namespace="secret"),
                    spec=RouteSpec(
                        host=SECRET_HOST, to=RouteTargetReference(kind="Service", name="vault")
                    ),
                )
            )
        ],
        KUBEADMIN,
    )
    cluster.advance(KUBEADMIN, 2)


def edit(cluster: Client, kind: Kind, name: str, change: Any) -> Object:
    outcome = cluster.execute([Edit(kind, Key("demo", name), change)], DEVELOPER)
    cluster.advance(KUBEADMIN, 2)
    return outcome[0].new


def read(response: Any) -> str:
    return b"".join(response).decode()


# --- the router's page ---------------------------------------------------------------------------------


def test_the_page_shows_the_settings_and_why_strategies_are_what_they_are(
    shown: Client, developer: Browser
) -> None:
    page = developer.get(PAGE)
    assert term(page, "Domain") == "apps.localhost"
    assert term(page, "Canonical hostname") == "router-default.apps.localhost"
    assert term(page, "Namespace ownership").startswith("Strict")
    assert term(page, "Wildcard policy").startswith("WildcardsDisallowed")
    assert "The course says that Source is the default" in term(page, "Profile")
    assert "ROUTER_LOAD_BALANCE_ALGORITHM is source" in term(page, "One active service")
    assert term(page, "Several active services").startswith("Round Robin")


def test_the_page_stands_in_the_navigation(shown: Client, developer: Browser) -> None:
    assert re.search(r'href="/router"[^>]*aria-current="page"', source(developer.get(PAGE)))


def test_sections_have_anchors(shown: Client, developer: Browser) -> None:
    page = main_of(developer.get(PAGE))
    anchors = [each[1:] for each in links_of(page) if each.startswith("#")]
    assert {"section-global", "section-public", "section-fe_sni", "backends"} <= set(anchors)
    for each in anchors:
        assert f'id="{each}"' in page


def test_the_listing_is_the_file_line_by_line(shown: Client, developer: Browser) -> None:
    text = read(developer.get(CONFIG))
    page = main_of(developer.get(PAGE))
    pattern = r'class="sl-code__line">(.*?)</span>(?=<span class="sl-code__line|</pre>)'
    listed = [html.unescape(re.sub(r"<[^>]+>", "", each)) for each in re.findall(pattern, page)]
    lines = [line for line in text.splitlines() if line]
    assert [line for line in listed if line][: len(lines)] == lines


def test_backends_are_found_by_name(shown: Client, developer: Browser) -> None:
    found = text_of(developer.get(PAGE, {"route": "demo:web"}))
    assert "be_http:demo:web" in found
    missing = text_of(developer.get(PAGE, {"route": "nothing"}))
    assert "No backend has “nothing” in its name." in missing


# --- whose routes -------------------------------------------------------------------------------------


def test_members_see_their_own_projects_and_admins_all(
    cluster: Client, developer: Browser, kubeadmin: Browser
) -> None:
    put_secret_route(cluster)
    for address in (PAGE, CONFIG, "/router/files/os_http_be.map", f"{CONFIG}?project=secret"):
        own, all_of_them = developer.get(address), kubeadmin.get(address)
        assert "vault" not in own.content.decode()
        assert "vault" in all_of_them.content.decode()
    assert "be_http:demo:web" in read(developer.get(CONFIG))


def test_counts_are_those_of_the_visible_routes(
    cluster: Client, developer: Browser, kubeadmin: Browser, outsider: Browser
) -> None:
    put_secret_route(cluster)
    assert "3 Accepted" not in text_of(developer.get(PAGE))
    visible = len(cluster.list(kinds.ROUTE, "demo"))
    assert f"{visible} Accepted" in text_of(developer.get(PAGE))
    assert f"{visible + 1} Accepted" in text_of(kubeadmin.get(PAGE))
    assert "There are no routes in your projects." in text_of(outsider.get(PAGE))


# --- downloads ------------------------------------------------------------------------------------------


def test_the_file_and_each_map_can_be_downloaded(shown: Client, developer: Browser) -> None:
    page = main_of(developer.get(PAGE))
    names = [each.rpartition("/")[2] for each in links_of(page) if "/router/files/" in each]
    assert {"haproxy.config", "os_http_be.map", "os_tcp_be.map", "cert_config.map"} <= set(names)
    for name in names:
        answer = developer.get(f"/router/files/{name}")
        assert answer.status_code == 200
        assert answer["Content-Disposition"] == f'attachment; filename="{name}"'


@pytest.mark.skipif(shutil.which("haproxy") is None, reason="haproxy is not installed")
def test_haproxy_accepts_what_is_downloaded(shown: Client, kubeadmin: Browser) -> None:
    home = "/var/lib/haproxy"
    certificate = FIXTURES["testCertificate"]() + FIXTURES["testPrivateKey"]()
    files = {f"{home}/router/certs/default.pem": certificate, **shown.haproxy_config().files}
    for path in files:
        if path.endswith(".map"):
            files[path] = read(kubeadmin.get(f"/router/files/{path.rpartition('/')[2]}"))
    files[f"{home}/haproxy.config"] = read(kubeadmin.get(CONFIG))
    # A short name: HAProxy takes socket paths of at most 97 characters.
    with tempfile.TemporaryDirectory(prefix="haproxy") as folder:
        for path, text in files.items():
            file = Path(path.replace(home, folder))
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text.replace(home, folder).encode())
        command = ["haproxy", "-c", "-f", f"{folder}/haproxy.config"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["demo:web.pem", "default.pem", "error-page-503.http", "x"])
def test_keys_and_other_files_cannot(shown: Client, kubeadmin: Browser, name: str) -> None:
    assert kubeadmin.get(f"/router/files/{name}").status_code == 404


def test_no_page_and_no_download_shows_a_key(
    cluster: Client, developer: Browser, kubeadmin: Browser
) -> None:
    tls = TLSConfig(termination="edge", certificate="CERT-HERE", key="KEY-HERE")
    edit(
        cluster,
        kinds.ROUTE,
        "web",
        lambda old: dataclasses.replace(old, spec=dataclasses.replace(old.spec, tls=tls)),
    )
    for address in (PAGE, TAB, CONFIG, "/router/files/cert_config.map"):
        for browser in (developer, kubeadmin):
            assert "KEY-HERE" not in browser.get(address).content.decode()


# --- the route's tab ---------------------------------------------------------------------------------------


def test_the_tab_marks_the_routes_own_lines_and_those_that_lead_to_it(
    shown: Client, viewer: Browser
) -> None:
    page = main_of(viewer.get(TAB))
    own = [plain(each) for each in re.findall(r"line--own\">(.*?)</mark>(?=<|$)", page)]
    assert own[1] == "backend be_http:demo:web"  # the first is the legend
    pods = {pod.metadata.name for pod in shown.list(kinds.POD, "demo")}
    assert {each.split(":")[1] for each in own if each.startswith("server ")} <= pods
    lead = [plain(each) for each in re.findall(r"line--lead\">(.*?)</mark>", page)]
    assert lead[1].startswith("use_backend %[base,map_reg(/var/lib/haproxy/conf/os_http_be.map)]")


def test_the_tab_shows_the_map_lines(shown: Client, viewer: Browser) -> None:
    page = text_of(viewer.get(TAB))
    assert r"^web-demo\.apps\.localhost\.?(:[0-9]+)?(/.*)?$ be_http:demo:web" in page
    assert "plain HTTP goes to the backend" in page


def test_a_refused_route_is_not_written(cluster: Client, developer: Browser) -> None:
    host = cluster.get(kinds.ROUTE, "demo", "web").spec.host
    spec = RouteSpec(host=host, to=RouteTargetReference(kind="Service", name="x"))
    late = Route(metadata=ObjectMeta(name="late", namespace="demo"), spec=spec)
    cluster.execute([Create(late)], KUBEADMIN)
    cluster.advance(KUBEADMIN, 2)
    page = text_of(developer.get("/k8s/ns/demo/routes/late/haproxy"))
    assert "The router does not serve this route" in page


def test_strangers_see_no_tab(shown: Client, outsider: Browser) -> None:
    assert outsider.get(TAB).status_code == 403


# --- live ------------------------------------------------------------------------------------------------


def test_the_tab_is_drawn_anew_when_weights_change(cluster: Client, developer: Browser) -> None:
    registered.load()
    topic = topics.make("haproxy:demo/web")
    assert topic is not None
    assert topic.allowed(cluster, DEVELOPER)
    assert not topic.allowed(cluster, OUTSIDER)
    before, _ = topic.frame(cluster, None)
    assert before is not None
    assert before["html"].strip() in source(developer.get(TAB))
    version = cluster.version

    def lighter(old: Route) -> Route:
        to = dataclasses.replace(old.spec.to, weight=1)
        return dataclasses.replace(old, spec=dataclasses.replace(old.spec, to=to))

    edit(cluster, kinds.ROUTE, "web", lighter)
    assert any(topic.touches(change) for change in cluster.changes(version))
    after, _ = topic.frame(cluster, None)
    assert after is not None
    assert after["html"] != before["html"]


def test_the_counts_are_the_users_own_and_live(cluster: Client) -> None:
    registered.load()
    topic = topics.make("router:developer")
    assert topic is not None
    assert not topic.allowed(cluster, KUBEADMIN)
    assert topic.allowed(cluster, DEVELOPER)
    version = cluster.version
    put_secret_route(cluster)
    assert any(topic.touches(change) for change in cluster.changes(version))
    frame, _ = topic.frame(cluster, None)
    assert frame is not None
    visible = len(cluster.list(kinds.ROUTE, "demo"))
    assert f"{visible} Accepted" in plain(frame["html"])


@pytest.mark.parametrize("name", ["haproxy:", "haproxy:demo", "haproxy:demo/", "haproxy:/web"])
def test_topics_that_make_no_sense_are_none(name: str) -> None:
    registered.load()
    assert topics.make(name) is None
