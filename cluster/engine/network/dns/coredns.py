"""CoreDNS with its `kubernetes` plugin: the cluster DNS of OpenShift 4, and of the specification.

Stands for coredns `plugin/kubernetes` at 4b26cced (`handler.go`, `kubernetes.go`, `ns.go`, `reverse.go`).
What lies in none of its zones goes to the `forward` plugin; nothing is asked upstream here: SERVFAIL.
"""

from __future__ import annotations

from typing import Final

from cluster.engine.network.dns import coredns_records, message
from cluster.engine.network.dns.coredns_names import PODS, Parsed, parse, zone_of
from cluster.engine.network.dns.coredns_objects import CoreDnsObjects, Target
from cluster.engine.network.dns.coredns_options import DISABLED, INSECURE, CoreDnsOptions
from cluster.engine.network.dns.message import Answer, Question, Record, Upstream
from cluster.engine.network.dns.names import (
    canonical,
    family,
    fqdn,
    from_reverse,
    is_under,
    parse_ip,
)
from cluster.engine.network.dns.objects import Objects, is_external_name, is_headless

SCHEMA_VERSION: Final = "1.1.0"
SCHEMA_TTL: Final = 28800
"""Seconds that the schema's version lives."""
MOST_CNAMES: Final = 8
ZONE_TRANSFERS: Final = ("AXFR", "IXFR")
_REVERSE: Final = ("in-addr.arpa.", "ip6.arpa.")


class _NameError(Exception):
    """The name does not exist."""


class _Query:
    """A question on its way through the plugin."""

    __slots__ = ("lower", "owner", "rule", "type", "zone")

    def __init__(self, question: Question, zone: str) -> None:
        self.owner = fqdn(question.name)
        self.lower = self.owner.lower()
        self.type = question.type
        self.zone = self.owner[len(self.owner) - len(zone) :]  # in the question's case
        self.rule = ""


