"""What stands behind a KPI: its figures by day, and the orders, picks, counts, tasks and sales that make them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from asyncpg import Record

from insight.domain.kpis import ALL, Kpi
from insight.domain.parts import parts_of
from insight.domain.periods import Counted
from insight.store.subjects import facts_json, facts_of
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "evidence.sql")

_KINDS = {
    "scan": {Kpi.SCANS},
    "pick": {Kpi.UNITS_PICKED},
    "short_pick": {Kpi.UNITS_SHORT},
    "count": {Kpi.LINES_COUNTED, Kpi.LINES_RIGHT},
    "customer": {Kpi.CUSTOMERS_NEW, Kpi.CUSTOMERS_REPEAT},
    "order": {
        Kpi.UNITS_ANSWERED,
        Kpi.UNITS_PROMISED,
        Kpi.ASKED_JPY,
        Kpi.LOST_JPY,
        Kpi.READY_SECONDS,
        Kpi.PROMISES_ENDED,
        Kpi.PROMISES_KEPT,
        Kpi.ORDERS_PROMISED,
        Kpi.ORDERS_OVERSOLD,
        Kpi.SCANS_ORDERED,
    },
}
"""Which figures are counted from which kind of subject."""


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
    connection: Connection, figures: Sequence[Kpi], scope: str, days: tuple[date, date], limit: int
) -> list[Counted]:
    """What figures come to by day, for one scope or all ("*"), at most so many rows."""
    first, last = days
    rows = await connection.fetch(
        SQL.read_days, list(figures), scope, first.isoformat(), last.isoformat(), limit
    )
    return [Counted(row["scope"], row["day"], Kpi(row["name"]), row["amount"], row["count"]) for row in rows]


async def read_behind(connection: Connection, asked: Behind) -> Page:
    """A page of orders, picks and so on that make some figures, in the order of their ids."""
    others = await connection.fetch(
        SQL.read_others_after, asked.after, list(asked.figures), asked.day, asked.scope, asked.limit
    )
    kinds = [kind for kind, made in _KINDS.items() if made.intersection(asked.figures)]
    subjects = await connection.fetch(SQL.read_subjects_after, asked.after, kinds, asked.day, asked.limit)
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
