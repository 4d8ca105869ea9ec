"""Waves: taken by whoever is there, shown as one list, given back by hand or when they are left alone."""

from collections.abc import Iterable, Sequence
from datetime import timedelta

import asyncpg

from pickup import metrics
from pickup.desk import Desk
from pickup.domain import waves
from pickup.domain.model import ACTIVE, Task, Work
from pickup.domain.waves import Candidate, Limits, Member
from pickup.settings import settings
from pickup.store import WORKS, task_lines
from pickup.working import happened_at
from tsunagu.chassis import Cause, Connection, Due, KeysMoved, Received, RowKey, Transaction, beside
from tsunagu.contracts.messages import ReleaseWave, TakeWave
from tsunagu.contracts.values import TaskState

SQL = beside(__file__, "waves.sql")
IDLE = "wave_idle"


async def rows_to_take(connection: Connection, messages: Sequence[Received[TakeWave]]) -> Iterable[RowKey]:
    """The waves, and the orders whose tasks would be taken if nobody else were quicker."""
    found = await _candidates(connection, messages)
    work_ids = {each.work_id for candidates in found.values() for each in candidates}
    work_ids |= {received.message.wave_id for received in messages}
    return [WORKS.row(work_id) for work_id in work_ids]


async def take(tx: Transaction, messages: Sequence[Received[TakeWave]]) -> None:
    """Whoever is there takes the most urgent tasks that nobody has, as one list.

    What somebody else has taken since the rows were looked for is no candidate any more: it was locked until then.
    """
    found = await _candidates(tx.connection, messages)
    taken: list[tuple[Received[TakeWave], list[Candidate]]] = []
    for received in messages:
        command = received.message
        candidates = found[command.location_id, command.kind]
        ours = [each for each in candidates if tx.is_locked(WORKS.row(each.work_id))]
        if candidates and not ours:
            raise KeysMoved("somebody else has taken all tasks that were to be taken")
        chosen = waves.choose(ours, _limits(command), tx.now)
        if not chosen:
            tx.refuse(
                received, "nothing_to_do", f"nobody has to {command.kind} anything at this location now"
            )
            continue
        found[command.location_id, command.kind] = [each for each in candidates if each not in chosen]
        taken.append((received, chosen))
    work_ids = {each.work_id for _, chosen in taken for each in chosen}
    desk = await Desk.load(
        tx,
        work_ids | {received.message.wave_id for received, _ in taken},
        {received.message.wave_id: [received.message.location_id] for received, _ in taken},
    )
    for received, chosen in taken:
        wave_id = received.message.wave_id
        if desk.works[wave_id] != Work(wave_id):
            tx.refuse(received, "id_taken", f"{wave_id} names something else already")
            continue
        _take(desk, received, chosen)
        tx.accept(received)
    await desk.save()


def _take(desk: Desk, received: Received[TakeWave], chosen: Sequence[Candidate]) -> None:
    command, at = received.message, happened_at(received.message, desk.tx.now)
    by_work: dict[str, list[str]] = {}
    for each in chosen:
        by_work.setdefault(each.work_id, []).append(each.task_id)
    members: list[Member] = []
    for work_id, task_ids in by_work.items():
        decision = desk.decide(
            work_id,
            received,
            lambda work, scene, ids=task_ids: waves.take(work, ids, command.wave_id, command.owner, scene),  # type: ignore[misc]
            at=at,
        )
        members += [waves.member(decision.work, decision.work.tasks[task_id]) for task_id in task_ids]
    due_at = min(each.due_at for each in chosen)
    desk.decide(
        command.wave_id,
        received,
        lambda work, scene: waves.begin(
            work, command.kind, command.location_id, command.owner, members, due_at, scene
        ),
        at=at,
    )
    _watch(desk.tx, command.wave_id, received)


async def rows_to_release(
    connection: Connection, messages: Sequence[Received[ReleaseWave]]
) -> Iterable[RowKey]:
    """The waves, and the orders whose tasks are in them."""
    return await _rows(connection, [received.message.wave_id for received in messages])


async def release(tx: Transaction, messages: Sequence[Received[ReleaseWave]]) -> None:
    """Whoever has a wave gives back what is left of it."""
    wave_ids = [received.message.wave_id for received in messages]
    members = await _members(tx.connection, wave_ids)
    desk = await _desk(tx, members, dict.fromkeys(wave_ids, True))
    for received in messages:
        command = received.message
        wave = desk.works[command.wave_id].tasks.get(command.wave_id)
        if wave is None or wave.location_id != command.location_id:
            tx.refuse(received, "unknown_wave", f"this location has no wave {command.wave_id}")
        elif wave.state not in ACTIVE:
            tx.refuse(received, "wave_ended", f"wave {command.wave_id} is {wave.state} already")
        else:
            _end(desk, wave, members[command.wave_id], received, how="released")
            tx.accept(received)
    await desk.save()


