"""A policy with other parts, as somebody wants to try it."""

from collections.abc import Mapping
from dataclasses import replace

from insight.domain.policy import Policy
from insight.domain.policy_file import WHOLE_PERCENT


def with_percents(policy: Policy, percents: Mapping[str, int]) -> Policy:
    """The policy with these parts by role instead of its own; a part of 0 is none. Without any, the policy itself.

    Raises ValueError, as a sentence, where it has no such role or the parts do not make a whole.
    """
    if not percents:
        return policy
    roles = [part.role.value for part in policy.parts]
    strangers = sorted(percents.keys() - set(roles))
    if strangers:
        raise ValueError(
            f"{policy.policy_id} has no part for {', '.join(strangers)}; it has {', '.join(roles)}"
        )
    parts = tuple(replace(part, percent=percents.get(part.role.value, part.percent)) for part in policy.parts)
    total = sum(part.percent for part in parts)
    if total != WHOLE_PERCENT:
        raise ValueError(f"the parts add up to {total}, not {WHOLE_PERCENT}")
    return replace(policy, parts=tuple(part for part in parts if part.percent))
