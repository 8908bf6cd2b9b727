"""Rules of Endpoints (kubernetes `core/validation: ValidateEndpoints`)."""

from __future__ import annotations

from cluster.objects.endpoints import EndpointAddress, EndpointPort, Endpoints, EndpointSubset
from cluster.objects.fields import FieldError, required
from cluster.objects.validation.container import protocol_errors
from cluster.objects.validation.meta import checked, validate_meta, validate_meta_update
from cluster.objects.validation.names import (
    dns1123_label,
    dns1123_subdomain,
    ip_address,
    ordinary_address,
    port_number,
)


def validate_endpoints(endpoints: Endpoints) -> list[FieldError]:
    """What is wrong with new endpoints."""
    errors = validate_meta(endpoints.metadata, dns1123_subdomain, namespaced=True)
    for index, subset in enumerate(endpoints.subsets):
        errors += _subset_errors(subset, f"subsets[{index}]")
    return errors


def validate_endpoints_update(new: Endpoints, old: Endpoints) -> list[FieldError]:
    """What is wrong with a change."""
    return [*validate_meta_update(new.metadata, old.metadata), *validate_endpoints(new)]


def _subset_errors(subset: EndpointSubset, path: str) -> list[FieldError]:
    errors: list[FieldError] = []
    if not subset.addresses and not subset.not_ready_addresses:
        errors.append(required(path, "must specify `addresses` or `notReadyAddresses`"))
    for index, address in enumerate(subset.addresses):
        errors += _address_errors(address, f"{path}.addresses[{index}]")
    for index, address in enumerate(subset.not_ready_addresses):
        errors += _address_errors(address, f"{path}.notReadyAddresses[{index}]")
    for index, port in enumerate(subset.ports):
        errors += _port_errors(port, f"{path}.ports[{index}]", name_needed=len(subset.ports) > 1)
    return errors


def _address_errors(address: EndpointAddress, path: str) -> list[FieldError]:
    broken = ip_address(address.ip)
    errors = checked(f"{path}.ip", address.ip, broken)
    if address.hostname:
        errors += checked(f"{path}.hostname", address.hostname, dns1123_label(address.hostname))
    if not broken:
        errors += checked(f"{path}.ip", address.ip, ordinary_address(address.ip))
    return errors


def _port_errors(port: EndpointPort, path: str, *, name_needed: bool) -> list[FieldError]:
    errors: list[FieldError] = []
    if port.name:
        errors += checked(f"{path}.name", port.name, dns1123_label(port.name))
    elif name_needed:
        errors.append(required(f"{path}.name"))
    errors += checked(f"{path}.port", port.port, port_number(port.port))
    return [*errors, *protocol_errors(port.protocol, f"{path}.protocol")]
