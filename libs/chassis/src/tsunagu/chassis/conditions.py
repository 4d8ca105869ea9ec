"""A process tells operators how it is: how far it is behind, and what waits for them, grouped by reason."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import asyncpg

from tsunagu.chassis.error_text import without_values
from tsunagu.chassis.first_cause import FirstCause, transaction
from tsunagu.chassis.masking import masked
from tsunagu.chassis.queries import beside
from tsunagu.chassis.redriving import progress
from tsunagu.contracts.messages import ProcessCondition
from tsunagu.contracts.values import AffectedOrder, ConsumerLag, DeadLetterGroup
from tsunagu.contracts.values.scalars import NAME_CHARACTERS_MAX, TEXT_CHARACTERS_MAX

if TYPE_CHECKING:
    from tsunagu.chassis.consumer import Consumer
    from tsunagu.chassis.runtime import Runtime

SQL = beside(__file__)
_MILLISECONDS = 1_000  # time rises, also over restarts, which is all that a version has to do


async def tell_condition(runtime: "Runtime") -> None:
    """Publish the process's condition. It goes the way of every message: where it does not come, something is wrong."""
    settings = runtime.settings
    async with transaction(runtime) as tx:
        row = await tx.connection.fetchrow(SQL.gauges, settings.gauge_rows_max)
        letters = await tx.connection.fetch(
            SQL.dead_letters_by_reason,
            settings.gauge_rows_max,
            settings.condition_groups_max,
            settings.condition_affected_named_max,
            settings.condition_sample_bytes_max,
        )
        assert row is not None
        condition = ProcessCondition(
            service=runtime.service.name,
            instance=runtime.instance,
            version=round(tx.now.timestamp() * _MILLISECONDS),
            told_at=tx.now,
            next_in_seconds=settings.condition_interval_seconds,
            consumers=tuple(lag_of(consumer, tx.now) for consumer in runtime.consumers),
            outbox_records=row["outbox_rows"],
            outbox_seconds=max(0.0, row["outbox_age"] or 0.0),
            set_aside=row["set_aside_rows"],
            due_failing=row["failing_due"],
            due_seconds=row["due_age"] or 0.0,
            dead_letters=tuple(_group(letter) for letter in letters),
            redrives=tuple(await progress(tx.connection, settings.redrives_told_max)),
            more_dead_letters=is_more(letters, settings.gauge_rows_max),
        )
        cause = FirstCause(f"condition {condition.process} {condition.version}", tx.now)
        tx.publish(condition, cause=cause)


def lag_of(consumer: "Consumer", now: datetime) -> ConsumerLag:
    """How far a consumer is behind, as far as its last fetch has told."""
    return ConsumerLag(
        topic=consumer.topic,
        partitions=consumer.partitions,
        records=consumer.lag_records(),
        seconds=round(consumer.lag_seconds(now.timestamp()), 3),
        stopped=consumer.partitions_stopped,
    )


def is_more(groups: Sequence[asyncpg.Record], looked_at_max: int) -> bool:
    """Whether more waits than these groups say: too many rows, or too many groups."""
    if not groups:
        return False
    looked_at = groups[0]["looked_at"]
    return bool(looked_at >= looked_at_max or sum(group["waiting"] for group in groups) < looked_at)


def _group(row: asyncpg.Record) -> DeadLetterGroup:
    return DeadLetterGroup(
        topic=row["topic"],
        message_type=_line(row["message_type"], NAME_CHARACTERS_MAX) if row["message_type"] else None,
        reason=_line(row["reason"], NAME_CHARACTERS_MAX),
        waiting=row["waiting"],
        parked_keys=row["parked_keys"],
        oldest_at=row["oldest_at"],
        first_id=row["first_id"],
        detail=_line(without_values(row["detail"]), TEXT_CHARACTERS_MAX),
        sample=masked(row["value"]),
        orders_total=row["orders_total"],
        orders=tuple(
            AffectedOrder(order_id=order_id, amount_jpy=yen)
            for order_id, yen in zip(row["order_ids"], row["order_yen"], strict=True)
        ),
        location_ids=tuple(row["location_ids"]),
        amount_jpy=row["amount_jpy"] or 0,
    )


def _line(text: str, characters_max: int) -> str:
    """An error's text as one line that a message may hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)[:characters_max]
