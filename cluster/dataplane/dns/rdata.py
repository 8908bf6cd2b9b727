"""Records of the engine as dnspython's, which write themselves. Both are immutable: the last are kept."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Final

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdataset
import dns.rdatatype
from dns.rdtypes.ANY.CNAME import CNAME
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.NS import NS
from dns.rdtypes.ANY.PTR import PTR
from dns.rdtypes.ANY.SOA import SOA
from dns.rdtypes.ANY.TXT import TXT
from dns.rdtypes.IN.A import A
from dns.rdtypes.IN.AAAA import AAAA
from dns.rdtypes.IN.SRV import SRV

from cluster.engine.network.dns import Mx, Record, Soa, Srv

KEPT: Final = 4096
LONGEST_TEXT: Final = 255
_RDATA: Final[Mapping[str, Callable[..., dns.rdata.Rdata]]] = {
    "A": A,
    "AAAA": AAAA,
    "CNAME": CNAME,
    "MX": MX,
    "NS": NS,
    "PTR": PTR,
    "SOA": SOA,
    "SRV": SRV,
    "TXT": TXT,
}


@lru_cache(maxsize=KEPT)
def name_of(text: str) -> dns.name.Name:
    """A name. Raises a DNSException for a text that is none."""
    return dns.name.from_text(text)


@lru_cache(maxsize=KEPT)
def rdataset_of(record: Record, is_chaos: bool = False) -> dns.rdataset.Rdataset:
    """A set for each record: dnspython shuffles the records of a set, and these servers do not."""
    class_ = dns.rdataclass.CH if is_chaos else dns.rdataclass.IN
    type_ = dns.rdatatype.from_text(record.type)
    made = dns.rdataset.Rdataset(class_, type_)
    made.add(_RDATA[record.type](class_, type_, *_fields(record)), record.ttl)
    return made


def _fields(record: Record) -> tuple[object, ...]:
    """What a record's class is made of."""
    data = record.data
    if isinstance(data, Srv):
        return data.priority, data.weight, data.port, name_of(data.target)
    if isinstance(data, Mx):
        return data.preference, name_of(data.exchange)
    if isinstance(data, Soa):
        times = (data.refresh, data.retry, data.expire, data.minimum)
        return name_of(data.mname), name_of(data.rname), data.serial, *times
    if record.type in ("A", "AAAA"):
        return (data,)
    return (_texts(data),) if record.type == "TXT" else (name_of(data),)


def _texts(text: str) -> list[bytes]:
    data = text.encode()
    return [data[at : at + LONGEST_TEXT] for at in range(0, len(data), LONGEST_TEXT)] or [b""]
