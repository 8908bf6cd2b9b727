"""From the IngressController to the environment of the router's container (cluster-ingress-operator:
`desiredRouterDeployment`). The profile says what the generation's installer sets by itself."""

from __future__ import annotations

from typing import Final

from cluster.engine.config import EngineConfig
from cluster.engine.routing.algorithm import HTTP_SETTING
from cluster.engine.routing.backends import Objects
from cluster.engine.routing.router_variables import (
    ALLOW_WILDCARDS,
    DISABLE_OWNERSHIP_CHECK,
    IgnoredSetting,
)
from cluster.objects.ingresscontroller import (
    ALGORITHM_OVERRIDE,
    DEFAULT,
    ENVIRONMENT_OVERRIDE,
    INTER_NAMESPACE_ALLOWED,
    NAMESPACE,
    ROUTER_NAMESPACE,
    WILDCARDS_ALLOWED,
    IngressController,
    IngressControllerSpec,
)
from cluster.objects.meta import Key, ObjectMeta

ROUTER: Final = Key(NAMESPACE, DEFAULT)
"""The IngressController of the one router that there is."""
OPERATORS_ALGORITHMS: Final = ("leastconn", "random")
"""What the operator makes of `loadBalancingAlgorithm`: leastconn where it says so, else random."""


def first_router_object(config: EngineConfig) -> IngressController:
    """The IngressController as the installer makes it: all settings are the profile's."""
    return IngressController(
        metadata=ObjectMeta(name=DEFAULT, namespace=NAMESPACE),
        spec=IngressControllerSpec(domain=config.router_domain),
    )


def router_object(objects: Objects) -> IngressController | None:
    """The IngressController of the cluster's router; None where there is none."""
    return objects.get(IngressController, *ROUTER)


def is_of_router(key: Key) -> bool:
    """Whether the router depends on the object of this key: its IngressController, its secrets."""
    return key == ROUTER or key.namespace == ROUTER_NAMESPACE


def ingress_domain(controller: IngressController | None, config: EngineConfig) -> str:
    """The domain of generated hosts and of the self-made certificate."""
    return (controller.spec.domain if controller is not None else "") or config.router_domain


def default_secret(controller: IngressController | None) -> str:
    """The name of the secret with the default certificate, "" for none."""
    reference = controller.spec.default_certificate if controller is not None else None
    return reference.name if reference is not None else ""


def environment(controller: IngressController | None, config: EngineConfig) -> dict[str, str]:
    """The environment of the router's container; what `env` sets goes before all else."""
    env = dict(config.profile.router_env)
    if controller is None:
        return env
    admission = controller.spec.route_admission
    if admission.namespace_ownership:
        allowed = admission.namespace_ownership == INTER_NAMESPACE_ALLOWED
        env[DISABLE_OWNERSHIP_CHECK] = _go_bool(allowed)
    if admission.wildcard_policy:
        env[ALLOW_WILDCARDS] = _go_bool(admission.wildcard_policy == WILDCARDS_ALLOWED)
    algorithm = controller.spec.unsupported_config_overrides.get(ALGORITHM_OVERRIDE)
    if algorithm in OPERATORS_ALGORITHMS:
        env[HTTP_SETTING] = algorithm
    own = controller.spec.environment
    env.update({name: value for name, value in own.items() if isinstance(value, str)})
    return env


def _go_bool(value: bool) -> str:
    return "true" if value else "false"


def overridden_settings(controller: IngressController | None) -> tuple[IgnoredSetting, ...]:
    """Fields of the object that have no effect, and why."""
    if controller is None:
        return ()
    spec, env, found = controller.spec, controller.spec.environment, []
    overrides = spec.unsupported_config_overrides
    algorithm = overrides.get(ALGORITHM_OVERRIDE)
    for path, value, variable in (
        ("namespaceOwnership", spec.route_admission.namespace_ownership, DISABLE_OWNERSHIP_CHECK),
        ("wildcardPolicy", spec.route_admission.wildcard_policy, ALLOW_WILDCARDS),
        (ALGORITHM_OVERRIDE, algorithm, HTTP_SETTING),
    ):
        if value and variable in env:
            found.append(IgnoredSetting(path, str(value), f"{variable} in env goes before it"))
    if algorithm and algorithm not in OPERATORS_ALGORITHMS:
        why = (
            f'the operator knows leastconn alone, else it takes random, so "{algorithm}" changes'
            f" nothing; set {HTTP_SETTING} in env for other algorithms"
        )
        found.append(IgnoredSetting(ALGORITHM_OVERRIDE, str(algorithm), why))
    for name in overrides:
        if name not in (ALGORITHM_OVERRIDE, ENVIRONMENT_OVERRIDE):
            found.append(IgnoredSetting(name, str(overrides[name]), "this router does not read it"))
    return tuple(found)
