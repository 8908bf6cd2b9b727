"""Secret: core/v1. Small confidential data, such as a certificate with its key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cluster.objects.meta import EMPTY, ObjectMeta, named

OPAQUE, TLS = "Opaque", "kubernetes.io/tls"
CERTIFICATE, KEY = "tls.crt", "tls.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """`data` in base64; `string_data` is what a user writes in plain text, merged into it at once."""

    metadata: ObjectMeta
    type: str = ""
    data: Mapping[str, str] = named("data", EMPTY)
    string_data: Mapping[str, str] = named("stringData", EMPTY)
    immutable: bool = False
