"""Resource badges, status words and icons: the small signs that OpenShift's console puts beside
every name (its components ResourceIcon and Status).

Colours live in `static/css/shiftlab.css`; what stands here is which word gets which sign.
"""

import re
from functools import lru_cache
from typing import Final

from django import template
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()

SPRITE: Final = "vendor/patternfly-icons/6.6.1/icons.svg"

# Kind -> (letters, colour family). Kinds that are not here get the capitals of their name.
BADGES: Final[dict[str, tuple[str, str]]] = {
    "Pod": ("P", "pod"),
    "Service": ("S", "service"),
    "Deployment": ("D", "workload"),
    "DeploymentConfig": ("DC", "workload"),
    "ReplicationController": ("RC", "workload"),
    "ReplicaSet": ("RS", "workload"),
    "DaemonSet": ("DS", "workload"),
    "StatefulSet": ("SS", "workload"),
    "Job": ("J", "workload"),
    "CronJob": ("CJ", "workload"),
    "Namespace": ("NS", "namespace"),
    "Project": ("PR", "namespace"),
    "Node": ("N", "node"),
    "Machine": ("M", "node"),
    "Secret": ("SE", "secret"),
    "ConfigMap": ("CM", "config"),
    "ServiceAccount": ("SA", "config"),
    "Ingress": ("ING", "config"),
    "Role": ("R", "role"),
    "ClusterRole": ("CR", "role"),
    "RoleBinding": ("RB", "binding"),
    "ClusterRoleBinding": ("CRB", "binding"),
    "Application": ("A", "application"),
    "Route": ("RT", "default"),
    "Endpoints": ("EP", "default"),
}

_SUCCESS = [
    "Accepted",
    "Active",
    "Admitted",
    "Bound",
    "Complete",
    "Completed",
    "Created",
    "Deployed",
    "Enabled",
    "Healthy",
    "Loaded",
    "Preferred",
    "Connected",
    "Ready",
    "Succeeded",
    "Available",
]
_DANGER = [
    "ContainerCannotRun",
    "CrashLoopBackOff",
    "CreateContainerError",
    "CreateContainerConfigError",
    "Critical",
    "ErrImagePull",
    "Error",
    "Failed",
    "ImagePullBackOff",
    "InvalidImageName",
    "Lost",
    "Rejected",
    "UpgradeFailed",
    "RunContainerError",
    "OOMKilled",
    "Evicted",
    "Down",
    "DeadlineExceeded",
]
_WARNING = ["Warning", "RequiresApproval", "Degraded", "Not admitted", "Network cut"]
_PROGRESS = [
    "Running", "Starting", "In Progress", "Installing", "Updating", "Upgrading", "Replacing", "Scaling",
]  # fmt: skip
_PENDING = ["Pending", "ContainerCreating", "PodInitializing", "Pulling"]
_STOPPED = [
    "Cancelled", "Terminating", "Deleting", "Not Ready", "NotReady", "Expired", "Idle",
    "SchedulingDisabled", "Paused", "Stopped", "Off",
]  # fmt: skip

# Status word -> (icon, colour of the icon). Running is neutral in OpenShift 4, not green.
STATUSES: Final[dict[str, tuple[str, str]]] = {
    **dict.fromkeys([*_SUCCESS, "Up to date"], ("check-circle", "success")),
    **dict.fromkeys(_DANGER, ("error", "danger")),
    **dict.fromkeys(_WARNING, ("warning", "warning")),
    **dict.fromkeys(_PROGRESS, ("running", "neutral")),
    **dict.fromkeys(_PENDING, ("hourglass", "neutral")),
    **dict.fromkeys(_STOPPED, ("ban", "neutral")),
    "Info": ("info", "info"),
    "Normal": ("info", "info"),
    "New": ("new", "neutral"),
    "Unknown": ("unknown", "neutral"),
}

# A PF label's colour for each icon colour.
_LABEL_COLOURS = {
    "success": "pf-m-success",
    "danger": "pf-m-danger",
    "warning": "pf-m-warning",
    "info": "pf-m-info",
    "neutral": "",
}


def badge_letters(kind: str) -> str:
    """The one to four letters of a kind's badge: `DC` for DeploymentConfig."""
    if kind in BADGES:
        return BADGES[kind][0]
    return "".join(re.findall(r"[A-Z]", kind))[:4] or kind[:1].upper()


def status_sign(word: str) -> tuple[str, str]:
    """The icon and the colour of a status word; `Init:2/3` waits, other unknown words ask."""
    if word in STATUSES:
        return STATUSES[word]
    if word.startswith("Init:"):
        return ("hourglass", "neutral") if "/" in word else ("error", "danger")
    if word.startswith(("Ready,", "NotReady,")):
        return STATUSES["SchedulingDisabled"]
    return STATUSES["Unknown"]


@register.simple_tag
@lru_cache(512)
def icon(name: str, title: str = "") -> SafeString:
    """One icon of the sprite: decorative, or with `title` as its text alternative."""
    use = format_html('<use href="{}#{}"></use>', static(SPRITE), name)
    if not title:
        return format_html('<svg class="pf-v6-svg sl-icon" aria-hidden="true">{}</svg>', use)
    return format_html(
        '<svg class="pf-v6-svg sl-icon" role="img" aria-label="{}">{}</svg>', title, use
    )


@register.simple_tag
@lru_cache(256)
def badge(kind: str, size: str = "") -> SafeString:
    """The coloured pill left of a name; `size="lg"` beside a page title."""
    family = BADGES.get(kind, ("", "default"))[1]
    return format_html(
        '<span class="sl-badge sl-badge--{}{}" title="{}"><span aria-hidden="true">{}</span>'
        '<span class="pf-v6-screen-reader">{}</span></span>',
        family,
        " sl-badge--lg" if size == "lg" else "",
        kind,
        badge_letters(kind),
        kind,
    )


@register.simple_tag
def resource_link(kind: str, name: str, href: str = "") -> SafeString:
    """Badge and name of an object, the name a link when there is somewhere to go."""
    text = format_html('<a href="{}">{}</a>', href, name) if href else name
    return format_html('<span class="sl-resource">{}<span>{}</span></span>', badge(kind), text)


@register.simple_tag
@lru_cache(256)
def status(word: str, label: bool = False) -> SafeString:
    """Icon and word of a status; `label=True` draws them as a PatternFly label."""
    sign, colour = status_sign(word)
    if not label:
        return format_html(
            '<span class="sl-status sl-status--{}">{}<span>{}</span></span>',
            colour,
            icon(sign),
            word,
        )
    return format_html(
        '<span class="pf-v6-c-label pf-m-outline {}"><span class="pf-v6-c-label__content">'
        '<span class="pf-v6-c-label__icon">{}</span>'
        '<span class="pf-v6-c-label__text">{}</span></span></span>',
        _LABEL_COLOURS[colour],
        icon(sign),
        word,
    )
