"""Certificates for tests, made on the spot: the recordings hold no key material, only what each PEM constant
of the router's own tests stands for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from cluster.engine.routing.pem import Block

NOW = datetime(2024, 6, 1, tzinfo=UTC)
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
_SHA256 = {"rsa": bytes.fromhex("2a864886f70d01010b"), "ec": bytes.fromhex("2a8648ce3d040302")}
_WEAK = {
    ("rsa", "SHA1"): bytes.fromhex("2a864886f70d010105"),
    ("rsa", "MD5"): bytes.fromhex("2a864886f70d010104"),
}


@dataclass(frozen=True)
class Made:
    """A certificate with its key. `der` may differ from what was signed: see `weakened`."""

    der: bytes
    key: Key
    name: x509.Name

    @property
    def pem(self) -> str:
        return str(Block("CERTIFICATE", self.der))

    @property
    def pkcs8(self) -> str:
        return key_text(self.key, PrivateFormat.PKCS8)

    @property
    def traditional(self) -> str:
        return key_text(self.key, PrivateFormat.TraditionalOpenSSL)


def key_text(key: Key, form: PrivateFormat) -> str:
    return key.private_bytes(Encoding.PEM, form, NoEncryption()).decode()


@cache
def rsa_key(number: int) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@cache
def ec_key(number: int) -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def make(
    name: str,
    key: Key,
    signer: Made | None = None,
    *,
    ca: bool = False,
    days: tuple[int, int] = (-30, 3650),
    identifiers: bool = True,
) -> Made:
    """A certificate that is valid from and to so many days from NOW; self-signed without a signer."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer_key = signer.key if signer else key
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer.name if signer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW + timedelta(days=days[0]))
        .not_valid_after(NOW + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if identifiers:
        authority = x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_key.public_key())
        builder = builder.add_extension(
            x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
        ).add_extension(authority, critical=False)
    signed = builder.sign(issuer_key, hashes.SHA256())
    return Made(signed.public_bytes(Encoding.DER), key, subject)


def weakened(made: Made, digest: str) -> Made:
    """The same certificate, said to be signed with an old digest (the signature is then no good)."""
    return Made(made.der.replace(_SHA256["rsa"], _WEAK["rsa", digest]), made.key, made.name)


def weakened_ec(made: Made) -> Made:
    """An ECDSA certificate that says ecdsa-with-SHA1, which has a shorter identifier."""
    old = bytes.fromhex("300a0608") + _SHA256["ec"]
    new = bytes.fromhex("30090607") + bytes.fromhex("2a8648ce3d0401")
    der = made.der.replace(old, new)
    return Made(_shortened(der, made.der.count(old)), made.key, made.name)


def _shortened(der: bytes, replaced: int) -> bytes:
    """The two outer lengths after one byte went inside the inner part and one after it."""
    assert replaced == 2
    assert der[1] == der[5] == 0x82
    outer = int.from_bytes(der[2:4], "big") - 2
    inner = int.from_bytes(der[6:8], "big") - 1
    return der[:2] + outer.to_bytes(2, "big") + der[4:6] + inner.to_bytes(2, "big") + der[8:]


PAST, FUTURE = (-400, -200), (4000, 8000)


@cache
def _ca() -> Made:
    return make("Test CA", rsa_key(0), ca=True)


@cache
def _leaf() -> Made:
    return make("www.example.com", rsa_key(1), _ca())


@cache
def _stranger() -> Made:
    return make("www.example.com", rsa_key(2), make("Unrelated CA", rsa_key(3), ca=True))


@cache
def _expired_ca() -> Made:
    return make("Expired CA", rsa_key(3), ca=True)


@cache
def _expired() -> Made:
    return make("www.example.com", rsa_key(4), _expired_ca(), days=PAST)


@cache
def _chain() -> tuple[Made, Made]:
    root = make("Root", rsa_key(5), ca=True)
    return make("Intermediate", rsa_key(6), root, ca=True), root


@cache
def _below(days: tuple[int, int], number: int) -> Made:
    return make("www.ca.test", rsa_key(number), _chain()[0], days=days)


@cache
def _self_signed(days: tuple[int, int] = (-30, 3650)) -> Made:
    return make("self.signer.test", rsa_key(7), days=days)


@cache
def _old_root() -> Made:
    return weakened(make("Old root", rsa_key(8), ca=True), "SHA1")


@cache
def _same_names() -> Made:
    """Signed by a CA of the same name: only the key identifiers tell it from a self-signed one."""
    return weakened(make("Same", rsa_key(9), make("Same", rsa_key(8), ca=True)), "SHA1")


BAGGED = "Bag Attributes\n    localKeyID: 01 02\nsubject=CN = test\n\n"
EC_PARAMETERS = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n"
REQUEST = "-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n"


def _spaced(text: str) -> str:
    return "\n   \n" + text.replace("-----BEGIN", "\n\n-----BEGIN") + "\n\n"


