"""What a trial sends: how many requests, from which addresses, with which cookies, how many at once.
It stands for `curl` or `ab -n -c` in front of the router."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Final

MAX_REQUESTS: Final = 500
MAX_HOLD: Final = 60.0
"""Seconds."""
SCHEMES: Final = ("http", "https")
DEFAULT_CLIENT: Final = "203.0.113.7"


def _require(legal: bool, field: str, value: object, rule: str) -> None:
    if not legal:
        raise ValueError(f"{field}: Invalid value: {value!r}: {rule}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The requests of one trial. Raises ValueError naming what is illegal.

    `clients` send in turn. `cookie` is the Cookie header that every request carries; with `cookie_jar`
    each client also keeps the router's cookie. At most `in_flight` requests are open at once: the next
    one is sent when one of them is over. `hold` is how long a request keeps its connection on top of
    the application's own time, in seconds. `follow_redirects`: as browsers do.
    """

    requests: int = 20
    clients: tuple[str, ...] = (DEFAULT_CLIENT,)
    scheme: str = "http"
    path: str = "/"
    cookie_jar: bool = False
    cookie: str = ""
    in_flight: int = 1
    hold: float = 0.0
    follow_redirects: bool = False

    def __post_init__(self) -> None:
        for field, count in (("requests", self.requests), ("in_flight", self.in_flight)):
            _require(1 <= count <= MAX_REQUESTS, field, count, f"must be from 1 to {MAX_REQUESTS}")
        _require(0 <= self.hold <= MAX_HOLD, "hold", self.hold, f"must be from 0 to {MAX_HOLD:g} s")
        _require(bool(self.clients), "clients", self.clients, "must name at least one address")
        for client in self.clients:
            client_addresses(client, 1)
        _require(self.scheme in SCHEMES, "scheme", self.scheme, f"must be {' or '.join(SCHEMES)}")
        _require(self.path.startswith("/"), "path", self.path, "path must begin with /")
        blank = any(sign <= " " or sign in "#\x7f" for sign in self.path)
        _require(not blank, "path", self.path, "cannot contain # or spaces")
        control = any(sign < " " or sign == "\x7f" for sign in self.cookie)
        _require(not control, "cookie", self.cookie, "must be one line without control characters")


def client_addresses(text: str, most: int) -> tuple[str, ...]:
    """The first `most` addresses of a list of addresses and networks, separated by commas or blanks.

    Of a network come the addresses of its hosts, in order. Raises ValueError naming the wrong word.
    """
    words = text.replace(",", " ").split()
    if not words:
        raise ValueError("clients: Required value")
    # All words are read before any is used: a wrong one counts even where it would not be reached.
    networks = [_network(word) for word in words]
    return tuple(islice((each for network in networks for each in _hosts(network)), most))


_Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _network(word: str) -> _Network:
    try:
        if "%" in word:
            raise ValueError
        return ipaddress.ip_network(word, strict=False)
    except ValueError:
        rule = "must be an IP address or a network in CIDR notation, (e.g. 203.0.113.0/24)"
        raise ValueError(f'clients: Invalid value: "{word}": {rule}') from None


def _hosts(network: _Network) -> Iterator[str]:
    """Without the network's own address and the broadcast address (`hosts()` would list them all)."""
    first, last = int(network.network_address), int(network.broadcast_address)
    if last - first > 1:
        first, last = first + 1, last - 1 if network.version == 4 else last
    make = ipaddress.IPv4Address if network.version == 4 else ipaddress.IPv6Address
    return (str(make(number)) for number in _numbers(first, last))


def _numbers(first: int, last: int) -> Iterator[int]:
    while first <= last:
        yield first
        first += 1
