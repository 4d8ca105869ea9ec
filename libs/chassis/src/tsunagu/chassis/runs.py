"""Splitting a batch into runs: as few as possible, without changing the order of types under one key."""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Sequence
from typing import Protocol, TypeVar


class Keyed(Protocol):
    """What a message must show to be put into a run."""

    @property
    def order_key(self) -> Hashable:
        """Messages with the same key keep their order."""


T = TypeVar("T", bound=Keyed)
Kind = Callable[[T], Hashable]
"""What one run holds messages of."""


def split(messages: Sequence[T], kind: Kind[T], priority: Sequence[Hashable]) -> list[list[T]]:
    """Runs of one kind each; under every key, messages come in the order they had.

    `priority` lists the kinds, those that free something before those that take it; where the order of keys leaves
    a choice, the kind named earlier goes first. The fewest runs are a shortest common supersequence of the keys'
    sequences, which is hard in general. Greedy here: a kind that waits behind no other costs nothing to take now;
    if there is none, what the longest key begins with has to come anyhow. That is the optimum for two kinds.
    """
    if len({kind(message) for message in messages}) <= 1:  # what most batches are
        return [list(messages)] if messages else []
    queues: dict[Hashable, deque[T]] = {}
    for message in messages:
        queues.setdefault(message.order_key, deque()).append(message)
    stretches = {key: _stretches(queue, kind) for key, queue in queues.items()}
    rank = {one: place for place, one in enumerate(priority)}
    # How many keys still hold a message of this kind behind one of another kind.
    behind: Counter[Hashable] = Counter()
    for queue in queues.values():
        behind.update(_kinds_behind(queue, kind))
    position = {id(message): place for place, message in enumerate(messages)}

    runs: list[list[T]] = []
    while queues:
        longest: dict[Hashable, int] = {}
        for key, queue in queues.items():
            first = kind(queue[0])
            longest[first] = max(longest.get(first, 0), stretches[key])
        free = [one for one in longest if not behind[one]]
        if free:
            taken = min(free, key=lambda k: rank.get(k, len(rank)))
        else:
            taken = max(longest, key=lambda k: (longest[k], -rank.get(k, len(rank))))
        run: list[T] = []
        for key in [key for key, queue in queues.items() if kind(queue[0]) == taken]:
            queue = queues[key]
            behind.subtract(_kinds_behind(queue, kind))
            while queue and kind(queue[0]) == taken:
                run.append(queue.popleft())
            stretches[key] -= 1
            if queue:
                behind.update(_kinds_behind(queue, kind))
            else:
                del queues[key]
        run.sort(key=lambda message: position[id(message)])
        runs.append(run)
    return runs


def _stretches(queue: deque[T], kind: Kind[T]) -> int:
    """How many stretches of equal kinds the queue has."""
    kinds = [kind(message) for message in queue]
    return sum(place == 0 or kinds[place - 1] != kind for place, kind in enumerate(kinds))


def _kinds_behind(queue: deque[T], kind: Kind[T]) -> set[Hashable]:
    """Kinds that occur after the first stretch of equal kinds."""
    first = kind(queue[0])
    kinds: set[Hashable] = set()
    left_front = False
    for message in queue:
        left_front = left_front or kind(message) != first
        if left_front:
            kinds.add(kind(message))
    return kinds
