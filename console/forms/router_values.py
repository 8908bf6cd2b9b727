"""The values of the router's settings form: read from an IngressController, typed, and put back into one.

What has a field of its own is not listed among the variables, wherever the object keeps it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from cluster.objects.ingresscontroller import (
    ALGORITHM_OVERRIDE,
    ENVIRONMENT_OVERRIDE,
    STRICT,
    WILDCARDS_DISALLOWED,
    IngressController,
    RouteAdmission,
    SecretReference,
)
from cluster.runtime.client import RouterSettings
from console.forms.route_values import unix_lines

HTTP_VARIABLE: Final = "ROUTER_LOAD_BALANCE_ALGORITHM"
TCP_VARIABLE: Final = "ROUTER_TCP_BALANCE_SCHEME"
OWNERSHIP_VARIABLE: Final = "ROUTER_DISABLE_NAMESPACE_OWNERSHIP_CHECK"
WILDCARD_VARIABLE: Final = "ROUTER_ALLOW_WILDCARD_ROUTES"
WITH_FIELDS: Final = (HTTP_VARIABLE, TCP_VARIABLE, OWNERSHIP_VARIABLE, WILDCARD_VARIABLE)
"""Variables that have a field of their own."""
OPERATORS_CHOICES: Final = ("leastconn", "random")
"""What `loadBalancingAlgorithm` may say with effect."""

NEW_SECRET: Final = "~new"
"""Stands for a certificate that is typed; no secret can be called so."""
SECRET_NAME: Final = "custom-certs-default"
"""The name in OpenShift's documentation."""

Variables = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsValues:
    """The fields. "" stands for the default of balance; `secret` "" is the self-made certificate."""

    algorithm: str = ""
    tcp: str = ""
    ownership: str = STRICT
    wildcards: str = WILDCARDS_DISALLOWED
    secret: str = ""
    secret_name: str = SECRET_NAME
    certificate: str = ""
    key: str = ""
    variables: Variables = ()

    @property
    def is_new_secret(self) -> bool:
        """Whether the certificate is typed here."""
        return self.secret == NEW_SECRET


def shown(controller: IngressController | None, settings: RouterSettings) -> SettingsValues:
    """What the form shows of the router's object, `settings` being what follows from it."""
    spec = controller.spec if controller is not None else None
    env = _texts(spec.environment) if spec is not None else {}
    operators = spec.unsupported_config_overrides.get(ALGORITHM_OVERRIDE) if spec else None
    algorithm = env.get(HTTP_VARIABLE) or (operators if operators in OPERATORS_CHOICES else "")
    return SettingsValues(
        algorithm=algorithm,
        tcp=env.get(TCP_VARIABLE, ""),
        ownership=settings.ownership,
        wildcards=settings.wildcard_policy,
        secret=settings.default_secret,
        variables=tuple((name, env[name]) for name in env if name not in WITH_FIELDS),
    )


def _texts(env: Mapping[str, Any]) -> dict[str, str]:
    return {name: value for name, value in env.items() if isinstance(value, str)}


def posted(data: Any) -> SettingsValues:
    """The form as it was typed. `data` is a QueryDict."""
    names, texts = data.getlist("variable_name"), data.getlist("variable_value")
    return SettingsValues(
        algorithm=data.get("algorithm", ""),
        tcp=data.get("tcp", ""),
        ownership=data.get("ownership", ""),
        wildcards=data.get("wildcards", ""),
        secret=data.get("secret", ""),
        secret_name=data.get("secret_name", "").strip(),
        certificate=unix_lines(data.get("certificate", "")),
        key=unix_lines(data.get("key", "")),
        variables=tuple(
            (name.strip(), text.strip()) for name, text in zip(names, texts, strict=False)
        ),
    )


def controller_of(
    values: SettingsValues, old: IngressController, generation: str
) -> IngressController:
    """The object with these values. What the form does not show stays; `generation` is the profile's
    name: OpenShift 4's operator has a field of its own for leastconn, which 3.x has not."""
    spec = old.spec
    overrides = dict(spec.unsupported_config_overrides)
    env = {name: text for name, text in values.variables if name}
    overrides.pop(ALGORITHM_OVERRIDE, None)
    overrides.pop(ENVIRONMENT_OVERRIDE, None)
    if generation == "4" and values.algorithm in OPERATORS_CHOICES:
        overrides[ALGORITHM_OVERRIDE] = values.algorithm
    elif values.algorithm:
        env[HTTP_VARIABLE] = values.algorithm
    if values.tcp:
        env[TCP_VARIABLE] = values.tcp
    if env:
        overrides[ENVIRONMENT_OVERRIDE] = dict(sorted(env.items()))
    name = values.secret_name if values.is_new_secret else values.secret
    admission = RouteAdmission(
        namespace_ownership=_kept(
            values.ownership, spec.route_admission.namespace_ownership, STRICT
        ),
        wildcard_policy=_kept(
            values.wildcards, spec.route_admission.wildcard_policy, WILDCARDS_DISALLOWED
        ),
    )
    changed = replace(
        spec,
        default_certificate=SecretReference(name=name) if name else None,
        route_admission=admission,
        unsupported_config_overrides=overrides,
    )
    return replace(old, spec=changed)


def _kept(chosen: str, held: str, default: str) -> str:
    """A field that is left out stays out while the default is chosen."""
    return "" if not held and chosen == default else chosen
