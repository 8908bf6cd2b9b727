"""The policy form's fields as a tree: their names are paths, and its buttons add and take away branches."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from django.http import QueryDict

LISTS = ("selector", "rules", "peers", "ports", "pods", "namespaces")
"""Names that hold numbered branches."""
MOST = 100
"""Branches of one list up to which the form adds more."""

Branch = dict[str, Any]


def grown(data: QueryDict | Mapping[str, str]) -> Branch:
    """The tree of a posted form: `ingress.rules.0.peers.1.cidr` is a leaf. Numbers only order."""
    root: Branch = {}
    for name in data:
        *way, leaf = name.split(".")
        if not way and leaf not in ("name",):
            continue
        branch: Branch = root
        for part in way:
            branch = branch.setdefault(part, {})
            if not isinstance(branch, dict):
                break
        else:
            branch[leaf] = data[name]
    return _listed(root)


def _listed(branch: Branch) -> Branch:
    found: Branch = {}
    for name, value in branch.items():
        if not isinstance(value, dict):
            found[name] = value
        elif name in LISTS:
            numbered = [(int(key), each) for key, each in value.items() if _is_number(key)]
            ordered = sorted(numbered, key=lambda pair: pair[0])
            found[name] = [_listed(each) for _, each in ordered if isinstance(each, dict)]
        else:
            found[name] = _listed(value)
    return found


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 6


def reshaped(tree: Branch, request: str) -> Branch:
    """The tree after a button: `add ingress.rules`, `add ingress.rules.0.peers block`,
    `remove ingress.rules.0`. A request that fits nothing changes nothing."""
    verb, _, rest = request.partition(" ")
    path, _, kind = rest.partition(" ")
    *way, last = path.split(".")
    changed = deepcopy(tree)
    held: Any = changed
    for part in way:
        held = _below(held, part)
        if held is None:
            return tree
    if verb == "add" and isinstance(held, dict) and last in LISTS:
        branches = held.setdefault(last, [])
        if isinstance(branches, list) and len(branches) < MOST:
            branches.append({"kind": kind} if kind else {})
        return changed
    if verb == "remove" and isinstance(held, list) and _is_number(last) and int(last) < len(held):
        del held[int(last)]
        return changed
    return tree


def _below(held: Any, part: str) -> Any:
    if isinstance(held, dict):
        return held.setdefault(part, [] if part in LISTS else {})
    if isinstance(held, list) and _is_number(part) and int(part) < len(held):
        return held[int(part)]
    return None


def focus_after(tree: Branch, request: str) -> str:
    """The control to put the focus on: the first of what was added, else the button that adds."""
    verb, _, rest = request.partition(" ")
    path = rest.partition(" ")[0]
    if verb == "remove":
        return f"add-{path.rpartition('.')[0]}"
    if verb != "add":
        return ""
    held: Any = tree
    for part in path.split("."):
        held = _below(held, part)
        if held is None:
            return ""
    first = {
        "rules": "summary",
        "peers": "kind",
        "ports": "protocol",
    }.get(path.rpartition(".")[2], "key")
    return f"{path}.{len(held) - 1}.{first}"
