"""Secret: core/v1. Small confidential data, such as a certificate with its key."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from cluster.objects.base64_text import illegal_byte
from cluster.objects.errors import BadRequest
from cluster.objects.meta import EMPTY, ObjectMeta, named

OPAQUE, TLS = "Opaque", "kubernetes.io/tls"
SERVICE_ACCOUNT_TOKEN: Final = "kubernetes.io/service-account-token"
DOCKERCFG, DOCKER_CONFIG_JSON = "kubernetes.io/dockercfg", "kubernetes.io/dockerconfigjson"
BASIC_AUTH, SSH_AUTH = "kubernetes.io/basic-auth", "kubernetes.io/ssh-auth"
CERTIFICATE, KEY = "tls.crt", "tls.key"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """`data` in base64; `string_data` is what a user writes in plain text, merged into it at once."""

    metadata: ObjectMeta
    type: str = ""
    data: Mapping[str, str] = named("data", EMPTY)
    string_data: Mapping[str, str] = named("stringData", EMPTY)
    immutable: bool = False

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """The document with its data as the server prints it. Raises BadRequest for what is no base64.

        Go reads `[]byte` leniently: line ends within the text do not count, and null is empty.
        """
        data = document.get("data")
        if not isinstance(data, Mapping):
            return document
        return {**document, "data": {name: _read(name, text) for name, text in data.items()}}

    def value(self, name: str) -> bytes:
        """What stands under a key, b"" where nothing does."""
        return base64.b64decode(self.data.get(name, ""))

    def text(self, name: str) -> str:
        """What stands under a key as text; bytes that are none are replaced."""
        return self.value(name).decode(errors="replace")


def _read(name: str, text: Any) -> Any:
    if text is None:
        return ""
    if not isinstance(text, str):
        return text  # the codec's message
    at = illegal_byte(text)
    if at is not None:
        raise BadRequest(
            'Secret in version "v1" cannot be handled as a Secret:'
            f" illegal base64 data at input byte {at}",
            f"data.{name}",
        )
    return base64.b64encode(base64.b64decode(text)).decode()