class CoreDns:
    """A CoreDNS server."""

    def __init__(
        self,
        dialect: str,
        objects: Objects,
        zone: str,
        options: CoreDnsOptions,
        upstream: Upstream | None = None,
        honours_unready: bool = False,
    ) -> None:
        """`honours_unready`: the specification counts published unready addresses as ready."""
        self.dialect = dialect
        self.zone = zone
        self._options = options
        self._upstream = upstream
        self._zones = (zone, *options.reverse_zones)
        self._cluster = CoreDnsObjects(
            objects, options.namespaces, options.endpoint_pod_names, honours_unready
        )

    def answer(self, question: Question) -> Answer:
        """Answer any question."""
        if question.class_ != message.INTERNET:
            return _refused("only class IN is served")
        zone = zone_of(fqdn(question.name).lower(), self._zones)
        if zone is None:
            return _forwarded("in none of the zones, and no server upstream is asked")
        if question.type in ZONE_TRANSFERS:
            return _refused("zone transfers are refused")
        query = _Query(question, zone)
        try:
            answers, additional = self._records(query)
        except _NameError as error:
            if any(is_under(each, query.lower) for each in self._options.fallthrough):
                return _forwarded(f"{error}; falls through, and no server upstream is asked")
            return self._negative(query, message.NXDOMAIN, str(error))
        if not answers:
            rule = query.rule or "the name exists without records of this type"
            return self._negative(query, message.NOERROR, rule)
        return Answer(
            answers=tuple(answers),
            additional=tuple(additional),
            recursion_available=False,
            rule=query.rule,
        )

    def _negative(self, query: _Query, rcode: str, rule: str) -> Answer:
        authority = (self._soa(query.zone),)
        return Answer(rcode=rcode, authority=authority, recursion_available=False, rule=rule)

    def _soa(self, zone: str) -> Record:
        return coredns_records.soa(zone, "ns.dns", self._cluster.serial(), self._options.ttl)

    def _records(self, query: _Query) -> tuple[list[Record], list[Record]]:
        at_apex = query.lower == query.zone.lower()
        if query.type in (message.A, message.AAAA):
            return self._addresses(query, query.owner, query.type, ()), []
        if query.type == message.SRV:
            targets = [each for each in self._targets(query, query.lower) if family(each.host)[0]]
            answers, additional, _ = coredns_records.services(
                query.owner, targets, self._options.ttl
            )
            return answers, additional
        if query.type == message.TXT:
            return self._texts(query), []
        if query.type == message.PTR:
            return self._pointers(query), []
        if query.type == message.SOA:
            query.rule = "the zone's own record" if at_apex else "only the zone itself has a SOA"
            return ([self._soa(query.zone)] if at_apex else []), []
        if query.type == message.NS and at_apex:
            return self._name_servers(query)
        if query.type == message.CNAME:
            return self._cname(query), []
        self._targets(
            query, query.lower
        )  # tells a name that does not exist from one without records
        return [], []

    # --- finding -------------------------------------------------------------------------------------

    def _targets(self, query: _Query, name: str) -> list[Target]:
        """What a lower-case name means. Raises _NameError."""
        if name == f"ns.dns.{query.zone.lower()}":
            query.rule = "the addresses of CoreDNS itself"
            return [Target(host, 0, name) for host, _ in self._own_addresses(query.zone)]
        parsed = parse(name, query.zone)
        if parsed is None:
            raise _NameError("no name of a service or pod has this form")
        if not parsed.tree:
            return []
        if name.endswith(_REVERSE):
            raise _NameError("there are no services in a reverse zone")
        if not self._cluster.is_exposed(parsed.namespace):
            raise _NameError(f"there is no project {parsed.namespace}")
        if parsed.tree == PODS:
            return self._pod(query, parsed)
        return self._service(query, parsed) if parsed.name else []

    def _pod(self, query: _Query, parsed: Parsed) -> list[Target]:
        if self._options.pods == DISABLED:
            raise _NameError("names of pods are switched off (pods disabled)")
        label = parsed.name
        if not label:
            return []
        is_ipv4 = label.count("-") == 3 and "--" not in label
        address = label.replace("-", "." if is_ipv4 else ":")
        if self._options.pods == INSECURE:
            if parse_ip(address) is None:
                raise _NameError(f"{label} is no IP address with dashes")
            query.rule = "the address in the name itself; no pod is looked up (pods insecure)"
        elif not self._cluster.has_pod(parsed.namespace, address):
            raise _NameError(f"no pod of the project {parsed.namespace} has this address")
        else:
            query.rule = "a pod of the project has this address (pods verified)"
        return [Target(address, 0, f"{label}.{parsed.namespace}.pod.{query.zone}")]

    def _service(self, query: _Query, parsed: Parsed) -> list[Target]:
        namespace, name = parsed.namespace, parsed.name
        service = self._cluster.service(namespace, name)
        if service is None:
            raise _NameError(f"there is no service {name} in the project {namespace}")
        has_cluster_ip = not is_external_name(service) and not is_headless(service)
        needs_endpoints = has_cluster_ip and self._options.ignore_empty_service
        if needs_endpoints and not self._cluster.has_endpoints(service):
            raise _NameError(f"the service {name} has no ready endpoints")
        base = f"{name}.{namespace}.svc.{query.zone}"
        targets = self._cluster.of_service(service, parsed.wanted, base)
        if targets is None:
            raise _NameError(f"nothing of the service {name} has this name")
        if not query.rule:
            query.rule = _rule(namespace, name, has_cluster_ip and not parsed.wanted.endpoint)
        return targets

    def _own_addresses(self, zone: str) -> list[tuple[str, str]]:
        """Addresses and names of the name server: of its service, else its own."""
        found = [
            (target.host, target.name)
            for ip in self._options.local_ips
            for service in self._cluster.services_over(canonical(ip))
            for namespace, name in [service.metadata.key]
            for target in self._cluster.endpoint_targets(service, f"{name}.{namespace}.svc.{zone}")
        ]
        return found or [(ip, f"ns.dns.{zone}") for ip in self._options.local_ips]

    # --- records -------------------------------------------------------------------------------------

    def _addresses(
        self, query: _Query, owner: str, type_: str, chain: tuple[str, ...]
    ) -> list[Record]:
        """Addresses of a name, through CNAMEs; `chain` are the targets on the way to it."""
        records: list[Record] = []
        targets = self._targets(query, owner.lower())
        for each in targets:
            if not family(each.host)[0]:
                records += self._through_cname(query, owner, fqdn(each.host), type_, chain)
        return records + coredns_records.addresses(owner, targets, type_, self._options.ttl)

    def _through_cname(
        self, query: _Query, owner: str, target: str, type_: str, chain: tuple[str, ...]
    ) -> list[Record]:
        if owner.lower() == target.lower() or target in chain or len(chain) >= MOST_CNAMES:
            return []
        cname = Record(owner, message.CNAME, self._options.ttl, target)
        if is_under(query.zone.lower(), target.lower()):
            try:
                found = self._addresses(query, target, type_, (*chain, target))
            except _NameError:
                return []
            return [cname, *found] if found else []
        outside = None if self._upstream is None else self._upstream.lookup(target, type_)
        return [cname, *outside] if outside is not None else []

    def _cname(self, query: _Query) -> list[Record]:
        targets = self._targets(query, query.lower)
        if not targets or family(targets[0].host)[0]:
            return []
        target = fqdn(targets[0].host)
        return [Record(query.owner, message.CNAME, self._options.ttl, target)]

    def _texts(self, query: _Query) -> list[Record]:
        if query.lower == f"dns-version.{query.zone.lower()}":
            query.rule = "the version of the DNS schema"
            return [Record(query.owner, message.TXT, SCHEMA_TTL, SCHEMA_VERSION)]
        if not self._targets(query, query.lower):
            raise _NameError("no text has this name")
        return []

    def _pointers(self, query: _Query) -> list[Record]:
        address = from_reverse(query.lower)
        if not address:
            self._targets(query, query.lower)
            return []
        names = self._cluster.names_at(address, self.zone)
        if not names:
            raise _NameError(f"neither a service nor an endpoint has the address {address}")
        query.rule = f"names of the address {address}"
        return [
            Record(query.owner, message.PTR, self._options.ttl, name)
            for name in dict.fromkeys(names)
        ]

    def _name_servers(self, query: _Query) -> tuple[list[Record], list[Record]]:
        own = self._own_addresses(query.zone)
        ttl = self._options.ttl
        query.rule = "CoreDNS itself"
        names = dict.fromkeys(name for _, name in own)
        answers = [Record(query.owner, message.NS, ttl, name) for name in names]
        additional = [
            Record(name, kind, ttl, text) for ip, name in own for kind, text in [family(ip)]
        ]
        return answers, additional


def _rule(namespace: str, name: str, has_cluster_ip: bool) -> str:
    what = "cluster IP" if has_cluster_ip else "ready endpoints or external name"
    return f"{what} of the service {namespace}/{name}"


def _refused(rule: str) -> Answer:
    return Answer(rcode=message.REFUSED, authoritative=False, recursion_available=False, rule=rule)


def _forwarded(rule: str) -> Answer:
    return Answer(rcode=message.SERVFAIL, forward=True, authoritative=False, rule=rule)
