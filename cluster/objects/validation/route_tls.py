"""Rules of `spec.tls` of a Route (openshift/library-go `route/validation: validateTLS`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from cluster.objects.fields import FieldError, forbidden, invalid, not_found, unsupported
from cluster.objects.route import EDGE, PASSTHROUGH, REENCRYPT, TERMINATIONS, TLSConfig

TLS_SECRET = "kubernetes.io/tls"
INSECURE_POLICIES = ("None", "Allow", "Redirect")


@dataclass(frozen=True, slots=True)
class SecretAccess:
    """What the API server knows of the secret that `externalCertificate` names.

    `verbs` are those that the router's service account holds on it; `type` is None where there is
    no such secret.
    """

    verbs: frozenset[str] = frozenset()
    type: str | None = None


FindSecret = Callable[[str], SecretAccess]


def tls_errors(
    tls: TLSConfig | None, find_secret: FindSecret | None = None, path: str = "spec.tls"
) -> list[FieldError]:
    """What is wrong with the termination, its certificates and the insecure policy.

    Without `find_secret` the secret of `externalCertificate` is not looked at.
    """
    if tls is None:
        return []
    if tls.termination == PASSTHROUGH:
        errors = _passthrough_errors(tls, path)
    elif tls.termination == REENCRYPT:
        errors = _external_errors(tls, find_secret, path)
    elif tls.termination == EDGE:
        errors = [*_edge_errors(tls, path), *_external_errors(tls, find_secret, path)]
    else:
        errors = [unsupported(f"{path}.termination", tls.termination, TERMINATIONS)]
    return [*errors, *insecure_policy_errors(tls, path)]


def _passthrough_errors(tls: TLSConfig, path: str) -> list[FieldError]:
    """The router sees no plain text, so it can use no certificate. Data never stands in an error."""
    held = {
        "certificate": "redacted certificate data" if tls.certificate else "",
        "key": "redacted key data" if tls.key else "",
        "externalCertificate": external_name(tls),
        "caCertificate": "redacted ca certificate data" if tls.ca_certificate else "",
        "destinationCACertificate": (
            "redacted destination ca certificate data" if tls.destination_ca_certificate else ""
        ),
    }
    detail = "passthrough termination does not support certificates"
    return [invalid(f"{path}.{name}", shown, detail) for name, shown in held.items() if shown]


def _edge_errors(tls: TLSConfig, path: str) -> list[FieldError]:
    if not tls.destination_ca_certificate:
        return []
    return [
        invalid(
            f"{path}.destinationCACertificate",
            "redacted destination ca certificate data",
            "edge termination does not support destination certificates",
        )
    ]


def external_name(tls: TLSConfig) -> str:
    """The secret that holds the certificate, or ""."""
    return tls.external_certificate.name if tls.external_certificate else ""


def _external_errors(tls: TLSConfig, find_secret: FindSecret | None, path: str) -> list[FieldError]:
    name, field = external_name(tls), f"{path}.externalCertificate"
    if not name:
        return []
    if tls.certificate:
        detail = "cannot specify both tls.certificate and tls.externalCertificate"
        return [invalid(field, name, detail)]
    return secret_errors(name, find_secret(name), field) if find_secret is not None else []


def secret_errors(
    name: str, secret: SecretAccess, field: str = "spec.tls.externalCertificate"
) -> list[FieldError]:
    """What keeps the router from using a secret; `secret` is what it may do with it and its type."""
    errors = [
        forbidden(field, f"router serviceaccount does not have permission to {verb} this secret")
        for verb in ("get", "watch", "list")
        if verb not in secret.verbs
    ]
    if secret.type is None:
        errors.append(not_found(field, f'secrets "{name}" not found'))
    elif secret.type != TLS_SECRET:
        errors.append(invalid(field, name, f'secret of type "{TLS_SECRET}" required'))
    return errors


def insecure_policy_errors(tls: TLSConfig, path: str = "spec.tls") -> list[FieldError]:
    """What is wrong with `insecureEdgeTerminationPolicy`; an unknown termination is not judged."""
    policy = tls.insecure_edge_termination_policy
    if not policy or tls.termination not in TERMINATIONS:
        return []
    accepted = [
        each for each in INSECURE_POLICIES if each != "Allow" or tls.termination != PASSTHROUGH
    ]
    if policy in accepted:
        return []
    detail = (
        "invalid value for InsecureEdgeTerminationPolicy option,"
        f" acceptable values are {', '.join(accepted)}, or empty"
    )
    return [invalid(f"{path}.insecureEdgeTerminationPolicy", policy, detail)]
