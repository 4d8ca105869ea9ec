"""An idle consumer waits on the broker instead of asking it again and again.

FastStream polls with a timeout and sleeps as long again when nothing came, and aiokafka asks the broker anew after
`fetch_max_wait_ms`. What is right for a busy consumer keeps an idle one awake 70 times a second, and a system has some
eighty of them. Here the poll itself waits, and the broker is asked to wait twice as long each time nothing has come; a
record that arrives ends either wait at once.

What is not in the fetch under way has to wait for its end: a partition whose records lie in the client. So the wait is
short from when records come until none lie there; the next fetch is for all partitions, and may be long.

A busy consumer finds records waiting: those that came first while it worked, often a single one, since aiokafka fetches
on only when they are taken. It asks for what has come since as well, so that a batch is what there is.
"""

from typing import Any

from aiokafka import AIOKafkaConsumer

from tsunagu.chassis import clock
from tsunagu.chassis.settings import ChassisSettings

WAITED_SECONDS = 0.001
"""A poll that took longer had nothing to return at first: whoever waits for records wants them at once."""


def poll_patiently(consumer: AIOKafkaConsumer, settings: ChassisSettings) -> None:
    """Let the polls and fetches of a consumer that has started wait for records; doing it twice changes nothing."""
    if getattr(consumer.getmany, "is_patient", False):
        return
    consumer.getmany = _patient_poll(consumer, settings)
    fetcher = consumer._fetcher
    fetcher._proc_fetch_request = _patient_fetch(fetcher, settings)


def _patient_poll(consumer: AIOKafkaConsumer, settings: ChassisSettings) -> Any:
    poll = consumer.getmany

    async def getmany(*partitions: Any, timeout_ms: int = 0, max_records: int | None = None) -> Any:
        del timeout_ms  # FastStream's is the length of its sleep as well
        asked_at = clock.monotonic()
        records = await poll(*partitions, timeout_ms=settings.poll_wait_ms, max_records=max_records)
        waited = clock.monotonic() - asked_at > WAITED_SECONDS
        left = (max_records or settings.batch_records_max) - sum(map(len, records.values()))
        if records and not waited and left > 0:
            more = await poll(*partitions, timeout_ms=settings.gather_ms, max_records=left)
            for partition, others in more.items():
                records.setdefault(partition, []).extend(others)
        return records

    getmany.is_patient = True  # type: ignore[attr-defined]
    return getmany


def _patient_fetch(fetcher: Any, settings: ChassisSettings) -> Any:
    """aiokafka reads the wait for each fetch that it sends, and has no setter; the next one is sent after this."""
    fetch = fetcher._proc_fetch_request

    async def proc_fetch_request(*request: Any) -> bool:
        some_came: bool = await fetch(*request)
        if some_came or fetcher._records:
            wait_ms = settings.fetch_wait_min_ms
        else:
            wait_ms = min(2 * fetcher._fetch_max_wait_ms, settings.fetch_wait_max_ms)
        fetcher._fetch_max_wait_ms = wait_ms
        return some_came

    return proc_fetch_request
