"""Rules of Route (openshift/library-go `route/validation`), in the server's order and words."""

from __future__ import annotations

from cluster.objects.fields import FieldError, invalid, required, unsupported
from cluster.objects.route import (
    ALLOW_NON_DNS_HOST,
    PASSTHROUGH,
    Route,
    RouteSpec,
    RouteTargetReference,
)
from cluster.objects.validation.meta import (
    checked,
    immutable,
    validate_meta,
    validate_meta_update,
)
from cluster.objects.validation.names import (
    SUBDOMAIN_LENGTH,
    at_most,
    dns1123_label,
    dns1123_subdomain,
    size,
)
from cluster.objects.validation.route_headers import has_actions, header_errors
from cluster.objects.validation.route_tls import FindSecret, tls_errors

MAX_WEIGHT = 256
MAX_ALTERNATES = 3
WILDCARD_POLICIES = ("None", "Subdomain")


def validate_route(route: Route, find_secret: FindSecret | None = None) -> list[FieldError]:
    """What is wrong with a new route."""
    return [
        *_path_sign_errors(route.spec.path),
        *_route_errors(route, check_labels=True, find_secret=find_secret),
    ]


def validate_route_update(
    new: Route, old: Route, find_secret: FindSecret | None = None
) -> list[FieldError]:
    """What is wrong with a change. What was stored before a rule existed may stay as it is."""
    host_changed = new.spec.host != old.spec.host
    errors = [
        *validate_meta_update(new.metadata, old.metadata),
        *immutable("spec.wildcardPolicy", new.spec.wildcard_policy, old.spec.wildcard_policy),
        *_route_errors(
            new,
            check_labels=host_changed and not _label_errors(old.spec.host),
            find_secret=find_secret,
        ),
    ]
    if new.spec.path != old.spec.path:
        errors += _path_sign_errors(new.spec.path)
    return errors


def route_warnings(route: Route) -> list[str]:
    """What the server warns of while it accepts the route."""
    if route.spec.host and route.spec.subdomain:
        return ["spec.host is set; spec.subdomain may be ignored"]
    return []


def _route_errors(
    route: Route, *, check_labels: bool, find_secret: FindSecret | None
) -> list[FieldError]:
    spec = route.spec
    lenient = route.metadata.annotations.get(ALLOW_NON_DNS_HOST) == "true"
    return [
        *validate_meta(route.metadata, dns1123_subdomain, namespaced=True),
        *_host_errors(spec.host, check_labels=check_labels and not lenient),
        *_subdomain_errors(spec.subdomain),
        *_wildcard_errors(spec),
        *_header_errors(spec),
        *_path_errors(spec),
        *_target_errors(spec.to, "spec.to"),
        *_alternate_errors(spec.alternate_backends),
        *_port_errors(spec),
        *tls_errors(spec.tls, find_secret),
    ]


def _host_errors(host: str, *, check_labels: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    if host and dns1123_subdomain(host):
        detail = "host must conform to DNS 952 subdomain conventions"
        errors.append(invalid("spec.host", host, detail))
    if check_labels:
        errors += _label_errors(host)
    return errors


def _label_errors(host: str) -> list[FieldError]:
    if not host:
        return []
    broken = [rule for label in host.split(".") for rule in dns1123_label(label)]
    return checked("spec.host", host, broken)


def _subdomain_errors(subdomain: str) -> list[FieldError]:
    if not subdomain:
        return []
    path = "spec.subdomain"
    errors: list[FieldError] = []
    if size(subdomain) > SUBDOMAIN_LENGTH:
        errors.append(invalid(path, subdomain, at_most(SUBDOMAIN_LENGTH)))
    for label in subdomain.split("."):
        broken = dns1123_label(label)
        if broken:
            errors.append(invalid(path, label, ", ".join(broken)))
    return errors


def _wildcard_errors(spec: RouteSpec) -> list[FieldError]:
    path, policy = "spec.wildcardPolicy", spec.wildcard_policy
    if policy and policy not in WILDCARD_POLICIES:
        return [unsupported(path, policy, WILDCARD_POLICIES)]
    if policy == "Subdomain" and not spec.host:
        return [invalid(path, policy, "host name not specified for wildcard policy")]
    return []


def _header_errors(spec: RouteSpec) -> list[FieldError]:
    errors: list[FieldError] = []
    if _is_passthrough(spec) and has_actions(spec.http_headers):
        detail = "only edge and re-encrypt routes are supported for providing customized headers."
        errors.append(invalid("spec.tls.termination", PASSTHROUGH, detail))
    return [*errors, *header_errors(spec.http_headers)]


def _is_passthrough(spec: RouteSpec) -> bool:
    return spec.tls is not None and spec.tls.termination == PASSTHROUGH


def _path_sign_errors(path: str) -> list[FieldError]:
    if "#" in path or " " in path:
        return [invalid("spec.path", path, "cannot contain # or spaces")]
    return []


def _path_errors(spec: RouteSpec) -> list[FieldError]:
    errors: list[FieldError] = []
    if spec.path and not spec.path.startswith("/"):
        errors.append(invalid("spec.path", spec.path, "path must begin with /"))
    if spec.path and _is_passthrough(spec):
        detail = "passthrough termination does not support paths"
        errors.append(invalid("spec.path", spec.path, detail))
    return errors


def _target_errors(target: RouteTargetReference, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if not target.name:
        errors.append(required(f"{path}.name"))
    if target.kind != "Service":
        errors.append(invalid(f"{path}.kind", target.kind, "must reference a Service"))
    if target.weight is not None and not 0 <= target.weight <= MAX_WEIGHT:
        detail = f"weight must be an integer between 0 and {MAX_WEIGHT}"
        errors.append(invalid(f"{path}.weight", target.weight, detail))
    return errors


def _alternate_errors(alternates: tuple[RouteTargetReference, ...]) -> list[FieldError]:
    path = "spec.alternateBackends"
    errors: list[FieldError] = []
    if len(alternates) > MAX_ALTERNATES:
        detail = f"cannot specify more than {MAX_ALTERNATES} alternate backends"
        errors.append(required(path, detail))
    for index, each in enumerate(alternates):
        errors += _target_errors(each, f"{path}[{index}]")
    return errors


def _port_errors(spec: RouteSpec) -> list[FieldError]:
    if spec.port is not None and spec.port.target_port in (0, ""):
        return [required("spec.port.targetPort")]
    return []
