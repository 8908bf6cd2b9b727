"""Self-made certificates. Two authorities live in the data directory: the ingress operator's, which
signs the router's default wildcard certificate, and the service CA, which signs for the pods
(OpenShift: `ingress-operator`, `service-ca-operator`)."""

from __future__ import annotations

import datetime
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_AUTHORITY_YEARS: Final = 10
_LEAF_DAYS: Final = 730
_RENEW_DAYS: Final = 30
_LONGEST_COMMON_NAME: Final = 64


@dataclass(frozen=True, slots=True)
class Pair:
    """A certificate, with its chain behind it, and its key, both in PEM."""

    certificate: str
    key: str


class Authority:
    """A certification authority of this cluster."""

    def __init__(self, certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> None:
        self._certificate = certificate
        self._key = key

    @property
    def pem(self) -> str:
        """Its certificate: what clients are to trust."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    def issue(self, names: Sequence[str], key: ec.EllipticCurvePrivateKey | None = None) -> Pair:
        """A server certificate for some DNS names, the first of which is its subject."""
        key = key or ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(_name(names[0][:_LONGEST_COMMON_NAME]))
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(hours=1))
            .not_valid_after(now + datetime.timedelta(days=_LEAF_DAYS))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(n) for n in names]), False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), False
            )
        )
        certificate = builder.sign(self._key, hashes.SHA256())
        pem = certificate.public_bytes(serialization.Encoding.PEM).decode()
        return Pair(pem + self.pem, _key_pem(key))


def new_authority(common_name: str) -> Authority:
    """A new authority that has signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.datetime.now(datetime.UTC)
    usage = x509.KeyUsage(
        digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False,
        key_encipherment=False, data_encipherment=False, key_agreement=False, encipher_only=False,
        decipher_only=False,
    )  # fmt: skip
    name = _name(f"{common_name}@{int(now.timestamp())}")
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=365 * _AUTHORITY_YEARS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def kept_authority(directory: Path, name: str, common_name: str) -> Authority:
    """The authority in `<name>.crt` and `<name>.key`; made, and kept there, where there is none.

    One that is about to run out is replaced. Raises ValueError naming a file that cannot be read.
    """
    certificate_file, key_file = directory / f"{name}.crt", directory / f"{name}.key"
    if certificate_file.exists() and key_file.exists():
        held = _load(certificate_file, key_file)
        if held is not None:
            return held
    made = new_authority(common_name)
    directory.mkdir(parents=True, exist_ok=True)
    write_private(key_file, _key_pem(made._key))
    certificate_file.write_text(made.pem)
    return made


def _load(certificate_file: Path, key_file: Path) -> Authority | None:
    try:
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
    except ValueError as error:
        raise ValueError(f"{certificate_file}: {error}") from None
    try:
        key = serialization.load_pem_private_key(key_file.read_bytes(), None)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{key_file}: {error}") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{key_file}: not a key of an elliptic curve")
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=_RENEW_DAYS)
    return Authority(certificate, key) if certificate.not_valid_after_utc > soon else None


def write_private(file: Path, text: str) -> None:
    """Write a file that nobody else may read, from its first moment on."""
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)


def _key_pem(key: ec.EllipticCurvePrivateKey) -> str:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
