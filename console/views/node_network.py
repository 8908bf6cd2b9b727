"""What a node's shell would print of its network, to download: the flows of br0, and iptables-save."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from cluster.objects import kinds
from console.network.listing import Names
from console.session import actor, client
from console.views.access import require


@require_safe
def flows_text(request: HttpRequest, name: str) -> HttpResponse:
    """`ovs-ofctl -O OpenFlow13 --no-stats dump-flows br0`; of other plugins what their tools print."""
    _require_node(request, name)
    network = client().network
    text = network.flows_text(name)
    if text:
        return _file(text, f"{name}-br0-flows.txt")
    listing = Names(client(), actor(request)).without_others(network.node_listing(name))
    if not listing:
        raise Http404(f"{name} has no bridge br0")
    return _file(listing, f"{name}-network.txt")


@require_safe
def iptables_text(request: HttpRequest, name: str) -> HttpResponse:
    """`iptables-save`; services of projects that the user may not see keep their names."""
    _require_node(request, name)
    names = Names(client(), actor(request))
    text = names.without_others(client().network.iptables_text(name))
    return _file(text, f"{name}-iptables-save.txt")


def _require_node(request: HttpRequest, name: str) -> None:
    require(client(), actor(request), "get", kinds.NODE, "")
    client().get(kinds.NODE, "", name)


def _file(text: str, name: str) -> HttpResponse:
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


urlpatterns = [
    path("k8s/cluster/nodes/<str:name>/~flows", flows_text, name="node-flows"),
    path("k8s/cluster/nodes/<str:name>/~iptables", iptables_text, name="node-iptables"),
]