FIXTURES: Mapping[str, Callable[[], str]] = {
    "testCertificate": lambda: _leaf().pem,
    "testPrivateKey": lambda: _leaf().traditional,
    "testCACertificate": lambda: _ca().pem,
    "testDestinationCACertificate": lambda: _ca().pem,
    "testUnrelatedCACertificate": lambda: _stranger().pem,
    "testUnrelatedCACertificateKey": lambda: _stranger().traditional,
    "testExpiredCert": lambda: _expired().pem,
    "testExpiredCertKey": lambda: _expired().pkcs8,
    "testExpiredCertCA": lambda: _expired_ca().pem,
    "testExpiredCertNoKey": lambda: _below(PAST, 2).pem,
    "testSelfSignedCert": lambda: _self_signed().pem,
    "testSelfSignedKey": lambda: _self_signed().pkcs8,
    "testValidInFutureCert": lambda: _self_signed(FUTURE).pem,
    "testValidInFutureKey": lambda: _self_signed(FUTURE).pkcs8,
    "testValidInFutureCertWithWhitespace": lambda: _spaced(_self_signed(FUTURE).pem),
    "testValidInFutureKeyWithWhitespace": lambda: _spaced(_self_signed(FUTURE).pkcs8),
    "testIntCACertificateChain": lambda: _spaced(_chain()[0].pem + _chain()[1].pem),
    "testIntCACertificateChainCanonical": lambda: _chain()[0].pem + _chain()[1].pem,
    "testCertificateWithIntCA": lambda: _below((-30, 3650), 1).pem,
    "testPrivateKeyWithIntCA": lambda: _below((-30, 3650), 1).traditional,
    "testExpiredCertificateWithIntCA": lambda: _below(PAST, 4).pem,
    "testExpiredCertificateKey": lambda: _below(PAST, 4).traditional,
    "testFutureValidCertificateWithIntCA": lambda: _below(FUTURE, 9).pem,
    "testFutureValidCertificateKey": lambda: _below(FUTURE, 9).traditional,
    "testInvalidCANoCert1": lambda: REQUEST,
    "testInvalidCANoCert2": lambda: _leaf().traditional,
    "testInvalidCAMalformedCert": lambda: str(Block("CERTIFICATE", b"no certificate")),
    "bz1723400cert": lambda: make("ec.test", ec_key(0)).pem,
    "bz1723400key1": lambda: EC_PARAMETERS + key_text(ec_key(0), PrivateFormat.TraditionalOpenSSL),
    "bz1723400key2": lambda: EC_PARAMETERS + key_text(ec_key(0), PrivateFormat.PKCS8),
    "bz1723400key3": lambda: (
        EC_PARAMETERS + "\n" + _spaced(key_text(ec_key(0), PrivateFormat.TraditionalOpenSSL))
    ),
    "bz1723400keySanitized": lambda: key_text(ec_key(0), PrivateFormat.TraditionalOpenSSL),
    "testCertificateMD5": lambda: weakened(_leaf(), "MD5").pem,
    "testCertificateMD5Key": lambda: _leaf().pkcs8,
    "testCertificateMD5SelfSigned": lambda: weakened(_self_signed(), "MD5").pem,
    "testCertificateMD5SelfSignedKey": lambda: _self_signed().pkcs8,
    "testCertificateRsaSha1": lambda: weakened(_leaf(), "SHA1").pem,
    "testCertificateRsaSha1Key": lambda: _leaf().pkcs8,
    "testCertificateRsaSha1SelfSigned": lambda: weakened(_self_signed(), "SHA1").pem,
    "testCertificateRsaSha1SelfSignedKey": lambda: _self_signed().pkcs8,
    "testCertificateRsaSha1SelfSignedRootCA": lambda: _old_root().pem,
    "testCertificateRsaSha1SelfSignedRootCAKey": lambda: _old_root().pkcs8,
    "testCertificateRsaSha1IntCA": lambda: (
        weakened(make("Old intermediate", rsa_key(9), _old_root(), ca=True), "SHA1").pem
    ),
    "testCertificateRsaSha1SameSubjIssuer": lambda: _same_names().pem,
    "testCertificateRsaSha1SameSubjIssuerKey": lambda: _same_names().pkcs8,
    "testCertificateRsaSha256": lambda: make("www.example.com", rsa_key(1), _old_root()).pem,
    "testCertificateRsaSha256Key": lambda: key_text(rsa_key(1), PrivateFormat.PKCS8),
    "testCertificateEcdsaSha1": lambda: (
        weakened_ec(make("ec.test", ec_key(1), make("EC CA", ec_key(2), ca=True))).pem
    ),
    "testCertificateEcdsaSha1Key": lambda: (
        EC_PARAMETERS + key_text(ec_key(1), PrivateFormat.TraditionalOpenSSL)
    ),
    "leafCertExtractedFromP12": lambda: BAGGED + _leaf().pem,
    "leafKeyExtractedFromP12": lambda: BAGGED + _leaf().pkcs8,
    "caChainExtractedFromP12": lambda: BAGGED + _ca().pem,
}


def filled(text: str) -> str:
    """A recorded field with the fixtures in place of their names."""
    return re.sub(r"<(\w+)>", lambda match: FIXTURES[match[1]](), text)
