"""The samples beside the YAML editor (OpenShift's console: sidebar "Samples", "Try it").

The manifests are files under `templates/pages/import/samples`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.template.loader import render_to_string


@dataclass(frozen=True, slots=True)
class Sample:
    """A manifest to start from. `slug` names its file and its address."""

    slug: str
    kind: str
    title: str
    about: str

    @property
    def text(self) -> str:
        """The manifest."""
        return _text(self.slug)


@cache
def _text(slug: str) -> str:
    return render_to_string(f"pages/import/samples/{slug}.yaml")


SAMPLES: tuple[Sample, ...] = (
    Sample(
        "service", "Service", "Service", "The course's Service: port 8080 of a DeploymentConfig."
    ),
    Sample("route", "Route", "Route", "A host name for a Service, made by the cluster."),
    Sample("ab-route", "Route", "A/B Route", "Two Services share the requests 80 to 20."),
    Sample("sticky-route", "Route", "Sticky Route", "A cookie keeps visitors with their pod."),
    Sample(
        "edge-route",
        "Route",
        "Edge Route with redirect",
        "HTTPS up to the router; HTTP is redirected.",
    ),
    Sample(
        "deploymentconfig",
        "DeploymentConfig",
        "DeploymentConfig",
        "Two pods of the course's web application.",
    ),
    Sample(
        "replicationcontroller",
        "ReplicationController",
        "ReplicationController",
        "Three pods in green, kept at that number.",
    ),
    Sample(
        "networkpolicy",
        "NetworkPolicy",
        "NetworkPolicy",
        "Only pods of the project itself reach its pods.",
    ),
    Sample(
        "egressnetworkpolicy",
        "EgressNetworkPolicy",
        "EgressNetworkPolicy",
        "Where pods may go outside the cluster: one network and one name.",
    ),
    Sample("pod", "Pod", "Pod", "A single pod."),
    Sample("secret", "Secret", "Key/value Secret", "A user name and a password in plain text."),
    Sample(
        "tls-secret",
        "Secret",
        "TLS Secret",
        "A certificate with its key, for routes that name it.",
    ),
    Sample(
        "router-reads-secrets",
        "RoleBinding",
        "Secrets for the router",
        "Lets the router take certificates from the project's secrets.",
    ),
    Sample("visitors", "Visitors", "Visitors", "Simulated clients that call a route."),
    Sample(
        "damaged-service",
        "Service",
        "Damaged Service",
        "The Service as the course's notes lost it. Review it and see what the hints say.",
    ),
)
BY_SLUG = {sample.slug: sample for sample in SAMPLES}
