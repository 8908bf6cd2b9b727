"""Why a name does not resolve, and what to use instead: what no real console says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from cluster.engine.network.dns import message
from cluster.engine.network.dns.dialects import OPENSHIFT3
from cluster.engine.network.dns.lookup import Lookup
from cluster.engine.network.dns.message import Resolver
from cluster.engine.network.dns.names import is_under, labels_below, parse_ip
from cluster.engine.network.dns.objects import (
    Objects,
    is_external_name,
    is_headless,
    ready_ips,
)
from cluster.engine.network.dns.proposals import Names, Use
from cluster.objects.endpoints import Endpoints
from cluster.objects.namespace import Namespace
from cluster.objects.pod import Pod
from cluster.objects.service import Service


@dataclass(frozen=True, slots=True)
class Culprit:
    """The object to look at: kind, namespace ("" at the cluster scope) and name."""

    kind: str
    namespace: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Why:
    """The cause in one sentence, the facts that were checked, what to use, what to mend."""

    reason: str
    facts: tuple[str, ...] = ()
    use: tuple[Use, ...] = ()
    culprit: Culprit | None = None


def explain(
    lookup: Lookup,
    pod: Pod,
    objects: Objects,
    resolver: Resolver,
    may_see: Callable[[str], bool] = lambda namespace: True,
) -> Why | None:
    """Why a pod's look-up came to nothing; None when it did not.

    Nothing is proposed from projects that `may_see` refuses.
    """
    if lookup.is_resolved:
        return None
    return _Case(lookup, pod, objects, resolver, may_see).why()


class _Case:
    """A look-up that came to nothing, under inquiry."""

    def __init__(
        self,
        lookup: Lookup,
        pod: Pod,
        objects: Objects,
        resolver: Resolver,
        may_see: Callable[[str], bool],
    ) -> None:
        self._lookup = lookup
        self._own = pod.metadata.namespace
        self._objects = objects
        self._may_see = may_see
        self._domain = resolver.zone.rstrip(".")
        self._is_openshift3 = resolver.dialect == OPENSHIFT3
        self._names = Names(self._own, lookup.conf, objects, resolver, may_see)

    def why(self) -> Why:
        if self._lookup.invalid:
            return Why(reason=f"This is no name that DNS can ask for: {self._lookup.invalid}.")
        if not self._lookup.conf.asks_cluster:
            return self._asks_elsewhere()
        if self._lookup.type == message.PTR:
            return self._reverse()
        labels, tree = self._labels()
        if tree == "pod":
            return self._pod_tree(labels)
        return (
            self._of_service(labels)
            or self._of_pod(labels)
            or self._unknown(labels, is_inside=bool(tree))
        )

    def _labels(self) -> tuple[list[str], str]:
        """The labels before `svc`, `endpoints` or `pod`, and which of them it was ("" for none)."""
        name = self._lookup.name.lower().rstrip(".")
        is_full = is_under(self._domain, name)
        labels = labels_below(self._domain, name) if is_full else name.split(".")
        if labels and labels[-1] in ("svc", "pod", "endpoints") and len(labels) > 1:
            return labels[:-1], labels[-1]
        return labels, ("svc" if is_full else "")

    # --- causes --------------------------------------------------------------------------------------

    def _asks_elsewhere(self) -> Why:
        conf = self._lookup.conf
        servers = ", ".join(conf.nameservers) or "no server at all"
        return Why(
            reason=f"The pod's dnsPolicy {conf.policy} makes it ask {servers}, which is not the"
            " cluster's DNS.",
            facts=("A pod on the node's network needs dnsPolicy: ClusterFirstWithHostNet.",),
        )

    def _reverse(self) -> Why:
        if parse_ip(self._lookup.name) is None:
            return Why(reason="PTR asks for the name of an IP address.")
        which = "cluster IPs of services" if self._is_openshift3 else "services and their endpoints"
        return Why(reason=f"{self._lookup.name} has no name here: only {which} have one.")

    def _pod_tree(self, labels: list[str]) -> Why:
        found = self._of_pod(labels)
        if found is not None:
            return found
        return Why(
            reason=f"Below pod.{self._domain} the name is the address with dashes, then the project:"
            f" 10-128-0-5.{self._own}.pod.{self._domain}.",
            facts=tuple(step.answer.rule for step in self._lookup.steps if step.answer.rule)[-1:],
        )

    def _of_service(self, labels: list[str]) -> Why | None:
        """The service that the name means exists, and yet there is no answer."""
        for namespace, name, prefix in self._readings(labels):
            service = self._objects.get(Service, namespace, name)
            if service is not None:
                return self._ended(service) or self._service(service, prefix)
        return None

    def _ended(self, service: Service) -> Why | None:
        """A name with a dot at its end is whole: the search list, which would find it, is not tried."""
        name = self._lookup.name
        if not name.endswith(".") or is_under(self._domain, name.lower().rstrip(".")):
            return None
        return Why(
            reason=f"{name} ends with a dot, so it is asked for as it is, without the search list.",
            use=self._names.proposals([(self._names.short(service), "the service itself")]),
            culprit=Culprit("Service", *service.metadata.key),
        )

    def _readings(self, labels: list[str]) -> Iterator[tuple[str, str, list[str]]]:
        """Namespace, service and what stands before it, as the name may be meant."""
        if len(labels) >= 2:
            yield labels[-1], labels[-2], labels[:-2]
        if labels:
            yield self._own, labels[-1], labels[:-1]

    def _service(self, service: Service, prefix: list[str]) -> Why:
        namespace, name = service.metadata.key
        culprit = Culprit("Service", namespace, name)
        if is_external_name(service):
            return self._external(service, culprit, prefix)
        if not service.spec.cluster_ip:
            return Why(
                reason=f"The service {name} has no cluster IP and is not headless: it has no name.",
                culprit=culprit,
            )
        if is_headless(service):
            return self._headless(service, culprit, prefix)
        if prefix and not self._is_openshift3:
            return Why(
                reason=f"Below the service {name}, which has a cluster IP, there is no"
                f" “{'.'.join(prefix)}”.",
                use=self._names.proposals([(self._names.short(service), "the service itself")]),
                culprit=culprit,
            )
        return self._other_type(service, culprit)

    def _external(self, service: Service, culprit: Culprit, prefix: list[str]) -> Why:
        host, name = service.spec.external_name, service.metadata.name
        if prefix and not self._is_openshift3:
            return Why(reason=f"Below the external name {name} there is nothing.", culprit=culprit)
        if is_under(self._domain, host.lower().rstrip(".")):
            return Why(
                reason=f"{name} is another name for {host}, and that does not resolve.",
                culprit=culprit,
            )
        return Why(
            reason=f"{name} is another name for {host}, outside the cluster. No server upstream is"
            " asked here, so the CNAME leads to no address.",
            facts=(f"The question for CNAME is answered: {host}.",),
            culprit=culprit,
        )

    def _headless(self, service: Service, culprit: Culprit, prefix: list[str]) -> Why:
        namespace, name = service.metadata.key
        endpoints = self._objects.get(Endpoints, namespace, name)
        if endpoints is None:
            return Why(
                reason=f"The headless service {name} has no Endpoints object: it has no selector, and"
                " nobody wrote one.",
                culprit=culprit,
            )
        ready = list(ready_ips(endpoints))
        waiting = sum(len(each.not_ready_addresses) for each in endpoints.subsets)
        if not ready:
            selected = "Its selector matches no running pod."
            unready = f"{waiting} address{'es are' if waiting != 1 else ' is'} not ready."
            return Why(
                reason=f"The headless service {name} has no ready endpoint, so its name has no"
                " address.",
                facts=(unready if waiting else selected,),
                culprit=culprit,
            )
        if prefix and not all(each.startswith("_") for each in prefix):
            hosts = (
                f"{each}.{self._names.short(service)}"
                for each in self._names.endpoint_labels(endpoints)
            )
            return Why(
                reason=f"No ready endpoint of the headless service {name} is called"
                f" “{prefix[-1]}”.",
                use=self._names.proposals((each, f"an endpoint of {name}") for each in hosts),
                culprit=culprit,
            )
        return self._other_type(service, culprit)

    def _other_type(self, service: Service, culprit: Culprit) -> Why:
        name, type_ = service.metadata.name, self._lookup.type
        if type_ == message.SRV:
            named = [
                f"_{each.name}._{(each.protocol or 'TCP').lower()}"
                for each in service.spec.ports
                if each.name
            ]
            known = f"Its named ports are {', '.join(named)}." if named else "None has a name."
            return Why(
                reason=f"No port of the service {name} fits: SRV records are for named ports.",
                facts=(known,),
                culprit=culprit,
            )
        return Why(
            reason=f"The name of the service {name} exists, and has no record of type {type_}.",
            facts=("Services here have IPv4 addresses: ask for A.",),
            use=self._names.proposals([(self._names.short(service), "type A")])
            if type_ != message.A
            else (),
            culprit=culprit,
        )

    def _of_pod(self, labels: list[str]) -> Why | None:
        """The name is a pod's: those do not resolve."""
        namespaces = [self._own, *labels[1:2]]
        for namespace in dict.fromkeys(reversed(namespaces)):
            pod = self._objects.get(Pod, namespace, labels[0]) if labels else None
            if pod is not None and self._may_see(namespace):
                return self._pod(pod)
        return None

    def _pod(self, pod: Pod) -> Why:
        namespace, name = pod.metadata.key
        address = pod.status.pod_ip
        over = self._names.services_over(namespace, address) if address else []
        facts = [f"It has the address {address}." if address else "It has no address yet."]
        if not over:
            facts.append("It is a ready endpoint of no service.")
        return Why(
            reason=f"{name} is a pod, and names of pods do not resolve: services have names, and pods"
            " only an address that can be written as one.",
            facts=tuple(facts),
            use=self._names.proposals(self._names.names_of(pod, over)),
            culprit=Culprit("Pod", namespace, name),
        )

    def _unknown(self, labels: list[str], is_inside: bool) -> Why:
        """Neither a service nor a pod has the name."""
        namespace = labels[-1] if len(labels) > 1 else self._own
        name = labels[-2] if len(labels) > 1 else labels[0] if labels else ""
        if self._objects.get(Namespace, "", namespace) is not None:
            return self._no_such_service(namespace, name)
        swapped = self._objects.get(Service, name, namespace) if self._may_see(name) else None
        typos = self._names.typos(namespace, self._names.namespaces())
        proposals = [
            *([(f"{namespace}.{name}", "service first, then project")] if swapped else []),
            *((f"{name}.{each}", f"the project is called {each}") for each in typos),
            *self._names.elsewhere(name),
        ]
        if is_inside or swapped or typos:
            reason = f"There is no project {namespace}."
        else:
            reason = (
                f"{self._lookup.name} is no name of this cluster, and no server upstream is asked for"
                " names outside."
            )
        return Why(reason=reason, use=self._names.proposals(proposals))

    def _no_such_service(self, namespace: str, name: str) -> Why:
        suffix = "" if namespace == self._own else f".{namespace}"
        known = [each.metadata.name for each in self._names.services(namespace)]
        elsewhere = list(self._names.elsewhere(name))
        facts = [] if known or not self._may_see(namespace) else ["The project has no services."]
        if elsewhere and namespace == self._own:
            facts.append("A name without a project is looked up in the pod's own project.")
        return Why(
            reason=f"There is no service {name} in the project {namespace}.",
            facts=tuple(facts),
            use=self._names.proposals(
                [
                    *(
                        (f"{each}{suffix}", "a service here")
                        for each in self._names.typos(name, known)
                    ),
                    *elsewhere,
                ]
            ),
            culprit=Culprit("Namespace", "", namespace),
        )
