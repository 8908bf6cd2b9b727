"""EgressNetworkPolicies: how many rules one may have differs between releases."""

from __future__ import annotations

from cluster.engine.strategies.base import Staging, Strategy
from cluster.objects.egressnetworkpolicy import EgressNetworkPolicy
from cluster.objects.fields import FieldError, invalid, too_many

MAX_RULES, MAX_RULES_4 = 50, 1000
PATH = "spec.egress"


class EgressNetworkPolicyStrategy(Strategy):
    """50 in 3.11 (origin `EgressNetworkPolicyMaxRules`), 1000 in 4.x (its documentation)."""

    def check_create(self, obj: EgressNetworkPolicy, staging: Staging) -> list[FieldError]:
        """Whether there are too many rules."""
        return self._errors(obj, staging)

    def check_update(
        self, new: EgressNetworkPolicy, old: EgressNetworkPolicy, staging: Staging
    ) -> list[FieldError]:
        """Whether there are too many rules."""
        return self._errors(new, staging)

    def _errors(self, obj: EgressNetworkPolicy, staging: Staging) -> list[FieldError]:
        count = len(obj.spec.egress)
        if staging.cluster.config.profile.name == "4":
            return [too_many(PATH, count, MAX_RULES_4)] if count > MAX_RULES_4 else []
        if count <= MAX_RULES:
            return []
        return [invalid(PATH, "", f"too many egress rules (max {MAX_RULES})")]
