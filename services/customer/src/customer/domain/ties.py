"""What holds identifiers together: that they were named together, or that a merge has tied them."""

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Tie:
    """Two identifiers on which a merge rests that no key in common explains; in force until a split parts them.

    `customer_id` and `version` are those of the merge's event.
    """

    customer_id: str
    version: int
    ends: tuple[str, str]


def between(ties: Iterable[Tie], one: AbstractSet[str], other: AbstractSet[str]) -> frozenset[Tie]:
    """Those that lead from the one side to the other."""
    return frozenset(tie for tie in ties if _joins(tie.ends, one, other))


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
    return any(_joins(ends, one, other) for ends in ties)


def _joins(ends: tuple[str, str], one: AbstractSet[str], other: AbstractSet[str]) -> bool:
    a, b = ends
    return (a in one and b in other) or (a in other and b in one)
