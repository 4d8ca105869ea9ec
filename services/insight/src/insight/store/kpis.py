"""The figures: what they are to change by, and what they are."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from asyncpg import Record

from insight.domain.definitions import Amounts
from insight.domain.kpis import Change, Figures, Kpi, KpiKey, ScopePeriod
from tsunagu.chassis import Connection, beside

SQL = beside(__file__, "kpis.sql")

Columns = tuple[list[str], list[str], list[str]]


@dataclass(frozen=True, slots=True)
class Figure:
    """What is kept of a figure or a KPI beside what it comes to."""

    key: KpiKey
    version: int
    target: float | None
    owner: str | None
    due: date | None
    baseline: float | None


async def note_changes(connection: Connection, changes: Mapping[ScopePeriod, Figures]) -> None:
    """Note what figures are to change by; a publication will add it."""
    await connection.execute(
        SQL.insert_kpi_changes,
        [place.scope for place in changes],
        [place.period for place in changes],
        list(changes.values()),
    )


async def read_changed(connection: Connection, window: int, rows_max: int) -> list[KpiKey]:
    """Figures that are to change, all that there are of a place; the last place is the one that reaches `rows_max`.

    A place of which something was published in this window waits for the next.
    """
    changed: list[KpiKey] = []
    for row in await connection.fetch(SQL.read_changed_kpis, window, rows_max):
        if len(changed) >= rows_max:
            break
        changed += [KpiKey(name, row["scope"], row["period"]) for name in row["names"]]
    return changed


async def take_changes(connection: Connection, places: Iterable[ScopePeriod]) -> dict[KpiKey, Change]:
    """Take what is noted for the figures of these places."""
    ordered = sorted(places)
    rows = await connection.fetch(
        SQL.take_kpi_changes, [place.scope for place in ordered], [place.period for place in ordered]
    )
    return {_key(row): (row["amount"], row["count"]) for row in rows}


async def change(connection: Connection, changes: Mapping[KpiKey, Change], window: int) -> list[Figure]:
    """Add to figures, which are locked, and return what they are now."""
    rows = await connection.fetch(
        SQL.change_kpis,
        *_columns(list(changes)),
        [amount for amount, _ in changes.values()],
        [count for _, count in changes.values()],
        window,
    )
    return [_figure(row) for row in sorted(rows, key=_key)]


async def lock_after(connection: Connection, after: Sequence[str], limit: int) -> list[Figure]:
    """Lock the next published figures after a key (name, scope, period), in the order of their keys."""
    return [_figure(row) for row in await connection.fetch(SQL.lock_kpis_after, *after, limit)]


async def read_amounts(connection: Connection, keys: Sequence[KpiKey]) -> dict[tuple[str, str], Amounts]:
    """What figures come to, by scope and period."""
    amounts: dict[tuple[str, str], dict[Kpi, tuple[float, int]]] = defaultdict(dict)
    for row in await connection.fetch(SQL.read_amounts, *_columns(keys)):
        amounts[row["scope"], row["period"]][Kpi(row["name"])] = (row["amount"], row["count"])
    return dict(amounts)


def _figure(row: Record) -> Figure:
    return Figure(
        _key(row),
        row["version"],
        row["target"],
        row["owner"],
        row["due"],
        row["baseline"],
    )


async def are_changes_left(connection: Connection) -> bool:
    """Whether figures are to change that were not taken."""
    return bool(await connection.fetchval(SQL.are_kpi_changes_left))


async def read_expired(connection: Connection, first_day: date, limit: int) -> list[KpiKey]:
    """Some daily figures from before `first_day`."""
    return [_key(row) for row in await connection.fetch(SQL.read_expired_kpis, first_day.isoformat(), limit)]


async def read_undefined(connection: Connection, names: Iterable[str], limit: int) -> list[KpiKey]:
    """Some figures whose name is none of these: their definition is gone."""
    return [_key(row) for row in await connection.fetch(SQL.read_undefined_kpis, sorted(names), limit)]


async def read_of_periods(connection: Connection, periods: Mapping[str, str]) -> list[KpiKey]:
    """The figures of each name in its period, of every scope."""
    rows = await connection.fetch(SQL.read_kpis_of_periods, list(periods), list(periods.values()))
    return [_key(row) for row in rows]


async def delete(connection: Connection, keys: Sequence[KpiKey]) -> None:
    """Forget figures."""
    await connection.execute(SQL.delete_kpis, *_columns(keys))


async def set_targets(connection: Connection, targets: Mapping[KpiKey, tuple[float, str, date]]) -> None:
    """Keep target, owner and due day of figures."""
    values, owners, dues = zip(*targets.values(), strict=True)
    await connection.execute(SQL.set_targets, *_columns(list(targets)), values, owners, dues)


async def set_baselines(connection: Connection, baselines: Mapping[KpiKey, float]) -> None:
    """Keep what figures were before."""
    await connection.execute(SQL.set_baselines, *_columns(list(baselines)), list(baselines.values()))


def _columns(keys: Sequence[KpiKey]) -> Columns:
    return [key.name for key in keys], [key.scope for key in keys], [key.period for key in keys]


def _key(row: Record) -> KpiKey:
    return KpiKey(row["name"], row["scope"], row["period"])
