"""Which host names the console answers to: Django's `ALLOWED_HOSTS`, also the WebSocket's origins."""

from __future__ import annotations

import socket

LOOPBACK = ("localhost", "127.0.0.1", "[::1]")
EVERY_INTERFACE = ("0.0.0.0", "::", "[::]")


def allowed_hosts(listen: str, further: str) -> list[str]:
    """The names for the address listened on, besides the loopback ones and those given.

    Never "*": that would let any site's script open our WebSocket.
    """
    names = [*LOOPBACK, ".localhost"]
    if listen in EVERY_INTERFACE:
        names += _own_names()
    elif listen:
        names.append(f"[{listen}]" if ":" in listen and not listen.startswith("[") else listen)
    names += [name.strip() for name in further.split(",") if name.strip()]
    return list(dict.fromkeys(names))


def _own_names() -> list[str]:
    """This machine's name and addresses, as far as it knows them."""
    name = socket.gethostname()
    try:
        known, aliases, addresses = socket.gethostbyname_ex(name)
    except OSError:
        return [name]
    return [name, known, *aliases, *addresses]
