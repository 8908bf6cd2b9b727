"""Rules of Event (kubernetes `core/validation: ValidateEvent`)."""

from __future__ import annotations

from cluster.objects.event import Event
from cluster.objects.fields import FieldError, invalid
from cluster.objects.validation.meta import validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_subdomain


def validate_event(event: Event) -> list[FieldError]:
    """What is wrong with a new event: it lives with its object, cluster-wide ones in `default`."""
    errors = validate_meta(event.metadata, dns1123_subdomain, namespaced=True)
    wanted = event.involved_object.namespace
    if event.metadata.namespace not in ((wanted,) if wanted else ("", "default")):
        detail = "does not match event.namespace"
        errors.append(invalid("involvedObject.namespace", wanted, detail))
    return errors


def validate_event_update(new: Event, old: Event) -> list[FieldError]:
    """What is wrong with a change."""
    return [*validate_meta_update(new.metadata, old.metadata), *validate_event(new)]
