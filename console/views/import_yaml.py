"""Import YAML: the page where manifests are reviewed and then applied, all of them or none."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_GET, require_http_methods

from cluster.objects import kinds
from cluster.objects.document import to_document
from cluster.objects.manifest import DEFAULT_LIMITS, repair, to_yaml
from cluster.runtime import importing
from cluster.runtime.errors import Unavailable
from cluster.runtime.importing import Applied, NotAppliedError
from console.forms.import_yaml import APPLY, REPAIR, RESTORE, ImportForm
from console.samples import BY_SLUG, SAMPLES
from console.session import actor, client
from console.urls_for import name_url
from console.views.access import require
from console.views.import_plan import ACTIONS, CREATED, markers, notice, oc_command, plan_context

_RESULTS = "imported"
"""The session's key for what the last import of several documents did."""


@require_http_methods(["GET", "HEAD", "POST"])
def import_page(request: HttpRequest, ns: str = "") -> HttpResponse:
    """The editor, and below a review the plan. `?sample=` opens one of the samples."""
    _check_access(request, ns)
    if request.method != "POST":
        edited = request.GET.get("edit", "")
        text = _edited_text(request, edited) if edited else ""
        return _page(request, ns, text or _sample_text(request.GET.get("sample", "")))
    form = ImportForm.of(request)
    if form.problems:
        context = {"problems": markers(form.problems, "error"), "refused_files": form.problems}
        return _page(request, ns, form.text, context, status=422)
    if form.sample:
        return _replaced_by_sample(request, ns, form)
    if form.action == RESTORE:
        return _page(request, ns, form.previous)
    if form.action == REPAIR:
        return _repaired(request, ns, form)
    if form.action == APPLY:
        return _apply(request, ns, form)
    return _review(request, ns, form.text)


@require_GET
def results_page(request: HttpRequest, ns: str = "") -> HttpResponse:
    """What the last import of several documents did."""
    _check_access(request, ns)
    results = request.session.get(_RESULTS)
    if not results:
        return redirect(_import_url(ns))
    context = {
        "results": results,
        "some_created": any(each["status"] == CREATED for each in results),
        "import_again": _import_url(ns),
        "crumbs": [{"label": "Import YAML", "href": _import_url(ns)}, {"label": "Results"}],
    }
    return render(request, "pages/import/results.html", context)


# --- what the buttons do -------------------------------------------------------------------------


def _review(
    request: HttpRequest, ns: str, text: str, extra: dict[str, Any] | None = None
) -> HttpResponse:
    try:
        review = importing.review(client(), text, ns, actor(request))
    except Unavailable as error:
        return _no_answer(request, ns, text, f"{error.message}. Nothing was applied.")
    context = {**plan_context(review), **(extra or {})}
    return _page(request, ns, text, context, status=422 if review.errors else 200)


def _no_answer(request: HttpRequest, ns: str, text: str, detail: str) -> HttpResponse:
    """The page with its text kept, when the cluster does not answer."""
    said = {"level": "danger", "title": "The cluster does not answer", "text": detail}
    return _page(request, ns, text, {"notice": said}, status=Unavailable.code)


def _repaired(request: HttpRequest, ns: str, form: ImportForm) -> HttpResponse:
    """Put the mended text into the editor and review it; nothing is applied."""
    repaired = repair(form.text) if len(form.text) <= DEFAULT_LIMITS.bytes else None
    if repaired is None:
        return _review(request, ns, form.text)
    done = {
        "level": "info",
        "title": "The editor holds the repaired YAML",
        "text": "Nothing has been applied yet.",
    }
    return _review(request, ns, repaired, {"notice": done, "previous": form.text})


def _replaced_by_sample(request: HttpRequest, ns: str, form: ImportForm) -> HttpResponse:
    """Put a sample into the editor; a text of the user's own can be brought back."""
    text = _sample_text(form.sample)
    own = form.text.strip() and form.text not in (sample.text for sample in SAMPLES)
    context: dict[str, Any] = {}
    if own:
        replaced = {
            "level": "info",
            "title": "The sample has replaced your text",
            "text": "",
        }
        context = {"notice": replaced, "previous": form.text}
    return _page(request, ns, text, context)


def _apply(request: HttpRequest, ns: str, form: ImportForm) -> HttpResponse:
    try:
        applied = importing.apply(client(), form.text, ns, actor(request), form.digest)
    except NotAppliedError as refusal:
        context = {
            **plan_context(refusal.review),
            "notice": notice(refusal.reason, refusal.detail),
        }
        return _page(request, ns, form.text, context, status=422)
    except Unavailable as error:
        doubt = "It is not known whether the import was saved: review it again to see."
        return _no_answer(request, ns, form.text, f"{error.message}. {doubt}")
    results = [_result(each) for each in applied]
    if len(results) == 1:
        done = results[0]
        messages.success(request, f"{done['kind']} {done['name']}: {done['status'].lower()}.")
        return redirect(done["href"])
    request.session[_RESULTS] = results
    return redirect(_import_url(ns, results=True))


def _result(applied: Applied) -> dict[str, str]:
    kind, metadata = kinds.kind_of(applied.object), applied.object.metadata
    return {
        "kind": kind.name,
        "name": metadata.name,
        "namespace": metadata.namespace,
        "status": ACTIONS[applied.action][1],
        "href": name_url(kind, metadata.namespace, metadata.name),
    }


# --- the page --------------------------------------------------------------------------------------


def _page(
    request: HttpRequest,
    ns: str,
    text: str,
    context: dict[str, Any] | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    shown = {
        "text": text,
        "problems": [],
        "samples": SAMPLES,
        "namespace": ns,
        "form_url": _import_url(ns),
        "cancel_url": reverse("overview", args=[ns]) if ns else reverse("home"),
        "oc_command": oc_command(text, ns) if text.strip() else "",
        **(context or {}),
    }
    return render(request, "pages/import/page.html", shown, status=status)


def _check_access(request: HttpRequest, ns: str) -> None:
    """Only members of a project come to its import page; NotFound for one that is not there."""
    if ns:
        require(client(), actor(request), "get", kinds.SERVICE, ns)


def _sample_text(slug: str) -> str:
    if not slug:
        return ""
    if slug not in BY_SLUG:
        raise Http404(f"no such sample: {slug}")
    return BY_SLUG[slug].text


def _edited_text(request: HttpRequest, place: str) -> str:
    """The YAML of `nodes/<name>`, for the cluster admins who may write what the cluster makes.

    Its resourceVersion stays in: who has an old version before them overwrites nothing.
    """
    plural, _, name = place.partition("/")
    kind = next((each for each in kinds.KINDS if each.plural == plural and each.admin_made), None)
    if kind is None or kind.namespaced:
        raise Http404(f"nothing to edit: {place}")
    require(client(), actor(request), "update", kind, "")
    document = to_document(client().get(kind, "", name))
    return to_yaml({field: value for field, value in document.items() if field != "status"})


def _import_url(ns: str, *, results: bool = False) -> str:
    name = "import-results" if results else "import"
    if ns:
        return reverse(name, args=[ns])
    return reverse("import-all-results" if results else "import-all")


urlpatterns = [
    path("k8s/all-namespaces/import", import_page, name="import-all"),
    path("k8s/all-namespaces/import/results", results_page, name="import-all-results"),
    path("k8s/ns/<str:ns>/import", import_page, name="import"),
    path("k8s/ns/<str:ns>/import/results", results_page, name="import-results"),
]
