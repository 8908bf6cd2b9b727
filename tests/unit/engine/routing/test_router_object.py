"""The router's settings as an object: what follows from it, what is refused, what is ignored."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from cluster.engine.access import SYSTEM_ADMIN, Actor
from cluster.engine.commands import Create, Delete
from cluster.engine.config import OPENSHIFT_3_11, OPENSHIFT_4
from cluster.engine.routing.router_object import ROUTER, first_router_object
from cluster.engine.routing.router_variables import VARIABLES
from cluster.objects import kinds
from cluster.objects.errors import Forbidden, Invalid
from cluster.objects.meta import ObjectMeta
from cluster.objects.route import Route, RouteSpec, RouteTargetReference
from tests.unit.engine.routing.router_lab import RouterLab

OVERRIDES = "unsupportedConfigOverrides"


@pytest.mark.parametrize(
    ("profile", "algorithm"), [(OPENSHIFT_3_11, "leastconn"), (OPENSHIFT_4, "random")]
)
def test_a_new_object_leaves_everything_to_the_profile(profile: Any, algorithm: str) -> None:
    lab = RouterLab(profile)
    assert lab.object.spec == first_router_object(lab.engine.config).spec
    found = lab.settings
    assert found.load_balance_algorithm == algorithm
    assert (found.ownership, found.wildcard_policy) == ("Strict", "WildcardsDisallowed")
    assert found.ignored == ()


def test_the_operator_says_that_it_takes_the_object() -> None:
    lab = RouterLab()
    status = lab.object.status
    assert [(each.type, each.status, each.reason) for each in status.conditions] == [
        ("Admitted", "True", "Valid"),
        ("Available", "True", ""),
    ]
    since = status.conditions[0].last_transition_time
    assert (status.domain, status.observed_generation) == ("apps.localhost", 1)
    lab.set(routeAdmission={"namespaceOwnership": "InterNamespaceAllowed"})
    assert lab.object.status.observed_generation == 2
    assert lab.object.status.conditions[0].last_transition_time == since


def test_a_deleted_object_is_made_anew_with_the_profiles_settings() -> None:
    lab = RouterLab()
    lab.set_env(ROUTER_LOAD_BALANCE_ALGORITHM="random")
    uid = lab.object.metadata.uid
    lab.engine.execute([Delete(kinds.INGRESSCONTROLLER, ROUTER)], SYSTEM_ADMIN)
    lab.engine.step(lab.engine.now + 1)
    assert lab.object.metadata.uid != uid
    assert lab.settings.load_balance_algorithm == "source"


def test_admission_is_set_by_the_operators_fields() -> None:
    lab = RouterLab()
    lab.set(
        routeAdmission={
            "namespaceOwnership": "InterNamespaceAllowed",
            "wildcardPolicy": "WildcardsAllowed",
        }
    )
    found = lab.settings
    assert (found.ownership, found.wildcard_policy) == ("InterNamespaceAllowed", "WildcardsAllowed")
    assert found.env["ROUTER_DISABLE_NAMESPACE_OWNERSHIP_CHECK"] == "true"
    assert found.env["ROUTER_ALLOW_WILDCARD_ROUTES"] == "true"


def test_the_operator_knows_leastconn_and_ignores_other_algorithms() -> None:
    lab = RouterLab(OPENSHIFT_4)
    lab.set(**{OVERRIDES: {"loadBalancingAlgorithm": "leastconn"}})
    assert lab.settings.load_balance_algorithm == "leastconn"
    assert lab.settings.ignored == ()
    lab.set(**{OVERRIDES: {"loadBalancingAlgorithm": "source"}})
    assert lab.settings.load_balance_algorithm == "random"
    (ignored,) = lab.settings.ignored
    assert ignored.name == "loadBalancingAlgorithm"
    assert "set ROUTER_LOAD_BALANCE_ALGORITHM in env" in ignored.why


def test_a_variable_goes_before_the_field_for_the_same_and_that_is_said() -> None:
    lab = RouterLab()
    lab.set(
        routeAdmission={"namespaceOwnership": "Strict"},
        **{
            OVERRIDES: {
                "loadBalancingAlgorithm": "leastconn",
                "env": {
                    "ROUTER_LOAD_BALANCE_ALGORITHM": "roundrobin",
                    "ROUTER_DISABLE_NAMESPACE_OWNERSHIP_CHECK": "true",
                },
            }
        },
    )
    found = lab.settings
    assert (found.load_balance_algorithm, found.ownership) == (
        "roundrobin",
        "InterNamespaceAllowed",
    )
    assert {each.name for each in found.ignored} == {"namespaceOwnership", "loadBalancingAlgorithm"}


def test_a_variable_that_is_emptied_gives_the_templates_default() -> None:
    lab = RouterLab()
    lab.set_env(ROUTER_LOAD_BALANCE_ALGORITHM="")
    assert lab.settings.load_balance_algorithm == ""
    lab.set_env()
    assert lab.settings.load_balance_algorithm == "source"


def test_unknown_variables_and_ignored_values_are_listed_and_stored() -> None:
    lab = RouterLab()
    lab.set_env(ROUTER_LOAD_BALANCE_ALGORITHM="static-rr", ROUTER_COLOUR="red", ROUTER_THREADS="4")
    found = {each.name: each.why for each in lab.settings.ignored}
    assert found == {
        "ROUTER_LOAD_BALANCE_ALGORITHM": '"static-rr" is not one of'
        " roundrobin, leastconn, source, random",
        "ROUTER_COLOUR": "the router has no setting of this name",
    }
    assert lab.object.spec.environment["ROUTER_COLOUR"] == "red"
    assert lab.settings.threads == 4


@pytest.mark.parametrize("name", list(VARIABLES))
def test_a_variable_begins_with_a_value_that_the_router_takes(name: str) -> None:
    variable = VARIABLES[name]
    first = variable.first_value
    assert not first or not variable.problem(first)
    assert all(not variable.problem(each) for each in variable.choices)


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (
            {"routeAdmission": {"namespaceOwnership": "Loose"}},
            'spec.routeAdmission.namespaceOwnership: Unsupported value: "Loose": supported values:'
            ' "InterNamespaceAllowed", "Strict"',
        ),
        (
            {"routeAdmission": {"wildcardPolicy": "Yes"}},
            'spec.routeAdmission.wildcardPolicy: Unsupported value: "Yes": supported values:'
            ' "WildcardsAllowed", "WildcardsDisallowed"',
        ),
        (
            {OVERRIDES: {"env": {"ROUTER_THREADS": 4}}},
            "spec.unsupportedConfigOverrides.env.ROUTER_THREADS: Invalid value:"
            ' "integer": spec.unsupportedConfigOverrides.env.ROUTER_THREADS in body must be of type'
            ' string: "integer"',
        ),
        (
            {OVERRIDES: {"env": ["ROUTER_THREADS"]}},
            'spec.unsupportedConfigOverrides.env: Invalid value: "array":'
            ' spec.unsupportedConfigOverrides.env in body must be of type object: "array"',
        ),
        ({"defaultCertificate": {"name": ""}}, "spec.defaultCertificate.name: Required value"),
        ({"domain": "other.test"}, 'spec.domain: Invalid value: "other.test": field is immutable'),
    ],
)
def test_what_the_api_refuses(spec: dict[str, Any], text: str) -> None:
    lab = RouterLab()
    before = lab.object
    with pytest.raises(Invalid) as refused:
        lab.set(**spec)
    assert text in [str(error) for error in refused.value.errors]
    assert lab.object == before


def test_a_manifest_without_a_domain_keeps_it() -> None:
    lab = RouterLab()
    lab.set(domain=None, routeAdmission={"wildcardPolicy": "WildcardsAllowed"})
    assert lab.object.spec.domain == "apps.localhost"
    assert lab.settings.allow_wildcards


def test_there_is_one_router() -> None:
    lab = RouterLab()
    second = replace(
        lab.object, metadata=ObjectMeta(name="internal", namespace="openshift-ingress-operator")
    )
    with pytest.raises(Invalid, match=r'metadata\.name: Unsupported value: "internal"'):
        lab.engine.execute([Create(second)], SYSTEM_ADMIN)


def test_only_cluster_admins_may_change_it() -> None:
    lab = RouterLab()
    with pytest.raises(Forbidden):
        lab.engine.execute([Delete(kinds.INGRESSCONTROLLER, ROUTER)], Actor("developer"))


def test_generated_hosts_are_in_the_objects_domain() -> None:
    lab = RouterLab()
    lab.engine.execute([Delete(kinds.INGRESSCONTROLLER, ROUTER)], SYSTEM_ADMIN)
    made = first_router_object(lab.engine.config)
    spec = replace(made.spec, domain="apps.example.com")
    lab.engine.execute([Create(replace(made, spec=spec))], SYSTEM_ADMIN)
    lab.engine.step(lab.engine.now + 1)
    target = RouteTargetReference(kind="Service", name="web")
    route = Route(
        metadata=ObjectMeta(name="web", namespace="openshift-ingress"), spec=RouteSpec(to=target)
    )
    stored = lab.engine.execute([Create(route)], SYSTEM_ADMIN)[0].new
    assert stored is not None
    assert stored.spec.host == "web-openshift-ingress.apps.example.com"
    assert lab.settings.canonical_hostname == "router-default.apps.example.com"
