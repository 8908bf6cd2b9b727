"""Secrets: base64 as Go reads it, rules by type, and what may change, in the API server's words."""

from __future__ import annotations

import base64
from dataclasses import replace
from typing import Any

import pytest

from cluster.objects import kinds
from cluster.objects.base64_text import illegal_byte
from cluster.objects.codec import decode, encode
from cluster.objects.errors import BadRequest
from cluster.objects.secret import Secret
from cluster.objects.validation import validate_secret, validate_secret_update


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def a_secret(**fields: Any) -> Secret:
    secret, unknown = decode(Secret, {"metadata": {"name": "s", "namespace": "demo"}, **fields})
    assert unknown == []
    made: Secret = kinds.SECRET.default(secret)
    return made


def errors(secret: Secret) -> list[str]:
    return [str(each) for each in validate_secret(secret)]


def typed(kind: str, **data: str) -> list[str]:
    return errors(a_secret(type=kind, data={key: b64(text) for key, text in data.items()}))


# --- documents ----------------------------------------------------------------------------------------


def test_plain_texts_become_data_and_win_over_it() -> None:
    secret = a_secret(data={"a": b64("old"), "b": b64("kept")}, stringData={"a": "new"})
    assert secret.type == "Opaque"
    assert encode(secret)["data"] == {"a": b64("new"), "b": b64("kept")}
    assert "stringData" not in encode(secret)
    assert secret.text("a") == "new" and secret.value("none") == b""


def test_line_ends_within_base64_do_not_count() -> None:
    assert a_secret(data={"a": "c2Vz\nYW1l\r\n", "n": None}).data == {"a": "c2VzYW1l", "n": ""}


@pytest.mark.parametrize(
    ("text", "at"),
    [
        # Go 1.21: base64.StdEncoding.DecodeString
        ("", None),
        ("c2VzYW1l", None),
        ("c2Vz\nYQ==", None),
        ("YQ=\n=", None),
        ("sesame", 4),
        ("no base64", 2),
        ("YQ", 0),
        ("YWJjYQ=", 7),
        ("YQ=a", 2),
        ("Y===", 1),
        ("YQ==YQ==", 4),
        ("YWI=x", 4),
        ("-_", 0),
        ("YWJj\u00e9", 4),
    ],
)
def test_the_first_illegal_byte_is_named(text: str, at: int | None) -> None:
    assert illegal_byte(text) == at


def test_what_is_no_base64_is_refused_as_a_whole() -> None:
    with pytest.raises(BadRequest) as refused:
        a_secret(data={"a": "not base64!"})
    assert refused.value.message == (
        'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 3'
    )
    assert refused.value.path == "data.a"
    with pytest.raises(BadRequest, match="cannot unmarshal number"):
        a_secret(data={"a": 5})
    with pytest.raises(BadRequest, match="cannot unmarshal"):
        a_secret(data=["a"])


# --- rules --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "data", "wrong"),
    [
        ("Opaque", {}, []),
        ("example.com/own", {}, []),
        (
            "kubernetes.io/tls",
            {},
            ["data[tls.crt]: Required value", "data[tls.key]: Required value"],
        ),
        ("kubernetes.io/tls", {"tls.crt": "", "tls.key": "no key"}, []),
        (
            "kubernetes.io/basic-auth",
            {},
            ["data[username]: Required value", "data[password]: Required value"],
        ),
        ("kubernetes.io/basic-auth", {"password": "x"}, []),
        (
            "kubernetes.io/ssh-auth",
            {"ssh-privatekey": ""},
            ["data[ssh-privatekey]: Required value"],
        ),
        ("kubernetes.io/ssh-auth", {"ssh-privatekey": "k"}, []),
        ("kubernetes.io/dockercfg", {}, ["data[.dockercfg]: Required value"]),
        ("kubernetes.io/dockercfg", {".dockercfg": '{"r": {}}'}, []),
        (
            "kubernetes.io/dockerconfigjson",
            {".dockerconfigjson": ""},
            [
                'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>":'
                " unexpected end of JSON input"
            ],
        ),
        (
            "kubernetes.io/dockerconfigjson",
            {".dockerconfigjson": "user"},
            [
                'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>":'
                " invalid character 'u' looking for beginning of value"
            ],
        ),
        (
            "kubernetes.io/dockerconfigjson",
            {".dockerconfigjson": "[]"},
            [
                'data[.dockerconfigjson]: Invalid value: "<secret contents redacted>": json:'
                " cannot unmarshal array into Go value of type map[string]interface {}"
            ],
        ),
        (
            "kubernetes.io/service-account-token",
            {},
            ["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
        ),
    ],
)
def test_a_type_demands_its_keys(kind: str, data: dict[str, str], wrong: list[str]) -> None:
    assert typed(kind, **data) == wrong


@pytest.mark.parametrize(
    ("key", "rule"),
    [
        ("..", "must not be '..'"),
        (".", "must not be '.'"),
        ("..env", "must not start with '..'"),
        (
            "a b",
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g."
            " 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is"
            " '[-._a-zA-Z0-9]+')",
        ),
        ("k" * 254, "must be no more than 253 characters"),
    ],
)
def test_keys_may_become_names_of_files(key: str, rule: str) -> None:
    assert typed("Opaque", **{key: "x"}) == [f'data[{key}]: Invalid value: "{key}": {rule}']


def test_all_values_together_have_a_limit() -> None:
    half = "x" * (512 * 1024)
    assert typed("Opaque", a=half, b=half) == []
    assert typed("Opaque", a=half, b=half + "y") == [
        "data: Too long: must have at most 1048576 bytes"
    ]


def test_type_and_frozen_data_keep_their_first_values() -> None:
    old = a_secret(data={"a": b64("1")}, immutable=True)

    def refused(new: Secret) -> list[str]:
        return [str(each) for each in validate_secret_update(new, old)]

    assert refused(old) == []
    frozen = "Forbidden: field is immutable when `immutable` is set"
    assert refused(replace(old, immutable=False)) == [f"immutable: {frozen}"]
    assert refused(replace(old, data={"a": b64("2")})) == [f"data: {frozen}"]
    assert refused(replace(old, type="example.com/own")) == [
        'type: Invalid value: "example.com/own": field is immutable'
    ]
