"""PEM blocks as Go's `encoding/pem` finds them, and what the router keeps of a certificate or key field
(openshift/router: `sanitizePEM`, `splitCertKey`). Pure: bytes in, bytes out."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_der_private_key,
    load_der_public_key,
)

CERTIFICATE: Final = "CERTIFICATE"
PUBLIC_KEY: Final = "PUBLIC KEY"
_PRIVATE_KEYS: Final = ("RSA PRIVATE KEY", "ECDSA PRIVATE KEY", "EC PRIVATE KEY", "PRIVATE KEY")
_PUBLIC_KEYS: Final = (PUBLIC_KEY, "RSA PUBLIC KEY", "DSA PUBLIC KEY", "ECDSA PUBLIC KEY")
_DROPPED: Final = ("EC PARAMETERS",)
_BLOCK: Final = re.compile(
    r"^-----BEGIN (?P<kind>[^\n]*?)-----[ \t\r]*\n(?P<body>.*?)-----END (?P=kind)-----[ \t\r]*$",
    re.DOTALL | re.MULTILINE,
)
_HEADER: Final = re.compile(r"^[^\n:]+:[^\n]*$", re.MULTILINE)
_LINE: Final = 64


class PemError(ValueError):
    """The data is not what the field needs; the text is the router's."""


@dataclass(frozen=True, slots=True)
class Block:
    """One PEM block: its type and its bytes."""

    kind: str
    data: bytes = field(repr=False)
    headers: bool = False

    def __str__(self) -> str:
        text = base64.b64encode(self.data).decode()
        lines = [text[index : index + _LINE] for index in range(0, len(text), _LINE)]
        return "\n".join([f"-----BEGIN {self.kind}-----", *lines, f"-----END {self.kind}-----", ""])


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a text in order; everything else is passed over, broken blocks too."""
    position = 0
    while match := _BLOCK.search(text, position):
        block = _decoded(match["kind"], match["body"])
        if block is None:
            position = match.start() + 1
            continue
        yield block
        position = match.end()


def _decoded(kind: str, body: str) -> Block | None:
    headers = _HEADER.findall(body)
    content = _HEADER.sub("", body)
    try:
        data = base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError):
        return None
    return Block(kind, data, bool(headers))


def encoded(found: Iterable[Block]) -> str:
    """Blocks as one text."""
    return "".join(str(each) for each in found)


def certificates(text: str) -> list[x509.Certificate]:
    """The certificates of a text (client-go: `ParseCertsPEM`).

    Raises PemError where there is none or one cannot be read.
    """
    found = [
        load_certificate(each.data)
        for each in blocks(text)
        if each.kind == CERTIFICATE and not each.headers
    ]
    if not found:
        raise PemError("data does not contain any valid RSA or ECDSA certificates")
    return found


def load_certificate(data: bytes) -> x509.Certificate:
    """A certificate of DER. Raises PemError."""
    try:
        return x509.load_der_x509_certificate(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PemError("x509: malformed certificate") from error


def sanitized(text: str) -> list[Block]:
    """The blocks that the router hands on to HAProxy, in their normal form.

    Raises PemError for a block of an unknown type or with broken content.
    """
    return [clean for each in blocks(text) if (clean := _sanitized(each)) is not None]


def _sanitized(block: Block) -> Block | None:
    if block.kind in _DROPPED:
        return None
    if block.kind == CERTIFICATE:
        load_certificate(block.data)
        return Block(CERTIFICATE, block.data)
    if block.kind in _PRIVATE_KEYS:
        return _private_key(block)
    if block.kind in _PUBLIC_KEYS:
        return _public_key(block)
    raise PemError(f"unrecognized PEM block {block.kind}")


PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def load_private_key(block: Block) -> PrivateKey:
    """An RSA or EC key of any of the usual encodings. Raises PemError."""
    try:
        key = load_der_private_key(block.data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise PemError(f"block {block.kind} is not valid") from error
    if isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        return key
    curve = isinstance(key, ed25519.Ed25519PrivateKey | ed448.Ed448PrivateKey)
    raise PemError(f"block private key {'ed25519.PrivateKey' if curve else 'key'} is not valid")


def _private_key(block: Block) -> Block:
    key = load_private_key(block)
    data = key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    kind = "RSA PRIVATE KEY" if isinstance(key, rsa.RSAPrivateKey) else "EC PRIVATE KEY"
    return Block(kind, data)


def _public_key(block: Block) -> Block:
    try:
        key = load_der_public_key(block.data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise PemError("asn1: structure error: tags don't match") from error
    return Block(PUBLIC_KEY, key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))


def is_private(block: Block) -> bool:
    """Whether a block holds a private key."""
    return block.kind.endswith("PRIVATE KEY")
