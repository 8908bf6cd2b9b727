"""IngressController: operator.openshift.io/v1. The settings of a router."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cluster.objects.meta import EMPTY, ObjectMeta, named, verbatim

NAMESPACE = "openshift-ingress-operator"
DEFAULT = "default"


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


@dataclass(frozen=True, slots=True, kw_only=True)
class IngressController:
    """The router `default`."""

    metadata: ObjectMeta
    spec: IngressControllerSpec = named("spec", IngressControllerSpec(), keep=True)
