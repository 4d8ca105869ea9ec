"""Who is one customer: exact keys merge, the oldest customer stays, and whom a person keeps apart stay two."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

DECIDED = "person_decided"


@dataclass(frozen=True, slots=True)
class Key:
    """Something exact that belongs to one customer. `ref` is the opaque id; None for e-mail and phone."""

    kind: str
    digest: str
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class Merge:
    """A customer that turned out to be another, and which kind of key showed it."""

    merged_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Grouping:
    """The customer whom the keys belong to. `withheld`: how many others share a key but are kept apart."""

    customer_id: str
    is_new: bool
    merges: tuple[Merge, ...] = ()
    withheld: int = 0


@dataclass(frozen=True, slots=True)
class Suppressed:
    """A key belongs to somebody who was erased after this was said."""


class ChangeKind(StrEnum):
    """What can be undone."""

    MERGED = "merged"
    SPLIT = "split"
    SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Change:
    """A change of identities by the event that told of it, and the keys that each side held then.

    `moved`: what came from, or went to, `other_id`; of a shared identifier that one key.
    """

    customer_id: str
    version: int
    kind: ChangeKind
    other_id: str | None
    moved: frozenset[str]
    stayed: frozenset[str] = frozenset()


Pair = frozenset[str]


def group(
    keys: Sequence[Key],
    holders: Mapping[str, str],
    suppressed: Mapping[str, datetime],
    apart: AbstractSet[Pair],
    *,
    candidate_id: str,
    said_at: datetime,
) -> Grouping | Suppressed:
    """Which customer the keys of one statement belong to. `holders`: digest → customer_id.

    Among those who hold a key the smallest id stays; ids begin with the time of their making, so it is the oldest.
    `candidate_id` becomes the customer where nobody holds any. A statement older than an erasure brings nobody back;
    a newer one is a new beginning.
    """
    if any(said_at <= suppressed[key.digest] for key in keys if key.digest in suppressed):
        return Suppressed()
    held = [key for key in keys if key.digest in holders]
    if not held:
        return Grouping(candidate_id, is_new=True)
    one = {holders[held[0].digest]}
    others = sorted({holders[key.digest] for key in held} - one)
    withheld = 0
    for other in others:
        if any(frozenset((other, member)) in apart for member in one):
            withheld += 1
        else:
            one.add(other)
    survivor = min(one)
    merges = tuple(
        Merge(merged_id, _shared_key(keys, holders, survivor, merged_id))
        for merged_id in sorted(one - {survivor})
    )
    return Grouping(survivor, is_new=False, merges=merges, withheld=withheld)


def _shared_key(keys: Sequence[Key], holders: Mapping[str, str], survivor: str, merged_id: str) -> str:
    """The kind of the key that ties both: the later one named, as the first is the ref the statement is about."""
    places = {side: _first_place(keys, holders, side) for side in (survivor, merged_id)}
    return keys[max(places.values())].kind


def _first_place(keys: Sequence[Key], holders: Mapping[str, str], customer_id: str) -> int:
    return next(place for place, key in enumerate(keys) if holders.get(key.digest) == customer_id)


def moved_keys(
    members: Iterable[str], moved_refs: AbstractSet[str], claims: Mapping[str, AbstractSet[str]]
) -> frozenset[str]:
    """Which keys of a customer leave with the refs that are split off.

    `claims`: digest of an e-mail address or phone → digests of the refs under which it was given. It leaves when
    only leaving refs gave it; what both gave stays. Refs leave only when they are named.
    """
    return frozenset(
        digest
        for digest in members
        if digest in moved_refs or (claims.get(digest) and claims[digest] <= moved_refs)
    )
