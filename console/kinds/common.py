"""What most kinds' pages share: YAML, Events and Pods tabs, common actions, pods by status."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.urls import reverse

from cluster.objects import deploymentconfig, kinds, pod
from cluster.objects.document import to_document
from cluster.objects.kind import Kind, Object
from cluster.objects.manifest import to_yaml
from cluster.objects.pod import Pod
from cluster.runtime.client import Client, Fact
from console.kinds.base import Action, Page, Tab
from console.urls_for import action_url, list_url, name_url, url_of

MOST_PODS = 100
"""Pods shown on another object's page; the list shows them all."""


def yaml_context(page: Page) -> dict[str, Any]:
    """The object as YAML."""
    return {
        "yaml": to_yaml(to_document(page.obj)),
        "download": action_url(page.obj, "download"),
        "reload": url_of(page.obj, "yaml"),
    }


def events_context(page: Page) -> dict[str, Any]:
    """What happened to the object, the newest first."""
    return {"events": page.client.events_of(page.obj)}


YAML = Tab("yaml", "YAML", "resources/yaml.html", yaml_context, live=False)
EVENTS = Tab("events", "Events", "resources/events/of_object.html", events_context)


def summary(page: Page) -> dict[str, Any]:
    """Owner and label search: what the summary partial needs beside the object."""
    owner = page.obj.metadata.controller()
    kind = kinds.BY_NAME.get(owner.kind) if owner else None
    return {
        "owner": owner,
        "owner_url": name_url(kind, page.namespace, owner.name) if owner and kind else "",
        "label_search": f"{list_url(page.kind, page.namespace)}?label=",
    }


def owner_name(obj: Object) -> str:
    """Sort by the owner's name."""
    owner = obj.metadata.controller()
    return owner.name if owner else ""


def delete_action(page: Page) -> Action:
    """The last entry of every menu."""
    return {
        "label": f"Delete {page.kind.name}",
        "get": action_url(page.obj, "delete"),
        "danger": True,
        "disabled": not page.client.may(page.actor, "delete", page.kind, scope(page.kind, page.obj))
        or page.obj.metadata.deletion_timestamp is not None,
    }


def scope(kind: Kind, obj: Object) -> str:
    """The project in which permission for an object is asked."""
    if kind in (kinds.PROJECT, kinds.NAMESPACE):
        return str(obj.metadata.name)
    return str(obj.metadata.namespace)


def yaml_action(page: Page) -> Action:
    """Look at the YAML."""
    return {"label": "View YAML", "href": url_of(page.obj, "yaml")}


def edit_yaml_action(page: Page) -> Action:
    """Change what the cluster makes, as a cluster admin may."""
    url = f"{reverse('import-all')}?edit={page.kind.plural}/{page.obj.metadata.name}"
    return {"label": "Edit YAML", "href": url, "disabled": not page.actor.is_cluster_admin}


def _is_writing_admin(page: Page) -> bool:
    return page.kind.admin_made and page.actor.is_cluster_admin


def plain_actions(page: Page) -> list[Action]:
    """The menu of a kind without actions of its own."""
    entries = [yaml_action(page)]
    if page.kind.admin_made and not page.kind.namespaced:
        entries.append(edit_yaml_action(page))
    if page.kind.user_made or (page.kind.namespaced and _is_writing_admin(page)):
        entries += [{"separator": True}, delete_action(page)]
    return entries


# --- why -----------------------------------------------------------------------------------------


def why(client: Client, obj: Object) -> dict[str, Any]:
    """What keeps an object from its work: facts with links, or nothing while all is well."""
    found = client.why(kinds.kind_of(obj), obj.metadata.namespace, obj.metadata.name)
    if found is None or found.is_well:
        return {"why": None}
    return {"why": {"cause": found.cause, "facts": [(f, _link(f)) for f in found.facts]}}


def _link(fact: Fact) -> str:
    kind = kinds.BY_NAME.get(fact.kind)
    if kind is None or fact.key is None:
        return ""
    return name_url(kind, fact.key.namespace, fact.key.name)


# --- pods ----------------------------------------------------------------------------------------


def category(each: Pod) -> str:
    """The ring's segment for a pod (console: `getPodStatus`)."""
    word = pod.status_word(each)
    if word == "Running":
        return "Running" if each.status.ready else "Not Ready"
    if word in ("Pending", "ContainerCreating", "PodInitializing"):
        return "Pending"
    if word in ("ErrImagePull", "ImagePullBackOff", "InvalidImageName"):
        return "Warning"
    if word in ("Completed", "Succeeded"):
        return "Succeeded"
    if word in ("Terminating", "Unknown", "CrashLoopBackOff", "Failed"):
        return word
    return "Error"


def counts(pods: Iterable[Pod]) -> dict[str, int]:
    """Pods by the ring's segments."""
    return dict(Counter(category(each) for each in pods))


def pods_of(obj: Object, client: Client) -> list[Pod]:
    """The pods behind a workload or a service, by selector."""
    return client.pods_matching(obj.metadata.namespace, obj.spec.selector)


def pods_context(page: Page) -> dict[str, Any]:
    """The pods table of another object's page."""
    found = sorted(pods_of(page.obj, page.client), key=lambda each: each.metadata.name)
    return pod_table(found, page.client)


def pod_table(found: list[Pod], client: Client) -> dict[str, Any]:
    """Context of `resources/pods/table.html`."""
    return {"pods": found[:MOST_PODS], "pods_total": len(found), "pods_most": MOST_PODS}


PODS = Tab("pods", "Pods", "resources/pods/table.html", pods_context)


def active_controller(config: Object, client: Client) -> Object | None:
    """The ReplicationController of a DeploymentConfig's latest version."""
    name = deploymentconfig.deployment_name(config.metadata.name, config.status.latest_version)
    owned = client.owned(config.metadata.uid)
    return next((each for each in owned if each.metadata.name == name), None)


def create_link(kind: Kind, namespace: str) -> tuple[str, str]:
    """The button of a list: kinds without a form are made from YAML."""
    place = reverse("import", args=[namespace]) if namespace else reverse("import-all")
    return f"Create {kind.name}", f"{place}?sample={kind.singular}"