async def rows_left_alone(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The waves, and the orders whose tasks are in them."""
    return await _rows(connection, [due.key for due in dues])


async def left_alone(tx: Transaction, dues: Sequence[Due]) -> None:
    """Nothing was heard of a wave for too long: others can do what is left of it."""
    members = await _members(tx.connection, [due.key for due in dues])
    desk = await _desk(tx, members, {due.key: True for due in dues})
    for due in dues:
        wave = desk.works[due.key].tasks[due.key]
        if wave.state in ACTIVE:
            _end(desk, wave, members[due.key], due, how="left_alone")
    await desk.save()


async def rows_changed(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The waves; and their orders where all is done, since the minutes are shared then."""
    members = await _members(connection, [due.key for due in dues])
    rows = {WORKS.row(wave_id) for wave_id in members}
    for each in members.values():
        if not any(member.is_active for member in each):
            rows |= {WORKS.row(member.work_id) for member in each}
    return rows


async def changed(tx: Transaction, dues: Sequence[Due]) -> None:
    """Tasks of a wave have changed: show what is left on its list, and end it when nothing is."""
    members = await _members(tx.connection, [due.key for due in dues])
    ends = {wave_id: not any(member.is_active for member in each) for wave_id, each in members.items()}
    desk = await _desk(tx, members, ends)
    for due in dues:
        wave = desk.works[due.key].tasks[due.key]
        if wave.state not in ACTIVE:
            continue
        if ends[due.key]:
            _end(desk, wave, members[due.key], due, how="done")
            continue
        desk.decide(
            due.key,
            due,
            lambda work, scene, left=members[due.key]: waves.refresh(work, left, scene),  # type: ignore[misc]
            at=tx.now,
        )
        _watch(tx, due.key, due)
    await desk.save()


def _end(desk: Desk, wave: Task, members: Sequence[Member], cause: Cause, *, how: str) -> None:
    assert wave.started_at is not None, "a wave begins when it is taken"
    minutes = waves.shares(members, wave.started_at)
    for member in members:
        if member.is_active:
            desk.decide(
                member.work_id,
                cause,
                lambda work, _, task_id=member.task_id: waves.give_back(work, task_id),  # type: ignore[misc]
                at=desk.tx.now,
            )
        elif member.task_id in minutes:
            desk.decide(
                member.work_id,
                cause,
                lambda work, _, member=member: waves.set_minutes(  # type: ignore[misc]
                    work, member.task_id, minutes[member.task_id]
                ),
                at=desk.tx.now,
            )
    ended = [member for member in members if not member.is_active]
    desk.decide(wave.task_id, cause, lambda work, scene: waves.refresh(work, ended, scene), at=desk.tx.now)
    desk.tx.cancel(IDLE, wave.task_id)
    desk.tx.count(metrics.WAVES_ENDED, how=how)


def _watch(tx: Transaction, wave_id: str, cause: Cause) -> None:
    tx.schedule(IDLE, wave_id, tx.now + timedelta(minutes=settings().wave_idle_minutes), cause=cause)


def _limits(command: TakeWave) -> Limits:
    limits = settings().wave_limits()
    return limits.at_most(command.tasks_max)


async def _candidates(
    connection: Connection, messages: Sequence[Received[TakeWave]]
) -> dict[tuple[str, str], list[Candidate]]:
    wanted: dict[tuple[str, str], int] = {}
    for received in messages:
        place = received.message.location_id, received.message.kind
        wanted[place] = wanted.get(place, 0) + _limits(received.message).tasks_max
    found: dict[tuple[str, str], list[Candidate]] = {place: [] for place in wanted}
    rows = await connection.fetch(
        SQL.tasks_to_take,
        [location_id for location_id, _ in wanted],
        [kind for _, kind in wanted],
        list(wanted.values()),
    )
    for row in rows:
        found[row["location_id"], row["kind"]].append(
            Candidate(row["task_id"], row["work_id"], row["due_at"], row["lines"])
        )
    return found


async def _rows(connection: Connection, wave_ids: Sequence[str]) -> set[RowKey]:
    members = await _members(connection, wave_ids)
    rows = {WORKS.row(wave_id) for wave_id in wave_ids}
    return rows | {WORKS.row(member.work_id) for each in members.values() for member in each}


async def _members(connection: Connection, wave_ids: Sequence[str]) -> dict[str, list[Member]]:
    members: dict[str, list[Member]] = {wave_id: [] for wave_id in wave_ids}
    for row in await connection.fetch(SQL.tasks_of_waves, wave_ids):
        members[row["wave_id"]].append(_member(row))
    return members


def _member(row: asyncpg.Record) -> Member:
    return Member(
        row["task_id"],
        row["work_id"],
        row["work_id"] if row["is_order"] else None,
        row["transfer_id"],
        TaskState(row["state"]),
        task_lines(row["left_lines"] or row["lines"]),
        row["ended_at"],
    )


async def _desk(tx: Transaction, members: dict[str, list[Member]], ends: dict[str, bool]) -> Desk:
    """The waves, and of those that end the orders as well. Raises KeysMoved where one of them is not locked."""
    work_ids = set(members)
    work_ids |= {member.work_id for wave_id, each in members.items() if ends[wave_id] for member in each}
    skus = {line.sku for each in members.values() for member in each for line in member.lines}
    return await Desk.load(tx, work_ids, skus=skus)
