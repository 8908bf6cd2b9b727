"""Policies to start from: OpenShift's ready-made examples (managing_networking.adoc)."""

from __future__ import annotations

from dataclasses import dataclass

from console.forms.policy_values import (
    NAMESPACES,
    PODS,
    LabelRow,
    PeerValues,
    PolicyValues,
    PortValues,
    RuleValues,
    SideValues,
)


@dataclass(frozen=True, slots=True)
class PolicySample:
    """A policy to start from; `about` says when one wants it."""

    slug: str
    title: str
    about: str
    values: PolicyValues


def _ingress(name: str, *rules: RuleValues, selector: tuple[LabelRow, ...] = ()) -> PolicyValues:
    side = SideValues(is_governed=True, denies_all=not rules, rules=rules)
    return PolicyValues(name=name, selector=selector, ingress=side)


def samples(is_modern: bool) -> tuple[PolicySample, ...]:
    """The samples; how routers are told apart from other pods differs between releases."""
    router = (
        LabelRow(key="network.openshift.io/policy-group", values="ingress")
        if is_modern
        else LabelRow(key="name", values="default")
    )
    from_router = RuleValues(peers=(PeerValues(kind=NAMESPACES, namespaces=(router,)),))
    return (
        PolicySample(
            "deny-by-default",
            "Deny by default",
            "No pod of the project takes connections until another policy allows some.",
            _ingress("deny-by-default"),
        ),
        PolicySample(
            "allow-same-namespace",
            "Allow same namespace",
            "Pods of the project reach one another; all others are kept out.",
            _ingress("allow-same-namespace", RuleValues(peers=(PeerValues(kind=PODS),))),
        ),
        PolicySample(
            "allow-from-router",
            "Allow from the router",
            f"Routes go on working: projects labelled {router.key}={router.values} reach the pods."
            + ("" if is_modern else " The project default must carry that label."),
            _ingress(
                "allow-from-openshift-ingress" if is_modern else "allow-from-default", from_router
            ),
        ),
        PolicySample(
            "allow-port",
            "Allow one port",
            "Everybody reaches TCP 8080 of the project's pods, and nothing else.",
            _ingress("allow-8080", RuleValues(ports=(PortValues(port="8080"),))),
        ),
        PolicySample(
            "deny-egress",
            "Deny all egress",
            "The project's pods open no connections. OpenShift SDN of 3.11 ignores such policies.",
            PolicyValues(
                name="deny-all-egress",
                ingress=SideValues(),
                egress=SideValues(is_governed=True, denies_all=True),
            ),
        ),
    )
