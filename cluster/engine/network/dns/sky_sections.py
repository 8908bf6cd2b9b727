"""The sections of SkyDNS's answers: which records a type of question gets, and what goes with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import floor
from typing import Final

from cluster.engine.network.dns import message
from cluster.engine.network.dns.backend import Backend, BackendError, NoSuchName
from cluster.engine.network.dns.message import Mx, Question, Record, Srv, Upstream
from cluster.engine.network.dns.names import family, fqdn, is_under
from cluster.engine.network.dns.sky_record import SkyRecord, of_group

MOST_CNAMES: Final = 8


@dataclass(slots=True)
class Reply:
    """An answer in the making."""

    answers: list[Record] = field(default_factory=list)
    additional: list[Record] = field(default_factory=list)
    rule: str = ""
    sources: list[SkyRecord] = field(default_factory=list)


class Sections:
    """Makes records of what a backend holds for a zone."""

    def __init__(self, backend: Backend, zone: str, upstream: Upstream | None) -> None:
        self._backend = backend
        self._zone = zone
        self._upstream = upstream

    def fill(self, reply: Reply, question: Question, name: str) -> None:
        """Add the records of a question for a lower-case name. Raises NoSuchName, BackendError."""
        owner, type_ = fqdn(question.name), question.type
        if type_ == message.NS:
            if name == self._zone:
                self._name_servers(reply, owner)
            else:
                reply.rule = "only the domain itself has name servers"
        elif type_ in (message.A, message.AAAA):
            asked = f"self.{name}" if name == self._zone else name
            reply.answers += self._addresses(owner, asked, (type_,), reply=reply)
        elif type_ == message.CNAME:
            found = self._records(name, reply, exact=True)
            if found and found[0].host and not family(found[0].host)[0]:
                target = fqdn(found[0].host)
                reply.answers.append(Record(owner, message.CNAME, found[0].ttl, target))
        elif type_ == message.TXT:
            texts = (each for each in self._records(name, reply) if each.text)
            reply.answers += (Record(owner, message.TXT, each.ttl, each.text) for each in texts)
        elif type_ == message.MX:
            self._mail(reply, owner, name)
        else:
            self._services(reply, owner, name, is_wanted=type_ == message.SRV)

    def _records(self, name: str, reply: Reply | None, exact: bool = False) -> list[SkyRecord]:
        found = self._backend.records(name, exact)
        if reply is not None:
            reply.rule = found.rule
            reply.sources += found.records
        return of_group(list(found.records))

    def _addresses(
        self,
        owner: str,
        name: str,
        types: tuple[str, ...],
        chain: tuple[str, ...] = (),
        reply: Reply | None = None,
    ) -> list[Record]:
        """The address records of a name, through CNAMEs; `chain` are the targets on the way to it."""
        records: list[Record] = []
        for each in self._records(name, reply):
            type_, address = family(each.host)
            if type_:
                if type_ in types:
                    records.append(Record(owner, type_, each.ttl, address))
            elif each.host:
                records += self._through_cname(owner, each, types, chain)
        return records

    def _through_cname(
        self, owner: str, record: SkyRecord, types: tuple[str, ...], chain: tuple[str, ...]
    ) -> list[Record]:
        """A CNAME and what it leads to, or nothing when that is nothing or a circle."""
        target = fqdn(record.host)
        if target == owner or target in chain or len(chain) >= MOST_CNAMES:
            return []
        cname = Record(owner, message.CNAME, record.ttl, target)
        try:
            found = self._addresses(target, target.lower(), types, (*chain, target))
        except (NoSuchName, BackendError):
            if is_under(self._zone, target.lower()):
                return []
            outside = self._ask_upstream(target, types[0])
            return [cname, *outside] if outside is not None else []
        return [cname, *found] if found else []

    def _ask_upstream(self, name: str, type_: str) -> tuple[Record, ...] | None:
        return None if self._upstream is None else self._upstream.lookup(name, type_)

    def _services(self, reply: Reply, owner: str, name: str, is_wanted: bool) -> None:
        """SRV records; a target that is an address gets the name of its key."""
        records = self._records(name, reply)
        if not is_wanted:
            return
        total: dict[int, int] = {}
        for each in records:
            total[each.priority] = total.get(each.priority, 0) + (each.weight or 100)
        for each in records:
            weight = floor(100.0 / total[each.priority] * (each.weight or 100))
            type_, address = family(each.host)
            target = each.target if type_ else fqdn(each.host)
            srv = Srv(each.priority, weight, each.port, target)
            reply.answers.append(Record(owner, message.SRV, each.ttl, srv))
            if type_:
                reply.additional.append(Record(target, type_, each.ttl, address))
            else:
                reply.additional += self._addresses_of_target(target)

    def _mail(self, reply: Reply, owner: str, name: str) -> None:
        for each in self._backend_mail(name, reply):
            type_, address = family(each.host)
            target = each.name if type_ else fqdn(each.host)
            exchange = Mx(each.priority, target)
            reply.answers.append(Record(owner, message.MX, each.ttl, exchange))
            if type_:
                reply.additional.append(Record(target, type_, each.ttl, address))
            else:
                reply.additional += self._addresses_of_target(target)

    def _backend_mail(self, name: str, reply: Reply) -> Iterable[SkyRecord]:
        found = self._backend.records(name, exact=False)  # groups do not count for mail
        reply.rule = found.rule
        mail = [each for each in found.records if each.mail]
        reply.sources += mail
        return mail

    def _addresses_of_target(self, target: str) -> list[Record]:
        """What the additional section says about a target."""
        if is_under(self._zone, target.lower()):
            try:
                return self._addresses(target, target.lower(), (message.A, message.AAAA))
            except (NoSuchName, BackendError):
                return []
        found = list(self._ask_upstream(target, message.A) or ())
        more = self._ask_upstream(target, message.AAAA) or ()
        return found + [each for each in more if each.type != message.CNAME]

    def _name_servers(self, reply: Reply, owner: str) -> None:
        for each in self._records(f"ns.dns.{self._zone}", reply):
            type_, address = family(each.host)
            if not type_:
                reply.answers.clear()
                reply.additional.clear()
                return
            reply.answers.append(Record(owner, message.NS, each.ttl, each.name))
            reply.additional.append(Record(each.name, type_, each.ttl, address))
