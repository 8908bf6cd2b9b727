"""What every page's shell shows: navigation, project selector, clock (a context processor)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.urls import reverse

from cluster.objects import kinds
from cluster.objects.meta import rfc3339
from cluster.runtime.client import ClockState
from console import navigation
from console.session import actor, client

LAST_PROJECT = "project"
"""The session's key for the project that was looked at last."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An entry of the project selector."""

    name: str
    href: str
    current: bool


def shell(request: HttpRequest) -> dict[str, Any]:
    """The shell's variables (contract: `base.html`). Nothing for visitors who are not signed in."""
    if not getattr(request, "user", None) or not request.user.is_authenticated:
        return {}
    namespace = _namespace(request)
    match = request.resolver_match
    who = actor(request)
    names = [project.metadata.name for project in client().projects(who)]
    return {
        "nav_sections": navigation.sections(
            request.path, namespace, is_cluster_admin=who.is_cluster_admin
        ),
        "projects": [Choice(name, _switched(request, name), name == namespace) for name in names],
        "show_project_bar": match is not None and _has_project_bar(match.url_name or ""),
        "current_project": namespace,
        "all_projects_href": _all_projects(request),
        "create_project_url": reverse("project-new"),
        "import_url": reverse("import", args=[namespace]) if namespace else reverse("import-all"),
        "clock": clock_context(client().clock()),
        "profile": client().config.profile,
    }


def clock_context(state: ClockState) -> dict[str, Any]:
    """The clock's variables, for the page and for live frames."""
    return {
        "iso": rfc3339(state.now),
        "epoch_ms": int(state.now * 1000),
        "running": state.running,
        "speed": state.speed,
    }


def _namespace(request: HttpRequest) -> str:
    """The project of this page; on pages of the whole cluster, the one looked at last."""
    match = request.resolver_match
    if match is None:
        return ""
    if "ns" in match.kwargs:
        return _remember(request, str(match.kwargs["ns"]))
    if match.url_name in ("list-all", "import-all"):
        return _remember(request, "")
    last = str(request.session.get(LAST_PROJECT, ""))
    known = {project.metadata.name for project in client().projects(actor(request))}
    return last if last in known else ""


def _remember(request: HttpRequest, namespace: str) -> str:
    """Keep the project in the session; a page that changes nothing there writes no session."""
    if request.session.get(LAST_PROJECT) != namespace:
        request.session[LAST_PROJECT] = namespace
    return namespace


def _has_project_bar(url_name: str) -> bool:
    return url_name in ("list", "list-all", "overview", "import", "import-all") or (
        url_name in ("detail", "tab", "route-new", "route-edit", "route-tester")
    )


def _switched(request: HttpRequest, name: str) -> str:
    """The same kind of page in another project."""
    match = request.resolver_match
    plural = match.kwargs.get("plural", "") if match else ""
    kind = kinds.BY_PLURAL.get(plural)
    if match and match.url_name in ("route-new", "route-edit"):
        kind = kinds.ROUTE
    if match and match.url_name in ("import", "import-all"):
        return reverse("import", args=[name])
    if kind is not None and kind.namespaced:
        return reverse("list", args=[name, kind.plural])
    return reverse("overview", args=[name])


def _all_projects(request: HttpRequest) -> str:
    match = request.resolver_match
    kind = kinds.BY_PLURAL.get(match.kwargs.get("plural", "") if match else "")
    if kind is not None and kind.namespaced:
        return reverse("list-all", args=[kind.plural])
    return reverse("list-cluster", args=[kinds.PROJECT.plural])
