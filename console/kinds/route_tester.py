"""The traffic tester on a route's page: the form, and what came of the last trial."""

from __future__ import annotations

from typing import Any

from cluster.objects import kinds
from cluster.runtime.client import Trial, TrialAnswer, TrialResult
from console.charts.figures import status_name
from console.charts.trials import MOST_PODS, trial_figure
from console.forms.route_choices import BALANCES
from console.forms.trial import TrialForm
from console.kinds.base import Page, Tab
from console.kinds.route_split import numbers
from console.locations import curl_command, with_port
from console.urls_for import name_url, url_of

SLUG = "tester"
MOST_COOKIES = 4
"""Set-Cookie headers that are listed; the table marks all answers that set one."""
CLOSED = "Connection closed"


def tester_context(page: Page, form: TrialForm | None = None) -> dict[str, Any]:
    """Context of `tester.html`: a form as it is sent, or a fresh one without a result."""
    form = form or TrialForm(page.obj)
    trial = form.trial() if form.is_bound else None
    return {
        "form": form,
        "form_url": url_of(page.obj, SLUG),
        "trial": _trial_context(page, trial) if trial else None,
    }


def _trial_context(page: Page, trial: Trial) -> dict[str, Any]:
    result = page.client.try_route(page.obj, trial, page.actor)
    backend = result.backend
    number = numbers(page.obj)
    set_cookies = {
        each.set_cookie: each.server.label
        for each in result.answers
        if each.set_cookie and each.server
    }
    url = f"{trial.scheme}://{result.host}{trial.path}"
    return {
        "asked": trial,
        "result": result,
        "url": with_port(page.client, url),
        "command": curl_command(
            page.client,
            url,
            cookie=trial.cookie,
            cookie_jar=trial.cookie_jar,
            follow=trial.follow_redirects,
        ),
        "rows": [_row(page, each, result, number) for each in result.answers],
        "statuses": [(_word(code), count) for code, count in result.statuses.items()],
        "milliseconds": round(result.seconds * 1000, 1),
        "strategy": dict(BALANCES).get(backend.algorithm, backend.algorithm) if backend else "",
        "set_cookies": list(set_cookies.items())[:MOST_COOKIES],
        "more_cookies": max(0, len(set_cookies) - MOST_COOKIES),
        "figure": trial_figure(result) if result.shares else None,
        "hidden_pods": max(0, len(result.shares) - MOST_PODS),
        "has_law": any(each.expected is not None for each in result.shares),
        "redirects": any(each.location for each in result.answers) and trial.scheme == "http",
    }


def _row(
    page: Page, answer: TrialAnswer, result: TrialResult, number: dict[str, int]
) -> dict[str, Any]:
    server = answer.server
    namespace = result.route.partition(":")[0] or page.namespace
    found: dict[str, Any] = {
        "answer": answer,
        "status": _word(answer.status),
        "level": _level(answer.status),
        "milliseconds": round(answer.seconds * 1000, 1),
        "location": with_port(page.client, answer.location) if answer.location else "",
    }
    if server is not None:
        share = next(each for each in result.shares if each.server is server)
        found |= {
            "pod": server.label,
            "pod_url": name_url(kinds.POD, namespace, server.pod) if server.pod else "",
            "service": server.service,
            "service_url": name_url(kinds.SERVICE, namespace, server.service),
            "number": number.get(server.service, 0),
            "looks": ", ".join(each for each in (share.colour, share.version) if each),
        }
    return found


def _word(status: int | None) -> str:
    return CLOSED if status is None else status_name(status)


def _level(status: int | None) -> str:
    if status is None or status >= 500:
        return "danger"
    return "success" if status < 300 else "info"


TESTER = Tab(SLUG, "Tester", "resources/routes/tester.html", tester_context, live=False)
