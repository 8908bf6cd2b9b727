"""The router's certificates: the self-made default one for all hosts of the domain, and those that routes
bring along, chosen by server name."""

from __future__ import annotations

import logging
import ssl
from collections import OrderedDict
from pathlib import Path
from typing import Final, TypeVar

from cluster.dataplane.tls.authority import Authority, Pair, kept_authority, write_private
from cluster.dataplane.tls.contexts import client_context, server_context
from cluster.engine.routing.certificates import validate_certificates
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
        self.default_pair: Pair = self.router_ca.issue([f"*.{domain}", domain])
        self.default: ssl.SSLContext = server_context(
            self.default_pair.certificate, self.default_pair.key
        )
        self._own: OrderedDict[tuple[str, str], ssl.SSLContext] = OrderedDict()
        self._trust: OrderedDict[str, ssl.SSLContext] = OrderedDict()

    @property
    def downloads(self) -> dict[str, str]:
        """File names and texts of what users may have: the certificates of the two authorities."""
        return {
            f"{ROUTER_CA}.crt": self.router_ca.pem,
            f"{SERVICE_CA}.crt": self.service_ca.pem,
        }

    def write_default(self) -> Path:
        """The default certificate with its key as one file, as HAProxy wants it."""
        file = self.directory / "default.pem"
        write_private(file, self.default_pair.certificate + self.default_pair.key)
        return file

    def own(self, tls: TLSConfig, now: float, *, extended: bool) -> ssl.SSLContext:
        """The context of a route's own certificate; the default one where it cannot be used."""
        if extended:
            tls = validate_certificates(tls, now).tls
        chain = "\n".join(filter(None, (tls.certificate, tls.ca_certificate)))
        held = self._own.get((chain, tls.key))
        if held is not None:
            return held
        try:
            made = server_context(chain, tls.key)
        except (ssl.SSLError, ValueError) as error:
            log.warning("a route's certificate cannot be used: %s", error)
            return self.default
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
