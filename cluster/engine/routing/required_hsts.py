"""The cluster's demand for HSTS: `requiredHSTSPolicies` of ingress.config (openshift-apiserver:
`requiredrouteannotations`). The API server refuses (403) routes that do not meet the first policy
whose namespaces and domains match."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from cluster.engine.routing.annotation_values import HSTS
from cluster.objects.route import EDGE, REENCRYPT, Route

NO_OPINION: Final = "NoOpinion"
_MAX_AGE: Final = re.compile(r"max-age=([0-9]+)")
_MAX_INT32: Final = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredHstsPolicy:
    """One policy. Ages are in seconds; None leaves that end open.

    `match_labels` None selects all namespaces.
    """

    domain_patterns: tuple[str, ...] = ()
    match_labels: Mapping[str, str] | None = None
    smallest_max_age: int | None = None
    largest_max_age: int | None = None
    preload_policy: str = NO_OPINION
    include_subdomains_policy: str = NO_OPINION

    def covers(self, hosts: Iterable[str], labels: Mapping[str, str]) -> bool:
        """Whether the policy is about a route with these hosts in a namespace with these labels."""
        wanted = self.match_labels or {}
        selected = all(labels.get(name) == value for name, value in wanted.items())
        names = list(hosts)
        return selected and any(
            _matches(pattern, host) for pattern in self.domain_patterns for host in names
        )


def required_hsts_error(
    policies: Iterable[RequiredHstsPolicy],
    new: Route,
    old: Route | None,
    namespace_labels: Mapping[str, str],
) -> str | None:
    """Why the API server forbids a new or changed route, None where it does not.

    A change that leaves the annotation alone is not judged.
    """
    annotations = new.metadata.annotations
    if old is not None and annotations.get(HSTS) == old.metadata.annotations.get(HSTS):
        return None
    if new.spec.tls is not None and new.spec.tls.termination not in (EDGE, REENCRYPT):
        return None
    hosts = [new.spec.host, *(each.host for each in new.status.ingress)]
    policy = next((each for each in policies if each.covers(hosts, namespace_labels)), None)
    return None if policy is None else _violation(policy, annotations.get(HSTS, ""))


def _violation(policy: RequiredHstsPolicy, value: str) -> str | None:
    """Blanks and case do not count here, otherwise than in the router's own reading."""
    text = value.replace(" ", "").lower()
    tokens = set(text.split(";"))
    found = _MAX_AGE.search(text)
    if found is None:
        return "HSTS max-age must be set correctly in HSTS annotation"
    age = int(found[1])
    if age > _MAX_INT32:
        return f'strconv.ParseInt: parsing "{found[1]}": value out of range'
    if policy.largest_max_age is not None and age > policy.largest_max_age:
        return f"HSTS max-age is greater than maximum age {policy.largest_max_age}s"
    if policy.smallest_max_age is not None and age < policy.smallest_max_age:
        return f"HSTS max-age is less than minimum age {policy.smallest_max_age}s"
    return _token_violation(
        "preload", "Preload", policy.preload_policy, tokens
    ) or _token_violation(
        "includeSubDomains", "IncludeSubDomains", policy.include_subdomains_policy, tokens
    )


def _token_violation(token: str, name: str, policy: str, tokens: set[str]) -> str | None:
    present = token.lower() in tokens
    if policy == f"Require{name}" and not present:
        return f"HSTS {token} must be specified"
    if policy == f"RequireNo{name}" and present:
        return f"HSTS {token} must not be specified"
    return None


def _matches(pattern: str, host: str) -> bool:
    """Go's `filepath.Match`: a star does not stop at dots, only at slashes, which hosts have not."""
    return fnmatch.fnmatchcase(host, pattern)
