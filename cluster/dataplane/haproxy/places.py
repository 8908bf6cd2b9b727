"""Where HAProxy can listen on this machine: free ports, Unix sockets whose paths are short enough, and for
how many connections there are files."""

from __future__ import annotations

import resource
import socket
import tempfile
from pathlib import Path
from typing import Final

from cluster.dataplane.haproxy.process import HaproxyError

_OTHER_FILES: Final = 2_000
_LONGEST_SOCKET: Final = 107
"""Bytes that the path of a Unix socket may have (sun_path)."""
_SOCKET_NAME: Final = len("/haproxy-no-sni.sock.4194304.tmp")
"""The longest one: HAProxy takes a socket over under a name of its own for the moment."""


def most_connections() -> int:
    """Connections for which the limit of open files is enough: two each, and some for servers."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return max((hard - _OTHER_FILES) // 2, 100) if hard != resource.RLIM_INFINITY else 1_000_000


def sockets_directory(directory: Path) -> Path:
    """Where the Unix sockets lie: with the files, or in a short place where that path is too long."""
    usual = directory / "run"
    if len(str(usual).encode()) + _SOCKET_NAME <= _LONGEST_SOCKET:
        return usual
    return Path(tempfile.mkdtemp(prefix="shiftlab-haproxy-"))


def bind_address(host: str, port: int | None, otherwise: Path) -> str:
    """The address of a `bind` line. A frontend must listen somewhere, so a Unix socket it is where
    there is to be no port."""
    if port is None:
        return f"unix@{otherwise}"
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def free_port(host: str, port: int | None, option: str) -> int | None:
    """The port to take, known to be free at this moment. Raises HaproxyError.

    HAProxy shares ports with others (SO_REUSEPORT), so it would not notice.
    """
    if port is None:
        return None
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OverflowError:
            raise HaproxyError(f"{option}: {port} is not between 0 and 65535") from None
        except OSError as error:
            raise HaproxyError(
                f"The router cannot listen on {host}:{port}: {error.strerror or error}. Choose"
                f" another port with {option}, or 0 for a free one."
            ) from None
        taken: int = tried.getsockname()[1]
    return taken
