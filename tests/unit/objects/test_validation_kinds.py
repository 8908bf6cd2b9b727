"""Each kind is refused in the API server's words, naming the field at fault."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cluster.objects import defaults, validation
from cluster.objects.clusternetwork import ClusterNetwork
from cluster.objects.codec import decode
from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.endpoints import Endpoints
from cluster.objects.event import Event
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.namespace import Namespace, Project
from cluster.objects.node import Node
from cluster.objects.pod import Pod
from cluster.objects.replicationcontroller import ReplicationController
from cluster.objects.rolebinding import RoleBinding
from cluster.objects.service import Service
from cluster.objects.visitors import Visitors

SPACED = {"name": "web", "namespace": "shop"}
TEMPLATE = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {
        "containers": [
            {
                "name": "web",
                "image": "web:1",
                "ports": [{"name": "http", "containerPort": 8080}],
                "env": [{"name": "COLOUR", "value": "blue"}],
                "readinessProbe": {"httpGet": {"port": "http"}},
            }
        ]
    },
}
GOOD: dict[type[Any], dict[str, Any]] = {
    Pod: {"metadata": SPACED, "spec": TEMPLATE["spec"]},
    Service: {
        "metadata": SPACED,
        "spec": {"ports": [{"name": "http", "port": 80}], "selector": {"app": "web"}},
    },
    Endpoints: {
        "metadata": SPACED,
        "subsets": [{"addresses": [{"ip": "10.1.0.2"}], "ports": [{"port": 8080}]}],
    },
    ReplicationController: {"metadata": SPACED, "spec": {"template": TEMPLATE}},
    DeploymentConfig: {"metadata": SPACED, "spec": {"replicas": 2, "template": TEMPLATE}},
    Namespace: {"metadata": {"name": "shop"}},
    Project: {"metadata": {"name": "shop"}},
    RoleBinding: {
        "metadata": SPACED,
        "roleRef": {"kind": "ClusterRole", "name": "edit"},
        "subjects": [{"kind": "User", "name": "ann"}],
    },
    Visitors: {"metadata": SPACED, "spec": {"route": "web"}},
    Node: {
        "metadata": {"name": "node1"},
        "spec": {"taints": [{"key": "k", "effect": "NoExecute"}]},
    },
    HostSubnet: {
        "metadata": {"name": "node1"},
        "host": "node1",
        "hostIP": "192.168.1.1",
        "subnet": "10.128.0.0/23",
    },
    ClusterNetwork: {
        "metadata": {"name": "default"},
        "serviceNetwork": "172.30.0.0/16",
        "clusterNetworks": [{"CIDR": "10.128.0.0/14", "hostSubnetLength": 9}],
        "network": "10.128.0.0/14",
        "hostsubnetlength": 9,
    },
    Event: {"metadata": SPACED, "involvedObject": {"kind": "Pod", "namespace": "shop"}},
}


def defaulted(cls: type[Any], document: dict[str, Any]) -> Any:
    instance, unknown = decode(cls, document)
    assert unknown == []
    fill = getattr(defaults, f"default_{cls.__name__.lower()}", lambda same: same)
    return fill(instance)


def changed(cls: type[Any], path: str, value: Any) -> Any:
    """The good object of a kind with one field set; `spec.ports.0.name` reaches into lists."""
    document: Any = copy.deepcopy(GOOD[cls])
    *parents, last = path.split(".")
    place = document
    for name in parents:
        place = place[int(name)] if isinstance(place, list) else place.setdefault(name, {})
    place[int(last) if isinstance(place, list) else last] = value
    return defaulted(cls, document)


def errors_of(cls: type[Any], path: str, value: Any) -> list[str]:
    validate = getattr(validation, f"validate_{cls.__name__.lower()}")
    return [str(error) for error in validate(changed(cls, path, value))]


def update_errors(cls: type[Any], path: str, value: Any) -> list[str]:
    validate = getattr(validation, f"validate_{cls.__name__.lower()}_update")
    old = defaulted(cls, GOOD[cls])
    return [str(error) for error in validate(changed(cls, path, value), old)]


@pytest.mark.parametrize("cls", GOOD, ids=lambda cls: cls.__name__)
def test_good_objects_are_accepted_as_new_and_as_unchanged(cls: type[Any]) -> None:
    instance = defaulted(cls, GOOD[cls])
    name = f"validate_{cls.__name__.lower()}"
    assert getattr(validation, name)(instance) == []
    assert getattr(validation, f"{name}_update")(instance, instance) == []


CASES: list[tuple[type[Any], str, Any, list[str]]] = [
    (Service, "spec.ports", [], ["spec.ports: Required value"]),
    (
        Service,
        "spec.ports",
        [{"port": 80}, {"port": 81}],
        ["spec.ports[0].name: Required value", "spec.ports[1].name: Required value"],
    ),
    (
        Service,
        "spec.ports",
        [{"name": "a", "port": 80}, {"name": "a", "port": 80}],
        [
            'spec.ports[1].name: Duplicate value: "a"',
            'spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}',
        ],
    ),
    (
        Service,
        "spec.ports.0.port",
        70000,
        [
            "spec.ports[0].port: Invalid value: 70000: must be between 1 and 65535, inclusive",
            "spec.ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive",
        ],
    ),
    (
        Service,
        "spec.ports.0.protocol",
        "HTTP",
        [
            'spec.ports[0].protocol: Unsupported value: "HTTP":'
            ' supported values: "SCTP", "TCP", "UDP"'
        ],
    ),
    (
        Service,
        "spec.type",
        "Foo",
        [
            'spec.type: Unsupported value: "Foo": supported values:'
            ' "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"'
        ],
    ),
    (
        Service,
        "spec.clusterIP",
        "nonsense",
        [
            'spec.clusterIP: Invalid value: "nonsense":'
            " must be empty, 'None', or a valid IP address"
        ],
    ),
    (Service, "spec.type", "ExternalName", ["spec.externalName: Required value"]),
    (
        Service,
        "spec.ports.0.nodePort",
        30080,
        ["spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
    ),
    (
        Service,
        "metadata.name",
        "1web",
        [
            'metadata.name: Invalid value: "1web": a DNS-1035 label must consist of lower case'
            " alphanumeric characters or '-', start with an alphabetic character, and end with an"
            " alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is"
            " '[a-z]([-a-z0-9]*[a-z0-9])?')"
        ],
    ),
    (Pod, "spec.containers", [], ["spec.containers: Required value"]),
    (Pod, "spec.containers.0.image", "", ["spec.containers[0].image: Required value"]),
    (Pod, "spec.containers.0.name", "", ["spec.containers[0].name: Required value"]),
    (
        Pod,
        "spec.containers.0.ports",
        [{"name": "a", "containerPort": 1}, {"name": "a", "containerPort": 2}],
        ['spec.containers[0].ports[1].name: Duplicate value: "a"'],
    ),
    (
        Pod,
        "spec.containers",
        [{"name": "a", "image": "i"}, {"name": "a", "image": "i"}],
        ['spec.containers[1].name: Duplicate value: "a"'],
    ),
    (
        Pod,
        "spec.containers.0.ports.0.containerPort",
        0,
        ["spec.containers[0].ports[0].containerPort: Required value"],
    ),
    (
        Pod,
        "spec.containers.0.env.0.name",
        "a=b",
        [
            'spec.containers[0].env[0].name: Invalid value: "a=b": a valid environment variable'
            " name must consist only of printable ASCII characters other than '='"
        ],
    ),
    (
        Pod,
        "spec.containers.0.readinessProbe",
        {},
        ["spec.containers[0].readinessProbe: Required value: must specify a handler type"],
    ),
    (
        Pod,
        "spec.containers.0.readinessProbe",
        {"httpGet": {"port": 1}, "tcpSocket": {"port": 1}},
        [
            "spec.containers[0].readinessProbe.tcpSocket: Forbidden:"
            " may not specify more than 1 handler type"
        ],
    ),
    (
        Pod,
        "spec.restartPolicy",
        "Sometimes",
        [
            'spec.restartPolicy: Unsupported value: "Sometimes": supported values:'
            ' "Always", "OnFailure", "Never"'
        ],
    ),
    (
        ReplicationController,
        "spec.selector",
        {"app": "other"},
        [
            'spec.template.metadata.labels: Invalid value: {"app":"web"}:'
            " `selector` does not match template `labels`"
        ],
    ),
    (
        ReplicationController,
        "spec.replicas",
        -1,
        ["spec.replicas: Invalid value: -1: must be greater than or equal to 0"],
    ),
    (
        ReplicationController,
        "spec.template.spec.restartPolicy",
        "Never",
        [
            'spec.template.spec.restartPolicy: Unsupported value: "Never":'
            ' supported values: "Always"'
        ],
    ),
    (
        DeploymentConfig,
        "spec.replicas",
        -1,
        ["spec.replicas: Invalid value: -1: replicas cannot be negative"],
    ),
    (
        DeploymentConfig,
        "spec.strategy.type",
        "Foo",
        [
            'spec.strategy.type: Invalid value: "Foo": unsupported strategy type,'
            ' use "Custom" instead and specify your own strategy'
        ],
    ),
    (
        DeploymentConfig,
        "spec.strategy.rollingParams",
        {"maxSurge": 0, "maxUnavailable": "0%"},
        [
            'spec.strategy.rollingParams.maxUnavailable: Invalid value: "0%":'
            " cannot be 0 when maxSurge is 0 as well"
        ],
    ),
    (
        DeploymentConfig,
        "spec.strategy.rollingParams",
        {"maxUnavailable": "101%"},
        [
            'spec.strategy.rollingParams.maxUnavailable: Invalid value: "101%":'
            " should not be more than 100%"
        ],
    ),
    (
        DeploymentConfig,
        "spec.minReadySeconds",
        600,
        [
            "spec.minReadySeconds: Invalid value: 600:"
            " must be less than the deployment timeout (600s)"
        ],
    ),
    (
        Endpoints,
        "subsets.0.addresses.0.ip",
        "127.0.0.1",
        [
            'subsets[0].addresses[0].ip: Invalid value: "127.0.0.1":'
            " may not be in the loopback range (127.0.0.0/8, ::1/128)"
        ],
    ),
    (
        Endpoints,
        "subsets.0.addresses",
        [],
        ["subsets[0]: Required value: must specify `addresses` or `notReadyAddresses`"],
    ),
    (
        Namespace,
        "metadata.name",
        "a.b",
        ['metadata.name: Invalid value: "a.b": must not contain dots'],
    ),
    (
        Project,
        "metadata.name",
        "a",
        ['metadata.name: Invalid value: "a": must be at least 2 characters long'],
    ),
    (
        RoleBinding,
        "subjects.0.kind",
        "Robot",
        [
            'subjects[0].kind: Unsupported value: "Robot": supported values:'
            ' "ServiceAccount", "User", "Group"'
        ],
    ),
    (RoleBinding, "roleRef.name", "", ["roleRef.name: Required value"]),
    (
        HostSubnet,
        "subnet",
        "10.128.0.5/23",
        [
            'subnet: Invalid value: "10.128.0.5/23": CIDR network specification "10.128.0.5/23"'
            " is not in canonical form (should be 10.128.0.0/23 or 10.128.0.5/32?)"
        ],
    ),
    (
        ClusterNetwork,
        "serviceNetwork",
        "10.130.0.0/16",
        [
            'serviceNetwork: Invalid value: "10.130.0.0/16":'
            " service network overlaps with cluster network cidr: 10.128.0.0/14"
        ],
    ),
    (
        Node,
        "spec.taints.0.effect",
        "Never",
        [
            'spec.taints[0].effect: Unsupported value: "Never": supported values:'
            ' "NoSchedule", "PreferNoSchedule", "NoExecute"'
        ],
    ),
    (
        Event,
        "involvedObject.namespace",
        "other",
        ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    ),
    (Visitors, "spec.route", "", ["spec.route: Required value"]),
    (
        Visitors,
        "spec.requestsPerSecond",
        0.05,
        ["spec.requestsPerSecond: Invalid value: 0.05: must be between 0.1 and 100000, inclusive"],
    ),
    (
        Visitors,
        "spec.clients",
        255,
        [
            "spec.clients: Invalid value: 255:"
            " must not exceed the 254 addresses of network 203.0.113.0/24"
        ],
    ),
    (
        Visitors,
        "spec.clients",
        65535,
        ["spec.clients: Invalid value: 65535: must be between 1 and 65534, inclusive"],
    ),
    (
        Visitors,
        "spec.network",
        "203.0.113.0",
        [
            'spec.network: Invalid value: "203.0.113.0":'
            " must be a valid IPv4 network in CIDR notation, (e.g. 203.0.113.0/24)"
        ],
    ),
    (
        Visitors,
        "spec.scheme",
        "ftp",
        ['spec.scheme: Unsupported value: "ftp": supported values: "http", "https"'],
    ),
    (
        Visitors,
        "spec.path",
        "shop",
        ['spec.path: Invalid value: "shop": path must begin with /'],
    ),
    (
        Visitors,
        "spec.cookiePercent",
        101,
        ["spec.cookiePercent: Invalid value: 101: must be between 0 and 100, inclusive"],
    ),
]


@pytest.mark.parametrize(
    ("cls", "path", "value", "expected"),
    [pytest.param(*case, id=f"{case[0].__name__} {case[1]} {case[2]}"[:70]) for case in CASES],
)
def test_one_bad_field_is_refused_in_the_words_of_the_server(
    cls: type[Any], path: str, value: Any, expected: list[str]
) -> None:
    assert errors_of(cls, path, value) == expected


def test_a_number_that_is_none_is_no_rate() -> None:
    assert len(errors_of(Visitors, "spec.requestsPerSecond", float("nan"))) == 1


def test_a_headless_service_needs_no_ports() -> None:
    document = {"metadata": SPACED, "spec": {"clusterIP": "None", "selector": {"app": "web"}}}
    assert validation.validate_service(defaulted(Service, document)) == []


def test_a_node_port_lies_in_its_range() -> None:
    ports = [{"port": 80, "nodePort": 80}]
    document = {"metadata": SPACED, "spec": {"type": "NodePort", "ports": ports}}
    [error] = validation.validate_service(defaulted(Service, document))
    assert str(error) == (
        "spec.ports[0].nodePort: Invalid value: 80: provided port is not in the valid range."
        " The range of valid ports is 30000-32767"
    )


def test_a_cluster_ip_stays() -> None:
    old = changed(Service, "spec.clusterIP", "172.30.0.5")
    new = changed(Service, "spec.clusterIP", "172.30.0.6")
    [error] = validation.validate_service_update(new, old)
    assert str(error) == 'spec.clusterIP: Invalid value: "172.30.0.6": field is immutable'
    assert validation.validate_service_update(old, defaulted(Service, GOOD[Service])) == []


def test_a_missing_image_is_fine_where_a_trigger_supplies_it() -> None:
    params = {"containerNames": ["web"], "from": {"name": "web:latest"}}
    document = copy.deepcopy(GOOD[DeploymentConfig])
    document["spec"]["template"]["spec"]["containers"][0]["image"] = ""
    [error] = validation.validate_deploymentconfig(defaulted(DeploymentConfig, document))
    assert error.path == "spec.template.spec.containers[0].image"
    document["spec"]["triggers"] = [{"type": "ImageChange", "imageChangeParams": params}]
    assert validation.validate_deploymentconfig(defaulted(DeploymentConfig, document)) == []


def test_the_version_of_a_deployment_goes_up_one_at_a_time() -> None:
    assert update_errors(DeploymentConfig, "status.latestVersion", 1) == []
    assert update_errors(DeploymentConfig, "status.latestVersion", 2) == [
        "status.latestVersion: Invalid value: 2: latestVersion can only be incremented by 1"
    ]


def test_a_running_pod_may_get_another_image_and_nothing_else() -> None:
    assert update_errors(Pod, "spec.containers.0.image", "web:2") == []
    assert update_errors(Pod, "spec.containers.0.env", [])[0].startswith(
        "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`"
    )
    assert update_errors(Pod, "spec.containers", []) == [
        "spec.containers: Forbidden: pod updates may not add or remove containers"
    ]


def test_a_pod_is_bound_once() -> None:
    bound = changed(Pod, "spec.nodeName", "node1")
    assert validation.validate_pod_update(bound, defaulted(Pod, GOOD[Pod])) == []
    moved = changed(Pod, "spec.nodeName", "node2")
    [error] = validation.validate_pod_update(moved, bound)
    assert (error.path, error.kind) == ("spec", "Forbidden")


def test_the_role_of_a_binding_is_immutable() -> None:
    [error] = update_errors(RoleBinding, "roleRef.name", "view")
    assert error.startswith("roleRef: Invalid value: {")
    assert error.endswith(": cannot change roleRef")


def test_a_project_is_renamed_for_people_and_otherwise_edited_as_a_namespace() -> None:
    shown = {"openshift.io/display-name": "Shop"}
    assert update_errors(Project, "metadata.annotations", shown) == []
    assert update_errors(Project, "metadata.annotations", {"a": "b"}) == [
        'metadata.annotations[a]: Invalid value: "b":'
        " field is immutable, try updating the namespace"
    ]


def test_a_subnet_is_not_changed_under_its_pods() -> None:
    assert update_errors(HostSubnet, "subnet", "10.128.2.0/23") == [
        'subnet: Invalid value: "10.128.2.0/23": cannot change the subnet lease midflight.'
    ]
