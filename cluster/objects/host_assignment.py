"""Which host a route gets, and who may choose it (openshift/library-go `route/hostassignment`).

The API server generates a host for routes that name none; changing hosts and certificates is guarded
by the subresource `routes/custom-host`. A router may in turn serve a route under another host.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from cluster.objects.codec import encode
from cluster.objects.fields import FieldError, forbidden, invalid
from cluster.objects.route import HOST_GENERATED, LocalObjectReference, Route, TLSConfig
from cluster.objects.validation.names import dns1123_subdomain
from cluster.objects.validation.route_tls import external_name

DEFAULT_SUFFIX = "router.default.svc.cluster.local"

_HOST_DENIED = "you do not have permission to set the host field of the route"
_SUBDOMAIN_DENIED = "you do not have permission to set the subdomain field of the route"
_TLS_DENIED = "you do not have permission to set certificate fields on the route"


class SimpleAllocation:
    """Hosts `<name>-<namespace>.<suffix>`, where the suffix is the cluster's ingress domain."""

    def __init__(self, suffix: str = "") -> None:
        """Raises ValueError for a suffix that is no DNS name."""
        self.suffix = suffix or DEFAULT_SUFFIX
        if dns1123_subdomain(self.suffix):
            raise ValueError(f"invalid DNS suffix: {self.suffix}")

    def host(self, route: Route) -> str:
        """The host of a route, or "" while its name is not known. Dots would make new labels."""
        name, namespace = route.metadata.name, route.metadata.namespace
        if not name or not namespace:
            return ""
        return f"{name.replace('.', '-')}-{namespace}.{self.suffix}"


def allocate_host(route: Route, suffix: str) -> Route:
    """A new route with a generated host, where it names neither host nor subdomain.

    Raises ValueError for a bad suffix.
    """
    spec = route.spec
    if spec.host or spec.subdomain or spec.wildcard_policy == "Subdomain":
        return route
    annotations = {**route.metadata.annotations, HOST_GENERATED: "true"}
    return replace(
        route,
        metadata=replace(route.metadata, annotations=annotations),
        spec=replace(spec, host=SimpleAllocation(suffix).host(route)),
    )


def keep_host(new: Route, old: Route) -> Route:
    """An update that leaves the host out keeps the stored one (openshift-apiserver: strategy)."""
    return new if new.spec.host else replace(new, spec=replace(new.spec, host=old.spec.host))


# --- permission on routes/custom-host ------------------------------------------------------------


def host_permission_errors(
    new: Route, old: Route | None, may_create: bool, may_update: bool
) -> list[FieldError]:
    """What the user may not do; `old` is None for a new route.

    `may_create` and `may_update` are the verbs that the user holds on `routes/custom-host`. Hosts
    are compared as they will be stored: after `keep_host`, before `allocate_host`.
    """
    if old is None:
        return [] if may_create else _create_errors(new)
    return [] if may_update else _update_errors(new, old, may_create)


def _create_errors(route: Route) -> list[FieldError]:
    if route.spec.host:
        return [forbidden("spec.host", _HOST_DENIED)]
    if _has_certificate(route.spec.tls):
        return [forbidden("spec.tls", _TLS_DENIED)]
    return []


def _update_errors(new: Route, old: Route, may_create: bool) -> list[FieldError]:
    if new.spec.host != old.spec.host:
        return [invalid("spec.host", new.spec.host, _HOST_DENIED)]
    if new.spec.subdomain != old.spec.subdomain:
        return [invalid("spec.subdomain", new.spec.subdomain, _SUBDOMAIN_DENIED)]
    if may_create or not _certificate_needs_permission(new.spec.tls, old.spec.tls):
        return []
    return _certificate_errors(new.spec.tls, old.spec.tls)


def _has_certificate(tls: TLSConfig | None) -> bool:
    if tls is None:
        return False
    return any(_certificates(tls).values()) or bool(external_name(tls))


def _certificates(tls: TLSConfig) -> dict[str, str]:
    return {
        "caCertificate": tls.ca_certificate,
        "certificate": tls.certificate,
        "destinationCACertificate": tls.destination_ca_certificate,
        "key": tls.key,
    }


def _certificate_needs_permission(new: TLSConfig | None, old: TLSConfig | None) -> bool:
    """Removing certificates is free; a secret may have other content by now, so it always counts."""
    if new is None or not _has_certificate(new):
        return False
    if old is None or new.external_certificate is not None:
        return True
    return _certificates(new) != _certificates(old)


def _certificate_errors(new: TLSConfig | None, old: TLSConfig | None) -> list[FieldError]:
    if new is None or old is None:
        shown: object = encode(new) if new else "null"
        return [invalid("spec.tls", shown, _TLS_DENIED)]
    before = _certificates(old)
    errors = [
        invalid(f"spec.tls.{name}", value, _TLS_DENIED)
        for name, value in _certificates(new).items()
        if value != before[name]
    ]
    if new.external_certificate is not None or old.external_certificate is not None:
        shown = _reference(new.external_certificate)
        errors.append(invalid("spec.tls.externalCertificate", shown, _TLS_DENIED))
    return errors


def _reference(reference: LocalObjectReference | None) -> object:
    """Go prints a missing pointer as the text null."""
    return "null" if reference is None else encode(reference)


# --- what a router makes of it -------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class RouterHosts:
    """A router's own settings of host names (openshift/router `RouterSelection`).

    `domain` is ROUTER_DOMAIN, `template` is ROUTER_SUBDOMAIN, `override` is
    ROUTER_OVERRIDE_HOSTNAME and `override_domains` is ROUTER_OVERRIDE_DOMAINS.
    """

    domain: str = ""
    template: str = ""
    override: bool = False
    override_domains: tuple[str, ...] = ()


def effective_host(route: Route, settings: RouterHosts) -> str:
    """The host under which a router serves a route (openshift/router: RouteUpdate)."""
    host = route.spec.host
    if not host and route.spec.subdomain and settings.domain:
        host = f"{route.spec.subdomain}.{settings.domain}"
    if not settings.template:
        return host
    if host and not settings.override and not _in_domains(host, settings.override_domains):
        return host
    expanded = _expand(settings.template, route)
    return host if expanded is None else expanded


def _in_domains(host: str, domains: tuple[str, ...]) -> bool:
    labels = host.split(".")
    return any(".".join(labels[index:]) in domains for index in range(len(labels)))


def _expand(template: str, route: Route) -> str | None:
    """The template with `${name}` and `${namespace}` filled in; None when it names anything else."""
    known = {"name": route.metadata.name, "namespace": route.metadata.namespace}
    keys = [braced or bare for braced, bare in _VARIABLE.findall(template)]
    if any(key not in known for key in keys):
        return None
    filled = _VARIABLE.sub(lambda match: known[match[1] or match[2]], template)
    return filled.strip("\"'")


_VARIABLE = re.compile(r"\$(?:\{(\w+)\}|(\w+))", re.ASCII)
