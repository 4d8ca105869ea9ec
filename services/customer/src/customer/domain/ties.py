"""Keys that were named together, and what hangs together by that."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet


def components(members: Iterable[str], ties: Iterable[tuple[str, str]]) -> list[frozenset[str]]:
    """The members in groups that ties hold together, the largest first. Ties to others count for nothing."""
    group_of = {member: {member} for member in members}
    for one, other in ties:
        if one in group_of and other in group_of and group_of[one] is not group_of[other]:
            group_of[one] |= group_of[other]
            for member in group_of[other]:
                group_of[member] = group_of[one]
    groups = {id(group): frozenset(group) for group in group_of.values()}
    return sorted(groups.values(), key=lambda group: (-len(group), min(group)))


def followers(
    newcomers: AbstractSet[str],
    leaving: AbstractSet[str],
    staying: AbstractSet[str],
    ties: Sequence[tuple[str, str]],
) -> frozenset[str]:
    """Which keys that came after a merge leave with the side that it had brought: those tied to nothing that stays."""
    return frozenset(
        key
        for group in components(newcomers, ties)
        if _touch(group, leaving, ties) and not _touch(group, staying, ties)
        for key in group
    )


def _touch(one: AbstractSet[str], other: AbstractSet[str], ties: Sequence[tuple[str, str]]) -> bool:
    return any((a in one and b in other) or (a in other and b in one) for a, b in ties)
