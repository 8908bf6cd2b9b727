"""The `oc` commands that do what the route form would do: so that the form teaches the command line."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from cluster.objects.codec import encode
from cluster.objects.route import EDGE, Route, weight_of
from console.forms.oc_lines import merge_patch, shell_line

_OPTIONS = (
    ("certificate", "cert", "crt"),
    ("key", "key", "key"),
    ("ca_certificate", "ca-cert", "ca.crt"),
    ("destination_ca_certificate", "dest-ca-cert", "dest-ca.crt"),
)


def commands(new: Route, old: Route | None) -> str:
    """The commands, one a line; "" when nothing would change."""
    lines = _created(new) if old is None else _changed(new, old)
    return "\n".join(lines)


def set_backends(route: Route) -> str:
    """`oc set route-backends web web-blue=80 web-green=20`."""
    pairs = [f"{each.name}={weight_of(each)}" for each in route.spec.backends]
    return shell_line("oc", "set", "route-backends", route.metadata.name, *pairs, **_place(route))


def _created(route: Route) -> list[str]:
    spec, tls = route.spec, route.spec.tls
    if tls is None:
        words = ["oc", "expose", "service", spec.to.name]
        options = {"name": route.metadata.name}
    else:
        kind = tls.termination or EDGE
        words = ["oc", "create", "route", kind, route.metadata.name]
        options = {"service": spec.to.name, "insecure-policy": tls.insecure_edge_termination_policy}
        options |= {option: file for name, option, file in _OPTIONS if getattr(tls, name)}
    options |= {"hostname": spec.host, "path": spec.path}
    options["port"] = str(spec.port.target_port) if spec.port else ""
    lines = [shell_line(*words, **options, **_place(route))]
    if spec.alternate_backends:
        lines.append(set_backends(route))
    if tls is not None and tls.external_certificate is not None:
        # `oc create route` has no option for it.
        lines.append(
            _patch(route, {"tls": {"externalCertificate": encode(tls.external_certificate)}})
        )
    return [
        *lines,
        *_metadata(route, "label", {}, dict(route.metadata.labels)),
        *_annotated(route, {}),
    ]


def _changed(new: Route, old: Route) -> list[str]:
    lines = []
    if new.spec.backends != old.spec.backends:
        lines.append(set_backends(new))
    patch = merge_patch(encode(old.spec), encode(new.spec))
    for name in ("to", "alternateBackends"):
        patch.pop(name, None)
    if patch:
        lines.append(_patch(new, patch))
    before = dict(old.metadata.labels)
    lines += _metadata(new, "label", before, dict(new.metadata.labels))
    return [*lines, *_annotated(new, dict(old.metadata.annotations))]


def _patch(route: Route, spec: Mapping[str, Any]) -> str:
    text = json.dumps({"spec": spec}, separators=(",", ":"))
    options = {"patch": text, "type": "merge", **_place(route)}
    return shell_line("oc", "patch", "route", route.metadata.name, **options)


def _annotated(route: Route, before: dict[str, str]) -> list[str]:
    return _metadata(route, "annotate", before, dict(route.metadata.annotations))


def _metadata(route: Route, verb: str, before: dict[str, str], after: dict[str, str]) -> list[str]:
    """`oc label` or `oc annotate`: `name=text` sets, `name-` takes away."""
    words = [f"{name}={text}" for name, text in after.items() if before.get(name) != text]
    words += [f"{name}-" for name in before if name not in after]
    if not words:
        return []
    changes = any(name in after and after[name] != text for name, text in before.items())
    overwrite = ["--overwrite"] if changes else []
    return [
        shell_line("oc", verb, "route", route.metadata.name, *words, *overwrite, **_place(route))
    ]


def _place(route: Route) -> dict[str, str]:
    return {"n": route.metadata.namespace}
