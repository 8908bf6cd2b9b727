"""Routes are refused in the words of openshift-apiserver."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

from cluster.objects.codec import decode
from cluster.objects.defaults import default_route
from cluster.objects.fields import aggregate
from cluster.objects.meta import ObjectMeta
from cluster.objects.route import (
    Route,
    RoutePort,
    RouteSpec,
    RouteTargetReference,
    TLSConfig,
)
from cluster.objects.validation import validate_route, validate_route_update
from cluster.objects.validation.route import route_warnings
from cluster.objects.validation.route_headers import header_errors, header_value_is_valid
from cluster.objects.validation.route_tls import (
    SecretAccess,
    insecure_policy_errors,
    tls_errors,
)
from tests.unit.objects.router_vectors import area, expand, route_of


def texts(errors: list[Any]) -> list[str]:
    return [str(error) for error in errors]


@area("validation.route")
def test_routes_are_accepted_and_refused_as_recorded(vector: dict[str, Any]) -> None:
    route = route_of(vector["input"]["route"])
    assert vector["input"].get("operation", "create") == "create"
    assert texts(validate_route(route)) == vector["expected"]["errors"]
    assert texts(validate_route(default_route(route))) == vector["expected"]["errors"]


@area("validation.create_yaml")
def test_manifests_are_judged_after_their_defaults(vector: dict[str, Any]) -> None:
    route = default_route(route_of(vector["input"]["manifest"]))
    assert texts(validate_route(route)) == vector["expected"]["errors"]


@area("validation.update")
def test_updates_are_judged_against_what_was_stored(vector: dict[str, Any]) -> None:
    old = vector["input"]["old"]
    new = copy.deepcopy(old)
    for path, value in vector["input"]["change"].items():
        *parents, last = path.split(".")
        place = new
        for name in parents:
            place = place.setdefault(name, {})
        place[last] = value
    errors = validate_route_update(route_of(new), route_of(old))
    expected = vector["expected"]
    assert len(errors) == expected["errorCount"]
    if "errors" in expected:
        assert texts(errors) == expected["errors"]


@area("validation.tls")
def test_tls_is_judged_as_recorded(vector: dict[str, Any]) -> None:
    given = vector["input"]
    tls, _ = decode(TLSConfig, given["tls"])
    readable = frozenset(
        {"get", "watch", "list"} if given["routerServiceAccountMayReadSecret"] else ()
    )
    secret = given["secret"] or {}

    def find_secret(name: str) -> SecretAccess:
        return SecretAccess(readable, secret["type"] if secret.get("name") == name else None)

    assert texts(tls_errors(tls, find_secret)) == vector["expected"]["errors"]


@area("validation.insecure_policy")
def test_the_insecure_policy_is_judged_as_recorded(vector: dict[str, Any]) -> None:
    tls, _ = decode(TLSConfig, vector["input"]["tls"])
    assert texts(insecure_policy_errors(tls)) == vector["expected"]["errors"]


@area("validation.headers")
def test_header_actions_are_judged_as_recorded(vector: dict[str, Any]) -> None:
    errors = header_errors({"actions": expand(vector["input"]["actions"])})
    names = [
        each["name"]
        for actions in expand(vector["input"]["actions"]).values()
        for each in actions
        if len(each.get("name", "")) > 255
    ]
    expected = vector["expected"]["message"]
    for name in names:
        expected = expected.replace("<name>", name)
    assert (aggregate(errors) if errors else "") == expected


@area("validation.header_value")
def test_header_values_are_judged_as_recorded(vector: dict[str, Any]) -> None:
    given, valid = vector["input"], vector["expected"]["valid"]
    assert header_value_is_valid(expand(given["requestHeaderValue"]), "request") is valid
    assert header_value_is_valid(expand(given["responseHeaderValue"]), "response") is valid


@area("validation.warnings")
def test_warnings_are_given_as_recorded(vector: dict[str, Any]) -> None:
    spec = RouteSpec(host=vector["input"]["host"], subdomain=vector["input"]["subdomain"])
    warnings = route_warnings(Route(metadata=ObjectMeta(name="r", namespace="n"), spec=spec))
    assert warnings == vector["expected"]["warnings"]


GOOD = default_route(
    Route(
        metadata=ObjectMeta(name="r", namespace="n"),
        spec=RouteSpec(host="r.example.com", to=RouteTargetReference(name="a")),
    )
)


def with_spec(**changes: Any) -> Route:
    return replace(GOOD, spec=replace(GOOD.spec, **changes))


def test_a_host_next_to_a_subdomain_is_warned_of() -> None:
    assert route_warnings(with_spec(subdomain="front")) == [
        "spec.host is set; spec.subdomain may be ignored"
    ]


def test_a_host_in_upper_case_breaks_two_rules() -> None:
    errors = texts(validate_route(with_spec(host="Web.example.com")))
    assert errors[0] == (
        'spec.host: Invalid value: "Web.example.com":'
        " host must conform to DNS 952 subdomain conventions"
    )
    assert "a lowercase RFC 1123 label must consist of" in errors[1]
    assert len(errors) == 2


def test_a_bad_label_of_a_subdomain_is_named_by_itself() -> None:
    [error] = validate_route(with_spec(host="", subdomain="ok.no_good"))
    assert error.path == "spec.subdomain"
    assert error.value == "no_good"


def test_the_wildcard_policy_is_immutable() -> None:
    errors = texts(validate_route_update(with_spec(wildcard_policy="Subdomain"), GOOD))
    assert errors == ['spec.wildcardPolicy: Invalid value: "Subdomain": field is immutable']


def test_errors_come_in_the_order_of_the_server() -> None:
    route = with_spec(
        host="Bad",
        path="no slash",
        to=RouteTargetReference(kind="Pod", weight=300),
        alternate_backends=(RouteTargetReference(kind="Service"),),
        port=RoutePort(target_port=0),
        tls=TLSConfig(termination="passthrough", insecure_edge_termination_policy="Allow"),
        wildcard_policy="All",
        http_headers={"actions": {"request": [{"name": "cookie", "action": {"type": "Delete"}}]}},
    )
    assert [error.path for error in validate_route(route)] == [
        "spec.path",
        "spec.host",
        "spec.host",
        "spec.wildcardPolicy",
        "spec.tls.termination",
        "spec.httpHeaders.actions.request[0].name",
        "spec.path",
        "spec.path",
        "spec.to.name",
        "spec.to.kind",
        "spec.to.weight",
        "spec.alternateBackends[0].name",
        "spec.port.targetPort",
        "spec.tls.insecureEdgeTerminationPolicy",
    ]


def test_certificates_never_stand_in_an_error() -> None:
    tls = TLSConfig(
        termination="passthrough", certificate="SECRET", key="SECRET", ca_certificate="SECRET"
    )
    errors = texts(validate_route(with_spec(tls=tls)))
    assert len(errors) == 3
    assert not any("SECRET" in error for error in errors)


def test_a_path_that_was_stored_with_a_bad_sign_may_stay() -> None:
    old = with_spec(path="/a#b")
    assert validate_route_update(with_spec(path="/a#b", host="new.example.com"), old) == []
    [error] = validate_route_update(with_spec(path="/a#c"), old)
    assert str(error) == 'spec.path: Invalid value: "/a#c": cannot contain # or spaces'


@pytest.mark.parametrize("direction", ["request", "response"])
def test_a_list_of_header_actions_has_an_end(direction: str) -> None:
    action = {"type": "Delete"}
    actions = [{"name": f"x-{index}", "action": action} for index in range(21)]
    [error] = header_errors({"actions": {direction: actions}})
    assert error.detail == f"{direction} headers list can't exceed 20 items"
    assert header_errors({"actions": {direction: actions[:20]}}) == []


def test_set_needs_a_value_and_delete_takes_none() -> None:
    detail = "Required value: set is required when type is Set, and forbidden otherwise"
    path = "spec.httpHeaders.actions.request[0].action.set"
    for action in ({"type": "Set"}, {"type": "Delete", "set": {"value": "x"}}):
        errors = header_errors({"actions": {"request": [{"name": "x-a", "action": action}]}})
        assert texts(errors) == [f"{path}: {detail}"]


def test_header_actions_of_another_shape_are_refused_and_not_ignored() -> None:
    assert [each.path for each in header_errors({"actions": {"request": {"name": "x"}}})] == [
        "spec.httpHeaders.actions.request"
    ]
