"""What counts as a drift, and since when. Pure: no I/O, no clock.

Two places that should say the same are read one after the other while the system works, so that a difference is
usually news under way. It counts once it has stood in two looks that lie at least the grace apart. What "stood"
means depends on how the two are connected: see the three functions below.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

Key = tuple[str, ...]
"""What is compared: a location and a SKU, or an order."""


class Reading(NamedTuple):
    """What one place says of a key. `value` None: nothing. `version` rises whenever the place says something new."""

    value: tuple[object, ...] | None
    version: int = 0


class Sides(NamedTuple):
    """A key as its source and its copy have it."""

    source: Reading
    copy: Reading

    @property
    def differ(self) -> bool:
        """Whether the two do not say the same."""
        return self.source.value != self.copy.value


Stands = Callable[[Sides, Sides], bool]
"""Whether a difference seen at a first and at a later look is one that has stood between them."""


def one_stood_still(first: Sides, now: Sides) -> bool:
    """For a copy that follows its source. A source that has not moved has said it all; a copy that has not moved
    has taken nothing since it was found behind."""
    return first.source == now.source or first.copy == now.copy


def neither_moved(first: Sides, now: Sides) -> bool:
    """For two places that each follow the other: who moved may have made a new difference, which is in flight."""
    return first == now


def same_gap(first: Sides, now: Sides) -> bool:
    """For numbers read at one moment of one database: nothing is in flight, both may move, the gap may not."""
    return _gap(first) == _gap(now)


def _gap(sides: Sides) -> tuple[int, ...]:
    pairs = zip(sides.source.value or (), sides.copy.value or (), strict=False)
    return tuple(int(str(there)) - int(str(here)) for here, there in pairs)


class Cause(NamedTuple):
    """The last message about a key."""

    topic: str
    message_id: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Drift:
    """A difference that is followed. `first` is what was seen at `since`, `now` what was seen last.

    `is_confirmed`: it has stood for the grace. From then on it is a drift until the two sides agree again.
    """

    kind: str
    key: Key
    since: datetime
    first: Sides
    now: Sides
    is_confirmed: bool = False
    is_explained: bool = False
    """Whether its cause has been looked for, found or not."""
    cause: Cause | None = None

    @property
    def subject(self) -> str:
        """The key as the topics have it."""
        return ":".join(self.key)


class Watch:
    """The differences that are followed, by kind and key; at most `suspects_max` of a kind."""

    def __init__(self, grace_seconds: float, suspects_max: int) -> None:
        self._grace = timedelta(seconds=grace_seconds)
        self._max = suspects_max
        self._followed: dict[str, dict[Key, Drift]] = {}
        self._ended: list[Drift] = []

    def resume(self, drifts: Iterable[Drift]) -> None:
        """Go on with drifts that were confirmed earlier, before a restart."""
        for drift in drifts:
            self._followed.setdefault(drift.kind, {})[drift.key] = drift

    def keys(self, kind: str) -> list[Key]:
        """What has to be looked at again."""
        return list(self._followed.get(kind, ()))

    def take(self, kind: str, stands: Stands, seen: Mapping[Key, Sides], now: datetime) -> None:
        """Take what a look has seen of some keys."""
        followed = self._followed.setdefault(kind, {})
        for key, sides in seen.items():
            before = followed.get(key)
            if not sides.differ:
                if before is not None:
                    del followed[key]
                    self._ended += [before] if before.is_confirmed else []
            elif before is None:
                if len(followed) < self._max:
                    followed[key] = Drift(kind, key, now, sides, sides)
            elif before.is_confirmed:
                followed[key] = replace(before, now=sides)
            elif not stands(before.first, sides):
                followed[key] = Drift(kind, key, now, sides, sides)
            elif now - before.since >= self._grace:
                followed[key] = replace(before, now=sides, is_confirmed=True)

    def explain(self, drift: Drift, cause: Cause | None) -> None:
        """Remember the cause of a drift, or that none was found."""
        self._followed[drift.kind][drift.key] = replace(drift, is_explained=True, cause=cause)

    def drifts(self) -> list[Drift]:
        """The confirmed ones, oldest first."""
        every = (drift for followed in self._followed.values() for drift in followed.values())
        return sorted(
            (drift for drift in every if drift.is_confirmed), key=lambda drift: (drift.since, drift.key)
        )

    def in_flight(self) -> list[Drift]:
        """Those that have not stood for the grace yet."""
        every = (drift for followed in self._followed.values() for drift in followed.values())
        return [drift for drift in every if not drift.is_confirmed]

    def full(self) -> list[str]:
        """Kinds of which there may be more than are followed."""
        return [kind for kind, followed in self._followed.items() if len(followed) >= self._max]

    def take_ended(self) -> list[Drift]:
        """The drifts that have ended since this was last asked."""
        ended, self._ended = self._ended, []
        return ended
