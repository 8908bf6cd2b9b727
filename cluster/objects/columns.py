"""The columns of `oc get` for every kind (kubernetes and openshift `printers/internalversion`)."""

from __future__ import annotations

from typing import Any

from cluster.objects import endpoints, label_selector, node, pod, route, selector, service
from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.duration import human_duration
from cluster.objects.kind import Column, Object


def _age(obj: Object, now: float) -> str:
    created = obj.metadata.creation_timestamp
    return "<unknown>" if created is None else human_duration(now - created)


def _created(obj: Object) -> float:
    return -(obj.metadata.creation_timestamp or 0.0)


def _or_none(text: Any) -> str:
    return str(text) if text not in ("", None) else "<none>"


def _address_order(address: str) -> tuple[int, ...]:
    return tuple(int(part) for part in address.split(".")) if address.count(".") == 3 else ()


def _replica_column(name: str, attribute: str) -> Column:
    def count(obj: Object) -> int:
        return int(getattr(obj.status, attribute))

    return Column(name, lambda obj, now: str(count(obj)), sort=count)


def _desired(obj: Object) -> int:
    return 1 if obj.spec.replicas is None else int(obj.spec.replicas)


NAME = Column("NAME", lambda obj, now: obj.metadata.name)
AGE = Column("AGE", _age, sort=_created)
DESIRED = Column("DESIRED", lambda obj, now: str(_desired(obj)), sort=_desired)

POD = (
    NAME,
    Column("READY", lambda obj, now: "{}/{}".format(*pod.ready_counts(obj)), sort=pod.ready_counts),
    Column("STATUS", lambda obj, now: pod.status_word(obj)),
    Column("RESTARTS", lambda obj, now: str(pod.restarts(obj)), sort=pod.restarts),
    AGE,
    Column(
        "IP",
        lambda obj, now: _or_none(obj.status.pod_ip),
        wide=True,
        sort=lambda obj: _address_order(obj.status.pod_ip),
    ),
    Column("NODE", lambda obj, now: _or_none(obj.node_name), wide=True),
)
SERVICE = (
    NAME,
    Column("TYPE", lambda obj, now: obj.spec.type),
    Column(
        "CLUSTER-IP",
        lambda obj, now: _or_none(obj.spec.cluster_ip),
        sort=lambda obj: _address_order(obj.spec.cluster_ip),
    ),
    Column("EXTERNAL-IP", lambda obj, now: _external(obj)),
    Column(
        "PORT(S)", lambda obj, now: ",".join(map(service.port_text, obj.spec.ports)) or "<none>"
    ),
    AGE,
    Column("SELECTOR", lambda obj, now: selector.text(obj.spec.selector), wide=True),
)
ENDPOINTS = (NAME, Column("ENDPOINTS", lambda obj, now: endpoints.text(obj)), AGE)
ROUTE = (
    NAME,
    Column("HOST/PORT", lambda obj, now: _route_host(obj)),
    Column("PATH", lambda obj, now: obj.spec.path),
    Column("SERVICES", lambda obj, now: route.services_text(obj)),
    Column("PORT", lambda obj, now: str(obj.spec.port.target_port) if obj.spec.port else "<all>"),
    Column("TERMINATION", lambda obj, now: route.termination_text(obj)),
    Column("WILDCARD", lambda obj, now: obj.spec.wildcard_policy),
)
NODE = (
    NAME,
    Column("STATUS", lambda obj, now: node.status_word(obj)),
    Column("ROLES", lambda obj, now: node.roles(obj)),
    AGE,
    Column("VERSION", lambda obj, now: obj.status.node_info.get("kubeletVersion", "")),
    Column(
        "INTERNAL-IP",
        lambda obj, now: _or_none(node.internal_ip(obj)),
        wide=True,
        sort=lambda obj: _address_order(node.internal_ip(obj)),
    ),
)
HOSTSUBNET = (
    NAME,
    Column("HOST", lambda obj, now: obj.host),
    Column("HOST IP", lambda obj, now: obj.host_ip, sort=lambda obj: _address_order(obj.host_ip)),
    Column(
        "SUBNET",
        lambda obj, now: obj.subnet,
        sort=lambda obj: _address_order(obj.subnet.partition("/")[0]),
    ),
)
CLUSTERNETWORK = (
    NAME,
    Column("CLUSTER NETWORK", lambda obj, now: obj.cluster_networks[0].cidr),
    Column("SERVICE NETWORK", lambda obj, now: obj.service_network),
    Column("PLUGIN NAME", lambda obj, now: obj.plugin_name),
)
NAMESPACE = (NAME, Column("STATUS", lambda obj, now: obj.status.phase), AGE)
PROJECT = (
    NAME,
    Column(
        "DISPLAY NAME",
        lambda obj, now: obj.metadata.annotations.get("openshift.io/display-name", ""),
    ),
    Column("STATUS", lambda obj, now: obj.status.phase),
)
REPLICATIONCONTROLLER = (
    NAME,
    DESIRED,
    _replica_column("CURRENT", "replicas"),
    _replica_column("READY", "ready_replicas"),
    AGE,
)
DEPLOYMENTCONFIG = (
    NAME,
    _replica_column("REVISION", "latest_version"),
    DESIRED,
    _replica_column("CURRENT", "replicas"),
    Column("TRIGGERED BY", lambda obj, now: _triggers(obj)),
)
ROLEBINDING = (
    NAME,
    Column("ROLE", lambda obj, now: f"{obj.role_ref.kind}/{obj.role_ref.name}"),
    AGE,
    Column("USERS", lambda obj, now: ", ".join(each.name for each in obj.subjects), wide=True),
)
EVENT = (
    Column("LAST SEEN", lambda obj, now: human_duration(now - (obj.last_timestamp or now))),
    Column("TYPE", lambda obj, now: obj.type),
    Column("REASON", lambda obj, now: obj.reason),
    Column("OBJECT", lambda obj, now: _object_text(obj)),
    Column("MESSAGE", lambda obj, now: obj.message),
)
NETWORKPOLICY = (
    NAME,
    Column("POD-SELECTOR", lambda obj, now: label_selector.text(obj.spec.pod_selector)),
    AGE,
)
EGRESSNETWORKPOLICY = (NAME, AGE)
NETNAMESPACE = (
    NAME,
    Column("NETID", lambda obj, now: str(obj.netid), sort=lambda obj: obj.netid),
    Column("EGRESS IPS", lambda obj, now: ",".join(obj.egress_ips) or "<none>"),
)
ENDPOINTSLICE = (
    NAME,
    Column("ADDRESSTYPE", lambda obj, now: obj.address_type),
    Column("PORTS", lambda obj, now: _few([str(each.port) for each in obj.ports])),
    Column(
        "ENDPOINTS",
        lambda obj, now: _few([ip for each in obj.endpoints for ip in each.addresses]),
    ),
    AGE,
)
SECRET = (
    NAME,
    Column("TYPE", lambda obj, now: obj.type),
    Column("DATA", lambda obj, now: str(len(obj.data)), sort=lambda obj: len(obj.data)),
    AGE,
)
INGRESSCONTROLLER = (NAME, Column("DOMAIN", lambda obj, now: obj.spec.domain), AGE)
VISITORS = (
    NAME,
    Column("ROUTE", lambda obj, now: obj.spec.route),
    Column(
        "REQUESTS/S",
        lambda obj, now: f"{obj.spec.requests_per_second:g}",
        sort=lambda obj: obj.spec.requests_per_second,
    ),
    Column("CLIENTS", lambda obj, now: str(obj.spec.clients), sort=lambda obj: obj.spec.clients),
    AGE,
)


