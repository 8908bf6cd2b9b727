"""The `oc` commands that do what the settings form would do, for the cluster's generation: 3.x sets the
environment of `dc/router`, OpenShift 4 patches the IngressController."""

from __future__ import annotations

import json
from collections.abc import Mapping

from cluster.objects.codec import encode
from cluster.objects.ingresscontroller import (
    DEFAULT,
    ENVIRONMENT_OVERRIDE,
    NAMESPACE,
    ROUTER_NAMESPACE,
    IngressController,
)
from console.forms.oc_lines import merge_patch, shell_line

_FILES = ("--cert=tls.crt", "--key=tls.key")
UNSUPPORTED = (
    "The operator of a real OpenShift 4 does not pass unsupportedConfigOverrides.env on to the router:"
    " the router's Deployment is its own there. Here it has the effect that the variables have."
)


def patch(old: IngressController, new: IngressController, secret: str, *, exists: bool) -> str:
    """The commands for OpenShift 4. `secret` is one whose certificate is typed, "" for none."""
    lines = []
    if secret:
        made = shell_line("oc", "create", "secret", "tls", secret, *_FILES, n=ROUTER_NAMESPACE)
        lines.append(_replacing(made, ROUTER_NAMESPACE, "=client") if exists else made)
    changes = merge_patch(encode(old.spec), encode(new.spec))
    if changes:
        text = json.dumps({"spec": changes}, separators=(",", ":"))
        place = ("-n", NAMESPACE, "patch", f"ingresscontroller/{DEFAULT}")
        lines.append(shell_line("oc", *place, "--type=merge", p=text))
    return "\n".join(lines)


def touches_environment(old: IngressController, new: IngressController) -> bool:
    """Whether the change needs what a real operator does not do."""
    before, after = (each.spec.unsupported_config_overrides for each in (old, new))
    return bool(before.get(ENVIRONMENT_OVERRIDE) != after.get(ENVIRONMENT_OVERRIDE))


def set_environment(
    before: Mapping[str, str], after: Mapping[str, str], *, new_certificate: bool
) -> str:
    """The commands for 3.x: `ROUTER_X=y` sets, `ROUTER_X-` takes away."""
    lines = []
    words = [f"{name}={text}" for name, text in after.items() if before.get(name) != text]
    words += [f"{name}-" for name in before if name not in after]
    if words:
        lines.append(shell_line("oc", "set", "env", "dc/router", "-n", "default", *words))
    if new_certificate:
        made = shell_line("oc", "create", "secret", "tls", "router-certs", *_FILES, n="default")
        lines.append(_replacing(made, "default", ""))
        lines.append(shell_line("oc", "rollout", "latest", "dc/router", n="default"))
    return "\n".join(lines)


def _replacing(made: str, namespace: str, how: str) -> str:
    return f"{made} --dry-run{how} -o yaml | oc -n {namespace} replace -f -"
