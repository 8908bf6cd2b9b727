"""A route as the form's fields show it, and back: what the form does not show, or shows unchanged, stays
as it is stored, so that opening and saving a route changes nothing (console PR#13799 was that bug)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cluster.objects.meta import ObjectMeta
from cluster.objects.route import (
    BALANCE,
    DISABLE_COOKIES,
    EDGE,
    PASSTHROUGH,
    REENCRYPT,
    TIMEOUT,
    LocalObjectReference,
    Route,
    RoutePort,
    RouteSpec,
    RouteTargetReference,
    TLSConfig,
    weight_of,
)
from cluster.objects.validation.route_tls import external_name

MOST_ALTERNATES = 3
GO_TRUE = ("1", "t", "T", "TRUE", "true", "True")
"""What Go's ParseBool takes for true: so the router reads `disable_cookies`."""

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A service and its weight as typed; "" leaves the weight to the API server."""

    service: str = ""
    weight: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RouteValues:
    """All fields of the form. `targets` holds the service and then its alternates."""

    name: str = ""
    host: str = ""
    path: str = ""
    targets: tuple[Target, ...] = (Target(),)
    target_port: str = ""
    secure: bool = False
    termination: str = EDGE
    insecure: str = ""
    external_certificate: str = ""
    certificate: str = ""
    key: str = ""
    ca_certificate: str = ""
    destination_ca_certificate: str = ""
    labels: Pairs = ()
    balance: str = ""
    cookies: bool = True
    timeout: str = ""

    @property
    def services(self) -> tuple[str, ...]:
        """The chosen services in order."""
        return tuple(each.service for each in self.targets)

    @property
    def used_termination(self) -> str:
        """The termination that counts: "" without TLS."""
        return self.termination if self.secure else ""


# --- from a route, from a posted form ------------------------------------------------------------


def shown(route: Route) -> RouteValues:
    """What the form shows of a route. A missing weight is shown as what it counts for beside others."""
    spec, annotations = route.spec, route.metadata.annotations
    tls = spec.tls or TLSConfig()
    return RouteValues(
        name=route.metadata.name,
        host=spec.host,
        path=spec.path,
        targets=_targets(spec),
        target_port=str(spec.port.target_port) if spec.port else "",
        secure=spec.tls is not None,
        termination=tls.termination or EDGE,
        insecure=_policy(tls.insecure_edge_termination_policy),
        external_certificate=external_name(tls),
        certificate=unix_lines(tls.certificate),
        key=unix_lines(tls.key),
        ca_certificate=unix_lines(tls.ca_certificate),
        destination_ca_certificate=unix_lines(tls.destination_ca_certificate),
        labels=tuple(route.metadata.labels.items()),
        balance=annotations.get(BALANCE, ""),
        cookies=annotations.get(DISABLE_COOKIES, "") not in GO_TRUE,
        timeout=annotations.get(TIMEOUT, "").strip(),
    )


def _targets(spec: RouteSpec) -> tuple[Target, ...]:
    alone = not spec.alternate_backends
    return tuple(
        Target(
            service=each.name,
            weight="" if alone and each.weight is None else str(weight_of(each)),
        )
        for each in spec.backends
    )


def posted(data: Any, name: str = "") -> RouteValues:
    """The form as it was typed. `data` is a QueryDict; `name` is that of a route that exists."""
    count = min(_whole(data.get("alternates", "")), MOST_ALTERNATES)
    first = Target(service=data.get("to_service", ""), weight=data.get("to_weight", "").strip())
    alternates = tuple(
        Target(
            service=data.get(f"alt_service_{index}", ""),
            weight=data.get(f"alt_weight_{index}", "").strip(),
        )
        for index in range(1, count + 1)
    )
    keys, texts = data.getlist("label_key"), data.getlist("label_value")
    return RouteValues(
        name=name or data.get("name", "").strip(),
        host=data.get("host", "").strip(),
        path=data.get("path", "").strip(),
        targets=(first, *alternates),
        target_port=data.get("target_port", ""),
        secure=bool(data.get("secure")),
        termination=data.get("termination", "") or EDGE,
        insecure=data.get("insecure", ""),
        external_certificate=data.get("external_certificate", ""),
        certificate=unix_lines(data.get("certificate", "")),
        key=unix_lines(data.get("key", "")),
        ca_certificate=unix_lines(data.get("ca_certificate", "")),
        destination_ca_certificate=unix_lines(data.get("destination_ca_certificate", "")),
        labels=tuple((k.strip(), v.strip()) for k, v in zip(keys, texts, strict=False)),
        balance=data.get("balance", ""),
        cookies=bool(data.get("cookies")),
        timeout=data.get("timeout", "").strip(),
    )


def unix_lines(text: str) -> str:
    """PEM text as it is stored: browsers send CRLF."""
    return text.replace("\r\n", "\n")


def _policy(policy: str) -> str:
    """`None` and nothing at all are the same policy; the form has one choice for both."""
    return "" if policy == "None" else policy


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0


# --- to a route ----------------------------------------------------------------------------------


def route_of(values: RouteValues, old: Route | None, namespace: str) -> Route:
    """The route that the form describes, on top of the stored one."""
    if old is None:
        old = Route(metadata=ObjectMeta(name=values.name, namespace=namespace))
    before = shown(old)
    spec = old.spec
    targets = _references(values.targets, spec)
    passthrough = values.used_termination == PASSTHROUGH
    labels: Mapping[str, str] = old.metadata.labels
    if values.labels != before.labels:
        labels = {key: value for key, value in values.labels if key or value}
    return replace(
        old,
        metadata=replace(
            old.metadata, labels=labels, annotations=_annotations(values, before, old)
        ),
        spec=replace(
            spec,
            host=values.host if values.host != before.host else spec.host,
            path="" if passthrough else values.path,
            to=targets[0],
            alternate_backends=targets[1:],
            port=_port(values.target_port, before.target_port, spec.port),
            tls=_tls(values, before, spec.tls),
        ),
    )


def _references(targets: tuple[Target, ...], spec: RouteSpec) -> tuple[RouteTargetReference, ...]:
    """Each target on top of the stored reference to the same service."""
    stored = {each.name: each for each in spec.backends if each.name}
    fresh = RouteTargetReference(kind="Service")
    found = []
    for each in targets:
        old = stored.get(each.service, replace(fresh, name=each.service))
        found.append(replace(old, weight=_weight(each.weight, old, each.service in stored)))
    return tuple(found)


def _weight(text: str, old: RouteTargetReference, known: bool) -> int | None:
    """The typed weight; a missing one stays missing while it shows what it counts for."""
    try:
        weight = int(text)
    except ValueError:
        return None
    return old.weight if known and weight == weight_of(old) else weight


def _port(text: str, before: str, old: RoutePort | None) -> RoutePort | None:
    if text == before:
        return old
    if not text:
        return None
    return RoutePort(target_port=int(text) if text.isdecimal() else text)


def _annotations(values: RouteValues, before: RouteValues, old: Route) -> Mapping[str, str]:
    changes: dict[str, str] = {}
    if values.balance != before.balance:
        changes[BALANCE] = values.balance
    if values.cookies != before.cookies:
        changes[DISABLE_COOKIES] = "" if values.cookies else "true"
    if values.timeout != before.timeout:
        changes[TIMEOUT] = values.timeout
    if not changes:
        return old.metadata.annotations
    merged = {**old.metadata.annotations, **changes}
    return {name: text for name, text in merged.items() if text or name not in changes}


def _tls(values: RouteValues, before: RouteValues, old: TLSConfig | None) -> TLSConfig | None:
    """The TLS block without what the termination does not use (console: it drops them too)."""
    if not values.secure:
        return None
    tls = old or TLSConfig()
    passthrough = values.termination == PASSTHROUGH
    secret = "" if passthrough else values.external_certificate
    texts = {
        "certificate": "" if passthrough or secret else values.certificate,
        "key": "" if passthrough or secret else values.key,
        "ca_certificate": "" if passthrough else values.ca_certificate,
        "destination_ca_certificate": (
            values.destination_ca_certificate if values.termination == REENCRYPT else ""
        ),
    }
    changed = {name: text for name, text in texts.items() if text != getattr(before, name)}
    policy = tls.insecure_edge_termination_policy
    return replace(
        tls,
        termination=values.termination,
        insecure_edge_termination_policy=(
            policy if values.insecure == before.insecure else values.insecure
        ),
        external_certificate=LocalObjectReference(name=secret) if secret else None,
        **changed,
    )
