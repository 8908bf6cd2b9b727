"""Certificates that a route takes from a secret (`spec.tls.externalCertificate`): what a router says when
the secret may not be read, comes, changes or goes (openshift/router: `RouteSecretManager`)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Final, Protocol

from cluster.engine import access
from cluster.engine.routing.backends import Objects
from cluster.engine.routing.rejection import Rejection
from cluster.objects.fields import aggregate
from cluster.objects.meta import Key
from cluster.objects.rolebinding import RoleBinding
from cluster.objects.route import PASSTHROUGH, Route, TLSConfig
from cluster.objects.secret import CERTIFICATE, KEY, Secret
from cluster.objects.validation.route_tls import (
    TLS_SECRET,
    SecretAccess,
    external_name,
    secret_errors,
)

VALIDATION_FAILED: Final = "ExternalCertificateValidationFailed"
GET_FAILED: Final = "ExternalCertificateGetFailed"
SECRET_RECREATED: Final = "ExternalCertificateSecretRecreated"
SECRET_UPDATED: Final = "ExternalCertificateSecretUpdated"
SECRET_DELETED: Final = "ExternalCertificateSecretDeleted"


class Readable(Objects, Protocol):
    """Where secrets and role bindings are found: the store, or a transaction over it."""

    def list(self, cls: type[RoleBinding], namespace: str | None = None, /) -> list[RoleBinding]:
        """The bindings of a namespace."""
        ...


def secret_access(objects: Readable, namespace: str, name: str) -> SecretAccess:
    """What the router may do with a secret, and of which type it is."""
    secret = objects.get(Secret, namespace, name)
    verbs = access.router_verbs(objects, namespace)
    return SecretAccess(verbs, None if secret is None else secret.type)


def secret_of(route: Route) -> str:
    """The secret that a route takes its certificate from, "" for none; passthrough takes none."""
    tls = route.spec.tls
    return external_name(tls) if tls is not None and tls.termination != PASSTHROUGH else ""


def resolved_tls(objects: Objects, route: Route) -> TLSConfig | None:
    """A route's TLS block with the certificate and key of its secret in their fields, as the router
    fills them in; without them where the secret is not there."""
    tls, name = route.spec.tls, secret_of(route)
    if tls is None or not name:
        return tls
    secret = objects.get(Secret, route.metadata.namespace, name)
    if secret is None or secret.type != TLS_SECRET:
        return tls
    return replace(tls, certificate=secret.text(CERTIFICATE), key=secret.text(KEY))


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
