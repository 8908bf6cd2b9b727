"""SkyDNS's server: from the records of a backend to a whole answer.

Stands for skynetservices/skydns `server/server.go`, which OpenShift 3 and kube-dns embed. Answers of
these servers are not shuffled. Nothing is asked upstream (`--no-rec`): what leaves the domain is SERVFAIL.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from cluster.engine.network.dns import message
from cluster.engine.network.dns.backend import Backend, BackendError, NoSuchName
from cluster.engine.network.dns.message import Answer, Question, Record, Soa, Upstream
from cluster.engine.network.dns.names import IPV4_REVERSE, IPV6_REVERSE, fqdn, is_under
from cluster.engine.network.dns.sky_sections import Reply, Sections

VERSION: Final = "2.5.3a"
OUTSIDE: Final = "outside the cluster's domain, and no server upstream is asked"


@dataclass(frozen=True, slots=True, kw_only=True)
class SkySettings:
    """The server's configuration; times in seconds. `local` is what `local.dns.<domain>` stands for."""

    domain: str
    local: str = ""
    ttl: int = 3600
    min_ttl: int = 60


class SkyDns:
    """A SkyDNS server before its backend."""

    def __init__(
        self,
        dialect: str,
        backend: Backend,
        settings: SkySettings,
        upstream: Upstream | None,
        serial: Callable[[], int] = lambda: 1,
    ) -> None:
        self.dialect = dialect
        self.zone = settings.domain
        self._backend = backend
        self._settings = settings
        self._sections = Sections(backend, settings.domain, upstream)
        self._serial = serial

    def answer(self, question: Question) -> Answer:
        """Answer any question."""
        name = fqdn(question.name).lower()
        if question.type == message.ANY:
            return Answer(
                rcode=message.REFUSED,
                authoritative=False,
                recursion_available=False,
                rule="questions for ANY are refused",
            )
        if self._settings.local and name == f"local.dns.{self.zone}":
            name = self._settings.local
        is_ipv4_reverse = question.type == message.PTR and name.endswith("." + IPV4_REVERSE)
        if is_ipv4_reverse or name.endswith("." + IPV6_REVERSE):
            return self._reverse(question, name)
        if question.class_ == message.CHAOS:
            return self._about_the_server(question, name)
        if not is_under(self.zone, name):
            return _forwarded(OUTSIDE)
        if name == self.zone and question.type == message.SOA:
            return Answer(answers=(self._soa(self._settings.ttl),), rule="the domain's own record")
        return self._of_the_domain(question, name)

    def _of_the_domain(self, question: Question, name: str) -> Answer:
        reply = Reply()
        try:
            self._sections.fill(reply, question, name)
        except NoSuchName as error:
            return Answer(
                rcode=message.NXDOMAIN,
                authority=(self._soa(self._settings.min_ttl),),
                authoritative=False,
                recursion_available=False,
                rule=str(error),
            )
        except BackendError as error:
            if question.type == message.SRV:
                return Answer(rcode=message.SERVFAIL, authoritative=False, rule=str(error))
            reply.rule = str(error)
        answers = self._same_ttl(_without_duplicates(reply.answers))
        return Answer(
            answers=answers,
            authority=() if answers else (self._soa(self._settings.min_ttl),),
            additional=_without_duplicates(reply.additional),
            rule=reply.rule,
            sources=tuple(reply.sources),
        )

    def _reverse(self, question: Question, name: str) -> Answer:
        found = self._backend.reverse(name) if question.type == message.PTR else None
        if found is None:
            return _forwarded("no record for this address, and no server upstream is asked")
        record = found.records[0]
        answer = Record(fqdn(question.name), message.PTR, record.ttl, fqdn(record.host))
        return Answer(answers=(answer,), rule=found.rule, sources=tuple(found.records))

    def _about_the_server(self, question: Question, name: str) -> Answer:
        texts = {
            "version.bind.": VERSION,
            "version.server.": VERSION,
            "hostname.bind.": "localhost",
            "id.server.": "localhost",
        }
        rule = "class CHAOS: about the server itself"
        if question.type != message.TXT or name not in texts:
            return Answer(rcode=message.SERVFAIL, authoritative=False, rule=rule)
        record = Record(fqdn(question.name), message.TXT, 0, texts[name])
        return Answer(answers=(record,), rule=rule)

    def _soa(self, ttl: int) -> Record:
        return Record(
            self.zone,
            message.SOA,
            ttl,
            Soa(
                mname=f"ns.dns.{self.zone}",
                rname=f"hostmaster.{self.zone}",
                serial=self._serial(),
                refresh=28800,
                retry=7200,
                expire=604800,
                minimum=self._settings.min_ttl,
            ),
        )

    def _same_ttl(self, records: tuple[Record, ...]) -> tuple[Record, ...]:
        """Records of one answer live equally long."""
        if len(records) < 2:
            return records
        ttl = min(self._settings.ttl, *(each.ttl for each in records))
        return tuple(
            each if each.ttl == ttl else Record(each.name, each.type, ttl, each.data)
            for each in records
        )


def _forwarded(rule: str) -> Answer:
    return Answer(rcode=message.SERVFAIL, forward=True, authoritative=False, rule=rule)


def _without_duplicates(records: Sequence[Record]) -> tuple[Record, ...]:
    """Each record once; a name has one CNAME, the last (skydns `dedup`)."""
    if len(records) < 2:
        return tuple(records)
    seen: dict[object, Record] = {}
    for each in records:
        data = None if each.type == message.CNAME else each.data
        seen[each.name, each.type, data] = each
    return tuple(seen.values())
