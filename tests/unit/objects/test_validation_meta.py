"""Names, labels and annotations are refused in Kubernetes' words."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.objects.fields import FieldError
from cluster.objects.meta import ObjectMeta, OwnerReference
from cluster.objects.validation.meta import validate_meta, validate_meta_update
from cluster.objects.validation.names import (
    dns1035_label,
    dns1123_label,
    dns1123_subdomain,
    ip_address,
    ordinary_address,
    port_name,
    qualified_name,
)


def check(**fields: Any) -> list[str]:
    metadata = ObjectMeta(**{"name": "web", "namespace": "shop"} | fields)
    return [str(error) for error in validate_meta(metadata, dns1123_subdomain, namespaced=True)]


def test_a_good_object_has_nothing_wrong() -> None:
    labels = {"app": "web", "example.com/part": "", "tier_1": "Front.end-2"}
    annotations = {"Example.com/UPPER": "any text\nat all", "openshift.io/x": "é"}
    finalizers = ("kubernetes", "example.com/own")
    assert check(labels=labels, annotations=annotations, finalizers=finalizers) == []


def test_a_name_in_upper_case_is_refused_with_the_pattern() -> None:
    assert check(name="Web") == [
        'metadata.name: Invalid value: "Web": a lowercase RFC 1123 subdomain must consist of lower'
        " case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric"
        " character (e.g. 'example.com', regex used for validation is"
        r" '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
    ]


@pytest.mark.parametrize("name", ["a\n", "ａ", "a..b", "-a", "a-", "a/b", " a", "é"])
def test_names_that_only_look_right_are_refused(name: str) -> None:
    assert len(check(name=name)) == 1


def test_names_have_a_greatest_length() -> None:
    assert check(name="a" * 253) == []
    [error] = check(name="a" * 254)
    assert error.endswith(": must be no more than 253 characters")


def test_a_name_is_required() -> None:
    assert check(name="") == ["metadata.name: Required value: name or generateName is required"]


def test_a_prefix_for_names_may_end_with_a_dash() -> None:
    assert check(generate_name="web-") == []
    assert check(generate_name="Web-")[0].startswith('metadata.generateName: Invalid value: "Web-"')


def test_a_namespace_is_required_or_forbidden() -> None:
    assert check(namespace="") == ["metadata.namespace: Required value"]
    metadata = ObjectMeta(name="n", namespace="shop")
    [error] = validate_meta(metadata, dns1123_subdomain, namespaced=False)
    assert str(error) == "metadata.namespace: Forbidden: not allowed on this type"


def test_label_values_are_short_words() -> None:
    [error] = check(labels={"app": "not good"})
    assert error == (
        'metadata.labels: Invalid value: "not good": a valid label must be an empty string or'
        " consist of alphanumeric characters, '-', '_' or '.', and must start and end with an"
        " alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for"
        " validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
    )


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("a/b/c", "a qualified name must consist of alphanumeric characters"),
        ("/b", "prefix part must be non-empty"),
        ("Upper.com/b", "prefix part a lowercase RFC 1123 subdomain"),
        ("a" * 64, "name part must be no more than 63 characters"),
        ("-a", "name part must consist of alphanumeric characters"),
        ("", "name part must be non-empty"),
    ],
)
def test_keys_of_labels_are_qualified_names(key: str, rule: str) -> None:
    assert qualified_name(key)[0].startswith(rule)


def test_annotations_have_a_greatest_size_altogether() -> None:
    assert check(annotations={"a": "x" * (262144 - 1)}) == []
    assert check(annotations={"a": "x" * 262144}) == [
        "metadata.annotations: Too long: must have at most 262144 bytes"
    ]


def test_only_kubernetes_finalizers_go_without_a_domain() -> None:
    assert check(finalizers=("mine",)) == [
        'metadata.finalizers[0]: Invalid value: "mine":'
        " name is neither a standard finalizer name nor is it fully qualified"
    ]


def test_an_object_has_one_controller() -> None:
    owners = tuple(
        OwnerReference(api_version="v1", kind="Pod", name=name, uid=name, controller=True)
        for name in ("a", "b")
    )
    [error] = check(owner_references=owners)
    assert error.endswith('Found "true" in references for a and b')


def test_labels_may_not_contain_dots_and_say_so() -> None:
    assert dns1123_label("a.b") == ["must not contain dots"]
    assert dns1035_label("1a")[0].startswith("a DNS-1035 label must consist of")


def test_port_names_break_every_rule_separately() -> None:
    assert port_name("-1--2-") == [
        "must contain at least one letter (a-z)",
        "must not contain consecutive hyphens",
        "must not begin or end with a hyphen",
    ]
    assert port_name("a" * 16) == ["must be no more than 15 characters"]


@pytest.mark.parametrize("text", ["", "1.2.3", "1.2.3.4/8", "fe80::1%eth0", "a", "1.2.3.256"])
def test_what_is_no_address_is_refused(text: str) -> None:
    assert ip_address(text) == ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]


@pytest.mark.parametrize(
    "text", ["0.0.0.0", "127.0.0.1", "169.254.1.1", "224.0.0.5", "::1", "ff02::1"]
)
def test_special_addresses_are_no_endpoints(text: str) -> None:
    assert ip_address(text) == []
    assert len(ordinary_address(text)) == 1


def test_names_and_identifiers_are_immutable() -> None:
    old = ObjectMeta(name="a", namespace="n", uid="1")
    errors = validate_meta_update(ObjectMeta(name="b", namespace="n", uid="2"), old)
    assert [str(error) for error in errors] == [
        'metadata.name: Invalid value: "b": field is immutable',
        'metadata.uid: Invalid value: "2": field is immutable',
    ]
    assert validate_meta_update(ObjectMeta(name="a", namespace="n"), old) == []


def test_maps_are_printed_as_compact_json() -> None:
    error = FieldError("spec", "Invalid value", "no", {"a": "x", "b": 1})
    assert str(error) == 'spec: Invalid value: {"a":"x","b":1}: no'
