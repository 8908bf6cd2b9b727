"""The API's defaults of everything but routes."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.objects.codec import decode
from cluster.objects.defaults import (
    default_deploymentconfig,
    default_namespace,
    default_pod,
    default_replicationcontroller,
    default_rolebinding,
    default_service,
)
from cluster.objects.defaults.pod import pull_policy
from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.namespace import Namespace
from cluster.objects.pod import Pod
from cluster.objects.replicationcontroller import ReplicationController
from cluster.objects.rolebinding import RoleBinding
from cluster.objects.service import Service

META = {"name": "web", "namespace": "shop"}
TEMPLATE = {
    "metadata": {"labels": {"app": "web"}},
    "spec": {"containers": [{"name": "web", "image": "web"}]},
}


def read(cls: type[Any], spec: dict[str, Any]) -> Any:
    instance, unknown = decode(cls, {"metadata": META, "spec": spec})
    assert unknown == []
    return instance


def test_a_service_gets_type_affinity_protocol_and_target_port() -> None:
    service = default_service(
        read(Service, {"ports": [{"port": 80}, {"port": 81, "targetPort": "x"}]})
    )
    assert (service.spec.type, service.spec.session_affinity) == ("ClusterIP", "None")
    assert [(each.protocol, each.target_port) for each in service.spec.ports] == [
        ("TCP", 80),
        ("TCP", "x"),
    ]
    assert service.spec.external_traffic_policy == ""


def test_only_services_that_are_reached_from_outside_get_a_traffic_policy() -> None:
    service = default_service(read(Service, {"type": "NodePort", "ports": [{"port": 80}]}))
    assert service.spec.external_traffic_policy == "Cluster"


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.25", "IfNotPresent"),
        ("registry:5000/team/nginx", "Always"),
        ("registry:5000/team/nginx:1.25", "IfNotPresent"),
        ("nginx@sha256:" + "0" * 64, "IfNotPresent"),
        ("nginx:latest@sha256:" + "0" * 64, "Always"),
    ],
)
def test_images_without_a_tag_are_always_pulled(image: str, policy: str) -> None:
    assert pull_policy(image) == policy


def test_a_pod_gets_restart_policy_grace_period_and_probe_times() -> None:
    probe = {"httpGet": {"port": 8080}}
    container = {
        "name": "c",
        "image": "i:1",
        "readinessProbe": probe,
        "ports": [{"containerPort": 1}],
    }
    spec = default_pod(read(Pod, {"containers": [container]})).spec
    assert (spec.restart_policy, spec.termination_grace_period_seconds) == ("Always", 30)
    [container_] = spec.containers
    assert container_.image_pull_policy == "IfNotPresent"
    assert container_.ports[0].protocol == "TCP"
    probed = container_.readiness_probe
    assert probed is not None and probed.http_get is not None
    assert (probed.timeout_seconds, probed.period_seconds) == (1, 10)
    assert (probed.success_threshold, probed.failure_threshold) == (1, 3)
    assert (probed.http_get.path, probed.http_get.scheme) == ("/", "HTTP")


def test_a_grace_period_of_nothing_is_kept() -> None:
    pod = default_pod(read(Pod, {"containers": [], "terminationGracePeriodSeconds": 0}))
    assert pod.spec.termination_grace_period_seconds == 0


def test_a_replication_controller_takes_selector_and_labels_from_its_template() -> None:
    controller = default_replicationcontroller(read(ReplicationController, {"template": TEMPLATE}))
    assert controller.spec.replicas == 1
    assert controller.spec.selector == controller.metadata.labels == {"app": "web"}
    assert controller.spec.template.spec.restart_policy == "Always"


def test_zero_replicas_are_not_missing_replicas() -> None:
    controller = read(ReplicationController, {"replicas": 0, "template": TEMPLATE})
    assert default_replicationcontroller(controller).spec.replicas == 0


def test_a_deployment_config_rolls_and_watches_its_own_template() -> None:
    spec = default_deploymentconfig(read(DeploymentConfig, {"template": TEMPLATE})).spec
    assert spec.strategy.type == "Rolling"
    params = spec.strategy.rolling_params
    assert params is not None
    assert (params.update_period_seconds, params.interval_seconds) == (1, 1)
    assert (params.timeout_seconds, params.max_unavailable, params.max_surge) == (600, "25%", "25%")
    assert [each.type for each in spec.triggers] == ["ConfigChange"]
    assert spec.selector == {"app": "web"}
    assert spec.replicas == 0, "the real API has no default for replicas"


def test_an_empty_list_of_triggers_means_no_trigger() -> None:
    config = read(DeploymentConfig, {"triggers": [], "template": TEMPLATE})
    assert default_deploymentconfig(config).spec.triggers == ()


@pytest.mark.parametrize(
    ("given", "unavailable", "surge"),
    [
        ({"maxSurge": 0}, "25%", 0),
        ({"maxSurge": "0%"}, "25%", "0%"),
        ({"maxUnavailable": 0}, 0, "25%"),
        ({"maxSurge": 1}, None, 1),
        ({"maxUnavailable": "50%"}, "50%", None),
    ],
)
def test_one_limit_of_a_rollout_is_completed_only_when_it_is_zero(
    given: dict[str, Any], unavailable: Any, surge: Any
) -> None:
    strategy = {"type": "Rolling", "rollingParams": given}
    config = read(DeploymentConfig, {"strategy": strategy, "template": TEMPLATE})
    params = default_deploymentconfig(config).spec.strategy.rolling_params
    assert params is not None
    assert (params.max_unavailable, params.max_surge) == (unavailable, surge)


def test_recreate_gets_no_rolling_parameters() -> None:
    config = read(DeploymentConfig, {"strategy": {"type": "Recreate"}, "template": TEMPLATE})
    assert default_deploymentconfig(config).spec.strategy.rolling_params is None


def test_an_image_trigger_looks_into_its_own_project() -> None:
    params = {"containerNames": ["web"], "from": {"name": "web:latest"}}
    triggers = [{"type": "ImageChange", "imageChangeParams": params}]
    config = default_deploymentconfig(
        read(DeploymentConfig, {"triggers": triggers, "template": TEMPLATE})
    )
    assert config.spec.triggers[0].image_change_params["from"] == {
        "kind": "ImageStreamTag",
        "namespace": "shop",
        "name": "web:latest",
    }


def test_a_namespace_carries_its_name_as_a_label() -> None:
    namespace, _ = decode(Namespace, {"metadata": {"name": "shop", "labels": {"a": "b"}}})
    labels = default_namespace(namespace).metadata.labels
    assert labels == {"a": "b", "kubernetes.io/metadata.name": "shop"}


def test_users_and_groups_belong_to_the_rbac_group_and_service_accounts_to_none() -> None:
    subjects = [
        {"kind": "User", "name": "ann"},
        {"kind": "ServiceAccount", "name": "default", "namespace": "shop"},
    ]
    binding, _ = decode(
        RoleBinding,
        {
            "metadata": META,
            "roleRef": {"kind": "ClusterRole", "name": "edit"},
            "subjects": subjects,
        },
    )
    groups = [each.api_group for each in default_rolebinding(binding).subjects]
    assert groups == ["rbac.authorization.k8s.io", ""]
