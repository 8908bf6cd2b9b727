"""The form of the traffic tester. What is legal is said by the engine's own trial."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms

from cluster.objects.route import PASSTHROUGH, Route
from cluster.runtime.client import MAX_HOLD, MAX_REQUESTS, Trial, client_addresses
from console.forms.visitors import REQUIRED, WHOLE_NUMBER

MAX_HOLD_MS = int(MAX_HOLD * 1000)


def _between(low: int, high: int) -> dict[str, str]:
    text = f"Must be from {low} to {high}."
    return {
        "required": REQUIRED,
        "invalid": WHOLE_NUMBER,
        "min_value": text,
        "max_value": text,
    }


def _whole(label: str, low: int, high: int, help_text: str = "") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=low,
        max_value=high,
        help_text=help_text,
        error_messages=_between(low, high),
        widget=forms.TextInput(attrs={"autocomplete": "off", "inputmode": "numeric"}),
    )


class TrialForm(forms.Form):
    """How many requests, from whom, with which cookies, how many at once."""

    requests = _whole("Requests", 1, MAX_REQUESTS)
    clients = forms.CharField(
        label="Client addresses",
        help_text="Addresses or networks such as 203.0.113.0/24; requests come from them in turn.",
        error_messages={"required": REQUIRED},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    scheme = forms.ChoiceField(label="Scheme", choices=(("http", "HTTP"), ("https", "HTTPS")))
    path = forms.CharField(
        label="Path",
        error_messages={"required": REQUIRED},
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    in_flight = _whole(
        "Requests in flight", 1, MAX_REQUESTS, "Open at once; the next one waits until one is over."
    )
    hold = _whole(
        "Hold time (ms)",
        0,
        MAX_HOLD_MS,
        "How long a request keeps its connection on top of the application's own time.",
    )
    cookie = forms.CharField(
        label="Cookie header",
        required=False,
        help_text="Sent with every request, such as name=value; other=value.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    cookie_jar = forms.BooleanField(
        label="Keep cookies, as browsers do (curl does not)", required=False
    )
    follow_redirects = forms.BooleanField(label="Follow redirects, as browsers do", required=False)

    def __init__(self, route: Route, data: Any = None) -> None:
        tls = route.spec.tls
        through = tls is not None and tls.termination == PASSTHROUGH
        usual = Trial()
        initial = {
            "requests": usual.requests,
            "clients": ", ".join(usual.clients),
            "scheme": "https" if tls else "http",
            "path": route.spec.path or "/",
            "in_flight": usual.in_flight,
            "hold": 0,
        }
        super().__init__(data, initial=initial, use_required_attribute=False)
        if through:
            note = "With passthrough the router sees neither path nor cookies."
            self.fields["path"].help_text = note

    def clean_clients(self) -> str:
        """Only whether all words are addresses: how many are wanted is another field's."""
        text: str = self.cleaned_data["clients"]
        _check("clients", lambda: client_addresses(text, 1))
        return text

    def clean_path(self) -> str:
        """The path, as far as a trial takes it."""
        path: str = self.cleaned_data["path"]
        _check("path", lambda: Trial(path=path))
        return path

    def clean_cookie(self) -> str:
        """The Cookie header, as far as a trial takes it."""
        cookie: str = self.cleaned_data["cookie"]
        _check("cookie", lambda: Trial(cookie=cookie))
        return cookie

    def trial(self) -> Trial | None:
        """What is asked for; None where something is wrong, which then stands at its field."""
        if not self.is_valid():
            return None
        values = dict(self.cleaned_data)
        clients = client_addresses(values.pop("clients"), values["requests"])
        return Trial(clients=clients, hold=values.pop("hold") / 1000, **values)


def _check(field: str, attempt: Callable[[], object]) -> None:
    """Refuse what the engine refuses, in its words: `field: Invalid value: …: why`."""
    try:
        attempt()
    except ValueError as error:
        raise forms.ValidationError(str(error).removeprefix(f"{field}: ")) from None
