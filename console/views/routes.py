"""Addresses of the route form, the slider and the visitors."""

from __future__ import annotations

from django.urls import path

from console.views.route_form import route_form
from console.views.route_trial import route_tester
from console.views.route_visitors import (
    visitors_delete,
    visitors_edit,
    visitors_new,
    visitors_stop,
)
from console.views.route_weights import (
    route_host_preview,
    route_preview,
    route_undo,
    route_weights,
)

_ROUTES = "k8s/ns/<str:ns>/routes"
_VISITORS = f"{_ROUTES}/<str:route>/visitors"
_OF_ROUTES = {"plural": "routes"}
"""A tab with a view of its own is to the shell what the other tabs are."""

urlpatterns = [
    path(f"{_ROUTES}/~new/form", route_form, name="route-new"),
    path(f"{_ROUTES}/<str:name>/form", route_form, name="route-edit"),
    path(f"{_ROUTES}/<str:name>/form/split", route_preview, name="route-preview"),
    path(f"{_ROUTES}/<str:name>/form/host", route_host_preview, name="route-host-preview"),
    path(f"{_ROUTES}/<str:name>/weights", route_weights, name="route-weights"),
    path(f"{_ROUTES}/<str:name>/tester", route_tester, _OF_ROUTES, name="route-tester"),
    path(f"{_ROUTES}/<str:name>/undo", route_undo, name="route-undo"),
    path(f"{_VISITORS}/~new", visitors_new, name="visitors-new"),
    path(f"{_VISITORS}/<str:name>/form", visitors_edit, name="visitors-edit"),
    path(f"{_VISITORS}/<str:name>/stop", visitors_stop, name="visitors-stop"),
    path(f"{_VISITORS}/<str:name>/delete", visitors_delete, name="visitors-delete"),
]
