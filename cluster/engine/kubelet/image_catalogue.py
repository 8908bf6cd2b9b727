"""The repositories this closed world knows: their tags, sizes, ports and what runs in them.

Data only. Stands for Docker Hub and the Red Hat registry as far as courses use them; a repository
elsewhere is taken to exist, an official Docker Hub name that is not here is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Literal, NamedTuple

Kind = Literal["webapp", "database", "generic", "shell"]

# The palette of the course's web application.
COLOURS: Final = ("red", "green", "blue", "blue2", "darkblue", "pink")

_MB: Final = 1_000_000
_VERSION = r"v?\d+(?:\.\d+){0,3}"


class Repository(NamedTuple):
    """One repository. `tags` is a pattern over whole tags; `size` bytes as pulled (compressed)."""

    kind: Kind
    size: int
    ports: tuple[int, ...]
    tags: str
    # Tags a digest of this world can stand for (patterns cannot be listed).
    listed: tuple[str, ...] = ("latest",)
    # Database images refuse to start without one of these variables.
    needs: tuple[str, ...] = ()


def _versions(*words: str, variants: str = r"[a-z0-9.]+(?:-[a-z0-9.]+)*") -> str:
    names = "|".join(("latest", *words))
    return rf"(?:{names})|(?:{_VERSION}|{names})-{variants}|{_VERSION}"


_COURSE_TAGS: Final = ("latest", "v1", "v2", "v3", *COLOURS)
_COURSE: Final = Repository("webapp", 34 * _MB, (8080,), "|".join(_COURSE_TAGS), _COURSE_TAGS)

_MYSQL_NEEDS: Final = (
    "MYSQL_ROOT_PASSWORD",
    "MYSQL_ALLOW_EMPTY_PASSWORD",
    "MYSQL_RANDOM_ROOT_PASSWORD",
)
_MARIADB_NEEDS: Final = (
    "MARIADB_ROOT_PASSWORD",
    "MARIADB_ALLOW_EMPTY_ROOT_PASSWORD",
    "MARIADB_RANDOM_ROOT_PASSWORD",
    *_MYSQL_NEEDS,
)
_POSTGRES_NEEDS: Final = ("POSTGRES_PASSWORD", "POSTGRES_HOST_AUTH_METHOD")

_LINUX: Final = _versions("edge", "stable", "musl", "glibc", "uclibc")

# By repository on Docker Hub.
DOCKER_HUB_REPOSITORIES: Final[Mapping[str, Repository]] = MappingProxyType(
    {
        "library/simple-webapp-docker": _COURSE,
        "mmumshad/simple-webapp-docker": _COURSE,
        "mmumshad/simple-webapp-color": _COURSE,
        "kodekloud/webapp-color": _COURSE,
        "openshift/hello-openshift": Repository(
            "webapp", 2 * _MB, (8080, 8888), rf"latest|{_VERSION}"
        ),
        "library/nginx": Repository(
            "generic", 68 * _MB, (80,), _versions("alpine", "stable", "mainline", "perl")
        ),
        "library/httpd": Repository("generic", 62 * _MB, (80,), _versions("alpine")),
        "library/redis": Repository("database", 45 * _MB, (6379,), _versions("alpine")),
        "library/mysql": Repository(
            "database", 165 * _MB, (3306, 33060), _versions("lts", "innovation"), needs=_MYSQL_NEEDS
        ),
        "library/mariadb": Repository(
            "database", 118 * _MB, (3306,), _versions("lts"), needs=_MARIADB_NEEDS
        ),
        "library/postgres": Repository(
            "database", 148 * _MB, (5432,), _versions("alpine"), needs=_POSTGRES_NEEDS
        ),
        "library/mongo": Repository("database", 255 * _MB, (27017,), _versions()),
        "library/python": Repository(
            "shell", 360 * _MB, (), _versions("slim", "alpine", "bookworm", "bullseye")
        ),
        "library/node": Repository(
            "shell", 380 * _MB, (), _versions("lts", "current", "slim", "alpine")
        ),
        "library/busybox": Repository("shell", 2 * _MB, (), _LINUX),
        "library/alpine": Repository("shell", 3 * _MB, (), _LINUX),
        "library/centos": Repository("shell", 76 * _MB, (), rf"latest|(?:centos)?{_VERSION}"),
        "library/ubuntu": Repository(
            "shell", 30 * _MB, (), rf"latest|rolling|{_VERSION}|bionic|focal|jammy|noble"
        ),
        "library/debian": Repository(
            "shell", 49 * _MB, (), _versions("stable", "bookworm", "slim")
        ),
        "library/hello-world": Repository("shell", 3_000, (), r"latest|linux"),
    }
)

# What an image elsewhere is, by how the last part of its name begins; the first that fits.
ELSEWHERE: Final[tuple[tuple[tuple[str, ...], Repository], ...]] = (
    (("mysql", "mariadb"), Repository("database", 150 * _MB, (3306,), ".*")),
    (("postgres",), Repository("database", 140 * _MB, (5432,), ".*")),
    (("mongo",), Repository("database", 220 * _MB, (27017,), ".*")),
    (("redis",), Repository("database", 50 * _MB, (6379,), ".*")),
    (
        ("ubi", "rhel", "busybox", "alpine", "centos", "ubuntu", "debian"),
        Repository("shell", 80 * _MB, (), ".*"),
    ),
)
PLAIN_WEB_APPLICATION: Final = Repository("generic", 95 * _MB, (8080,), ".*")
