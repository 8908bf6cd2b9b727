"""IngressController: operator.openshift.io/v1. The settings of a router.

OpenShift's ingress operator makes the router's Deployment of it; in 3.x the same settings stand in the
environment of `dc/router` alone, which `unsupportedConfigOverrides.env` holds here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.objects.meta import EMPTY, ObjectMeta, Timestamp, named, verbatim

NAMESPACE = "openshift-ingress-operator"
DEFAULT = "default"
ROUTER_NAMESPACE = "openshift-ingress"
"""Where the router's pods run and its secrets lie."""

STRICT, INTER_NAMESPACE_ALLOWED = "Strict", "InterNamespaceAllowed"
WILDCARDS_DISALLOWED, WILDCARDS_ALLOWED = "WildcardsDisallowed", "WildcardsAllowed"
OWNERSHIPS = (INTER_NAMESPACE_ALLOWED, STRICT)
WILDCARD_POLICIES = (WILDCARDS_ALLOWED, WILDCARDS_DISALLOWED)

ALGORITHM_OVERRIDE, ENVIRONMENT_OVERRIDE = "loadBalancingAlgorithm", "env"
"""What `unsupportedConfigOverrides` may hold: the operator's own, and variables of the container."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecretReference:
    """A secret of the router's own project (`openshift-ingress`)."""

    name: str = named("name", "", keep=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteAdmission:
    """Whether projects may share a host (`Strict`, `InterNamespaceAllowed`), and wildcard routes."""

    namespace_ownership: str = ""
    wildcard_policy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressControllerSpec:
    """`spec`. `unsupported_config_overrides` holds what the real operator passes on unseen."""

    domain: str = ""
    default_certificate: SecretReference | None = None
    route_admission: RouteAdmission = RouteAdmission()
    unsupported_config_overrides: Mapping[str, Any] = EMPTY
    extra: Mapping[str, Any] = verbatim(
        "replicas", "endpointPublishingStrategy", "namespaceSelector", "routeSelector", "nodePlacement",
        "tlsSecurityProfile", "clientTLS", "logging", "httpHeaders", "httpEmptyRequestsPolicy",
        "tuningOptions", "httpCompression", "httpErrorCodePages",
    )  # fmt: skip

    @property
    def environment(self) -> Mapping[str, Any]:
        """The variables that are set for the router's container, as they were written."""
        found = self.unsupported_config_overrides.get(ENVIRONMENT_OVERRIDE)
        return found if isinstance(found, Mapping) else EMPTY


@dataclass(frozen=True, slots=True, kw_only=True)
class OperatorCondition:
    """One of the operator's findings."""

    type: str = named("type", "", keep=True)
    status: str = named("status", "", keep=True)
    last_transition_time: Timestamp | None = None
    reason: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressControllerStatus:
    """`status`. `domain` is the one in use; the operator takes it over once."""

    observed_generation: int = 0
    domain: str = ""
    conditions: tuple[OperatorCondition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressController:
    """The router `default`."""

    metadata: ObjectMeta
    spec: IngressControllerSpec = named("spec", IngressControllerSpec(), keep=True)
    status: IngressControllerStatus = IngressControllerStatus()
