"""Rules of Project (openshift/openshift-apiserver `project/apis/project/validation`)."""

from __future__ import annotations

from collections.abc import Mapping

from cluster.objects.fields import FieldError, invalid
from cluster.objects.namespace import DESCRIPTION, DISPLAY_NAME, Project
from cluster.objects.validation.meta import validate_meta, validate_meta_update
from cluster.objects.validation.names import dns1123_label

MINIMUM_NAME_LENGTH = 2


def project_name(text: str) -> list[str]:
    """Names of projects: those of namespaces, but not too short."""
    broken = dns1123_label(text)
    if not broken and len(text) < MINIMUM_NAME_LENGTH:
        return [f"must be at least {MINIMUM_NAME_LENGTH} characters long"]
    return broken


def validate_project(project: Project) -> list[FieldError]:
    """What is wrong with a new project."""
    errors = validate_meta(project.metadata, project_name, namespaced=False)
    shown = project.metadata.annotations.get(DISPLAY_NAME, "")
    if "\n" in shown or "\t" in shown:
        path = f"metadata.annotations[{DISPLAY_NAME}]"
        errors.append(invalid(path, shown, "may not contain a new line or tab"))
    return errors


def validate_project_update(new: Project, old: Project) -> list[FieldError]:
    """What is wrong with a change: through a project only its name and description for people change."""
    free = (DISPLAY_NAME, DESCRIPTION)
    annotations = _changed(new.metadata.annotations, old.metadata.annotations)
    labels = _changed(new.metadata.labels, old.metadata.labels)
    # The two commas are the server's own.
    return [
        *validate_meta_update(new.metadata, old.metadata),
        *validate_project(new),
        *(
            invalid(
                f"metadata.annotations[{name}]",
                value,
                "field is immutable, try updating the namespace",
            )
            for name, value in annotations.items()
            if name not in free
        ),
        *(
            invalid(
                f"metadata.labels[{name}]",
                value,
                "field is immutable, , try updating the namespace",
            )
            for name, value in labels.items()
        ),
    ]


def _changed(new: Mapping[str, str], old: Mapping[str, str]) -> dict[str, str]:
    """What was added or changed, with its new value, then what was removed, with its old one."""
    changed = {name: value for name, value in sorted(new.items()) if old.get(name) != value}
    return changed | {name: value for name, value in sorted(old.items()) if name not in new}
