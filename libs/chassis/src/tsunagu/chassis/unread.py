"""Which ids of the outbox may still hold something to send: it spares the relay dead rows, and never a row.

An id is given out before its row commits, so a lower id may come after a higher one was sent. The relay has to read it
then before anything newer under its key, so it goes on looking at the ids that it has passed and not seen. Such an id
never comes once every transaction has ended that was under way when it was passed: then the relay looks no more.
Meanwhile another database's long transaction costs a look at the few ids that were rolled back, not at every row that
was sent and can't be cleared away.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

_FIRST, _LAST = -(2**63), 2**63 - 1  # what stands for events of long ago has ids below zero


@dataclass(frozen=True, slots=True)
class Gap:
    """Ids from `low` to `high` that were passed unseen; none comes once all transactions below `xid` have ended."""

    low: int
    high: int
    xid: int


class Unread:
    """What a relay has to read: gaps, and all ids above those it has seen."""

    def __init__(self, gaps_max: int) -> None:
        self._gaps_max = gaps_max
        self.begin_again()

    def begin_again(self) -> None:
        """Know nothing: everything is to be read."""
        self._gaps: list[Gap] = []
        self._next = _FIRST

    def stretches(self, *, all_of_it: bool = False) -> tuple[list[int], list[int]]:
        """First and last ids of what is to be read, both included."""
        if all_of_it:
            return [_FIRST], [_LAST]
        return [*(gap.low for gap in self._gaps), self._next], [*(gap.high for gap in self._gaps), _LAST]

    def note(self, ids: Sequence[int], xmin: int, xmax: int) -> None:
        """What was read up to the last of `ids`, which are in order and sent now, in a snapshot with these bounds.

        `xmin` is the lowest transaction id that was under way then, `xmax` the first one that was not given out yet
        (pg_current_snapshot, https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-SNAPSHOT).
        """
        if not ids:
            return
        last = ids[-1]
        gaps = [gap for gap in self._gaps if gap.low > last]
        for gap in self._gaps:
            if gap.low <= last < gap.high:
                gaps.append(replace(gap, low=last + 1))
            if gap.low <= last and gap.xid > xmin:
                gaps.extend(_without(ids, replace(gap, high=min(gap.high, last))))
        if last >= self._next:
            gaps.extend(_without(ids, Gap(self._next, last, xmax)))
            self._next = last + 1
        self._gaps = sorted(gaps, key=lambda gap: gap.low)
        if len(self._gaps) > self._gaps_max:
            self._gaps = [Gap(self._gaps[0].low, self._gaps[-1].high, max(gap.xid for gap in self._gaps))]


def _without(ids: Sequence[int], gap: Gap) -> Iterator[Gap]:
    """What is left of a gap once these ids are seen."""
    low = gap.low
    for seen in ids[bisect_left(ids, gap.low) :]:
        if seen > gap.high:
            break
        if low < seen:
            yield replace(gap, low=low, high=seen - 1)
        low = seen + 1
    if low <= gap.high:
        yield replace(gap, low=low)
