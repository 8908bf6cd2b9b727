"""The form of the router's settings. It checks what no API server looks at: variables that stand there
twice, and whether a typed certificate and its key belong together."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from cluster.objects.errors import ApiError, Invalid
from cluster.objects.fields import FieldError
from cluster.objects.ingresscontroller import (
    INTER_NAMESPACE_ALLOWED,
    STRICT,
    WILDCARDS_ALLOWED,
    WILDCARDS_DISALLOWED,
)
from console.forms.route import PEM, REQUIRED
from console.forms.route_choices import BALANCES
from console.forms.router_values import (
    HTTP_VARIABLE,
    NEW_SECRET,
    TCP_VARIABLE,
    WITH_FIELDS,
    SettingsValues,
)

BAD_VARIABLE = (
    "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or"
    " '.', and must not start with a digit"
)
"""kubernetes `IsEnvVarName`."""
_VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*", re.ASCII)
_OWNERSHIPS = (
    (STRICT, "Strict: the oldest route's project owns the host"),
    (INTER_NAMESPACE_ALLOWED, "InterNamespaceAllowed: projects may share a host"),
)
_WILDCARDS = (
    (WILDCARDS_DISALLOWED, "WildcardsDisallowed: wildcard routes are refused"),
    (WILDCARDS_ALLOWED, "WildcardsAllowed: routes with wildcardPolicy Subdomain are admitted"),
)
_OVERRIDES = "spec.unsupportedConfigOverrides"
_FIELDS = {
    f"{_OVERRIDES}.loadBalancingAlgorithm": "algorithm",
    f"{_OVERRIDES}.env.{HTTP_VARIABLE}": "algorithm",
    f"{_OVERRIDES}.env.{TCP_VARIABLE}": "tcp",
    "spec.routeAdmission.namespaceOwnership": "ownership",
    "spec.routeAdmission.wildcardPolicy": "wildcards",
    "spec.defaultCertificate.name": "secret",
    "metadata.name": "secret_name",
    "tls.crt": "certificate",
    "data[tls.crt]": "certificate",
    "tls.key": "key",
    "data[tls.key]": "key",
}


def _select(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(label=label, required=False, help_text=help_text, widget=forms.Select)


class RouterSettingsForm(forms.Form):
    """The fields as they are drawn. `values` fill them, whether read from the object or typed."""

    algorithm = _select("Balance algorithm")
    tcp = _select("TCP balance scheme")
    ownership = _select(
        "Namespace ownership",
        "Who may use a host that a route of another project already has. Changing it has the router"
        " look at all routes again, the oldest first.",
    )
    wildcards = _select(
        "Wildcard policy", "Whether one route may stand for all hosts beside its own."
    )
    secret = _select(
        "Default certificate",
        "Shown for hosts without a certificate of their own: a secret of type kubernetes.io/tls in"
        " project openshift-ingress.",
    )
    secret_name = forms.CharField(
        label="Name of the secret",
        required=False,
        help_text="It is made in openshift-ingress, or gets this certificate where it exists.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    certificate = forms.CharField(
        label="Certificate",
        required=False,
        strip=False,
        help_text="PEM, the chain of its authority behind it.",
        widget=forms.Textarea(attrs=PEM),
    )
    key = forms.CharField(
        label="Private key",
        required=False,
        strip=False,
        help_text="The PEM key of the certificate.",
        widget=forms.Textarea(attrs=PEM),
    )
    variables = forms.CharField(label="Variables", required=False)

    def __init__(
        self,
        values: SettingsValues,
        secrets: Iterable[str],
        defaults: Mapping[str, str],
        data: Any = None,
    ) -> None:
        """`secrets` are those to choose from; `defaults` the algorithms where none is chosen."""
        initial = {name: getattr(values, name) for name in self.base_fields if name != "variables"}
        super().__init__(data, initial=initial, use_required_attribute=False)
        self.shown = values
        self.variable_errors: dict[int, list[str]] = {}
        for name, variable in (("algorithm", HTTP_VARIABLE), ("tcp", TCP_VARIABLE)):
            self._choices(name, _algorithms(getattr(values, name), defaults[name]))
            self.fields[name].help_text = f"{_SORTS[name]} It is the variable {variable}."
        self._choices("ownership", _known(_OWNERSHIPS, values.ownership))
        self._choices("wildcards", _known(_WILDCARDS, values.wildcards))
        self._choices("secret", _secrets(sorted(secrets), values.secret))

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        widget = self.fields[name].widget
        assert isinstance(widget, forms.Select)
        widget.choices = choices

    def clean(self) -> dict[str, Any]:
        """A typed certificate needs its name; a variable has one name and one value."""
        values = self.shown
        if values.is_new_secret and not values.secret_name:
            self.add_error("secret_name", REQUIRED)
        counted = Counter(name for name, _ in values.variables)
        fields = {HTTP_VARIABLE: values.algorithm, TCP_VARIABLE: values.tcp}
        for index, (name, text) in enumerate(values.variables):
            if not name:
                if text:
                    self._refuse_variable(index, REQUIRED)
            elif not _VARIABLE.fullmatch(name):
                self._refuse_variable(index, f"{name}: {BAD_VARIABLE}.")
            elif counted[name] > 1:
                self._refuse_variable(index, f"{name} cannot be set twice.")
            elif name in WITH_FIELDS and fields.get(name, "set"):
                self._refuse_variable(index, f"{name} has a field of its own above.")
        return dict(self.cleaned_data)

    def _refuse_variable(self, index: int, text: str) -> None:
        self.variable_errors.setdefault(index, []).append(text)
        self.add_error("variables", text)

    def refuse(self, errors: Iterable[FieldError]) -> None:
        """Put errors at the fields that they name, what has none to the top."""
        for each in dict.fromkeys(errors):
            name = _FIELDS.get(each.path)
            self.add_error(name, each.message if name else str(each))

    def show_refusal(self, error: ApiError) -> None:
        """Put what the API server refuses at the fields that it names."""
        if isinstance(error, Invalid):
            self.refuse(error.errors)
        else:
            self.add_error(None, error.message)


_SORTS = {
    "algorithm": "For routes without TLS, edge and re-encrypt, with one active service.",
    "tcp": "For passthrough routes with one active service.",
}


def _algorithms(chosen: str, default: str) -> list[tuple[str, str]]:
    names = dict(BALANCES)
    found = [("", f"Default ({names.get(default, default)})"), *BALANCES]
    if chosen and chosen not in names:
        found.append((chosen, f"{chosen} (the router ignores this)"))
    return found


def _known(choices: tuple[tuple[str, str], ...], chosen: str) -> list[tuple[str, str]]:
    """The choices, and what was posted beside them, so that the answer names it."""
    return [*choices, *([] if chosen in dict(choices) else [(chosen, chosen or "none")])]


def _secrets(names: list[str], chosen: str) -> list[tuple[str, str]]:
    found = [("", "Self-made, for the domain"), *((name, name) for name in names)]
    if chosen and chosen != NEW_SECRET and chosen not in names:
        found.append((chosen, f"{chosen} (cannot be used)"))
    return [*found, (NEW_SECRET, "Paste or upload another certificate…")]
