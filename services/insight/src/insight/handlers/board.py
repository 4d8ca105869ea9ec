"""insight.commands about figures: what they shall be, what they were, what is done to move them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from insight.domain.kpis import KpiKey, is_period
from insight.handlers import figures
from insight.store import board, kpis
from insight.store.board import BoardRecord
from insight.store.definitions import definitions
from insight.store.locks import KPIS, RECORDS
from tsunagu.chassis import Connection, Received, RowKey, Transaction
from tsunagu.contracts.messages import (
    BaselineSet,
    MeasureRecorded,
    RecordMeasure,
    SetBaseline,
    SetTarget,
    TargetSet,
)

Command = TypeVar("Command", SetTarget, SetBaseline, RecordMeasure)


async def figure_keys(
    _: Connection, messages: Sequence[Received[SetTarget | SetBaseline]]
) -> Iterable[RowKey]:
    """The figures, and the versions of their events."""
    commands = [received.message for received in messages]
    known = [
        _key(command)
        for command in commands
        if command.kpi in definitions().by_name and is_period(command.period)
    ]
    return [
        *(RECORDS.row(command.record_key()) for command in commands),
        *(KPIS.row(key.name, key.scope, key.period) for key in known),
    ]


async def measure_keys(_: Connection, messages: Sequence[Received[RecordMeasure]]) -> Iterable[RowKey]:
    """The versions of the measures' events."""
    return [RECORDS.row(received.message.record_key()) for received in messages]


async def set_targets(tx: Transaction, messages: Sequence[Received[SetTarget]]) -> None:
    """Keep what figures shall be, by when, and who answers for it."""
    taken = [received for received in messages if not _refused(tx, received)]
    if not taken:
        return
    commands = [received.message for received in taken]
    await kpis.set_targets(tx.connection, {_key(c): (c.target, c.owner, c.due) for c in commands})
    await figures.republish(tx, {_key(c) for c in commands}, taken[-1])
    await _record(tx, taken, "target", TargetSet)


async def set_baselines(tx: Transaction, messages: Sequence[Received[SetBaseline]]) -> None:
    """Keep what figures were before."""
    taken = [received for received in messages if not _refused(tx, received)]
    if not taken:
        return
    commands = [received.message for received in taken]
    await kpis.set_baselines(tx.connection, {_key(c): c.value for c in commands})
    await figures.republish(tx, {_key(c) for c in commands}, taken[-1])
    await _record(tx, taken, "baseline", BaselineSet)


async def record_measures(tx: Transaction, messages: Sequence[Received[RecordMeasure]]) -> None:
    """Put on record what is done to move a figure."""
    taken = [received for received in messages if not _refused(tx, received)]
    if taken:
        await _record(tx, taken, "measure", MeasureRecorded)


def _refused(tx: Transaction, received: Received[Command]) -> bool:
    command = received.message
    names = definitions().by_name
    if command.kpi not in names:
        detail = f"there is no KPI {command.kpi}; there are {', '.join(sorted(names))}"
        tx.refuse(received, "unknown_kpi", detail)
        return True
    if not isinstance(command, RecordMeasure) and not is_period(command.period):
        detail = f"figures are kept for a day such as 2026-04-01, and in total, not for {command.period}"
        tx.refuse(received, "unknown_period", detail)
        return True
    return False


async def _record(
    tx: Transaction,
    taken: Sequence[Received[Command]],
    kind: str,
    event: Callable[..., TargetSet | BaselineSet | MeasureRecorded],
) -> None:
    """Keep the commands and say so, each with the next version of its record key."""
    versions = await board.read_versions(tx.connection, [received.key for received in taken])
    records: list[BoardRecord] = []
    for received in taken:
        command = received.message
        version = versions[received.key] = versions[received.key] + 1
        said = event(**_terms(command), version=version, occurred_at=tx.now)
        tx.publish(said, cause=received)
        record_id = command.identity() or received.envelope.id
        body = command.model_dump(mode="json", exclude_none=True)
        records.append(BoardRecord(kind, record_id, received.key, version, body))
    await board.save(tx.connection, versions, records, tx.now)


def _terms(command: SetTarget | SetBaseline | RecordMeasure) -> dict[str, Any]:
    """All that the event repeats of its command."""
    return command.model_dump(exclude={"occurred_at", "device_id"})


def _key(command: SetTarget | SetBaseline) -> KpiKey:
    return KpiKey(command.kpi, command.scope, command.period)
