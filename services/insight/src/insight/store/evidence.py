"""What stands behind a KPI: its figures by day, and the orders, picks, counts, tasks and sales that make them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from asyncpg import Record

from insight.domain.kpis import ALL, Kpi
from insight.domain.parts import parts_of
from insight.domain.periods import Counted
from insight.store.subjects import facts_json, facts_of
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "evidence.sql")


@dataclass(frozen=True, slots=True)
class Behind:
    """A page of what makes some figures: of which scope, on which day (None: ever), after which subject."""

    figures: Sequence[Kpi]
    scope: str
    day: date | None
    after: str
    limit: int


@dataclass(frozen=True, slots=True)
class Page:
    """What was found, and after which subject the next page begins; None: that was all."""

    found: Sequence[Mapping[str, Any]]
    next_after: str | None


async def read_days(
    connection: Connection,
    figures: Sequence[Kpi],
    scopes: Sequence[str] | None,
    days: tuple[date, date],
    limit: int | None = None,
) -> list[Counted]:
    """What figures come to by day, for some scopes or (None) all, at most so many rows."""
    first, last = days
    rows = await connection.fetch(
        SQL.read_days, list(figures), scopes, first.isoformat(), last.isoformat(), limit
    )
    return [Counted(row["scope"], row["day"], Kpi(row["name"]), row["amount"], row["count"]) for row in rows]


async def counted_since(connection: Connection, scopes: Iterable[str]) -> dict[str, date]:
    """The first day of which there is anything, by scope; scopes of which there is nothing are left out."""
    rows = await connection.fetch(SQL.read_first_days, sorted(set(scopes)))
    return {row["scope"]: row["day"] for row in rows if row["day"] is not None}


async def is_scope(connection: Connection, scope: str) -> bool:
    """Whether figures are counted under a scope."""
    return scope == ALL or bool(await connection.fetchval(SQL.is_scope, scope))


async def read_behind(connection: Connection, asked: Behind) -> Page:
    """A page of orders, picks and so on that make some figures, in the order of their ids; empty only at the end."""
    page = await _read_page(connection, asked)
    while not page.found and page.next_after is not None:
        page = await _read_page(connection, replace(asked, after=page.next_after))
    return page


async def _read_page(connection: Connection, asked: Behind) -> Page:
    others = await connection.fetch(
        SQL.read_others_after, asked.after, list(asked.figures), asked.day, asked.scope, asked.limit
    )
    subjects = await connection.fetch(
        SQL.read_subjects_after, asked.after, list(asked.figures), asked.day, asked.scope, asked.limit
    )
    # A list that is full may go on: what lies behind its end is left for the next page.
    full = [rows[-1]["subject_id"] for rows in (others, subjects) if len(rows) >= asked.limit]
    ends = min(full, default=None)
    found = [
        *({**row, "day": row["day"].isoformat(), "facts": None} for row in others),
        *(part for row in subjects for part in _parts(row, asked)),
    ]
    shown = sorted(
        (one for one in found if ends is None or one["subject_id"] <= ends),
        key=lambda one: (one["subject_id"], one["figure"]),
    )
    return Page(shown, ends)


def _parts(row: Record, asked: Behind) -> Iterable[Mapping[str, Any]]:
    facts = facts_of(row)
    for place, (amount, count) in parts_of(facts.values()).items():
        is_wanted = place.kpi in asked.figures and (asked.scope == ALL or asked.scope in place.scopes)
        if is_wanted and asked.day in (None, place.day):
            yield {
                "figure": place.kpi,
                "subject_id": row["subject_id"],
                "day": place.day.isoformat(),
                "amount": amount,
                "count": count,
                "facts": facts_json(facts),
            }
