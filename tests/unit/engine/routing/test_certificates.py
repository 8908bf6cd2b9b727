"""The router's extended validation of certificates, against the router's own cases."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.engine.config import EngineConfig
from cluster.engine.engine import Engine
from cluster.engine.routing.admission import RouterController
from cluster.engine.routing.certificates import validate_certificates
from cluster.objects.meta import ObjectMeta
from cluster.objects.route import Route, RouteSpec, RouteTargetReference, TLSConfig, admitted
from tests.unit.engine.routing.certificate_lab import (
    FIXTURES,
    NOW,
    filled,
    make,
    rsa_key,
)
from tests.unit.engine.routing.vectors import Vector, vector_id, vectors

MOMENT = NOW.timestamp()
FIELDS = {
    "termination": "termination",
    "certificate": "certificate",
    "key": "key",
    "caCertificate": "ca_certificate",
    "destinationCACertificate": "destination_ca_certificate",
    "insecureEdgeTerminationPolicy": "insecure_edge_termination_policy",
}


def tls_of(document: dict[str, str]) -> TLSConfig:
    fields: dict[str, Any] = {FIELDS[name]: filled(value) for name, value in document.items()}
    return TLSConfig(**fields)


def messages(**fields: Any) -> list[str]:
    return [str(each) for each in validate_certificates(TLSConfig(**fields), MOMENT).errors]


@pytest.mark.parametrize("vector", vectors("extended_validation.certificates"), ids=vector_id)
def test_certificates_are_accepted_and_refused_as_by_the_router(vector: Vector) -> None:
    expected = vector["expected"]
    found = validate_certificates(tls_of(vector["input"]["tls"]), MOMENT).errors
    assert len(found) == expected["errorCount"], [str(each) for each in found]
    assert (not found) == expected["admitted"]


def test_a_certificate_without_any_key_is_told_so() -> None:
    certificate = FIXTURES["testCertificate"]()
    assert messages(termination="edge", certificate=certificate) == [
        'spec.tls.key: Invalid value: "": no key specified'
    ]


def test_errors_name_the_field_and_never_show_what_it_holds() -> None:
    found = messages(termination="edge", certificate="abc", key="abc", ca_certificate="abc")
    nothing = "data does not contain any valid RSA or ECDSA certificates"
    assert found == [
        'spec.tls.caCertificate: Invalid value: "redacted ca certificate data": failed to parse CA'
        f" certificate: {nothing}",
        f'spec.tls.certificate: Invalid value: "redacted certificate data": {nothing}',
        'spec.tls.key: Invalid value: "": no key specified',
    ]


@pytest.mark.parametrize(
    ("fields", "part"),
    [
        (
            ("testCertificate", "testUnrelatedCACertificateKey", ""),
            "tls: private key does not match public key",
        ),
        (
            ("testUnrelatedCACertificate", "testUnrelatedCACertificateKey", "testCACertificate"),
            "error verifying certificate: x509: certificate signed by unknown authority",
        ),
        (
            ("testCertificateRsaSha1", "testCertificateRsaSha1Key", ""),
            "router does not support CA-signed certs using SHA1",
        ),
        (
            ("testCertificateMD5", "testCertificateMD5Key", ""),
            "router does not support CA-signed certs using MD5",
        ),
        (
            ("testCertificate", "bz1723400key1", ""),
            "tls: private key type does not match public key type",
        ),
        (
            ("testCertificate", "testCACertificate", ""),
            "field contains invalid types CERTIFICATE, expecting only PRIVATE KEY",
        ),
    ],
)
def test_refusals_carry_the_words_of_the_real_router(
    fields: tuple[str, str, str], part: str
) -> None:
    certificate, key, ca = (FIXTURES[name]() if name else "" for name in fields)
    found = messages(termination="edge", certificate=certificate, key=key, ca_certificate=ca)
    assert any(part in each for each in found), found


def test_an_unknown_block_is_named() -> None:
    key = "-----BEGIN UNRECOGNIZED-----\n-----END UNRECOGNIZED-----\n"
    assert messages(termination="edge", key=key) == [
        'spec.tls.key: Invalid value: "redacted key data": unrecognized PEM block UNRECOGNIZED'
    ]


def test_a_signature_by_the_wrong_key_of_the_right_name_is_explained() -> None:
    ca = make("CA", rsa_key(0), ca=True)
    leaf = make("leaf", rsa_key(1), make("CA", rsa_key(2), ca=True))
    (found,) = messages(
        termination="edge", certificate=leaf.pem, key=leaf.pkcs8, ca_certificate=ca.pem
    )
    assert found.endswith(
        'x509: certificate signed by unknown authority (possibly because of "crypto/rsa:'
        ' verification error" while trying to verify candidate authority certificate "CA")'
    )


def test_what_is_accepted_goes_on_cleaned_and_in_its_right_place() -> None:
    both = FIXTURES["leafCertExtractedFromP12"]() + "\n" + FIXTURES["testPrivateKey"]()
    result = validate_certificates(TLSConfig(termination="edge", certificate=both), MOMENT)
    assert not result.errors
    assert result.tls.certificate == FIXTURES["testCertificate"]()
    assert result.tls.key == FIXTURES["testPrivateKey"]()


def test_keys_are_rewritten_into_the_form_that_haproxy_surely_reads() -> None:
    for name in ("bz1723400key1", "bz1723400key2", "bz1723400key3"):
        given = TLSConfig(termination="edge", key=FIXTURES[name]())
        assert validate_certificates(given, MOMENT).tls.key == FIXTURES["bz1723400keySanitized"]()


# --- within the router ---------------------------------------------------------------------------------


def route(name: str, **tls: Any) -> Route:
    return Route(
        metadata=ObjectMeta(name=name, namespace="demo"),
        spec=RouteSpec(
            host=f"{name}.test.local",
            to=RouteTargetReference(kind="Service", name="s"),
            tls=TLSConfig(**tls),
        ),
    )


def test_a_route_with_bad_certificates_is_refused_and_admitted_once_they_are_good() -> None:
    engine = Engine(EngineConfig(epoch=MOMENT), [RouterController()])
    certificate, key = FIXTURES["testCertificate"](), FIXTURES["testPrivateKey"]()
    engine.cluster.create(route("a", termination="edge", certificate=certificate))
    engine.settle()
    stored = engine.store.get(Route, "demo", "a")
    assert stored is not None
    condition = admitted(stored)
    assert condition is not None
    assert (condition.status, condition.reason) == ("False", "ExtendedValidationFailed")
    assert condition.message == 'spec.tls.key: Invalid value: "": no key specified'
    good = route("a", termination="edge", certificate=certificate, key=key).spec
    engine.cluster.update(Route(metadata=stored.metadata, spec=good, status=stored.status))
    engine.settle()
    stored = engine.store.get(Route, "demo", "a")
    assert stored is not None
    condition = admitted(stored)
    assert condition is not None
    assert (condition.status, condition.reason, condition.message) == ("True", "", "")
