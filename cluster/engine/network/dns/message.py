"""Questions, records and answers of DNS as plain data, named as RFC 1035 and RFC 2782 name them.

How they look on the wire is the data plane's business. Names are written as master files write them and
end in a dot; a question's case is kept, since servers echo it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

from cluster.engine.network.dns.sky_record import SkyRecord

NOERROR: Final = "NOERROR"
SERVFAIL: Final = "SERVFAIL"
NXDOMAIN: Final = "NXDOMAIN"
REFUSED: Final = "REFUSED"
NODATA: Final = "NODATA"
"""Not a code of the wire: NOERROR with nothing in the answer section."""

A: Final = "A"
AAAA: Final = "AAAA"
ANY: Final = "ANY"
CNAME: Final = "CNAME"
MX: Final = "MX"
NS: Final = "NS"
PTR: Final = "PTR"
SOA: Final = "SOA"
SRV: Final = "SRV"
TXT: Final = "TXT"

INTERNET: Final = "IN"
CHAOS: Final = "CH"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: a full name, with or without the last dot, a type, a class."""

    name: str
    type: str = A
    class_: str = INTERNET


@dataclass(frozen=True, slots=True)
class Srv:
    """What a SRV record says."""

    priority: int
    weight: int
    port: int
    target: str

    def __str__(self) -> str:
        return f"{self.priority} {self.weight} {self.port} {self.target}"


@dataclass(frozen=True, slots=True)
class Mx:
    """What an MX record says."""

    preference: int
    exchange: str

    def __str__(self) -> str:
        return f"{self.preference} {self.exchange}"


@dataclass(frozen=True, slots=True)
class Soa:
    """What a SOA record says; times in seconds."""

    mname: str
    rname: str
    serial: int
    refresh: int
    retry: int
    expire: int
    minimum: int

    def __str__(self) -> str:
        times = f"{self.refresh} {self.retry} {self.expire} {self.minimum}"
        return f"{self.mname} {self.rname} {self.serial} {times}"


Data = str | Srv | Mx | Soa


@dataclass(frozen=True, slots=True)
class Record:
    """A resource record; `ttl` is in seconds. `data` of an address or a name is its text."""

    name: str
    type: str
    ttl: int
    data: Data

    @property
    def text(self) -> str:
        """The record's data as `dig` prints it."""
        return f'"{self.data}"' if self.type == TXT else str(self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a server says.

    `forward` marks a question that leaves the cluster's domain; the code is then SERVFAIL, since
    nothing is asked upstream. `rule` says in words which rule answered, `sources` are SkyDNS's records.
    """

    rcode: str = NOERROR
    answers: tuple[Record, ...] = ()
    authority: tuple[Record, ...] = ()
    additional: tuple[Record, ...] = ()
    forward: bool = False
    authoritative: bool = True
    recursion_available: bool = True
    rule: str = ""
    sources: tuple[SkyRecord, ...] = ()

    @property
    def is_nodata(self) -> bool:
        """Whether the name exists without a record of this type."""
        return self.rcode == NOERROR and not self.answers

    @property
    def code(self) -> str:
        """The response code, NODATA told apart."""
        return NODATA if self.is_nodata else self.rcode

    @property
    def addresses(self) -> tuple[str, ...]:
        """The IP addresses of the answer section, in its order."""
        return tuple(str(each.data) for each in self.answers if each.type in (A, AAAA))


class Resolver(Protocol):
    """A DNS server without its sockets. Use one from one thread at a time."""

    @property
    def dialect(self) -> str:
        """Whose answers these are: a name of `dialects.DIALECTS`."""

    @property
    def zone(self) -> str:
        """The domain that it answers for, with its last dot."""

    def answer(self, question: Question) -> Answer:
        """Answer any question; never raises."""


class Upstream(Protocol):
    """The DNS of the world outside."""

    def lookup(self, name: str, type_: str) -> tuple[Record, ...] | None:
        """The records of a name, CNAMEs before their targets; None when it cannot be resolved."""
