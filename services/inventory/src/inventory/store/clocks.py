"""Registers' clocks: what receipts say of them, and a task for each that is wrong."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import asyncpg

from inventory.domain.clocks import ClockFault, ClockRules, RegisterClock, observed
from inventory.domain.tasks import TaskKind
from inventory.settings import settings
from inventory.store.tasks import Tasks, lasting_task_id
from tsunagu.chassis import Received, Transaction, beside
from tsunagu.contracts.messages import SaleRecorded, SaleReturned, SaleVoided

SQL = beside(__file__, "clocks.sql")

Register = tuple[str, str]  # location, register
_UNITS = ((86_400, "days"), (3_600, "hours"), (60, "minutes"), (1, "seconds"))


def clock_rules() -> ClockRules:
    """When a clock counts as wrong, as it is set."""
    own = settings()
    return ClockRules(
        own.register_clock_off_seconds,
        timedelta(hours=own.register_clock_window_hours),
        own.register_clock_looks_min,
        timedelta(seconds=own.register_clock_look_seconds),
    )


async def watch_clocks(
    tx: Transaction, documents: Sequence[Received[SaleRecorded | SaleVoided | SaleReturned]]
) -> None:
    """Compare the registers' times with ours. Call it last: a task may be written.

    Rows are read without a lock, and written only where that tells something and nobody else is at it: a look that
    is lost costs nothing, tills that wait for each other would.
    """
    quickest: dict[Register, tuple[float, Received[Any]]] = {}
    for received in documents:
        document = received.message
        register = (document.location_id, document.register_id)
        delay = (tx.now - document.occurred_at).total_seconds()
        if register not in quickest or delay < quickest[register][0]:
            quickest[register] = (delay, received)
    registers = sorted(quickest)
    rows = await tx.connection.fetch(SQL.read_register_clocks, *zip(*registers, strict=True))
    known = {(row["location_id"], row["register_id"]): row for row in rows}
    rules = clock_rules()
    seen: dict[Register, RegisterClock] = {}
    for register in registers:
        row = known.get(register)
        clock = observed(_clock(row) if row is not None else None, quickest[register][0], tx.now, rules)
        if clock is not None:
            seen[register] = clock
    tasks = Tasks(tx)
    for register in await _save(tx, seen, known):
        before = known[register]["fault"] if register in known else None
        _tell(tasks, register, before, seen[register], quickest[register][1])
    await tasks.save()


async def _save(
    tx: Transaction, seen: Mapping[Register, RegisterClock], known: Mapping[Register, asyncpg.Record]
) -> list[Register]:
    """Write the clocks that are free; returns which were."""
    written: list[asyncpg.Record] = []
    new = {register: clock for register, clock in seen.items() if register not in known}
    if new:
        written += await tx.connection.fetch(SQL.insert_register_clocks, *_columns(new))
    old = {register: clock for register, clock in seen.items() if register in known}
    if old:
        versions = [known[register]["version"] for register in old]
        written += await tx.connection.fetch(SQL.save_register_clocks, *_columns(old), versions)
    return sorted((row["location_id"], row["register_id"]) for row in written)


def _columns(clocks: Mapping[Register, RegisterClock]) -> list[list[Any]]:
    return [
        [location_id for location_id, _ in clocks],
        [register_id for _, register_id in clocks],
        [clock.window_from for clock in clocks.values()],
        [clock.looked_at for clock in clocks.values()],
        [clock.looks for clock in clocks.values()],
        [clock.least_delay_seconds for clock in clocks.values()],
        [clock.fault for clock in clocks.values()],
        [clock.off_by_seconds for clock in clocks.values()],
    ]


def _clock(row: asyncpg.Record) -> RegisterClock:
    return RegisterClock(
        row["window_from"],
        row["looked_at"],
        row["looks"],
        row["least_delay_seconds"],
        ClockFault(row["fault"]) if row["fault"] is not None else None,
        row["off_by_seconds"],
    )


def _tell(
    tasks: Tasks, register: Register, before: str | None, clock: RegisterClock, cause: Received[Any]
) -> None:
    location_id, register_id = register
    task_id = lasting_task_id(TaskKind.REGISTER_CLOCK, location_id, register_id)
    if clock.fault is None and before is not None:
        tasks.close(task_id, cause=cause)
    elif clock.fault is not None and clock.fault != before:
        spoken = _spoken(clock.off_by_seconds)
        detail = (
            f"Its receipts are dated up to {spoken} ahead of our time. Set its clock by the network's time."
            if clock.fault is ClockFault.FAST
            else f"No receipt came sooner than {spoken} after its date. Set its clock by the network's time; if it"
            " is right, find out why all that it sends is late."
        )
        tasks.open(
            task_id,
            TaskKind.REGISTER_CLOCK,
            f"Set the clock of register {register_id} at {location_id}"[:200],
            cause=cause,
            detail=detail,
            location_id=location_id,
            lines=[],
            due_in=timedelta(hours=settings().discrepancy_hours),
        )


def _spoken(seconds: float) -> str:
    """A duration in the largest unit of which it has two."""
    size, name = next(((size, name) for size, name in _UNITS if seconds >= 2 * size), (1, "seconds"))
    return f"{round(seconds / size)} {name}"
