"""The router's extended validation of a route's certificates, before HAProxy may see them
(openshift/router: `ExtendedValidateRoute`). The API server does not look into certificates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from cryptography import x509

from cluster.engine.routing import pem
from cluster.engine.routing.chains import signature_errors, verify
from cluster.engine.routing.pem import Block, PemError, PrivateKey
from cluster.objects.fields import FieldError, invalid
from cluster.objects.route import TLSConfig
from cluster.objects.validation.route_tls import tls_errors

_CERTIFICATE: Final = "redacted certificate data"
_KEY: Final = "redacted key data"
_CA: Final = "redacted ca certificate data"
_DESTINATION_CA: Final = "redacted destination ca certificate data"


@dataclass(frozen=True, slots=True)
class ValidatedTls:
    """A route's TLS block as the router goes on with it, or what is wrong with it.

    In `tls` everything that is no PEM block is gone, and a key that stood in the certificate field
    has moved to the key.
    """

    tls: TLSConfig
    errors: tuple[FieldError, ...] = ()


def validate_certificates(tls: TLSConfig, now: float, path: str = "spec.tls") -> ValidatedTls:
    """Check certificate, key and CAs; `now` in seconds since 1970.

    Neither expiry nor the names in the certificate matter, as in the real router.
    """
    # A secret's content stands in certificate and key by now; the reference itself is not judged.
    errors = list(tls_errors(replace(tls, external_certificate=None), path=path))
    pool, tls, found = _ca(tls, path)
    errors += found
    tls, found = _certificate(tls, pool, now, path)
    errors += found
    tls, found = _key(tls, path)
    errors += found
    if tls.certificate:
        tls, found = _pair(tls, path)
        errors += found
    tls, found = _destination_ca(tls, path)
    errors += found
    return ValidatedTls(tls, tuple(errors))


def _ca(
    tls: TLSConfig, path: str
) -> tuple[list[x509.Certificate] | None, TLSConfig, list[FieldError]]:
    """The pool that the certificate is verified with: None without a CA, empty with a broken one."""
    if not tls.ca_certificate:
        return None, tls, []
    name = f"{path}.caCertificate"
    try:
        pool = pem.certificates(tls.ca_certificate)
    except PemError as error:
        return [], tls, [invalid(name, _CA, f"failed to parse CA certificate: {error}")]
    errors = []
    try:
        tls = replace(tls, ca_certificate=pem.encoded(pem.sanitized(tls.ca_certificate)))
    except PemError as error:
        errors.append(invalid(name, _CA, str(error)))
    if weak := signature_errors(pool):
        errors.append(invalid(name, _CA, weak))
    return pool, tls, errors


def _certificate(
    tls: TLSConfig, pool: list[x509.Certificate] | None, now: float, path: str
) -> tuple[TLSConfig, list[FieldError]]:
    if not tls.certificate:
        return tls, []
    try:
        chain = pem.certificates(tls.certificate)
        if weak := signature_errors(chain):
            raise PemError(weak)
        if pool is not None:
            _verify(chain[0], pool, now)
        return replace(tls, certificate=pem.encoded(pem.sanitized(tls.certificate))), []
    except PemError as error:
        return tls, [invalid(f"{path}.certificate", _CERTIFICATE, str(error))]


def _verify(leaf: x509.Certificate, pool: list[x509.Certificate], now: float) -> None:
    try:
        verify(leaf, pool, now)
    except PemError as error:
        raise PemError(f"error verifying certificate: {error}") from error


def _key(tls: TLSConfig, path: str) -> tuple[TLSConfig, list[FieldError]]:
    if not tls.key:
        return tls, []
    try:
        return replace(tls, key=pem.encoded(pem.sanitized(tls.key))), []
    except PemError as error:
        return tls, [invalid(f"{path}.key", _KEY, str(error))]


def _pair(tls: TLSConfig, path: str) -> tuple[TLSConfig, list[FieldError]]:
    """Certificate and key together; a key may stand in either field."""
    found = list(pem.blocks(tls.certificate))
    public = [each for each in found if each.kind in (pem.CERTIFICATE, pem.PUBLIC_KEY)]
    inner = [each for each in found if each.kind in ("EC PRIVATE KEY", "RSA PRIVATE KEY")]
    keys = [*inner, *pem.blocks(tls.key)]
    if not inner and not tls.key:
        return tls, [invalid(f"{path}.key", "", "no key specified")]
    errors = []
    for blocks, wanted, field, shown in (
        (keys, "PRIVATE KEY", "key", _KEY),
        (public, "CERTIFICATE", "certificate", _CERTIFICATE),
    ):
        if problem := _content_problem(blocks, wanted, empty=field == "certificate"):
            errors.append(invalid(f"{path}.{field}", shown, problem))
    if problem := _pair_problem(public, keys):
        errors.append(invalid(f"{path}.key", _KEY, problem))
    else:
        tls = replace(tls, certificate=pem.encoded(public), key=pem.encoded(keys))
    return tls, errors


def _content_problem(blocks: Iterable[Block], wanted: str, *, empty: bool) -> str:
    found = list(blocks)
    if empty and not found:
        return "the PEM content cannot be null"
    wrong = next((each.kind for each in found if wanted not in each.kind), None)
    return f"field contains invalid types {wrong}, expecting only {wanted}" if wrong else ""


def _pair_problem(public: list[Block], keys: list[Block]) -> str:
    """What Go's `tls.X509KeyPair` says of them, "" where they belong together."""
    leaf = next((each for each in public if each.kind == pem.CERTIFICATE), None)
    if leaf is None:
        if not public:
            return "tls: failed to find any PEM data in certificate input"
        return (
            'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM'
            f" blocks of the following types: [{' '.join(each.kind for each in public)}]"
        )
    private = next((each for each in keys if pem.is_private(each)), None)
    if private is None:
        return _no_key(keys)
    try:
        return _mismatch(pem.load_certificate(leaf.data), pem.load_private_key(private))
    except PemError as error:
        return f"tls: failed to parse private key: {error}"


def _no_key(keys: list[Block]) -> str:
    if not keys:
        return "tls: failed to find any PEM data in key input"
    if [each.kind for each in keys] == [pem.CERTIFICATE]:
        return "tls: found a certificate rather than a key in the PEM for the private key"
    return (
        'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after'
        f" skipping PEM blocks of the following types: [{' '.join(each.kind for each in keys)}]"
    )


def _mismatch(leaf: x509.Certificate, key: PrivateKey) -> str:
    public, own = leaf.public_key(), key.public_key()
    if type(public) is not type(own):
        return "tls: private key type does not match public key type"
    return "" if public == own else "tls: private key does not match public key"


def _destination_ca(tls: TLSConfig, path: str) -> tuple[TLSConfig, list[FieldError]]:
    """HAProxy would start with weak destination CAs and then trust no pod, so they are refused."""
    if not tls.destination_ca_certificate:
        return tls, []
    name, text = f"{path}.destinationCACertificate", tls.destination_ca_certificate
    try:
        chain = pem.certificates(text)
    except PemError as error:
        detail = f"failed to parse destination CA certificate: {error}"
        return tls, [invalid(name, _DESTINATION_CA, detail)]
    errors = []
    try:
        tls = replace(tls, destination_ca_certificate=pem.encoded(pem.sanitized(text)))
    except PemError as error:
        errors.append(invalid(name, _DESTINATION_CA, str(error)))
    if weak := signature_errors(chain):
        errors.append(invalid(name, _DESTINATION_CA, weak))
    return tls, errors
