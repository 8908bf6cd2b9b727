"""The form in which a workload's calls are declared; what is legal is said by the API server's own rules."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms

from cluster.objects.calls import CALLS, CALLS_PER_SECOND, DEFAULT_RATE
from cluster.objects.deploymentconfig import DeploymentConfig
from cluster.objects.errors import ApiError, Invalid

_FIELDS = {
    f"metadata.annotations[{CALLS}]": "calls",
    f"metadata.annotations[{CALLS_PER_SECOND}]": "calls_per_second",
}


class CallsForm(forms.Form):
    """Whom the pods call, and how often."""

    calls = forms.CharField(
        label="Targets",
        required=False,
        help_text="One a line: http://api:8080/health, https://host, tcp://db.data:5432 or db:5432."
        " Leave it empty to call nobody.",
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false", "autocomplete": "off"}),
    )
    calls_per_second = forms.CharField(
        label="Calls per second",
        required=False,
        help_text="What each pod makes to each target: 0.1 to 100, 1 if nothing is said.",
        widget=forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )

    def __init__(self, config: DeploymentConfig, data: Any = None) -> None:
        annotations = config.metadata.annotations
        words = annotations.get(CALLS, "").replace(",", " ").split()
        initial = {
            "calls": "\n".join(words),
            "calls_per_second": annotations.get(CALLS_PER_SECOND, f"{DEFAULT_RATE:g}"),
        }
        super().__init__(data, initial=initial, use_required_attribute=False)

    def declared(self, old: DeploymentConfig) -> DeploymentConfig:
        """The workload with the calls as typed. The form must be valid."""
        annotations = dict(old.metadata.annotations)
        typed = {
            CALLS: "\n".join(self.cleaned_data["calls"].split()),
            CALLS_PER_SECOND: self.cleaned_data["calls_per_second"].strip(),
        }
        for key, value in typed.items():
            annotations.pop(key, None)
            if value and typed[CALLS]:
                annotations[key] = value
        return replace(old, metadata=replace(old.metadata, annotations=annotations))

    def show_refusal(self, error: ApiError) -> None:
        """Put what the API server refuses at the fields that it names."""
        if not isinstance(error, Invalid):
            self.add_error(None, error.message)
            return
        for each in dict.fromkeys((_FIELDS.get(e.path), e.message) for e in error.errors):
            self.add_error(*each)
