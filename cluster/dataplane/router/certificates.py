"""The router's certificates: the self-made default one for all hosts of the domain, and those that routes
bring along, chosen by server name."""

from __future__ import annotations

import logging
import ssl
from collections import OrderedDict
from pathlib import Path
from typing import Final, TypeVar

from cluster.dataplane.tls.authority import Authority, Pair, kept_authority
from cluster.dataplane.tls.contexts import client_context, server_context
from cluster.engine.routing.certificates import validate_certificates
from cluster.engine.routing.default_certificate import DefaultCertificate
from cluster.objects.route import TLSConfig

K = TypeVar("K")
V = TypeVar("V")

log = logging.getLogger(__name__)

ROUTER_CA: Final = "router-ca"
SERVICE_CA: Final = "service-ca"
_KEPT: Final = 4_096


class Certificates:
    """What the cluster's authorities sign, and the contexts made from routes' own certificates."""

    def __init__(self, directory: Path, domain: str) -> None:
        """Authorities are kept in `directory`. Raises ValueError naming a file that is damaged."""
        self.directory = directory
        self.router_ca: Authority = kept_authority(directory, ROUTER_CA, "ingress-operator")
        self.service_ca: Authority = kept_authority(
            directory, SERVICE_CA, "openshift-service-serving-signer"
        )
        self._made = self.router_ca.issue([f"*.{domain}", domain])
        self._made_context = server_context(self._made.certificate, self._made.key)
        self._chosen: DefaultCertificate | None = None
        self.default_pair: Pair = self._made
        self.default: ssl.SSLContext = self._made_context
        self._own: OrderedDict[tuple[str, str], ssl.SSLContext] = OrderedDict()
        self._trust: OrderedDict[str, ssl.SSLContext] = OrderedDict()

    @property
    def downloads(self) -> dict[str, str]:
        """File names and texts of what users may have: the certificates of the two authorities."""
        return {
            f"{ROUTER_CA}.crt": self.router_ca.pem,
            f"{SERVICE_CA}.crt": self.service_ca.pem,
        }

    def take_default(self, chosen: DefaultCertificate | None) -> None:
        """Show this certificate where a host has none of its own; the self-made one for None, and
        in place of one that cannot be used."""
        if chosen == self._chosen:
            return
        self._chosen = chosen
        self.default_pair, self.default = self._made, self._made_context
        if chosen is None:
            return
        if chosen.problem:
            log.warning("the default certificate cannot be used: %s", chosen.problem)
            return
        try:
            self.default = server_context(chosen.certificate, chosen.key)
        except (ssl.SSLError, ValueError) as error:
            log.warning("the default certificate of %s cannot be used: %s", chosen.secret, error)
            return
        self.default_pair = Pair(chosen.certificate, chosen.key)

    @property
    def default_file(self) -> Path:
        """Where HAProxy looks for the default certificate with its key."""
        return self.directory / "default.pem"

    @property
    def default_text(self) -> str:
        """What that file holds."""
        return self.default_pair.certificate + self.default_pair.key

    def own(self, tls: TLSConfig, now: float, *, extended: bool) -> ssl.SSLContext:
        """The context of a route's own certificate; the default one where it cannot be used."""
        if extended:
            tls = validate_certificates(tls, now).tls
        return self.loaded(tls) or self.default

    def loaded(self, tls: TLSConfig) -> ssl.SSLContext | None:
        """The context of a validated certificate; None where OpenSSL refuses it, as a weak one."""
        chain = "\n".join(filter(None, (tls.certificate, tls.ca_certificate)))
        held = self._own.get((chain, tls.key))
        if held is not None:
            return held
        try:
            made = server_context(chain, tls.key)
        except (ssl.SSLError, ValueError) as error:
            log.warning("a route's certificate cannot be used: %s", error)
            return None
        _keep(self._own, (chain, tls.key), made)
        return made

    def trust(self, destination_ca: str) -> ssl.SSLContext:
        """What re-encrypted connections to pods accept: whatever the route's own CA has signed, or
        else what the service CA has signed for the service's name. Raises ssl.SSLError."""
        held = self._trust.get(destination_ca)
        if held is None:
            authorities = destination_ca or self.service_ca.pem
            held = client_context(authorities, check_name=not destination_ca)
            _keep(self._trust, destination_ca, held)
        return held


def _keep(held: OrderedDict[K, V], key: K, value: V) -> None:
    held[key] = value
    if len(held) > _KEPT:
        held.popitem(last=False)
