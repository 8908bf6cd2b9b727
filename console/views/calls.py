"""The dialog in which a DeploymentConfig's calls are declared; its page shows at once what comes of them."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods

from cluster.objects import kinds
from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.errors import ApiError
from cluster.runtime.commands import Edit
from console.forms.calls import CallsForm
from console.kinds.calls import SLUG, edit_url
from console.session import actor, client
from console.urls_for import url_of
from console.views.access import require


@require_http_methods(["GET", "POST"])
def calls_edit(request: HttpRequest, ns: str, name: str) -> HttpResponse:
    """GET: the dialog. POST: declare the calls, and go to the tab that shows them."""
    require(client(), actor(request), "update", kinds.DEPLOYMENTCONFIG, ns)
    config: DeploymentConfig = client().get(kinds.DEPLOYMENTCONFIG, ns, name)
    if request.method == "GET":
        return _dialog(request, config, CallsForm(config))
    form = CallsForm(config, request.POST)
    if form.is_valid():
        command = Edit(kinds.DEPLOYMENTCONFIG, config.metadata.key, form.declared)
        try:
            client().execute([command], actor(request))
        except ApiError as error:
            form.show_refusal(error)
    if form.errors:
        return _dialog(request, config, form, 422)
    messages.success(request, f"Calls of {name} were saved.")
    answer = HttpResponse(status=204)
    answer["HX-Redirect"] = url_of(config, SLUG)
    return answer


def _dialog(
    request: HttpRequest, config: DeploymentConfig, form: CallsForm, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "form_url": edit_url(*config.metadata.key),
        "name": config.metadata.name,
        "modal_size": "md",
    }
    template = "resources/deploymentconfigs/calls_dialog.html"
    return render(request, template, context, status=status)


urlpatterns = [
    path("k8s/ns/<str:ns>/deploymentconfigs/<str:name>/~calls", calls_edit, name="calls-edit")
]
