"""Does an image reference resolve in this closed world, and to what?

Stands for the registries and for the pulling half of the kubelet and Docker: the reasons and texts
are theirs (kubelet `images/image_manager.go`; Docker's daemon, which OpenShift 3 runs). Nothing is
fetched: digest, size and pull time are derived from the name, the same every time.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cluster.engine.kubelet.image_catalogue import (
    DOCKER_HUB_REPOSITORIES,
    ELSEWHERE,
    PLAIN_WEB_APPLICATION,
    Kind,
    Repository,
)
from cluster.engine.kubelet.image_reference import (
    DOCKER_HUB,
    OFFICIAL,
    ImageReference,
    InvalidReferenceError,
    parse_reference,
)

INVALID_IMAGE_NAME: Final = "InvalidImageName"
ERR_IMAGE_PULL: Final = "ErrImagePull"

PULL_BYTES_PER_SECOND: Final = 25_000_000  # a node's 200 Mbit/s to its registry, unpacking included
PULL_OVERHEAD_SECONDS: Final = 0.8  # asking for the manifest, starting the download

_NAME_SERVER: Final = "10.0.2.3:53"
_SMALL_VARIANTS: Final = (("alpine", 0.3), ("slim", 0.4))
# RFC 2606 and RFC 6761: names that never resolve; RFC 6762: `.local` is not for DNS.
_NEVER_RESOLVING_SUFFIXES: Final = (".invalid", ".test", ".example", ".local", ".onion")
_EXAMPLE_DOMAINS: Final = ("example.com", "example.net", "example.org")
_CLUSTER_SUFFIXES: Final = (".svc", ".svc.cluster.local")
_NUMERIC_HOST: Final = re.compile(r"[0-9.]+\Z")


class ImagePullError(Exception):
    """An image that cannot be had: the container's waiting `reason` and its `message`."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason
        self.message = message


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """A resolved image."""

    name: str
    """Full name without tag: `docker.io/library/nginx`."""
    tag: str | None
    """The tag; None when the reference names a digest that stands for no known tag."""
    digest: str
    """`sha256:…`."""
    size: int
    """Bytes as pulled."""
    pull_seconds: float
    """How long a pull takes."""
    ports: tuple[int, ...]
    """Ports the image exposes."""
    kind: Kind
    """What runs in it; a `shell` without a command ends at once."""
    needs: tuple[str, ...] = ()
    """The program refuses to start unless one of these variables is set."""

    @property
    def image_id(self) -> str:
        """`status.containerStatuses[].imageID`."""
        return f"docker-pullable://{self.name}@{self.digest}"


@lru_cache(maxsize=4096)
def resolve(reference: str) -> ImageFacts:
    """What an image reference stands for. Raises ImagePullError."""
    try:
        parsed = parse_reference(reference)
    except InvalidReferenceError as error:
        raise ImagePullError(
            INVALID_IMAGE_NAME,
            f'Failed to apply default image tag "{reference}": '
            f'couldn\'t parse image reference "{reference}": {error}',
        ) from None
    _require_reachable(parsed.registry)
    repository = _repository(parsed)
    tag, digest = _tag_and_digest(parsed, repository)
    size = _size(repository, tag, digest)
    return ImageFacts(
        name=parsed.name,
        tag=tag,
        digest=digest,
        size=size,
        pull_seconds=round(PULL_OVERHEAD_SECONDS + size / PULL_BYTES_PER_SECOND, 3),
        ports=repository.ports,
        kind=repository.kind,
        needs=repository.needs,
    )


def _pull_error(detail: str) -> ImagePullError:
    return ImagePullError(ERR_IMAGE_PULL, f"rpc error: code = Unknown desc = {detail}")


def _require_reachable(registry: str) -> None:
    host, _, port = registry.partition(":")
    host = host.lower()
    if host == "localhost" or host.endswith(".localhost") or host.startswith("127."):
        # Docker speaks plain HTTP to a loopback registry; nothing listens there.
        raise _pull_error(
            f"Error response from daemon: Get http://{registry}/v2/: "
            f"dial tcp 127.0.0.1:{port or 80}: connect: connection refused"
        )
    if not _resolves(host):
        raise _pull_error(
            f"Error response from daemon: Get https://{registry}/v2/: "
            f"dial tcp: lookup {host} on {_NAME_SERVER}: no such host"
        )


def _resolves(host: str) -> bool:
    if _NUMERIC_HOST.match(host):
        octets = host.split(".")
        return len(octets) == 4 and all(part and int(part) <= 255 for part in octets)
    if host.endswith(_CLUSTER_SUFFIXES):
        return True
    if "." not in host or host.endswith(_NEVER_RESOLVING_SUFFIXES):
        return False
    return not any(host == name or host.endswith(f".{name}") for name in _EXAMPLE_DOMAINS)


def _repository(image: ImageReference) -> Repository:
    if image.registry == DOCKER_HUB:
        if (known := DOCKER_HUB_REPOSITORIES.get(image.repository)) is not None:
            return known
        if image.repository.startswith(OFFICIAL):
            raise _pull_error(
                f"Error response from daemon: pull access denied for {image.familiar_name}, "
                "repository does not exist or may require 'docker login': "
                "denied: requested access to the resource is denied"
            )
    last = image.repository.rpartition("/")[2]
    for words, repository in ELSEWHERE:
        if last.startswith(words):
            return repository
    return PLAIN_WEB_APPLICATION


def _tag_and_digest(image: ImageReference, repository: Repository) -> tuple[str | None, str]:
    if image.digest is not None:
        # A digest wins over a tag, as in Docker; of an image it is known by, it gives the tag back.
        known = {_digest(image.name, tag): tag for tag in (*repository.listed, image.tag) if tag}
        return known.get(image.digest), image.digest
    tag = image.tag or "latest"
    if not re.fullmatch(repository.tags, tag):
        raise _pull_error(
            f"Error response from daemon: manifest for {image.familiar_name}:{tag} not found: "
            "manifest unknown: manifest unknown"
        )
    return tag, _digest(image.name, tag)


def _digest(name: str, tag: str) -> str:
    return "sha256:" + hashlib.sha256(f"{name}:{tag}".encode()).hexdigest()


def _size(repository: Repository, tag: str | None, digest: str) -> int:
    """The repository's usual size, smaller for small variants, up to 5 % off either way by tag."""
    share = next((part for word, part in _SMALL_VARIANTS if tag and word in tag), 1.0)
    spread = int(digest.partition(":")[2][:8], 16) / 0xFFFFFFFF * 0.1 - 0.05
    return round(repository.size * share * (1 + spread))
