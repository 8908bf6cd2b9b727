"""Rules of IngressController (openshift/api `operator/v1`: the schema of the CustomResourceDefinition)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cluster.objects.fields import FieldError, invalid, required, unsupported
from cluster.objects.ingresscontroller import (
    ALGORITHM_OVERRIDE,
    ENVIRONMENT_OVERRIDE,
    OWNERSHIPS,
    WILDCARD_POLICIES,
    IngressController,
)
from cluster.objects.validation.meta import immutable, validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain

_OVERRIDES = "spec.unsupportedConfigOverrides"


def validate_ingresscontroller(obj: IngressController) -> list[FieldError]:
    """What is wrong with a new one."""
    return [*validate_meta(obj.metadata, dns1123_subdomain, namespaced=True), *_spec_errors(obj)]


def validate_ingresscontroller_update(
    new: IngressController, old: IngressController
) -> list[FieldError]:
    """What is wrong with a change. The operator takes the domain over once and for all."""
    errors = validate_meta_update(new.metadata, old.metadata)
    if old.spec.domain:
        errors += immutable("spec.domain", new.spec.domain, old.spec.domain)
    return errors


def _spec_errors(obj: IngressController) -> list[FieldError]:
    spec, errors = obj.spec, []
    if spec.domain:
        errors += [invalid("spec.domain", spec.domain, m) for m in dns1123_subdomain(spec.domain)]
    if spec.default_certificate is not None:
        name, path = spec.default_certificate.name, "spec.defaultCertificate.name"
        errors += [invalid(path, name, m) for m in dns1123_subdomain(name)] if name else []
        errors += [] if name else [required(path)]
    admission = spec.route_admission
    for value, legal, name in (
        (admission.namespace_ownership, OWNERSHIPS, "namespaceOwnership"),
        (admission.wildcard_policy, WILDCARD_POLICIES, "wildcardPolicy"),
    ):
        if value and value not in legal:
            errors.append(unsupported(f"spec.routeAdmission.{name}", value, legal))
    return [*errors, *_override_errors(spec.unsupported_config_overrides)]


def _override_errors(overrides: Mapping[str, Any]) -> list[FieldError]:
    """Types only: what the names and values mean is for the operator and the router to say."""
    errors = []
    algorithm = overrides.get(ALGORITHM_OVERRIDE)
    if algorithm is not None and not isinstance(algorithm, str):
        errors.append(_no_string(f"{_OVERRIDES}.{ALGORITHM_OVERRIDE}", algorithm))
    path = f"{_OVERRIDES}.{ENVIRONMENT_OVERRIDE}"
    env = overrides.get(ENVIRONMENT_OVERRIDE)
    if env is None:
        return errors
    if not isinstance(env, Mapping):
        return [*errors, _wrong_type(path, env, "object")]
    errors += [
        _no_string(f"{path}.{name}", value)
        for name, value in env.items()
        if not isinstance(value, str)
    ]
    return errors


def _no_string(path: str, value: Any) -> FieldError:
    return _wrong_type(path, value, "string")


def _wrong_type(path: str, value: Any, wanted: str) -> FieldError:
    """apiextensions-apiserver's words for a value of another type."""
    found = _json_type(value)
    return invalid(path, found, f'{path} in body must be of type {wanted}: "{found}"')


def _json_type(value: Any) -> str:
    match value:
        case bool():
            return "boolean"
        case int():
            return "integer"
        case float():
            return "number"
        case str():
            return "string"
        case Mapping():
            return "object"
        case None:
            return "null"
        case _:
            return "array"
