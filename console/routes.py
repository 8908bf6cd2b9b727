"""The console's addresses, after OpenShift's own scheme."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.urls import path

from console.auth.views import sign_in, sign_out
from console.views import (
    actions,
    calls,
    clock,
    dns,
    import_yaml,
    netnamespaces,
    network,
    network_plugin,
    networkpolicies,
    node_network,
    nodes,
    overview,
    projects,
    reachability,
    router,
    router_settings,
    routes,
    secrets,
    walk,
)
from console.views.detail import detail_page
from console.views.list import list_page

NAMESPACED = "k8s/ns/<str:ns>/<str:plural>/<str:name>"
CLUSTER = "k8s/cluster/<str:plural>/<str:name>"

urlpatterns = [
    # /login/, /logout/, /
    path("login/", login_not_required(sign_in), name="login"),
    path("logout/", sign_out, name="logout"),
    path("", projects.home, name="home"),
    # /clock/…
    path("clock/pause", clock.pause, name="clock-pause"),
    path("clock/run", clock.run, name="clock-run"),
    path("clock/step", clock.step, name="clock-step"),
    path("clock/speed", clock.speed, name="clock-speed"),
    # pages that no kind has
    path("overview/ns/<str:ns>", overview.overview_page, name="overview"),
    path("network", network.network_page, name="network"),
    path("projects/~new", projects.new, name="project-new"),
    *calls.urlpatterns,
    *dns.urlpatterns,
    *netnamespaces.urlpatterns,
    *networkpolicies.urlpatterns,
    *network_plugin.urlpatterns,
    *reachability.urlpatterns,
    *router.urlpatterns,
    *router_settings.urlpatterns,
    *import_yaml.urlpatterns,
    *routes.urlpatterns,
    *node_network.urlpatterns,
    *nodes.urlpatterns,
    *secrets.urlpatterns,
    *walk.urlpatterns,
    # /k8s/…
    path("k8s/ns/<str:ns>/<str:plural>", list_page, name="list"),
    path("k8s/all-namespaces/<str:plural>", list_page, name="list-all"),
    path("k8s/cluster/<str:plural>", list_page, name="list-cluster"),
    path(f"{NAMESPACED}/~scale", actions.scale, name="scale"),
    path(f"{NAMESPACED}/~delete", actions.delete, name="delete"),
    path(f"{NAMESPACED}/~menu", actions.menu, name="menu"),
    path(f"{NAMESPACED}/~download", actions.download, name="download"),
    path(f"{CLUSTER}/~delete", actions.delete, name="delete-cluster"),
    path(f"{CLUSTER}/~menu", actions.menu, name="menu-cluster"),
    path(f"{CLUSTER}/~download", actions.download, name="download-cluster"),
    path(NAMESPACED, detail_page, name="detail"),
    path(f"{NAMESPACED}/<str:tab>", detail_page, name="tab"),
    path(CLUSTER, detail_page, name="detail-cluster"),
    path(f"{CLUSTER}/<str:tab>", detail_page, name="tab-cluster"),
]
