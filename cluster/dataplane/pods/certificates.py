"""The pods' certificates: signed by the service CA for the names of the services that lead to a pod, and
for the hosts whose TLS the router passes through to it (OpenShift: serving certificate secrets)."""

from __future__ import annotations

import ssl
from collections import OrderedDict
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec

from cluster.dataplane.tls.authority import Authority
from cluster.dataplane.tls.contexts import server_context
from cluster.objects import kinds, selector
from cluster.objects.pod import Pod
from cluster.objects.route import PASSTHROUGH, Route
from cluster.objects.service import Service
from cluster.runtime.client import Client

_KEPT: Final = 1_024


class PodCertificates:
    """Contexts by the names that they are good for; all pods share one key."""

    def __init__(self, client: Client, authority: Authority) -> None:
        self._client = client
        self._authority = authority
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._held: OrderedDict[tuple[str, ...], ssl.SSLContext] = OrderedDict()

    @property
    def authority_pem(self) -> str:
        """The certificate of the service CA."""
        return self._authority.pem

    def context(self, pod: Pod) -> ssl.SSLContext:
        """What a pod shows to TLS clients."""
        names = self.names(pod)
        held = self._held.get(names)
        if held is not None:
            self._held.move_to_end(names)
            return held
        pair = self._authority.issue(names, self._key)
        made = self._held[names] = server_context(pair.certificate, pair.key)
        if len(self._held) > _KEPT:
            self._held.popitem(last=False)
        return made

    def names(self, pod: Pod) -> tuple[str, ...]:
        """The names in a pod's certificate, the first its subject."""
        namespace = pod.metadata.namespace
        services = [
            each.metadata.name
            for each in self._client.list(kinds.SERVICE, namespace)
            if isinstance(each, Service)
            and each.spec.selector
            and selector.matches(each.spec.selector, pod.metadata.labels)
        ]
        names = [
            name
            for service in sorted(services)
            for name in (f"{service}.{namespace}.svc", f"{service}.{namespace}.svc.cluster.local")
        ]
        for route in self._client.list(kinds.ROUTE, namespace):
            if isinstance(route, Route) and route.spec.tls is not None:
                passed = route.spec.tls.termination == PASSTHROUGH and route.spec.host
                if passed and any(each.name in services for each in route.spec.backends):
                    names.append(route.spec.host)
        return tuple(dict.fromkeys(names)) or (f"{pod.metadata.name}.{namespace}.pod",)
