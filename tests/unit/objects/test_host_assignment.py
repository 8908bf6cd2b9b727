"""Hosts are generated and guarded as openshift-apiserver does."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.objects.host_assignment import (
    RouterHosts,
    SimpleAllocation,
    allocate_host,
    effective_host,
    host_permission_errors,
    keep_host,
)
from cluster.objects.meta import ObjectMeta
from cluster.objects.route import Route, RouteSpec
from cluster.objects.validation import validate_route
from tests.unit.objects.router_vectors import area, route_of

SUFFIX = "apps.example.com"


def plain(document: dict[str, Any]) -> Route:
    """A route of a vector that writes metadata and spec side by side."""
    metadata = {"name": document.get("name", "r"), "namespace": document.get("namespace", "n")}
    spec = {name: each for name, each in document.items() if name not in metadata}
    return route_of({"metadata": metadata, "spec": {"to": {"name": "s"}, **spec}})


def settings_of(environment: dict[str, str]) -> RouterHosts:
    domains = environment.get("ROUTER_OVERRIDE_DOMAINS", "")
    return RouterHosts(
        domain=environment.get("ROUTER_DOMAIN", ""),
        template=environment.get("ROUTER_SUBDOMAIN", ""),
        override=environment.get("ROUTER_OVERRIDE_HOSTNAME", "") == "true",
        override_domains=tuple(filter(None, domains.split(","))),
    )


@area("host_generation")
def test_hosts_are_generated_as_recorded(vector: dict[str, Any]) -> None:
    given, expected = vector["input"], vector["expected"]
    if "dnsSuffix" in given:
        if expected["result"] == "rejected":
            with pytest.raises(ValueError) as refusal:
                SimpleAllocation(given["dnsSuffix"])
            assert str(refusal.value) == expected["message"]
        else:
            assert SimpleAllocation(given["dnsSuffix"]).suffix == expected["suffix"]
    elif "routerEnv" in given:
        host = effective_host(plain(given["route"]), settings_of(given["routerEnv"]))
        assert host == expected["effectiveHostInRouter"]
    else:
        suffix = given.get("suffix", "")
        route = plain({name: each for name, each in given.items() if name != "suffix"})
        route = allocate_host(route, suffix)
        assert route.spec.host == expected["host"]
        if "annotations" in expected:
            assert route.metadata.annotations == expected["annotations"]


def verb(given: dict[str, Any], name: str) -> bool:
    held: bool = given.get(f"customHost{name}Permission", given.get("customHostPermission", False))
    return held


@area("permissions.custom_host")
def test_custom_hosts_are_permitted_as_recorded(vector: dict[str, Any]) -> None:
    given, expected = vector["input"], vector["expected"]
    old = plain(given["old"]) if "old" in given else None
    new = plain(given["new"])
    if old is not None:
        new = keep_host(new, old)
    errors = host_permission_errors(new, old, verb(given, "Create"), verb(given, "Update"))
    assert bool(errors) == (expected["result"] == "rejected")
    if "errorCount" in expected:
        assert len(errors) == expected["errorCount"]
    if "errors" in expected:
        assert [str(error) for error in errors] == expected["errors"]
    if "host" in expected:
        if old is None and not errors:
            generated = allocate_host(new, SUFFIX).spec.host
            if generated != new.spec.host:
                generated = given["generatedHostWouldBe"]
            assert generated == expected["host"]
        else:
            assert new.spec.host == expected["host"]
    assert new.spec.subdomain == expected.get("subdomain", new.spec.subdomain)


def route(**spec: Any) -> Route:
    return plain(spec)


def test_a_generated_host_whose_first_label_is_too_long_is_refused() -> None:
    long = Route(metadata=ObjectMeta(name="a" * 60, namespace="project"), spec=RouteSpec())
    texts = [str(error) for error in validate_route(allocate_host(long, SUFFIX))]
    assert any("must be no more than 63 characters" in text for text in texts)


def test_without_the_verb_create_a_host_is_forbidden_before_its_certificate() -> None:
    new = route(host="www.example.com", tls={"termination": "edge", "key": "k"})
    [error] = host_permission_errors(new, None, may_create=False, may_update=True)
    assert str(error) == (
        "spec.host: Forbidden: you do not have permission to set the host field of the route"
    )


def test_a_project_admin_may_change_a_certificate_but_not_the_host() -> None:
    old = route(host="a.example.com", tls={"termination": "edge", "key": "k"})
    new_key = route(host="a.example.com", tls={"termination": "edge", "key": "other"})
    new_host = route(host="b.example.com", tls={"termination": "edge", "key": "k"})
    assert host_permission_errors(new_key, old, may_create=True, may_update=False) == []
    [error] = host_permission_errors(new_host, old, may_create=True, may_update=False)
    assert str(error) == (
        'spec.host: Invalid value: "b.example.com":'
        " you do not have permission to set the host field of the route"
    )


def test_a_removed_secret_is_printed_as_go_prints_a_missing_pointer() -> None:
    old = route(host="a", tls={"termination": "edge", "externalCertificate": {"name": "s"}})
    new = route(host="a", tls={"termination": "edge", "key": "k"})
    errors = host_permission_errors(new, old, may_create=False, may_update=False)
    assert [str(error).split(": you")[0] for error in errors] == [
        'spec.tls.key: Invalid value: "k"',
        'spec.tls.externalCertificate: Invalid value: "null"',
    ]


@pytest.mark.parametrize(
    ("host", "served"),
    [("www.old.com", "r-n.new.com"), ("old.com", "r-n.new.com"), ("notold.com", "notold.com")],
)
def test_only_hosts_of_the_overridden_domains_are_replaced(host: str, served: str) -> None:
    settings = RouterHosts(template="${name}-${namespace}.new.com", override_domains=("old.com",))
    assert effective_host(route(host=host), settings) == served


def test_a_template_with_an_unknown_key_changes_nothing() -> None:
    settings = RouterHosts(template="${user}.new.com", override=True)
    assert effective_host(route(host="www.old.com"), settings) == "www.old.com"
