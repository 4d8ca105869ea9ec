"""How a consumer polls: it waits for records when there are none, and takes what is there when there are some."""

from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any

import pytest

from tsunagu.chassis import clock
from tsunagu.chassis.idling import poll_patiently
from tsunagu.chassis.settings import ChassisSettings

Polled = Mapping[str, list[int]]


class Watch:
    """A clock that stands still unless somebody waits: a slow machine is not taken for a wait."""

    def __init__(self) -> None:
        self.seconds = 0.0


@pytest.fixture
def watch() -> Iterator[Watch]:
    watch = Watch()
    clock.install(clock.TimeSource(clock.MACHINE.now, lambda: watch.seconds))
    yield watch
    clock.install(clock.MACHINE)


class Fetched:
    """Stands for aiokafka's consumer: hands out, poll by poll, what the broker would have sent."""

    def __init__(self, watch: Watch, *polls: Polled, waits_seconds: float = 0.0) -> None:
        self._watch = watch
        self._polls = list(polls)
        self._waits_seconds = waits_seconds
        self._fetcher = SimpleNamespace(_fetch_max_wait_ms=None)
        self.asked: list[tuple[int, int | None]] = []

    async def getmany(self, *, timeout_ms: int = 0, max_records: int | None = None) -> dict[str, list[int]]:
        self.asked.append((timeout_ms, max_records))
        self._watch.seconds += self._waits_seconds
        return {partition: list(records) for partition, records in self._polls.pop(0).items()}


def patient(consumer: Any, **settings: Any) -> Any:
    poll_patiently(consumer, ChassisSettings(**settings))
    return consumer


async def test_poll__records_were_waiting__takes_what_has_come_since_behind_them(watch: Watch) -> None:
    consumer = patient(Fetched(watch, {"a": [1]}, {"a": [2, 3], "b": [7]}), gather_ms=3)
    assert await consumer.getmany(timeout_ms=1, max_records=10) == {"a": [1, 2, 3], "b": [7]}
    assert consumer.asked == [(500, 10), (3, 9)]


@pytest.mark.parametrize(
    ("first", "max_records", "waits_seconds"),
    [({"a": [1]}, 10, 0.01), ({"a": [1, 2]}, 2, 0.0), ({}, 10, 0.0)],
    ids=["it waited for its record", "the batch is full", "nothing came"],
)
async def test_poll__there_is_no_more_to_take__returns_at_once(
    watch: Watch, first: Polled, max_records: int, waits_seconds: float
) -> None:
    consumer = patient(Fetched(watch, first, {"a": [9]}, waits_seconds=waits_seconds))
    assert await consumer.getmany(timeout_ms=1, max_records=max_records) == first
    assert len(consumer.asked) == 1


async def test_poll__nothing_came__the_broker_is_asked_to_wait_for_longer(watch: Watch) -> None:
    consumer = patient(Fetched(watch, {}, {"a": [1]}, {}), fetch_wait_busy_ms=50, fetch_wait_idle_ms=100)
    await consumer.getmany()
    assert consumer._fetcher._fetch_max_wait_ms == 100
    await consumer.getmany()
    assert consumer._fetcher._fetch_max_wait_ms == 50
