"""Works as rows and back: read whole, written as far as they have changed."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime
from itertools import takewhile
from typing import Any, TypeVar

import asyncpg

from pickup.domain.model import (
    Code,
    GoodsState,
    Group,
    GroupState,
    Line,
    Parcel,
    Pile,
    Promise,
    Task,
    TaskKind,
    Transfer,
    TransferCount,
    TransferState,
    Work,
    WorkKind,
)
from tsunagu.chassis import Connection, LockTable, beside
from tsunagu.contracts.values import FulfilmentMethod, ParcelEnd, TaskLine, TaskState, TaskStep

SQL = beside(__file__)
WORKS = LockTable("work", SQL.lock_work, SQL.insert_missing_work)
LOCATIONS = LockTable("location", SQL.lock_locations, SQL.insert_missing_locations)

_Json = dict[str, Any]
_K = TypeVar("_K")
_V = TypeVar("_V")


async def works_of_transfers(connection: Connection, transfer_ids: Sequence[str]) -> dict[str, str]:
    """The work of each transfer that is known."""
    rows = await connection.fetch(SQL.works_of_transfers, transfer_ids)
    return {row["transfer_id"]: row["work_id"] for row in rows}


async def works_of_tasks(connection: Connection, task_ids: Sequence[str]) -> dict[str, str]:
    """The work of each task that is known."""
    return {row["task_id"]: row["work_id"] for row in await connection.fetch(SQL.works_of_tasks, task_ids)}


async def load_works(connection: Connection, work_ids: Sequence[str]) -> dict[str, Work]:
    """These works, whole; what is not there is a work that nothing is known of."""

    async def children(query: str) -> dict[str, list[asyncpg.Record]]:
        found: dict[str, list[asyncpg.Record]] = {work_id: [] for work_id in work_ids}
        for row in await connection.fetch(query, work_ids):
            found[row["work_id"]].append(row)
        return found

    rows = {row["work_id"]: row for row in await connection.fetch(SQL.read_works, work_ids)}
    groups, lines = await children(SQL.read_groups), await children(SQL.read_lines)
    promises, goods = await children(SQL.read_promises), await children(SQL.read_goods)
    tasks, transfers = await children(SQL.read_tasks), await children(SQL.read_transfers)
    parcels, codes = await children(SQL.read_parcels), await children(SQL.read_codes)
    works: dict[str, Work] = {}
    for work_id in work_ids:
        work = Work(work_id)
        if work_id in rows:
            work = Work(**{**rows[work_id], "kind": WorkKind(rows[work_id]["kind"])})
        works[work_id] = replace(
            work,
            groups={row["group_id"]: _group(row) for row in groups[work_id]},
            lines={row["line_id"]: Line(**_own(row)) for row in lines[work_id]},
            promises={row["allocation_id"]: Promise(**_own(row)) for row in promises[work_id]},
            goods={_pile(row): row["pieces"] for row in goods[work_id]},
            tasks={row["task_id"]: _task(row) for row in tasks[work_id]},
            transfers={row["transfer_id"]: _transfer(row) for row in transfers[work_id]},
            parcels={row["parcel_id"]: _parcel(row) for row in parcels[work_id]},
            codes=tuple(Code(**_own(row)) for row in codes[work_id]),
        )
    return works


def _own(row: asyncpg.Record) -> _Json:
    return {name: value for name, value in row.items() if name != "work_id"}


def _group(row: asyncpg.Record) -> Group:
    return Group(
        row["group_id"],
        FulfilmentMethod(row["method"]),
        row["location_id"],
        GroupState(row["state"]),
        row["pickup_by"],
    )


def _pile(row: asyncpg.Record) -> Pile:
    return Pile(row["line_id"], row["sku"], row["allocation_id"], GoodsState(row["state"]), row["place"])


def _task(row: asyncpg.Record) -> Task:
    own = _own(row)
    left = own.pop("left_lines")
    steps = [(datetime.fromisoformat(at), what, owner) for at, what, owner in row["history"]]
    return Task(
        **{
            **own,
            "kind": TaskKind(row["kind"]),
            "state": TaskState(row["state"]),
            "lines": task_lines(row["lines"]),
            "left": task_lines(left),
            "history": tuple(TaskStep(at=at, what=what, owner=owner) for at, what, owner in steps),
        }
    )


def task_lines(rows: Sequence[_Json]) -> tuple[TaskLine, ...]:
    """Lines of a task as its row has them."""
    return tuple(TaskLine(**row) for row in rows)


def _transfer(row: asyncpg.Record) -> Transfer:
    counts = tuple(TransferCount(**count) for count in row["counts"])
    return Transfer(**{**_own(row), "state": TransferState(row["state"]), "counts": counts})


def _parcel(row: asyncpg.Record) -> Parcel:
    ended = None if row["ended"] is None else ParcelEnd(row["ended"])
    return Parcel(**{**_own(row), "ended": ended})


async def save_works(connection: Connection, pairs: Sequence[tuple[Work, Work]]) -> None:
    """Write what differs between each work as it was read and as it is now."""
    rows: dict[str, list[_Json]] = {}

    def write(query: str, work_id: str, changed: Iterable[_Json]) -> None:
        rows.setdefault(query, []).extend({"work_id": work_id, **row} for row in changed)

    for before, now in pairs:
        if _head(before) != _head(now):
            write(SQL.save_works, now.work_id, [_head(now)])
        write(SQL.save_groups, now.work_id, map(_flat, _changed(before.groups, now.groups)))
        write(SQL.save_lines, now.work_id, map(_flat, _changed(before.lines, now.lines)))
        write(SQL.save_promises, now.work_id, map(_flat, _changed(before.promises, now.promises)))
        write(
            SQL.save_goods,
            now.work_id,
            (
                {**pile._asdict(), "pieces": pieces}
                for pile, pieces in now.goods.items()
                if before.goods.get(pile, 0) != pieces
            ),
        )
        write(SQL.save_tasks, now.work_id, map(_task_row, _changed(before.tasks, now.tasks)))
        write(SQL.save_transfers, now.work_id, map(_flat, _changed(before.transfers, now.transfers)))
        write(SQL.save_parcels, now.work_id, map(_flat, _changed(before.parcels, now.parcels)))
        changed_codes = [code for code in now.codes if code not in before.codes]
        write(SQL.save_codes, now.work_id, map(_flat, changed_codes))
    for query, changed in rows.items():
        if changed:
            await connection.execute(query, changed)


_HEAD = [field.name for field in takewhile(lambda field: field.name != "groups", fields(Work))]
"""What stands in the row of the work itself; what comes from `groups` on has tables of its own."""


def _head(work: Work) -> _Json:
    return {name: _plain(getattr(work, name)) for name in _HEAD}


def _changed(before: Mapping[_K, _V], now: Mapping[_K, _V]) -> list[_V]:
    return [value for key, value in now.items() if before.get(key) != value]


def _flat(value: Any) -> _Json:
    return {name: _plain(each) for name, each in vars(value).items()}


def _task_row(task: Task) -> _Json:
    row = {
        name: _plain(each) for name, each in vars(task).items() if name not in ("lines", "left", "history")
    }
    row["lines"] = [line.model_dump() for line in task.lines]
    row["left_lines"] = [line.model_dump() for line in task.left]
    row["history"] = [(step.at.isoformat(), step.what, step.owner) for step in task.history]
    return row


def _plain(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case tuple():  # what is counted on a transfer
            return [vars(count) for count in value]
        case _:
            return value
