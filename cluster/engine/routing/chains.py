"""Whether a route's own CA vouches for its certificate, and with which signatures HAProxy would not start
(Go: `x509.Certificate.Verify`; openshift/router: `validateCertSignatureAlgorithms`)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cluster.engine.routing.pem import PemError

E = TypeVar("E", bound=x509.ExtensionType)

_RSA: Final = {
    "1.2.840.113549.1.1.2": "MD2",
    "1.2.840.113549.1.1.4": "MD5",
    "1.2.840.113549.1.1.5": "SHA1",
    "1.3.14.3.2.29": "SHA1",
    "1.2.840.113549.1.1.10": "",
    "1.2.840.113549.1.1.11": "",
    "1.2.840.113549.1.1.12": "",
    "1.2.840.113549.1.1.13": "",
}
_ECDSA: Final = {
    "1.2.840.10045.4.1": "SHA1",
    "1.2.840.10045.4.3.2": "",
    "1.2.840.10045.4.3.3": "",
    "1.2.840.10045.4.3.4": "",
}
_DSA: Final = {"1.2.840.10040.4.3": "SHA1", "2.16.840.1.101.3.4.3.2": ""}
"""Signature algorithms by the signer's kind of key, with the digest that OpenSSL refuses."""


def weak_digest(certificate: x509.Certificate) -> str:
    """`SHA1`, `MD5` or `MD2` where the certificate is signed with it, else ""."""
    oid = certificate.signature_algorithm_oid.dotted_string
    return _RSA.get(oid) or _ECDSA.get(oid) or _DSA.get(oid) or ""


def is_self_signed(certificate: x509.Certificate) -> bool:
    """As OpenSSL marks it: issuer and subject, key identifiers and kinds of keys agree.

    The signature itself is not verified.
    """
    if certificate.issuer.public_bytes() != certificate.subject.public_bytes():
        return False
    authority = _authority_key(certificate)
    if authority is not None and authority != _subject_key(certificate):
        return False
    oid = certificate.signature_algorithm_oid.dotted_string
    key = _public_key(certificate)
    if isinstance(key, rsa.RSAPublicKey):
        return oid in _RSA
    if isinstance(key, ec.EllipticCurvePublicKey):
        return oid in _ECDSA
    if isinstance(key, dsa.DSAPublicKey):
        return oid in _DSA
    return oid == "1.3.101.112"


def signature_errors(certificates: Iterable[x509.Certificate]) -> str:
    """What the router says of CA-signed certificates with old digests, "" where there are none."""
    texts = [
        f"router does not support CA-signed certs using {digest}"
        for each in certificates
        if (digest := weak_digest(each)) and not is_self_signed(each)
    ]
    distinct = list(dict.fromkeys(texts))
    return f"[{', '.join(distinct)}]" if len(distinct) > 1 else "".join(distinct)


def verify(leaf: x509.Certificate, pool: Sequence[x509.Certificate], now: float) -> None:
    """Check that a chain leads from the certificate to the pool, each of which is trusted.

    `now` is in seconds since 1970. An expired or not yet valid certificate passes: clients decide on
    that. Raises PemError with Go's text.
    """
    if not _is_valid_at(leaf, now) or leaf in pool:
        return
    hint = ""
    for candidate in pool:
        if candidate.subject.public_bytes() != leaf.issuer.public_bytes():
            continue
        problem = _signature_problem(leaf, candidate)
        if not problem:
            _check_usage(leaf)
            return
        hint = hint or (
            f' (possibly because of "{problem}" while trying to verify candidate authority'
            f' certificate "{_name(candidate)}")'
        )
    raise PemError(f"x509: certificate signed by unknown authority{hint}")


def _signature_problem(child: x509.Certificate, parent: x509.Certificate) -> str:
    """Why the parent did not sign the child, "" where it did (`CheckSignatureFrom`)."""
    if not _may_sign(parent):
        return "x509: invalid signature: parent certificate cannot sign this kind of certificate"
    if weak_digest(child):
        return f"x509: cannot verify signature: insecure algorithm {_algorithm(child)}"
    try:
        child.verify_directly_issued_by(parent)
    except InvalidSignature:
        key = _public_key(parent)
        is_rsa = isinstance(key, rsa.RSAPublicKey)
        return "crypto/rsa: verification error" if is_rsa else "x509: ECDSA verification failure"
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return "x509: signature algorithm specifies another kind of public key"
    return ""


def _may_sign(parent: x509.Certificate) -> bool:
    constraints = _extension(parent, x509.BasicConstraints)
    if constraints is None:
        return parent.version is not x509.Version.v3
    usage = _extension(parent, x509.KeyUsage)
    return constraints.ca and (usage is None or usage.key_cert_sign)


def _check_usage(leaf: x509.Certificate) -> None:
    usage = _extension(leaf, x509.ExtendedKeyUsage)
    wanted = {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
    if usage is not None and not wanted.intersection(usage):
        raise PemError("x509: certificate specifies an incompatible key usage")


def _is_valid_at(certificate: x509.Certificate, now: float) -> bool:
    begin = certificate.not_valid_before_utc.timestamp()
    return begin <= now <= certificate.not_valid_after_utc.timestamp()


def _algorithm(certificate: x509.Certificate) -> str:
    oid = certificate.signature_algorithm_oid.dotted_string
    kind = "RSA" if oid in _RSA else "ECDSA" if oid in _ECDSA else "DSA"
    digest = weak_digest(certificate)
    return f"{digest}-RSA" if kind == "RSA" else f"{kind}-{digest}"


def _name(certificate: x509.Certificate) -> str:
    """How Go names a candidate: common name, else organisation, else serial number."""
    for oid in (NameOID.COMMON_NAME, NameOID.ORGANIZATION_NAME):
        found = certificate.subject.get_attributes_for_oid(oid)
        if found and found[0].value:
            return str(found[0].value)
    return f"serial:{certificate.serial_number}"


def _public_key(certificate: x509.Certificate) -> object:
    try:
        return certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        return None


def _authority_key(certificate: x509.Certificate) -> bytes | None:
    found = _extension(certificate, x509.AuthorityKeyIdentifier)
    return found.key_identifier if found is not None else None


def _subject_key(certificate: x509.Certificate) -> bytes | None:
    found = _extension(certificate, x509.SubjectKeyIdentifier)
    return found.digest if found is not None else None


def _extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    try:
        return certificate.extensions.get_extension_for_class(kind).value
    except (x509.ExtensionNotFound, ValueError, x509.DuplicateExtension):
        return None
