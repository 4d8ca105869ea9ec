"""An idle consumer waits on the broker instead of asking it again and again.

FastStream polls with a timeout and sleeps as long again when nothing came, and aiokafka asks the broker anew after
`fetch_max_wait_ms`. What is right for a busy consumer keeps an idle one awake 70 times a second, and a system has some
sixty of them. Here the poll itself waits, and the broker is asked to wait a little longer while nothing comes; a record
that arrives ends either wait at once. Only a partition whose records are being handled is not in the fetch under way,
and waits for its end: that is why the longer wait is not long.

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
    """Let this consumer's polls wait for records; doing it twice changes nothing."""
    if getattr(consumer.getmany, "is_patient", False):
        return
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
        wait_ms = settings.fetch_wait_busy_ms if records else settings.fetch_wait_idle_ms
        # aiokafka reads it for each fetch and has no setter; the fetcher is there once the consumer has started.
        consumer._fetcher._fetch_max_wait_ms = wait_ms
        return records

    getmany.is_patient = True  # type: ignore[attr-defined]
    consumer.getmany = getmany
