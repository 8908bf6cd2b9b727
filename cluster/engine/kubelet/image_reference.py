"""Grammar of image references: `nginx`, `quay.io/org/app:v1`, `app@sha256:…`.

Stands for `docker/distribution/reference` (ParseNormalizedNamed), with which the kubelet reads
`spec.containers[].image`; short names mean Docker Hub, as there.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

DOCKER_HUB: Final = "docker.io"
OFFICIAL: Final = "library/"
_LONGEST_NAME: Final = 255
_DIGEST_LENGTHS: Final = {"sha256": 64, "sha384": 96, "sha512": 128}

_HOST_PART = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_PATH_PART = r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*"
_HOST = re.compile(rf"{_HOST_PART}(?:\.{_HOST_PART})*(?::[0-9]+)?\Z")
_PATH = re.compile(rf"{_PATH_PART}(?:/{_PATH_PART})*\Z")
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}\Z")
_DIGEST = re.compile(
    r"(?P<algorithm>[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*):(?P<hex>[0-9a-fA-F]{32,})\Z"
)
_IDENTIFIER = re.compile(r"[a-f0-9]{64}\Z")


class InvalidReferenceError(ValueError):
    """A text that is no image reference; the message is the parser's."""

    def __init__(self, message: str = "invalid reference format") -> None:
        super().__init__(message)


class ImageReference(NamedTuple):
    """An image reference in its full form."""

    registry: str
    repository: str
    tag: str | None
    digest: str | None

    @property
    def name(self) -> str:
        """Registry and repository: `docker.io/library/nginx`."""
        return f"{self.registry}/{self.repository}"

    @property
    def familiar_name(self) -> str:
        """The name as Docker shows it: `nginx`, `mmumshad/app`, `quay.io/org/app`."""
        if self.registry != DOCKER_HUB:
            return self.name
        return self.repository.removeprefix(OFFICIAL)

    @property
    def pinned(self) -> str:
        """Tag or digest with its separator; `:latest` when neither is given."""
        if self.digest is not None:
            return f"@{self.digest}"
        return f":{self.tag or 'latest'}"


def parse_reference(text: str) -> ImageReference:
    """The full form of an image reference. Raises InvalidReferenceError."""
    if _IDENTIFIER.match(text):
        raise InvalidReferenceError(
            f"invalid repository name ({text}), cannot specify 64-byte hexadecimal strings"
        )
    registry, remainder = _split_registry(text)
    path, digest = _split_digest(remainder)
    path, colon, tag = path.partition(":")
    if path.lower() != path:
        raise InvalidReferenceError("invalid reference format: repository name must be lowercase")
    if not _HOST.match(registry) or not _PATH.match(path) or (colon and not _TAG.match(tag)):
        raise InvalidReferenceError
    if len(registry) + 1 + len(path) > _LONGEST_NAME:
        raise InvalidReferenceError(
            f"repository name must not be more than {_LONGEST_NAME} characters"
        )
    return ImageReference(registry, path, tag or None, digest)


def _split_registry(text: str) -> tuple[str, str]:
    """Registry and the rest: a first part is a host if it has a dot or a port, or is localhost."""
    first, slash, rest = text.partition("/")
    named = slash and ("." in first or ":" in first or first == "localhost")
    registry, remainder = (first, rest) if named else (DOCKER_HUB, text)
    if registry == f"index.{DOCKER_HUB}":
        registry = DOCKER_HUB
    if registry == DOCKER_HUB and "/" not in remainder:
        remainder = OFFICIAL + remainder
    return registry, remainder


def _split_digest(text: str) -> tuple[str, str | None]:
    path, at, digest = text.partition("@")
    if not at:
        return path, None
    match = _DIGEST.match(digest)
    if match is None:
        raise InvalidReferenceError
    length = _DIGEST_LENGTHS.get(match["algorithm"])
    if length is None:
        raise InvalidReferenceError("unsupported digest algorithm")
    if len(match["hex"]) != length:
        raise InvalidReferenceError("invalid checksum digest length")
    return path, digest
