"""Which fields stand under which in the kinds a learner writes by hand.

Not a schema (the typed objects judge values): just enough of the layout of Service, Route, Pod,
the policies and the pod controllers to say where a line belongs whose parent was lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Form = Literal["scalar", "object", "list", "map", "any"]


@dataclass(frozen=True, slots=True)
class Shape:
    """What a field holds: one value, known fields, a list of `item`, or free keys to strings."""

    form: Form
    fields: Mapping[str, Shape] = field(default_factory=dict)
    item: Shape | None = None

    def __hash__(self) -> int:
        return id(self)

    @property
    def is_container(self) -> bool:
        return self.form in ("object", "list", "map")


SCALAR = Shape("scalar")
ANY = Shape("any")
MAP = Shape("map")
VALUES = Shape("list", item=SCALAR)


def _object(*scalars: str, **containers: Shape) -> Shape:
    return Shape("object", {**dict.fromkeys(scalars, SCALAR), **containers})


def _list(item: Shape) -> Shape:
    return Shape("list", item=item)


METADATA = _object(
    "name", "namespace", "generateName", "uid", "resourceVersion", "creationTimestamp",
    "generation", "selfLink",
    labels=MAP, annotations=MAP, ownerReferences=ANY, finalizers=VALUES, managedFields=ANY,
)  # fmt: skip
_NAME = _object("name")
_PROBE = _object(
    "initialDelaySeconds", "periodSeconds", "timeoutSeconds", "failureThreshold",
    "successThreshold",
    httpGet=_object("path", "port", "host", "scheme", httpHeaders=ANY),
    tcpSocket=_object("port", "host"), exec=_object(command=VALUES), grpc=ANY,
)  # fmt: skip
_CONTAINER = _object(
    "name", "image", "imagePullPolicy", "workingDir", "terminationMessagePath",
    "terminationMessagePolicy", "stdin", "tty",
    command=VALUES, args=VALUES,
    ports=_list(_object("name", "containerPort", "hostPort", "hostIP", "protocol")),
    env=_list(_object("name", "value", valueFrom=ANY)), envFrom=ANY,
    resources=_object(limits=MAP, requests=MAP),
    volumeMounts=_list(_object("name", "mountPath", "subPath", "readOnly")),
    livenessProbe=_PROBE, readinessProbe=_PROBE, startupProbe=_PROBE,
    lifecycle=ANY, securityContext=ANY,
)  # fmt: skip
_POD_SPEC = _object(
    "restartPolicy", "dnsPolicy", "serviceAccountName", "serviceAccount", "nodeName",
    "hostNetwork", "hostname", "subdomain", "terminationGracePeriodSeconds", "schedulerName",
    "activeDeadlineSeconds", "priorityClassName", "enableServiceLinks",
    containers=_list(_CONTAINER), initContainers=_list(_CONTAINER), nodeSelector=MAP,
    volumes=ANY, imagePullSecrets=_list(_NAME), securityContext=ANY, affinity=ANY,
    tolerations=ANY, hostAliases=ANY, dnsConfig=ANY, topologySpreadConstraints=ANY,
    readinessGates=ANY,
)  # fmt: skip
_TEMPLATE = _object(metadata=METADATA, spec=_POD_SPEC)
_LABEL_SELECTOR = _object(matchLabels=MAP, matchExpressions=ANY)
_BACKEND = _object("kind", "name", "weight")
_ROLLING = _object(
    "maxSurge", "maxUnavailable", "intervalSeconds", "timeoutSeconds", "updatePeriodSeconds"
)

_SERVICE_SPEC = _object(
    "type", "clusterIP", "externalName", "sessionAffinity", "loadBalancerIP",
    "externalTrafficPolicy", "internalTrafficPolicy", "publishNotReadyAddresses",
    "healthCheckNodePort", "ipFamilyPolicy", "allocateLoadBalancerNodePorts",
    "loadBalancerClass", "trafficDistribution",
    selector=MAP,
    ports=_list(_object("name", "port", "protocol", "targetPort", "nodePort", "appProtocol")),
    externalIPs=VALUES, clusterIPs=VALUES, ipFamilies=VALUES, loadBalancerSourceRanges=VALUES,
    sessionAffinityConfig=ANY,
)  # fmt: skip
_ROUTE_SPEC = _object(
    "host", "path", "subdomain", "wildcardPolicy",
    to=_BACKEND, port=_object("targetPort"), alternateBackends=_list(_BACKEND),
    tls=_object(
        "termination", "insecureEdgeTerminationPolicy", "certificate", "key", "caCertificate",
        "destinationCACertificate", externalCertificate=_NAME,
    ),
    httpHeaders=ANY,
)  # fmt: skip
_REQUIREMENTS = _list(_object("key", "operator", values=VALUES))
_SELECTOR = _object(matchLabels=MAP, matchExpressions=_REQUIREMENTS)
_PEERS = _list(
    _object(
        podSelector=_SELECTOR,
        namespaceSelector=_SELECTOR,
        ipBlock=Shape("object", {"cidr": SCALAR, "except": VALUES}),
    )
)
_POLICY_PORTS = _list(_object("protocol", "port", "endPort"))
_POLICY_SPEC = _object(
    podSelector=_SELECTOR,
    policyTypes=VALUES,
    ingress=_list(Shape("object", {"from": _PEERS, "ports": _POLICY_PORTS})),
    egress=_list(_object(to=_PEERS, ports=_POLICY_PORTS)),
)
_EGRESS_POLICY_SPEC = _object(egress=_list(_object("type", to=_object("cidrSelector", "dnsName"))))
_RC_SPEC = _object("replicas", "minReadySeconds", selector=MAP, template=_TEMPLATE)
_DC_SPEC = _object(
    "replicas", "minReadySeconds", "paused", "test", "revisionHistoryLimit",
    selector=MAP, template=_TEMPLATE, triggers=ANY,
    strategy=_object(
        "type", "activeDeadlineSeconds", rollingParams=_ROLLING, recreateParams=ANY,
        customParams=ANY, resources=ANY, labels=MAP, annotations=MAP,
    ),
)  # fmt: skip
_RS_SPEC = _object("replicas", "minReadySeconds", selector=_LABEL_SELECTOR, template=_TEMPLATE)
_DEPLOYMENT_SPEC = _object(
    "replicas", "minReadySeconds", "paused", "revisionHistoryLimit", "progressDeadlineSeconds",
    selector=_LABEL_SELECTOR, template=_TEMPLATE,
    strategy=_object("type", rollingUpdate=_ROLLING),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class KindShape:
    """The layout of one kind and the fields no useful object of it goes without."""

    root: Shape
    expected: tuple[str, ...] = ()


def _kind(spec: Shape, *expected: str) -> KindShape:
    root = _object("apiVersion", "kind", metadata=METADATA, spec=spec, status=ANY)
    return KindShape(root, ("metadata.name", *expected))


_WORKLOAD = ("spec.template.metadata.labels", "spec.template.spec.containers")
KINDS: dict[str, KindShape] = {
    "Service": _kind(_SERVICE_SPEC, "spec.selector", "spec.ports"),
    "Route": _kind(_ROUTE_SPEC, "spec.to"),
    "Pod": _kind(_POD_SPEC, "spec.containers"),
    "ReplicationController": _kind(_RC_SPEC, "spec.selector", *_WORKLOAD),
    "DeploymentConfig": _kind(_DC_SPEC, "spec.selector", *_WORKLOAD),
    "ReplicaSet": _kind(_RS_SPEC, "spec.selector.matchLabels", *_WORKLOAD),
    "NetworkPolicy": _kind(_POLICY_SPEC, "spec.podSelector"),
    "EgressNetworkPolicy": _kind(_EGRESS_POLICY_SPEC, "spec.egress"),
    "Deployment": _kind(_DEPLOYMENT_SPEC, "spec.selector.matchLabels", *_WORKLOAD),
}


def _names(shape: Shape) -> dict[str, bool]:
    """Every field name below a shape, and whether it ever holds more than one value."""
    found: dict[str, bool] = {}
    for name, child in shape.fields.items():
        found[name] = found.get(name, False) or child.form != "scalar"
        for below, holds in _names(child).items():
            found[below] = found.get(below, False) or holds
    if shape.item is not None:
        for below, holds in _names(shape.item).items():
            found[below] = found.get(below, False) or holds
    return found


KNOWN_FIELDS: dict[str, dict[str, bool]] = {
    kind: _names(shape.root) for kind, shape in KINDS.items()
}
