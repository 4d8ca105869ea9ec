"""Splitting a batch into runs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import product
from operator import attrgetter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tsunagu.chassis import Connection, Handler, Received, RowKey, Subscription, Transaction
from tsunagu.chassis.runs import split
from tsunagu.contracts import messages as m
from tsunagu.contracts.topics import ORDER_EVENTS


@dataclass(frozen=True)
class Item:
    order_key: str
    kind: Any
    place: int


KIND = attrgetter("kind")


def items(pairs: list[tuple[str, str]]) -> list[Item]:
    return [Item(key, kind, place) for place, (key, kind) in enumerate(pairs)]


batches = st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("ABC")), max_size=14).map(items)


@given(batches)
def test_split__any_batch__each_message_once_one_kind_a_run_and_keys_in_order(batch: list[Item]) -> None:
    runs = split(batch, KIND, "ABC")
    flat = [item for run in runs for item in run]
    assert sorted(flat, key=lambda item: item.place) == batch
    assert all(len({item.kind for item in run}) == 1 for run in runs)
    for key in "xyz":
        assert [i for i in flat if i.order_key == key] == [i for i in batch if i.order_key == key]
    for run in runs:
        assert [item.place for item in run] == sorted(item.place for item in run)


@given(st.lists(st.tuples(st.sampled_from("xyz"), st.sampled_from("AB")), max_size=9).map(items))
def test_split__two_kinds__as_few_runs_as_possible(batch: list[Item]) -> None:
    assert len(split(batch, KIND, "AB")) == fewest(batch)


@given(batches)
def test_split__three_kinds__at_most_twice_the_fewest(batch: list[Item]) -> None:
    assert len(split(batch, KIND, "ABC")) <= 2 * max(fewest(batch), 1)


def test_split__independent_keys__the_kind_listed_first_goes_first() -> None:
    batch = items([("x", "take"), ("y", "free")])
    assert [run[0].kind for run in split(batch, KIND, ("free", "take"))] == ["free", "take"]


async def follow(tx: Transaction, messages: Sequence[Received[Any]]) -> None:
    """Handles several types."""


async def cancel(tx: Transaction, messages: Sequence[Received[Any]]) -> None:
    """Handles one type."""


async def keys(connection: Connection, messages: Sequence[Received[Any]]) -> Iterable[RowKey]:
    return ()


def test_subscription__types_with_one_function_and_the_same_keys__are_one_run() -> None:
    subscription = Subscription(
        ORDER_EVENTS,
        (
            Handler(m.OrderPlaced, follow, keys),
            Handler(m.OrderConfirmed, follow, keys),
            Handler(m.OrderReady, follow),
            Handler(m.OrderCancelled, cancel, keys),
        ),
    )

    def runs(kinds: Sequence[tuple[str, type]]) -> list[list[type]]:
        batch = [Item(key, kind, place) for place, (key, kind) in enumerate(kinds)]
        found = split(batch, lambda item: subscription.work_of[item.kind], subscription.priority)
        return [[item.kind for item in run] for run in found]

    together = [("a", m.OrderPlaced), ("b", m.OrderConfirmed), ("a", m.OrderConfirmed), ("b", m.OrderPlaced)]
    assert runs(together) == [[kind for _, kind in together]]
    assert runs([("a", m.OrderPlaced), ("a", m.OrderReady)]) == [[m.OrderPlaced], [m.OrderReady]]
    apart = [("a", m.OrderPlaced), ("a", m.OrderCancelled), ("a", m.OrderConfirmed)]
    assert runs(apart) == [[kind] for _, kind in apart]


def fewest(batch: list[Item]) -> int:
    """The shortest sequence of kinds that holds every key's sequence, by trying all of them."""
    wanted = [[i.kind for i in batch if i.order_key == key] for key in {i.order_key for i in batch}]
    stretches = [[k for n, k in enumerate(kinds) if n == 0 or kinds[n - 1] != k] for kinds in wanted]
    kinds = sorted({item.kind for item in batch})
    for length in range(len(batch) + 1):
        for sequence in product(kinds, repeat=length):
            if all(holds(sequence, stretch) for stretch in stretches):
                return length
    raise AssertionError("the batch's own kinds in order always hold all keys")


def holds(sequence: tuple[str, ...], part: list[str]) -> bool:
    rest = iter(sequence)
    return all(kind in rest for kind in part)
