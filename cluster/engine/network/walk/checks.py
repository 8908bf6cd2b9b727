"""What a question must be before anything is sent."""

from __future__ import annotations

from typing import Final

from cluster.engine.network.addresses import AddressError, parse_ipv4
from cluster.engine.network.walk.model import (
    SCTP,
    TCP,
    UDP,
    Connection,
    Outside,
    ToAddress,
)

PROTOCOLS: Final = (TCP, UDP, SCTP)
HIGHEST_PORT: Final = 65_535


class BadConnectionError(ValueError):
    """A question that no packet can ask; `field` names what is wrong with it."""

    def __init__(self, field: str, said: str) -> None:
        super().__init__(f"{field}: {said}")
        self.field = field


def check(connection: Connection) -> None:
    """Raises BadConnectionError."""
    if connection.protocol not in PROTOCOLS:
        raise BadConnectionError("protocol", f"{connection.protocol!r} is not TCP, UDP or SCTP")
    if not 1 <= connection.port <= HIGHEST_PORT:
        raise BadConnectionError("port", f"{connection.port} is not between 1 and {HIGHEST_PORT}")
    if isinstance(connection.source, Outside):
        _check_address("source", connection.source.ip)
    if isinstance(connection.destination, ToAddress):
        _check_address("destination", connection.destination.ip)


def _check_address(field: str, ip: str) -> None:
    try:
        parse_ipv4(ip)
    except AddressError:
        raise BadConnectionError(field, f"{ip!r} is not an IPv4 address") from None
