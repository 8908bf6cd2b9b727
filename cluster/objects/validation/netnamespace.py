"""Rules of NetNamespace (openshift/origin `network/apis/network/validation: ValidateNetNamespace`)."""

from __future__ import annotations

from cluster.objects.fields import FieldError, invalid
from cluster.objects.netnamespace import GLOBAL_VNID, MAX_VNID, MIN_VNID, NetNamespace
from cluster.objects.validation.meta import validate_meta, validate_meta_update
from cluster.objects.validation.names import ip_address, path_segment


def validate_netnamespace(obj: NetNamespace) -> list[FieldError]:
    """What is wrong with a new virtual network."""
    errors = validate_meta(obj.metadata, path_segment, namespaced=False)
    if obj.netname != obj.metadata.name:
        detail = f'must be the same as metadata.name: "{obj.metadata.name}"'
        errors.append(invalid("netname", obj.netname, detail))
    errors += _netid_errors(obj.netid)
    for index, address in enumerate(obj.egress_ips):
        if ip_address(address) or ":" in address:
            errors.append(invalid(f"egressIPs[{index}]", address, "must be a valid IPv4 address"))
    return errors


def validate_netnamespace_update(new: NetNamespace, old: NetNamespace) -> list[FieldError]:
    """What is wrong with a change."""
    return [*validate_meta_update(new.metadata, old.metadata), *validate_netnamespace(new)]


def _netid_errors(netid: int) -> list[FieldError]:
    if netid == GLOBAL_VNID:
        return []
    if netid < MIN_VNID:
        return [invalid("netid", netid, f"VNID must be greater than or equal to {MIN_VNID}")]
    if netid > MAX_VNID:
        return [invalid("netid", netid, f"VNID must be less than or equal to {MAX_VNID}")]
    return []
