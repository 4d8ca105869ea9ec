"""How a consumer polls: it waits for records when there are none, and takes what is there when there are some."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from aiokafka import AIOKafkaConsumer

from tsunagu.chassis.idling import poll_patiently
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.testing.simulated_clock import SimulatedClock

Polled = Mapping[str, list[int]]


class Fetched:
    """Stands for aiokafka's consumer: hands out, poll by poll, what the broker would have sent."""

    def __init__(self, watch: SimulatedClock, *polls: Polled, waits_seconds: float = 0.0) -> None:
        self._watch = watch
        self._polls = list(polls)
        self._waits_seconds = waits_seconds
        self._fetcher = Fetcher()
        self.asked: list[tuple[int, int | None]] = []

    async def getmany(self, *, timeout_ms: int = 0, max_records: int | None = None) -> dict[str, list[int]]:
        self.asked.append((timeout_ms, max_records))
        self._watch.advance(self._waits_seconds)
        return {partition: list(records) for partition, records in self._polls.pop(0).items()}


class Fetcher:
    """Stands for aiokafka's: `fetches` is what each fetch brings; it lies in the client until the one after."""

    def __init__(self, *fetches: list[str], stays_at: int | None = None) -> None:
        self._fetches = list(fetches)
        self._stays_at = stays_at
        self._fetch_max_wait_ms = 50
        self._records: dict[str, object] = {}

    async def _proc_fetch_request(self, number: int) -> bool:
        came = self._fetches[number]
        self._records = dict.fromkeys(came, "records") if number != self._stays_at else self._records
        return bool(came)

    async def waits(self) -> list[int]:
        """How long each next fetch is to wait."""
        consumer = SimpleNamespace(getmany=None, _fetcher=self)
        poll_patiently(cast("AIOKafkaConsumer", consumer), ChassisSettings(fetch_wait_max_ms=1_000))
        waits = []
        for number in range(len(self._fetches)):
            await self._proc_fetch_request(number)
            waits.append(self._fetch_max_wait_ms)
        return waits


def patient(consumer: Any, **settings: Any) -> Any:
    poll_patiently(consumer, ChassisSettings(**settings))
    return consumer


async def test_poll__records_were_waiting__takes_what_has_come_since_behind_them(
    watch: SimulatedClock,
) -> None:
    consumer = patient(Fetched(watch, {"a": [1]}, {"a": [2, 3], "b": [7]}), gather_ms=3)
    assert await consumer.getmany(timeout_ms=1, max_records=10) == {"a": [1, 2, 3], "b": [7]}
    assert consumer.asked == [(500, 10), (3, 9)]


@pytest.mark.parametrize(
    ("first", "max_records", "waits_seconds"),
    [({"a": [1]}, 10, 0.01), ({"a": [1, 2]}, 2, 0.0), ({}, 10, 0.0)],
    ids=["it waited for its record", "the batch is full", "nothing came"],
)
async def test_poll__there_is_no_more_to_take__returns_at_once(
    watch: SimulatedClock, first: Polled, max_records: int, waits_seconds: float
) -> None:
    consumer = patient(Fetched(watch, first, {"a": [9]}, waits_seconds=waits_seconds))
    assert await consumer.getmany(timeout_ms=1, max_records=max_records) == first
    assert len(consumer.asked) == 1


async def test_fetch__nothing_comes__the_broker_is_asked_to_wait_twice_as_long_each_time() -> None:
    fetcher = Fetcher([], [], [], [], [])
    assert await fetcher.waits() == [100, 200, 400, 800, 1_000]


async def test_fetch__records_come__the_next_wait_is_short_and_grows_when_all_partitions_are_fetched() -> (
    None
):
    fetcher = Fetcher([], [], ["a"], [], [], stays_at=3)
    # What came is not taken before the fourth fetch is back: `a` was not in that one.
    assert await fetcher.waits() == [100, 200, 50, 50, 100]


async def test_poll__made_patient_twice__asks_once(watch: SimulatedClock) -> None:
    consumer = patient(patient(Fetched(watch, {})))
    await consumer.getmany()
    assert len(consumer.asked) == 1
