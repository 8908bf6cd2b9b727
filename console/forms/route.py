"""The Create/Edit Route form: OpenShift's fields, and those that both consoles leave to annotations.

The form checks only what no API server could: whether a number is one, and whether a service stands
there twice. Everything else is said by the server, and `show_refusal` puts it at its field.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from django import forms

from cluster.objects.errors import AlreadyExists, ApiError, Invalid
from cluster.objects.fields import FieldError
from cluster.objects.service import Service
from console.forms.route_choices import (
    TERMINATIONS,
    balance_choices,
    insecure_choices,
    port_choices,
    secret_choices,
    service_choices,
)
from console.forms.route_values import RouteValues

REQUIRED = "Required value"
WHOLE_NUMBER = "Must be a whole number greater than or equal to 0."
HOST_FIXED = "The hostname can't be changed after the route is created."
PEM = {"rows": 5, "spellcheck": "false", "autocomplete": "off", "class": "sl-mono"}
_ALTERNATE = re.compile(r"spec\.alternateBackends\[(\d+)\]\.(\w+)")
_FIELDS = {
    "metadata.name": "name",
    "spec.host": "host",
    "spec.subdomain": "host",
    "spec.wildcardPolicy": "host",
    "spec.path": "path",
    "spec.to.name": "to_service",
    "spec.to.kind": "to_service",
    "spec.to.weight": "to_weight",
    "spec.port.targetPort": "target_port",
    "spec.tls": "secure",
    "spec.tls.termination": "termination",
    "spec.tls.insecureEdgeTerminationPolicy": "insecure",
    "spec.tls.externalCertificate": "external_certificate",
    "spec.tls.certificate": "certificate",
    "spec.tls.key": "key",
    "spec.tls.caCertificate": "ca_certificate",
    "spec.tls.destinationCACertificate": "destination_ca_certificate",
    "metadata.labels": "labels",
}


class RouteForm(forms.Form):
    """The fields as they are drawn. `values` fill them, whether read from a route or typed."""

    name = forms.CharField(
        label="Name",
        help_text="A unique name for the route within the project.",
        error_messages={"required": REQUIRED},
        widget=forms.TextInput(attrs={"placeholder": "my-route", "autocomplete": "off"}),
    )
    host = forms.CharField(
        label="Hostname",
        required=False,
        help_text="Public hostname for the route. If not specified, a hostname is generated.",
        widget=forms.TextInput(attrs={"placeholder": "www.example.com", "autocomplete": "off"}),
    )
    path = forms.CharField(
        label="Path",
        required=False,
        help_text="Path that the router watches to route traffic to the service.",
        widget=forms.TextInput(attrs={"placeholder": "/", "autocomplete": "off"}),
    )
    to_service = forms.CharField(
        label="Service",
        help_text="Service to route to.",
        error_messages={"required": REQUIRED},
        widget=forms.Select,
    )
    target_port = forms.CharField(
        label="Target port",
        required=False,
        help_text="Target port for traffic.",
        widget=forms.Select,
    )
    secure = forms.BooleanField(
        label="Secure Route",
        required=False,
        help_text="Routes can be secured using several TLS termination types for serving"
        " certificates.",
    )
    termination = forms.CharField(
        label="TLS termination", required=False, widget=forms.Select(choices=TERMINATIONS)
    )
    insecure = forms.CharField(
        label="Insecure traffic",
        required=False,
        help_text="Policy for traffic on insecure schemes like HTTP.",
        widget=forms.Select,
    )
    external_certificate = forms.CharField(
        label="External certificate",
        required=False,
        help_text="A secret of type kubernetes.io/tls in this project, whose certificate and key"
        " the router follows. The router's service account must be allowed to read it.",
        widget=forms.Select,
    )
    certificate = forms.CharField(
        label="Certificate",
        required=False,
        strip=False,
        help_text="The PEM certificate of this route. Without one the router's default is used.",
        widget=forms.Textarea(attrs=PEM),
    )
    key = forms.CharField(
        label="Private key",
        required=False,
        strip=False,
        help_text="The PEM key of the certificate.",
        widget=forms.Textarea(attrs=PEM),
    )
    ca_certificate = forms.CharField(
        label="CA certificate",
        required=False,
        strip=False,
        help_text="The PEM chain of the certificate's authority.",
        widget=forms.Textarea(attrs=PEM),
    )
    destination_ca_certificate = forms.CharField(
        label="Destination CA certificate",
        required=False,
        strip=False,
        help_text="The chain that the router checks the pods' certificates with.",
        widget=forms.Textarea(attrs=PEM),
    )
    balance = forms.CharField(label="Balance strategy", required=False, widget=forms.Select)
    cookies = forms.BooleanField(
        label="Sticky cookies",
        required=False,
        help_text="A cookie brings a browser back to the pod that served it first.",
    )
    timeout = forms.CharField(
        label="Timeout",
        required=False,
        help_text="How long the router waits for a pod's answer, such as 30s, 500ms or 2m."
        " Empty: the router's default of 30s.",
        widget=forms.TextInput(attrs={"placeholder": "30s", "autocomplete": "off"}),
    )

    labels = forms.CharField(label="Labels", required=False)

    def __init__(
        self,
        values: RouteValues,
        services: Iterable[Service],
        data: Any = None,
        secrets: Sequence[str] | None = None,
    ) -> None:
        """`secrets` are those that hold certificates; None where routes cannot name one."""
        super().__init__(data, initial=_initial(values), use_required_attribute=False)
        self.shown = values
        if secrets is None:
            del self.fields["external_certificate"]
        else:
            chosen = values.external_certificate
            self._choices("external_certificate", secret_choices(secrets, chosen))
        known = {each.metadata.name: each for each in services}
        for index in range(1, len(values.targets)):
            self.fields[f"alt_service_{index}"] = forms.CharField(
                label=f"Alternate service {index}",
                help_text="Alternate service for route traffic.",
                error_messages={"required": REQUIRED},
                widget=forms.Select,
            )
        if len(values.targets) > 1 or values.targets[0].weight:
            for index in range(len(values.targets)):
                self.fields[weight_field(index)] = forms.IntegerField(
                    error_messages={"invalid": WHOLE_NUMBER, "required": REQUIRED}
                )
        self._fill_choices(values, known)

    def _fill_choices(self, values: RouteValues, known: dict[str, Service]) -> None:
        for index, chosen in enumerate(values.services):
            taken = set(values.services) - {chosen}
            self._choices(service_field(index), service_choices(known, chosen, taken))
        chosen = known.get(values.targets[0].service)
        self._choices("target_port", port_choices(chosen, values.target_port))
        self._choices("insecure", insecure_choices(values.termination))
        self._choices("balance", balance_choices(values.balance))

    def _choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        widget = self.fields[name].widget
        assert isinstance(widget, forms.Select)
        widget.choices = choices

    def clean(self) -> dict[str, Any]:
        """No service twice, no label twice (3.x console: the former; YAML: the latter)."""
        counted = Counter(name for name in self.shown.services if name)
        for index, name in enumerate(self.shown.services):
            if counted[name] > 1 and index > self.shown.services.index(name):
                self.add_error(service_field(index), f"Service {name} cannot be added twice.")
        repeated = [
            k for k, n in Counter(key for key, _ in self.shown.labels).items() if n > 1 and k
        ]
        for key in repeated:
            self.refuse("labels", f"Label {key} cannot be added twice.")
        return dict(self.cleaned_data)

    def refuse(self, name: str, text: str) -> None:
        """Put an error at a field; one that this form does not draw goes to the top."""
        self.add_error(name if name in self.fields else None, text)

    def show_refusal(self, error: ApiError) -> None:
        """Put what the API server refuses at the fields that it names."""
        if isinstance(error, AlreadyExists):
            self.refuse("name", error.message)
        elif isinstance(error, Invalid):
            for name, text in dict.fromkeys(_placed(each) for each in error.errors):
                self.refuse(name, text)
        else:
            self.refuse("", error.message)

    @property
    def weight_errors(self) -> list[str]:
        """The errors of the weights, which the slider shows together."""
        found = []
        for index, target in enumerate(self.shown.targets):
            errors = self.errors.get(weight_field(index), []) if self.is_bound else []
            found += [f"{target.service or 'Service'}: {text}" for text in errors]
        return found


def service_field(index: int) -> str:
    """The name of a service's control; 0 is the main one."""
    return f"alt_service_{index}" if index else "to_service"


def weight_field(index: int) -> str:
    """The name of a weight's control; 0 is the main service's."""
    return f"alt_weight_{index}" if index else "to_weight"


def _initial(values: RouteValues) -> dict[str, Any]:
    plain = {name: getattr(values, name) for name in RouteForm.base_fields if hasattr(values, name)}
    for index, target in enumerate(values.targets):
        plain[service_field(index)] = target.service
        plain[weight_field(index)] = target.weight
    return plain


def weight_error(error: FieldError, services: Sequence[str]) -> str:
    """A refused weight with its service's name before it; other errors with their path."""
    name, text = _placed(error)
    names = {weight_field(index): service for index, service in enumerate(services)}
    return f"{names[name]}: {text}" if name in names else str(error)


def _placed(error: FieldError) -> tuple[str, str]:
    """The form's field for an API field, and the text to show there."""
    alternate = _ALTERNATE.fullmatch(error.path)
    if alternate is not None:
        index = int(alternate[1]) + 1
        name = weight_field(index) if alternate[2] == "weight" else service_field(index)
        return name, error.message
    name = _FIELDS.get(error.path, "")
    return name, error.message if name else str(error)
