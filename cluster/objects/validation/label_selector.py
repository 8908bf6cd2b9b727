"""Rules of LabelSelector (apimachinery `meta/v1/validation: ValidateLabelSelector`)."""

from __future__ import annotations

from cluster.objects.fields import FieldError, forbidden, invalid, required
from cluster.objects.label_selector import (
    DOES_NOT_EXIST,
    EXISTS,
    IN,
    NOT_IN,
    LabelSelector,
    LabelSelectorRequirement,
)
from cluster.objects.validation.meta import checked, validate_labels
from cluster.objects.validation.names import label_value, qualified_name


def validate_label_selector(selector: LabelSelector, path: str) -> list[FieldError]:
    """What is wrong with a selector."""
    errors = validate_labels(selector.match_labels, f"{path}.matchLabels")
    for index, each in enumerate(selector.match_expressions):
        errors += _requirement_errors(each, f"{path}.matchExpressions[{index}]")
    return errors


def _requirement_errors(requirement: LabelSelectorRequirement, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    values = requirement.values
    if requirement.operator in (IN, NOT_IN):
        if not values:
            detail = "must be specified when `operator` is 'In' or 'NotIn'"
            errors.append(required(f"{path}.values", detail))
    elif requirement.operator in (EXISTS, DOES_NOT_EXIST):
        if values:
            detail = "may not be specified when `operator` is 'Exists' or 'DoesNotExist'"
            errors.append(forbidden(f"{path}.values", detail))
    else:
        detail = "not a valid selector operator"
        errors.append(invalid(f"{path}.operator", requirement.operator, detail))
    errors += checked(f"{path}.key", requirement.key, qualified_name(requirement.key))
    for index, value in enumerate(values):
        errors += checked(f"{path}.values[{index}]", value, label_value(value))
    return errors
