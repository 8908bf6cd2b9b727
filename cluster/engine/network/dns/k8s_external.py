"""CoreDNS's `k8s_external` plugin: `<service>.<namespace>.<zone>` for clients outside the cluster.

Stands for coredns `plugin/k8s_external`. A service answers with its external addresses.
"""

from __future__ import annotations

from cluster.engine.network.dns import coredns_records, message
from cluster.engine.network.dns.coredns_names import parse_wanted, zone_of
from cluster.engine.network.dns.coredns_objects import CoreDnsObjects, Target
from cluster.engine.network.dns.coredns_options import ExternalOptions
from cluster.engine.network.dns.message import Answer, Question, Record, Upstream
from cluster.engine.network.dns.names import family, fqdn, from_reverse, is_under, labels_below
from cluster.engine.network.dns.objects import Objects

APEX = "dns"


class K8sExternal:
    """The plugin."""

    def __init__(
        self,
        dialect: str,
        objects: Objects,
        zone: str,
        options: ExternalOptions,
        upstream: Upstream | None = None,
    ) -> None:
        self.dialect = dialect
        self.zone = zone
        self._options = options
        self._upstream = upstream
        self._zones = (zone, *options.reverse_zones)
        self._cluster = CoreDnsObjects(objects, options.namespaces, options.endpoint_pod_names)

    def answer(self, question: Question) -> Answer:
        """Answer any question."""
        if question.class_ != message.INTERNET:
            return Answer(rcode=message.REFUSED, authoritative=False, recursion_available=False)
        owner = fqdn(question.name)
        name = owner.lower()
        zone = zone_of(name, self._zones)
        if zone is None:
            return _forwarded()
        if name == zone:
            return self._apex(owner, question.type, zone)
        if is_under(f"{APEX}.{zone}", name):
            return self._below_apex(owner, question.type, zone)
        rcode, records = self._find(name, question.type, zone)
        if not records:
            falls = any(is_under(each, name) for each in self._options.fallthrough)
            if falls and rcode == message.NXDOMAIN:
                return _forwarded()
            return self._answer(zone, [], rcode=rcode)
        return self._of_targets(owner, question.type, zone, records)

    def _find(self, name: str, type_: str, zone: str) -> tuple[str, list[Target]]:
        """The code and the targets of a name."""
        if type_ == message.PTR and (address := from_reverse(name)):
            found = self._cluster.outside_names_at(address)
            targets = [Target(f"{each}.{self.zone}", 0, "") for each in dict.fromkeys(found)]
            return (message.NOERROR if targets else message.NXDOMAIN), targets
        labels = labels_below(zone, name)
        if not labels:  # an empty label before the zone: no project has such a name
            return message.NXDOMAIN, []
        namespace = labels.pop()
        if not self._cluster.is_exposed(namespace):
            return message.NXDOMAIN, []
        if not labels:
            return message.NOERROR, []
        service = self._cluster.service(namespace, labels.pop())
        wanted = parse_wanted(labels)
        if wanted is None or service is None:
            return message.NXDOMAIN, []
        base = f"{service.metadata.name}.{namespace}.{zone}"
        targets = self._cluster.of_outside(service, wanted, base, self._options.headless)
        rcode = message.NOERROR if targets else message.NXDOMAIN
        return rcode, ([] if type_ == message.PTR else targets)

    def _of_targets(self, owner: str, type_: str, zone: str, targets: list[Target]) -> Answer:
        ttl = self._options.ttl
        if type_ == message.PTR:
            return self._answer(
                zone, [Record(owner, message.PTR, ttl, each.host) for each in targets]
            )
        if type_ in (message.A, message.AAAA):
            answers: list[Record] = []
            others = dict.fromkeys(each.host for each in targets if not family(each.host)[0])
            for host in others:
                answers.append(Record(owner, message.CNAME, ttl, fqdn(host)))
                answers += self._ask_upstream(fqdn(host), type_)
            answers += coredns_records.addresses(owner, targets, type_, ttl)
            return self._answer(zone, answers)
        if type_ == message.SRV:
            answers, additional, names = coredns_records.services(owner, targets, ttl)
            for each in names:
                additional += self._ask_upstream(each, message.A)
                additional += self._ask_upstream(each, message.AAAA)
            return self._answer(zone, answers, additional)
        return self._answer(zone, [])

    def _ask_upstream(self, name: str, type_: str) -> tuple[Record, ...]:
        return (self._upstream.lookup(name, type_) or ()) if self._upstream is not None else ()

    def _apex(self, owner: str, type_: str, zone: str) -> Answer:
        if type_ == message.SOA:
            return self._answer(zone, [self._soa(zone)])
        if type_ == message.NS:
            server = f"ns1.{APEX}.{zone}"
            answers = [Record(owner, message.NS, self._options.ttl, server)]
            return self._answer(zone, answers, self._own_addresses(server))
        return self._answer(zone, [])

    def _below_apex(self, owner: str, type_: str, zone: str) -> Answer:
        """`dns.<zone>` is empty; `ns1.dns.<zone>` is the server itself."""
        labels = labels_below(zone, owner.lower())
        if labels == [APEX]:
            return self._answer(zone, [])
        if labels != ["ns1", APEX]:
            return self._answer(zone, [], rcode=message.NXDOMAIN)
        return self._answer(
            zone, [each for each in self._own_addresses(owner) if each.type == type_]
        )

    def _own_addresses(self, owner: str) -> list[Record]:
        found = (family(ip) for ip in self._options.local_ips)
        return [Record(owner, kind, self._options.ttl, text) for kind, text in found]

    def _soa(self, zone: str) -> Record:
        return coredns_records.soa(zone, f"ns1.{APEX}", self._cluster.serial(), self._options.ttl)

    def _answer(
        self,
        zone: str,
        answers: list[Record],
        additional: list[Record] | None = None,
        rcode: str = message.NOERROR,
    ) -> Answer:
        return Answer(
            rcode=rcode,
            answers=tuple(answers),
            authority=() if answers else (self._soa(zone),),
            additional=tuple(additional or ()),
            recursion_available=False,
            rule="external addresses" if answers else "",
        )


def _forwarded() -> Answer:
    rule = "in none of the zones, and no server upstream is asked"
    return Answer(rcode=message.SERVFAIL, forward=True, authoritative=False, rule=rule)
