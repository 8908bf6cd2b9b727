"""Defaults of Secret (kubernetes `core/v1/defaults.go`, `registry/core/secret`)."""

from __future__ import annotations

import base64
from dataclasses import replace

from cluster.objects.meta import EMPTY
from cluster.objects.secret import OPAQUE, Secret


def default_secret(secret: Secret) -> Secret:
    """Opaque unless it says otherwise; plain texts become data."""
    plain = {
        name: base64.b64encode(text.encode()).decode() for name, text in secret.string_data.items()
    }
    data = {**secret.data, **plain} if plain else secret.data
    return replace(secret, type=secret.type or OPAQUE, data=data, string_data=EMPTY)
