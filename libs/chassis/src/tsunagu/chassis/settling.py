"""What becomes of the outbox's rows once Kafka has answered: said, forgotten, set aside, or still to be sent."""

from collections.abc import Sequence, Set

import structlog

from tsunagu.chassis import headers
from tsunagu.chassis.database import Connection
from tsunagu.chassis.queries import beside
from tsunagu.chassis.record_batch import pack, unpack
from tsunagu.chassis.sending import Item, Lot, Outcome

SQL = beside(__file__)
_log = structlog.get_logger(__name__)


async def end_sent(connection: Connection, lots: Sequence[Lot], said: str | None) -> None:
    """Kafka has all of these rows: those on the topic `said` are kept as said, everything else is forgotten."""
    await connection.execute(
        SQL.end_sent,
        [lot.id for lot in lots if lot.topic == said],
        [lot.id for lot in lots if lot.topic != said],
    )


async def settle(
    connection: Connection,
    lots: Sequence[Lot],
    outcome: Outcome,
    behind: Sequence[Item],
    said: str | None,
) -> None:
    """Keep what is still to be sent, in the rows that it came from, and set aside what Kafka refuses.

    All of it in one transaction: a message is never in two places, nor in none.
    """
    aside = [*outcome.refused, *((item, "behind a message that was set aside") for item in behind)]
    left: dict[tuple[bool, int], set[int]] = {}
    for item in outcome.unsent:
        left.setdefault((item.lot.released, item.lot.id), set()).add(item.number)
    gone: dict[int, set[int]] = {}
    async with connection.transaction():
        for item, reason in aside:
            if item.lot.released:
                await connection.execute(SQL.take_release_back, *item.place, reason)
                left.setdefault((True, item.lot.id), set()).add(item.number)
            else:
                key, value, record_headers = item.message
                await connection.execute(
                    SQL.set_aside, item.lot.topic, key, value, headers.pack(record_headers), reason
                )
                gone.setdefault(item.lot.id, set()).add(item.number)
            _log.error("set aside; see `tsunagu dlq list`", topic=item.lot.topic, reason=reason)
        for lot in lots:
            rest = left.get((lot.released, lot.id), set())
            if lot.released:
                if not rest:
                    await _end_released(connection, lot, said)
            elif lot.id in gone:
                await _pack_again(connection, lot, rest, gone[lot.id], said)
            elif not rest:
                await end_sent(connection, [lot], said)
            elif len(rest) < lot.to_send:
                await connection.execute(SQL.keep_unsent, lot.id, sorted(rest))


async def _pack_again(
    connection: Connection, lot: Lot, rest: Set[int], gone: Set[int], said: str | None
) -> None:
    """Leave in a row what was sent and what is still to be sent, without what was set aside."""
    stays = [number for number in range(lot.records) if number not in gone]
    if not stays:
        await connection.execute(SQL.end_sent, [], [lot.id])
        return
    messages = unpack(lot.batch)
    unsent = [place for place, number in enumerate(stays) if number in rest]
    await connection.execute(
        SQL.pack_again, lot.id, len(stays), pack([messages[number] for number in stays]), unsent
    )
    if not unsent:
        await end_sent(connection, [lot], said)


async def _end_released(connection: Connection, lot: Lot, said: str | None) -> None:
    if lot.topic == said:
        await connection.execute(SQL.keep_released, lot.id, lot.batch)
    await connection.execute(SQL.delete_released, [lot.id])
