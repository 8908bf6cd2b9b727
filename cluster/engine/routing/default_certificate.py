"""The certificate for hosts without their own, taken from the secret that the IngressController names
(cluster-ingress-operator: `spec.defaultCertificate`)."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.x509.oid import NameOID

from cluster.engine.routing import pem
from cluster.engine.routing.backends import Objects
from cluster.engine.routing.certificates import validate_certificates
from cluster.objects import secret as secrets
from cluster.objects.fields import FieldError, required
from cluster.objects.ingresscontroller import ROUTER_NAMESPACE
from cluster.objects.route import EDGE, TLSConfig
from cluster.objects.secret import Secret

_FIELDS: Final = {"certificate": secrets.CERTIFICATE, "key": secrets.KEY, "caCertificate": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultCertificate:
    """What a secret gives the router. With a `problem` the router goes on with its self-made one.

    `names` are the certificate's DNS names, `not_after` is in seconds since 1970.
    """

    secret: str
    problem: str = ""
    certificate: str = ""
    key: str = ""
    subject: str = ""
    names: tuple[str, ...] = ()
    not_after: float = 0.0

    def covers(self, domain: str) -> bool:
        """Whether it is good for all hosts of a domain."""
        return f"*.{domain}" in self.names


def default_certificate(objects: Objects, name: str, now: float) -> DefaultCertificate | None:
    """The certificate in a secret of `openshift-ingress`; None where the router has none to take.

    `now` in seconds since 1970.
    """
    if not name:
        return None
    where = f"{ROUTER_NAMESPACE}/{name}"
    held = objects.get(Secret, ROUTER_NAMESPACE, name)
    if held is None:
        return DefaultCertificate(secret=name, problem=f'secret "{where}" not found')
    if held.type != secrets.TLS:
        problem = f'secret "{where}" is of type "{held.type}", "{secrets.TLS}" is required'
        return DefaultCertificate(secret=name, problem=problem)
    try:
        certificate, key = (_text(held, field) for field in (secrets.CERTIFICATE, secrets.KEY))
    except ValueError as error:
        return DefaultCertificate(secret=name, problem=f'secret "{where}": {error}')
    errors = pair_errors(certificate, key, now)
    if errors:
        found = ", ".join(dict.fromkeys(f"{each.path}: {each.message}" for each in errors))
        return DefaultCertificate(secret=name, problem=f'secret "{where}": {found}')
    return _described(name, certificate, key, now)


def _text(held: Secret, field: str) -> str:
    try:
        return base64.b64decode(held.data.get(field, ""), validate=True).decode()
    except (binascii.Error, ValueError):
        raise ValueError(f"{field} is not PEM text in base64") from None


def pair_errors(certificate: str, key: str, now: float) -> list[FieldError]:
    """What is wrong with a certificate and its key, by the names of the secret's fields.

    They are held to what the router asks of a route's; `now` in seconds since 1970.
    """
    missing = [
        required(field)
        for field, text in ((secrets.CERTIFICATE, certificate), (secrets.KEY, key))
        if not text.strip()
    ]
    if missing:
        return missing
    found = validate_certificates(_pair(certificate, key), now, path="").errors
    return [
        FieldError(_FIELDS[each.path.removeprefix(".")], each.kind, each.detail, each.value)
        for each in found
    ]


def _pair(certificate: str, key: str) -> TLSConfig:
    return TLSConfig(termination=EDGE, certificate=certificate, key=key)


def _described(name: str, certificate: str, key: str, now: float) -> DefaultCertificate:
    clean = validate_certificates(_pair(certificate, key), now).tls
    leaf = pem.certificates(clean.certificate)[0]
    common = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return DefaultCertificate(
        secret=name,
        certificate=clean.certificate,
        key=clean.key,
        subject=str(common[0].value) if common else leaf.subject.rfc4514_string(),
        names=_names(leaf),
        not_after=leaf.not_valid_after_utc.timestamp(),
    )


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return ()
    return tuple(found.value.get_values_for_type(x509.DNSName))
