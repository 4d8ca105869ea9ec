"""What locations can take: paused and resumed by people, used up by pick lists, renewed by the clock."""

from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from pickup.desk import CAPACITY, look_at_capacity
from pickup.domain.capacity import Asked, Load, local_time, room
from pickup.scenery import hours_of
from pickup.settings import settings
from pickup.store import LOCATIONS
from tsunagu.chassis import Cause, Connection, Due, Received, RowKey, Transaction, beside
from tsunagu.contracts.messages import PausePickup, PickCapacity, ResumePickup
from tsunagu.contracts.values import CapacitySlot

SQL = beside(__file__, "capacity.sql")
RESUME = "resume"


async def locations(
    _: Connection, messages: Sequence[Received[PausePickup]] | Sequence[Received[ResumePickup]]
) -> Iterable[RowKey]:
    """The locations that are paused or resumed."""
    return [LOCATIONS.row(received.message.location_id) for received in messages]


async def due_locations(_: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The locations that due work is about."""
    return [LOCATIONS.row(due.key) for due in dues]


async def pause(tx: Transaction, messages: Sequence[Received[PausePickup]]) -> None:
    """A location takes no more pickup work for now; a later pause takes the place of an earlier one."""
    known = await _read(tx, [received.message.location_id for received in messages])
    pauses: dict[str, tuple[str | None, Any]] = {}
    for received in messages:
        command = received.message
        if not _is_known(tx, received, known):
            continue
        if command.until is not None and command.until <= tx.now:
            tx.refuse(
                received, "already_over", f"the pause ended at {command.until:%Y-%m-%d %H:%M} UTC already"
            )
            continue
        pauses[command.location_id] = (command.reason, command.until)
        if command.until is None:
            tx.cancel(RESUME, command.location_id)
        else:
            tx.schedule(RESUME, command.location_id, command.until, cause=received)
        look_at_capacity(tx, command.location_id, received)
        tx.accept(received)
    await _save(tx, pauses)


async def resume(tx: Transaction, messages: Sequence[Received[ResumePickup]]) -> None:
    """A location takes pickup work again."""
    known = await _read(tx, [received.message.location_id for received in messages])
    pauses: dict[str, tuple[str | None, Any]] = {}
    for received in messages:
        location_id = received.message.location_id
        if not _is_known(tx, received, known):
            continue
        pauses[location_id] = (None, None)
        tx.cancel(RESUME, location_id)
        look_at_capacity(tx, location_id, received)
        tx.accept(received)
    await _save(tx, pauses)


async def pause_over(tx: Transaction, dues: Sequence[Due]) -> None:
    """A pause with an end has come to it."""
    await _save(tx, {due.key: (None, None) for due in dues})
    await say_capacities(tx, dues)


async def say_capacities(tx: Transaction, dues: Sequence[Due]) -> None:
    """Say what locations can take now, where that has changed; and look again when the next hour or day begins."""
    time = local_time(tx.now)
    ids = [due.key for due in dues]
    asked: dict[str, list[Asked]] = {location_id: [] for location_id in ids}
    for row in await tx.connection.fetch(SQL.asked_minutes, ids):
        asked[row["location_id"]].append(Asked(row["due_at"], row["minutes"]))
    done = {
        row["location_id"]: row
        for row in await tx.connection.fetch(SQL.done_minutes, ids, time.day, time.hour)
    }
    known = await _read(tx, ids)
    said: list[dict[str, Any]] = []
    for due in dues:
        location = known[due.key]
        if not location["version"]:
            continue
        worked = done.get(due.key, {"today": 0.0, "this_hour": 0.0})
        now = room(
            Load(
                location["closed"],
                location["pause_reason"],
                float(location["pick_minutes_per_day"]),
                hours_of(location),
                asked[due.key],
                worked["today"],
                worked["this_hour"],
            ),
            tx.now,
            settings().capacity_days_ahead,
        )
        ahead = [[until.astimezone(UTC).isoformat(), minutes] for until, minutes in now.ahead]
        figures = [now.is_open, now.reason, now.minutes_left_today, now.minutes_left_this_hour, ahead]
        # Where nothing is asked, an hour that passes changes nothing that readers do not see by themselves.
        is_busy = bool(asked[due.key]) or worked["today"] > 0
        tx.schedule(CAPACITY, due.key, time.next_hour if is_busy else time.next_day, cause=due)
        if location["said"] == figures:
            continue
        version = location["capacity_version"] + 1
        said.append({"location_id": due.key, "capacity_version": version, "said": figures})
        publish(tx, due, version, due.key, figures)
    await tx.connection.execute(SQL.save_capacities, said)


def publish(tx: Transaction, cause: Cause, version: int, location_id: str, figures: list[Any]) -> None:
    """Publish a capacity; `figures` are what `location.said` keeps."""
    is_open, reason, today, this_hour, ahead = figures
    capacity = PickCapacity(
        location_id=location_id,
        version=version,
        open=is_open,
        reason=reason,
        minutes_left_today=today,
        minutes_left_this_hour=this_hour,
        as_of=tx.now,
        ahead=tuple(CapacitySlot(until=until, minutes_left=minutes) for until, minutes in ahead),
    )
    tx.publish(capacity, cause=cause)


def _is_known(tx: Transaction, received: Received[Any], known: dict[str, Any]) -> bool:
    location_id = received.message.location_id
    if known[location_id]["version"]:
        return True
    tx.refuse(received, "unknown_location", f"headquarters have named no location {location_id}")
    return False


async def _read(tx: Transaction, location_ids: Sequence[str]) -> dict[str, Any]:
    rows = await tx.connection.fetch(SQL.read_locations, sorted(set(location_ids)))
    return {row["location_id"]: row for row in rows}


async def _save(tx: Transaction, pauses: dict[str, tuple[str | None, Any]]) -> None:
    if pauses:
        await tx.connection.execute(
            SQL.save_pauses,
            list(pauses),
            [reason for reason, _ in pauses.values()],
            [until for _, until in pauses.values()],
        )
