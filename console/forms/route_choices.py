"""What the route form's drop-down fields offer, and what their values stand for."""

from __future__ import annotations

from collections.abc import Sequence

from cluster.objects.route import EDGE, PASSTHROUGH, REENCRYPT
from cluster.objects.service import Service, ServicePort

TERMINATIONS = ((EDGE, "Edge"), (PASSTHROUGH, "Passthrough"), (REENCRYPT, "Re-encrypt"))
BALANCES = (
    ("roundrobin", "Round Robin"),
    ("leastconn", "Least connections"),
    ("source", "Source"),
    ("random", "Random"),
)
ANY_PORT = "Any port (all ports of the service in turn)"


def service_choices(
    known: dict[str, Service], chosen: str, taken: set[str]
) -> list[tuple[str, str]]:
    """The services of the project that are not chosen elsewhere, and the chosen one in any case."""
    found = [("", "Select a service")] if not chosen else []
    found += [(name, name) for name in sorted(known) if name not in taken or name == chosen]
    if chosen and chosen not in known:
        found.append((chosen, f"{chosen} (does not exist)"))
    return found


def secret_choices(names: Sequence[str], chosen: str) -> list[tuple[str, str]]:
    """The secrets that hold certificates, and the chosen one in any case."""
    found = [("", "None: the PEM text below, or the router's default"), *((n, n) for n in names)]
    if chosen and chosen not in names:
        found.append((chosen, f"{chosen} (no secret of this type)"))
    return found


def port_value(port: ServicePort) -> str:
    """What a route's `targetPort` says for a service port: its name, else the pods' port."""
    return port.name or str(port.effective_target)


def port_choices(service: Service | None, chosen: str) -> list[tuple[str, str]]:
    """The ports of a service as `8080 → 8080 (TCP)`, and the chosen one in any case."""
    ports = service.spec.ports if service else ()
    found = [
        (port_value(each), f"{each.port} → {each.effective_target} ({each.protocol or 'TCP'})")
        for each in ports
    ]
    values = [value for value, _ in found]
    if chosen and chosen not in values:
        owner = service.metadata.name if service else "the service"
        found.append((chosen, f"{chosen} (no port of {owner})"))
    return [*found, ("", ANY_PORT)]


def insecure_choices(termination: str) -> list[tuple[str, str]]:
    """The policies that are legal with a termination; passthrough cannot serve plain HTTP."""
    legal = ["", "Redirect"] if termination == PASSTHROUGH else ["", "Allow", "Redirect"]
    return [(each, each or "None") for each in legal]


def balance_choices(chosen: str) -> list[tuple[str, str]]:
    """The strategies; the view says beside `Default` which one that is."""
    found = [("", "Default"), *BALANCES]
    if chosen and chosen not in dict(BALANCES):
        found.append((chosen, f"{chosen} (the router ignores this)"))
    return found


def port_sentence(service: Service | None, wanted: str) -> str:
    """Where a target port leads in a service, as the 3.x console says it; "" when nowhere."""
    for port in service.spec.ports if service else ():
        if wanted in (port_value(port), str(port.effective_target)):
            return (
                f"This target port will route to Service Port {port.port} → Container Port"
                f" {port.effective_target} ({port.protocol or 'TCP'})."
            )
    return ""
