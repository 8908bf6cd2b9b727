"""Rules of HostSubnet (openshift/origin `network/apis/network/validation: ValidateHostSubnet`)."""

from __future__ import annotations

from cluster.objects.fields import FieldError, invalid
from cluster.objects.hostsubnet import HostSubnet
from cluster.objects.validation.meta import checked, validate_meta, validate_meta_update
from cluster.objects.validation.names import ip_address, path_segment
from cluster.objects.validation.networks import cidr

# A subnet with this annotation gets its range from the master later.
ASSIGN_SUBNET = "pod.network.openshift.io/assign-subnet"


def validate_hostsubnet(subnet: HostSubnet) -> list[FieldError]:
    """What is wrong with a new host subnet."""
    errors = validate_meta(subnet.metadata, path_segment, namespaced=False)
    if subnet.host != subnet.metadata.name:
        detail = f'must be the same as metadata.name: "{subnet.metadata.name}"'
        errors.append(invalid("host", subnet.host, detail))
    if subnet.subnet:
        errors += checked("subnet", subnet.subnet, cidr(subnet.subnet))
    elif ASSIGN_SUBNET not in subnet.metadata.annotations:
        errors.append(invalid("subnet", subnet.subnet, "field cannot be empty"))
    if ip_address(subnet.host_ip):
        errors.append(invalid("hostIP", subnet.host_ip, "invalid IP address"))
    for index, address in enumerate(subnet.egress_ips):
        if ip_address(address) or ":" in address:
            errors.append(invalid(f"egressIPs[{index}]", address, "must be valid IPv4 address"))
    for index, block in enumerate(subnet.egress_cidrs):
        errors += checked(f"egressCIDRs[{index}]", block, cidr(block))
    return errors


def validate_hostsubnet_update(new: HostSubnet, old: HostSubnet) -> list[FieldError]:
    """What is wrong with a change: pods already have addresses of the range."""
    errors = [*validate_meta_update(new.metadata, old.metadata), *validate_hostsubnet(new)]
    if old.subnet and new.subnet != old.subnet:
        errors.append(invalid("subnet", new.subnet, "cannot change the subnet lease midflight."))
    return errors
