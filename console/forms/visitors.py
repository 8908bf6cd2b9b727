"""The form for a group of visitors; what values are legal is said by the API server's own rules."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from django import forms

from cluster.objects.errors import AlreadyExists, ApiError, Invalid
from cluster.objects.meta import ObjectMeta
from cluster.objects.route import Route
from cluster.objects.visitors import Visitors, VisitorsSpec

REQUIRED = "Required value"
NUMBER = "Must be a number."
WHOLE_NUMBER = "Must be a whole number."
_FIELDS = {
    "metadata.name": "name",
    "spec.requestsPerSecond": "requests_per_second",
    "spec.clients": "clients",
    "spec.network": "network",
    "spec.cookiePercent": "cookie_percent",
    "spec.scheme": "scheme",
    "spec.path": "path",
    "spec.holdMilliseconds": "hold_milliseconds",
}
_NUMBER = {"required": REQUIRED, "invalid": NUMBER}
_WHOLE = {"required": REQUIRED, "invalid": WHOLE_NUMBER}


def _plain(**attrs: str) -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", **attrs})


class VisitorsForm(forms.Form):
    """Who visits, and how often. `name` is fixed once the group exists."""

    name = forms.CharField(label="Name", error_messages={"required": REQUIRED}, widget=_plain())
    requests_per_second = forms.FloatField(
        label="Requests per second",
        help_text="What all clients of this group send together.",
        error_messages=_NUMBER,
        widget=_plain(inputmode="decimal"),
    )
    clients = forms.IntegerField(
        label="Clients",
        help_text="How many client addresses there are. Source balances by them.",
        error_messages=_WHOLE,
        widget=_plain(inputmode="numeric"),
    )
    network = forms.CharField(
        label="Network of the clients",
        help_text="Their addresses are taken from it in order.",
        error_messages={"required": REQUIRED},
        widget=_plain(),
    )
    cookie_percent = forms.IntegerField(
        label="Clients that keep cookies (%)",
        help_text="Browsers keep the router's cookie and stay with their pod; curl does not.",
        error_messages=_WHOLE,
        widget=_plain(inputmode="numeric"),
    )
    scheme = forms.CharField(
        label="Scheme", widget=forms.Select(choices=(("http", "HTTP"), ("https", "HTTPS")))
    )
    path = forms.CharField(label="Path", error_messages={"required": REQUIRED}, widget=_plain())
    hold_milliseconds = forms.IntegerField(
        label="Hold time (ms)",
        help_text="How long a request holds its connection on top of the application's own time:"
        " Least connections looks at open connections.",
        error_messages=_WHOLE,
        widget=_plain(inputmode="numeric"),
    )

    def __init__(self, visitors: Visitors, data: Any = None, *, is_new: bool) -> None:
        spec = visitors.spec
        initial = {each: getattr(spec, each) for each in self.base_fields if each != "name"}
        initial["requests_per_second"] = f"{spec.requests_per_second:g}"
        name = visitors.metadata.name
        super().__init__(data, initial={**initial, "name": name}, use_required_attribute=False)
        if not is_new:
            self.fields["name"].disabled = True

    def visitors(self, old: Visitors) -> Visitors:
        """The group as typed, on top of another one. The form must be valid."""
        values = dict(self.cleaned_data)
        name = values.pop("name")
        return replace(
            old, metadata=replace(old.metadata, name=name), spec=replace(old.spec, **values)
        )

    def show_refusal(self, error: ApiError) -> None:
        """Put what the API server refuses at the fields that it names."""
        if isinstance(error, AlreadyExists):
            self.add_error("name", error.message)
        elif isinstance(error, Invalid):
            for each in dict.fromkeys((_FIELDS.get(e.path), e.message) for e in error.errors):
                self.add_error(*each)
        else:
            self.add_error(None, error.message)


def fresh(route: Route, taken: Iterable[str]) -> Visitors:
    """A new group for a route, with a free name and the scheme and path that the route serves."""
    base, names = f"{route.metadata.name}-visitors", set(taken)
    name, number = base, 2
    while name in names:
        name, number = f"{base}-{number}", number + 1
    return Visitors(
        metadata=ObjectMeta(name=name, namespace=route.metadata.namespace),
        spec=VisitorsSpec(
            route=route.metadata.name,
            scheme="https" if route.spec.tls else "http",
            path=route.spec.path or "/",
        ),
    )
