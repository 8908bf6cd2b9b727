"""Certificates that a route takes from a secret (`spec.tls.externalCertificate`): what a router says when
the secret may not be read, comes, changes or goes (openshift/router: `RouteSecretManager`)."""

from __future__ import annotations

import json
from typing import Final

from cluster.engine.routing.rejection import Rejection
from cluster.objects.fields import FieldError, aggregate, forbidden, invalid, not_found
from cluster.objects.meta import Key
from cluster.objects.validation.route_tls import TLS_SECRET, SecretAccess

VALIDATION_FAILED: Final = "ExternalCertificateValidationFailed"
GET_FAILED: Final = "ExternalCertificateGetFailed"
SECRET_RECREATED: Final = "ExternalCertificateSecretRecreated"
SECRET_UPDATED: Final = "ExternalCertificateSecretUpdated"
SECRET_DELETED: Final = "ExternalCertificateSecretDeleted"


def secret_errors(name: str, secret: SecretAccess) -> list[FieldError]:
    """What keeps the router from using a secret; `secret` is what it may do with it and its type."""
    field = "spec.tls.externalCertificate"
    errors = [
        forbidden(field, f"router serviceaccount does not have permission to {verb} this secret")
        for verb in ("get", "watch", "list")
        if verb not in secret.verbs
    ]
    if secret.type is None:
        return [*errors, not_found(field, f'secrets "{name}" not found')]
    if secret.type != TLS_SECRET:
        errors.append(invalid(field, name, f'secret of type "{TLS_SECRET}" required'))
    return errors


def secret_rejection(name: str, secret: SecretAccess) -> Rejection | None:
    """The refusal of a route whose secret the router cannot use."""
    errors = secret_errors(name, secret)
    return Rejection(VALIDATION_FAILED, aggregate(errors)) if errors else None


def unreadable(message: str) -> Rejection:
    """The secret passed the checks and then could not be fetched."""
    return Rejection(GET_FAILED, message)


def secret_updated(
    route: Key, secret: str, old_version: int | str, new_version: int | str
) -> Rejection:
    """The notice about new content; a route that is admitted keeps status True with it."""
    text = (
        f"secret {json.dumps(secret)} updated for route {json.dumps(str(route))}"
        f" (oldSecretVersion={old_version}, newSecretVersion={new_version})"
    )
    return Rejection(SECRET_UPDATED, text)


def secret_deleted(route: Key, secret: str) -> Rejection:
    """The route is refused until the secret is back."""
    text = f"secret {json.dumps(secret)} deleted for route {json.dumps(str(route))}"
    return Rejection(SECRET_DELETED, text)


def secret_recreated(route: Key, secret: str) -> Rejection:
    """The secret is back; the route stays refused until all stages have looked at it again."""
    text = f"secret {json.dumps(secret)} recreated for route {json.dumps(str(route))}"
    return Rejection(SECRET_RECREATED, text)
