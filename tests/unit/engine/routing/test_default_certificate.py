"""The default certificate out of a secret, and why one cannot be used."""

from __future__ import annotations

import pytest

from cluster.engine.routing.default_certificate import (
    DefaultCertificate,
    default_certificate,
    pair_errors,
)
from tests.unit.engine.routing.certificate_lab import FIXTURES
from tests.unit.engine.routing.router_lab import EPOCH, RouterLab, a_secret

CERTIFICATE, KEY = FIXTURES["testCertificate"](), FIXTURES["testPrivateKey"]()
PAIR = {"tls.crt": CERTIFICATE, "tls.key": KEY}


def read(lab: RouterLab) -> DefaultCertificate | None:
    return default_certificate(lab.engine.store, lab.settings.default_secret, EPOCH)


def test_without_a_secret_there_is_none() -> None:
    assert read(RouterLab()) is None


def test_the_certificate_comes_out_of_the_named_secret() -> None:
    lab = RouterLab()
    lab.add_secret("custom", PAIR)
    lab.set(defaultCertificate={"name": "custom"})
    found = read(lab)
    assert found is not None and not found.problem
    assert "BEGIN CERTIFICATE" in found.certificate and "PRIVATE KEY" in found.key
    assert found.not_after > 0


@pytest.mark.parametrize(
    ("data", "kind", "text"),
    [
        (None, "", 'secret "openshift-ingress/custom" not found'),
        (PAIR, "Opaque", 'is of type "Opaque", "kubernetes.io/tls" is required'),
        ({"tls.crt": "nothing", "tls.key": KEY}, "kubernetes.io/tls", "tls.crt: Invalid value"),
        ({"tls.crt": CERTIFICATE, "tls.key": ""}, "kubernetes.io/tls", "tls.key: Required value"),
    ],
)
def test_a_secret_that_cannot_be_used_says_why(
    data: dict[str, str] | None, kind: str, text: str
) -> None:
    lab = RouterLab()
    if data is not None:
        lab.engine.cluster.create(a_secret("custom", data, kind))
    lab.set(defaultCertificate={"name": "custom"})
    found = read(lab)
    assert found is not None
    assert text in found.problem
    assert found.certificate == ""


def test_certificate_and_key_must_belong_together() -> None:
    other = FIXTURES["testDestinationCACertificate"]()
    (error,) = pair_errors(CERTIFICATE, other, EPOCH)[:1]
    assert error.path == "tls.key"
    assert pair_errors(CERTIFICATE, KEY, EPOCH) == []