def _few(texts: list[str]) -> str:
    """kubernetes `printersinternalversion: formatEndpointSlice…`: three, then how many more."""
    more = f" + {len(texts) - 3} more..." if len(texts) > 3 else ""
    return ",".join(texts[:3]) + more if texts else "<unset>"


def _external(obj: Object) -> str:
    if obj.spec.type == service.EXTERNAL_NAME:
        return str(obj.spec.external_name)
    addresses = [*service.ingress_addresses(obj), *obj.spec.external_ips]
    if obj.spec.type == service.LOAD_BALANCER and not addresses:
        return "<pending>"
    return ",".join(addresses) or "<none>"


def _route_host(obj: Object) -> str:
    """openshift-apiserver `printers: printRoute`: the first admitted host, else why not."""
    if not obj.status.ingress:
        return str(obj.spec.host)
    condition = route.admitted(obj)
    if condition is not None and condition.status != "True":
        return condition.reason
    return str(obj.status.ingress[0].host)


def _triggers(config: DeploymentConfig) -> str:
    names = []
    for each in config.spec.triggers or ():
        if each.type == "ConfigChange":
            names.append("config")
        elif each.type == "ImageChange":
            source = each.image_change_params.get("from") or {}
            names.append(f"image({source.get('name', '')})")
    return ",".join(names)


def _object_text(obj: Object) -> str:
    return f"{obj.involved_object.kind.lower()}/{obj.involved_object.name}"
