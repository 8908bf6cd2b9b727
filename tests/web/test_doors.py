"""Who gets in: sign-in, CSRF, methods and headers of every address, strangers' projects."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from django.test import Client as Browser
from django.urls import URLPattern, URLResolver, get_resolver

from cluster.objects import kinds
from cluster.objects.kind import Kind
from cluster.runtime import running as slot
from cluster.runtime.client import Client
from console.urls_for import list_url, name_url
from tests.web.conftest import SignIn
from tests.web.reading import text_of

pytestmark = pytest.mark.django_db

OPEN = {"login", "healthz", "readyz"}
POST_ONLY = {
    "logout", "clock-pause", "clock-run", "clock-step", "clock-speed", "route-weights",
    "route-undo", "route-preview", "route-host-preview", "visitors-stop", "visitors-delete",
    "netnamespace-change", "netnamespace-multicast",
}  # fmt: skip
GET_ONLY = {
    "menu", "menu-cluster", "download", "download-cluster", "import-results",
    "import-all-results", "secret-values",
}  # fmt: skip
ARGUMENTS = {
    "ns": "demo",
    "plural": "pods",
    "name": "web",
    "tab": "yaml",
    "route": "web",
    "side": "to",
}


def addresses(resolver: URLResolver | None = None, before: str = "") -> Iterator[tuple[str, str]]:
    """Name and path of every address that the console answers at."""
    for each in (resolver or get_resolver()).url_patterns:
        path = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from addresses(each, path)
        elif isinstance(each, URLPattern):
            filled = re.sub(r"<str:(\w+)>", lambda found: ARGUMENTS[found[1]], path)
            yield str(each.name), f"/{filled}"


ADDRESSES = dict(addresses())
CLOSED = sorted(set(ADDRESSES) - OPEN)


def test_every_address_has_a_name_of_its_own() -> None:
    assert len(ADDRESSES) == len(list(addresses())) > 30


@pytest.mark.parametrize("name", CLOSED)
@pytest.mark.parametrize("method", ["get", "post"])
def test_who_is_not_signed_in_is_sent_to_the_login_page(
    shown: Client, client: Browser, name: str, method: str
) -> None:
    response = getattr(client, method)(ADDRESSES[name])
    assert response.status_code == 302
    assert response["Location"] == f"/login/?next={ADDRESSES[name]}"


@pytest.mark.parametrize("name", CLOSED)
def test_a_post_without_the_token_is_refused(shown: Client, sign_in: SignIn, name: str) -> None:
    developer = sign_in("developer", enforce_csrf_checks=True)
    assert developer.post(ADDRESSES[name]).status_code == 403


def test_signing_in_needs_the_token_too(client: Browser) -> None:
    strict = Browser(enforce_csrf_checks=True)
    assert strict.post("/login/", {"username": "a", "password": "b"}).status_code == 403


@pytest.mark.parametrize("name", sorted(POST_ONLY))
def test_what_changes_something_is_not_there_for_get(
    shown: Client, developer: Browser, name: str
) -> None:
    response = developer.get(ADDRESSES[name])
    assert response.status_code == 405
    assert "POST" in response["Allow"]


@pytest.mark.parametrize("name", sorted(GET_ONLY))
def test_what_only_shows_something_takes_no_post(
    shown: Client, developer: Browser, name: str
) -> None:
    assert developer.post(ADDRESSES[name]).status_code == 405


# --- headers ---------------------------------------------------------------------------------------


def policy(header: str) -> dict[str, list[str]]:
    """The directives of a Content-Security-Policy."""
    parts = (each.split() for each in header.split(";") if each.strip())
    return {part[0]: part[1:] for part in parts}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/k8s/ns/demo/pods", 200),
        ("/network", 200),
        ("/k8s/ns/secret/pods", 403),
        ("/k8s/ns/demo/pods/none", 404),
        ("/nowhere/at/all", 404),
        ("/clock/pause", 405),
    ],
)
def test_every_answer_carries_a_strict_policy(
    shown: Client, developer: Browser, path: str, status: int
) -> None:
    response = developer.get(path)
    assert response.status_code == status
    rules = policy(response["Content-Security-Policy"])
    assert rules["default-src"] == ["'self'"]
    assert rules["script-src"][0] == "'self'"
    assert all(each.startswith("'nonce-") for each in rules["script-src"][1:])
    assert rules["object-src"] == rules["frame-ancestors"] == ["'none'"]
    assert rules["base-uri"] == rules["form-action"] == ["'self'"]
    assert response["X-Frame-Options"] == "DENY"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"


@pytest.mark.parametrize(
    "path", ["/k8s/ns/demo/pods", "/overview/ns/demo", "/k8s/ns/demo/routes/web", "/network"]
)
def test_no_page_holds_script_or_handlers_inline(
    shown: Client, developer: Browser, path: str
) -> None:
    markup = developer.get(path).content.decode()
    nonces = policy(developer.get(path)["Content-Security-Policy"])["script-src"]
    assert nonces
    for attributes, body in re.findall(r"<script\b([^>]*)>(.*?)</script>", markup, re.S):
        is_data = 'type="application/json"' in attributes or "importmap" in attributes
        assert not body.strip() or is_data or "nonce=" in attributes
    assert not re.search(r"<[^>]*\son[a-z]+=", markup)
    assert "javascript:" not in markup
    assert not re.search(r'(?:src|href)="(?:https?:)?//(?!web-demo\.apps\.localhost)', markup)


def test_the_cookies_are_kept_from_scripts_and_other_sites(shown: Client, sign_in: SignIn) -> None:
    browser = sign_in("developer")
    browser.get("/k8s/ns/demo/pods")
    session = browser.cookies["shiftlab-session"]
    assert session["httponly"]
    assert session["samesite"] == "Lax"


# --- projects and objects that are not there --------------------------------------------------------

NAMESPACED = [kind for kind in kinds.KINDS if kind.namespaced]


@pytest.mark.parametrize("kind", NAMESPACED, ids=lambda kind: kind.plural)
def test_a_strangers_project_looks_like_one_that_does_not_exist(
    shown: Client, developer: Browser, kind: Kind
) -> None:
    for url in (list_url, lambda kind, ns: name_url(kind, ns, "web")):
        secret, none = (developer.get(url(kind, ns)) for ns in ("secret", "nowhere"))
        assert secret.status_code == none.status_code == 403
        assert "Restricted Access" in text_of(secret)
        there = text_of(secret).replace("secrets", "nowheres").replace("secret", "nowhere")
        assert there == text_of(none).replace("secrets", "nowheres").replace("secret", "nowhere")


def test_the_refusal_is_in_the_authorizers_words(shown: Client, outsider: Browser) -> None:
    text = text_of(outsider.get("/k8s/ns/demo/pods"))
    assert (
        'pods is forbidden: User "outsider" cannot list resource "pods" in API group ""'
        ' in the namespace "demo"'
    ) in text


@pytest.mark.parametrize("path", ["/overview/ns/{}", "/k8s/cluster/projects/{}/details"])
def test_the_page_of_a_strangers_project_tells_nothing(
    shown: Client, outsider: Browser, path: str
) -> None:
    there, nowhere = (outsider.get(path.format(name)) for name in ("secret", "nowhere"))
    assert there.status_code == nowhere.status_code == 403
    assert text_of(there).replace("secret", "nowhere") == text_of(nowhere)


def test_a_cluster_admin_learns_that_a_project_is_not_there(
    shown: Client, kubeadmin: Browser
) -> None:
    response = kubeadmin.get("/k8s/ns/nowhere/pods")
    assert response.status_code == 404
    assert 'namespaces "nowhere" not found' in text_of(response)


@pytest.mark.parametrize("kind", kinds.KINDS, ids=lambda kind: kind.plural)
def test_an_object_that_is_not_there_is_a_404_page(
    shown: Client, kubeadmin: Browser, kind: Kind
) -> None:
    for tab in ("", "yaml"):
        response = kubeadmin.get(name_url(kind, "demo", "never-made", tab))
        if kind is kinds.PROJECT and not tab:
            response = kubeadmin.get("/k8s/cluster/projects/never-made")
        assert response.status_code == 404
        assert f'{kind.resource} "never-made" not found' in text_of(response)


@pytest.mark.parametrize(
    "path",
    [
        "/k8s/ns/demo/dragons",
        "/k8s/all-namespaces/dragons",
        "/k8s/cluster/dragons",
        "/k8s/cluster/pods",
        "/k8s/ns/demo/nodes",
        "/k8s/all-namespaces/nodes",
        "/k8s/ns/demo/services/simple-webapp-docker/dragons",
        "/k8s/ns/demo/dragons/web",
        "/k8s/cluster/pods/web",
        "/k8s/ns/demo/dragons/web/~delete",
        "/k8s/ns/demo/pods/web/~explode",
    ],
)
def test_an_address_without_meaning_is_a_404_page(
    shown: Client, kubeadmin: Browser, path: str
) -> None:
    response = kubeadmin.get(path)
    assert response.status_code == 404
    assert "404" in text_of(response)


@pytest.mark.parametrize("kind", [kinds.NAMESPACE, kinds.ROLEBINDING, kinds.EVENT])
def test_a_member_without_rights_in_the_cluster_gets_no_list_of_it(
    shown: Client, developer: Browser, kind: Kind
) -> None:
    response = developer.get(list_url(kind))
    assert response.status_code == (200 if kind.namespaced else 403)


def test_a_refused_fragment_is_one_line_of_text(shown: Client, outsider: Browser) -> None:
    response = outsider.get("/k8s/ns/demo/pods/web/~menu", headers={"HX-Request": "true"})
    assert response.status_code == 403
    assert response["Content-Type"] == "text/plain"
    assert response.content.decode().startswith("pods is forbidden")


def test_without_a_cluster_every_page_says_how_to_start_it(developer: Browser) -> None:
    response = developer.get("/network")
    assert response.status_code == 503
    assert "the cluster is not running" in text_of(response)


# --- health ----------------------------------------------------------------------------------------


def test_the_process_lives(client: Browser) -> None:
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


def test_it_is_ready_once_the_cluster_runs(
    client: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (503, b"the cluster is not running")
    monkeypatch.setattr(slot, "trouble", lambda: "")
    assert client.get("/readyz").status_code == 200
