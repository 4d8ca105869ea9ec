"""Figures and their KPIs: noted with every batch, published at most once per window of `kpi_publish_seconds`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta

from insight import metrics
from insight.domain.days import begins_at, booked_day, business_day
from insight.domain.definitions import Amounts
from insight.domain.kpis import TOTAL, Change, Figures, KpiChanges, KpiKey, ScopePeriod
from insight.settings import settings
from insight.store import kpis, subjects
from insight.store.definitions import definitions
from insight.store.kpis import Figure
from insight.store.locks import KPIS
from tsunagu.chassis import Cause, Connection, Due, Key, Retelling, RowKey, Transaction
from tsunagu.contracts.messages import KpiValue
from tsunagu.contracts.topics import INSIGHT_KPIS

PUBLISH_KPIS = "publish_kpis"
"""Due work: publish the figures that changed; one piece per window."""

LATE = "late "
"""Begins the key of a publication that waits for a longer window, since nobody waits for news of long ago."""

SETTLE_KPIS = "settle_kpis"
"""Due work: publish the KPIs that stand from a business day on, which is its key; until then they were no data yet."""


def day_of(tx: Transaction, occurred_at: datetime) -> date:
    """The business day on which something counts."""
    return booked_day(occurred_at, tx.now, settings().business_day_begins_hour)


def changes(tx: Transaction) -> KpiChanges:
    """An empty collection of changes, which passes over days that are not kept."""
    return KpiChanges(_first_day(tx.now))


async def note(tx: Transaction, changed: KpiChanges, cause: Cause) -> None:
    """Note what figures are to change by, and have them published when this window ends."""
    if places := changed.changed:
        await kpis.note_changes(tx.connection, places)
        _schedule(tx, cause)


async def republish(tx: Transaction, keys: Iterable[KpiKey], cause: Cause) -> None:
    """Have figures published whose value is the same, but not what is shown beside it."""
    await kpis.note_changes(tx.connection, _by_scope(dict.fromkeys(keys, (0.0, 0))))
    _schedule(tx, cause)


async def settle(tx: Transaction, dues: Sequence[Due]) -> None:
    """Have KPIs published that stand from today on."""
    for due in dues:
        day = date.fromisoformat(due.key)
        settled = {
            one.name: (day - timedelta(days=1 + one.settles_days)).isoformat()
            for one in definitions().defined
            if one.settles_days
        }
        await republish(tx, await kpis.read_of_periods(tx.connection, settled), due)


def _schedule(tx: Transaction, cause: Cause) -> None:
    # The window is the key: whoever schedules it again sets the same time, so that nobody pushes it back for ever.
    is_late = _is_late(tx, cause)
    seconds = settings().kpi_publish_late_seconds if is_late else settings().kpi_publish_seconds
    window = int(tx.now.timestamp() // seconds)
    ends = datetime.fromtimestamp((window + 1) * seconds, UTC)
    tx.schedule(PUBLISH_KPIS, f"{LATE if is_late else ''}{window}", ends, cause=cause)


def _is_late(tx: Transaction, cause: Cause) -> bool:
    """Whether a cause is no news any more: a replay, or a backlog. What it changes, it will change again soon."""
    if isinstance(cause, Due):
        return _is_late_due(cause)
    return tx.now - cause.cause_time > timedelta(minutes=settings().kpi_late_minutes)


def _is_late_due(due: Due) -> bool:
    return due.kind == PUBLISH_KPIS and due.key.startswith(LATE)


def _ended(dues: Sequence[Due]) -> datetime:
    """When the window ended whose figures are to be published; those that were published since wait for the next."""
    if not all(_is_late_due(due) for due in dues):
        return max(due.due_at for due in dues)
    window = max(int(due.key.removeprefix(LATE)) for due in dues)
    return datetime.fromtimestamp((window + 1) * settings().kpi_publish_late_seconds, UTC)


async def keys_to_publish(connection: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The figures that changed and were not published in this window, their KPIs, and some that are no longer kept."""
    changed, expired = await _to_do(connection, dues)
    return [_row(key) for key in (*changed, *definitions().changed_by(changed), *expired)]


async def publish(tx: Transaction, dues: Sequence[Due]) -> None:
    """Publish the figures that changed, delete those that are no longer kept."""
    # What many have brought forth in a window is in the trace of none of them.
    cause = next((due for due in dues if not _is_late_due(due)), dues[-1]).continuing(None)
    changed, old = await _to_do(tx.connection, dues)
    window = _window(tx.now)
    taken = await kpis.take_changes(tx.connection, {ScopePeriod(key.scope, key.period) for key in changed})
    locked = {key: change for key, change in taken.items() if _is_locked(tx, key)}
    if locked:
        # What a KPI says changes with its figures, and it has nothing of its own to add.
        others = dict.fromkeys(definitions().changed_by(locked), (0.0, 0))
        await _say(tx, await kpis.change(tx.connection, {**others, **locked}, window), cause)
    # A figure of which a batch has told since the keys were read.
    if left := {key: change for key, change in taken.items() if key not in locked}:
        await kpis.note_changes(tx.connection, _by_scope(left))
    await subjects.forget_old(tx.connection, _first_day(tx.now), settings().kpi_expired_rows_max)

    expired = [key for key in old if tx.is_locked(_row(key))]
    if expired:
        await kpis.delete(tx.connection, expired)
        for key in expired:
            tx.delete(KpiValue, f"{key.name}:{key.scope}:{key.period}", cause=cause)
    if len(changed) >= settings().kpi_publish_rows_max:
        tx.schedule(PUBLISH_KPIS, cause.key, tx.now, cause=cause)
    elif await kpis.are_changes_left(tx.connection):
        _schedule(tx, cause)


async def tell(tx: Transaction, cause: Cause, after: Key, limit: int) -> Key | None:
    """Publish the next figures as they stand: what is noted for them is published in its window."""
    figures = await kpis.lock_after(tx.connection, after, limit)
    if not figures:
        return None
    await _say(tx, figures, cause)
    last = figures[-1].key
    return (last.name, last.scope, last.period)


RETELLINGS = (Retelling(INSIGHT_KPIS, tell, kpis.SQL.count_kpis, key_columns=3),)


async def _to_do(connection: Connection, dues: Sequence[Due]) -> tuple[list[KpiKey], list[KpiKey]]:
    """Figures to publish, and those to delete: of days not kept, or no longer defined; as many as one takes."""
    config = settings()
    due_at = max(due.due_at for due in dues)
    names = definitions().by_name
    changed = await kpis.read_changed(connection, _window(_ended(dues)), config.kpi_publish_rows_max)
    rows_max = config.kpi_expired_rows_max
    expired = await kpis.read_expired(connection, _first_day(due_at), rows_max)
    undefined = await kpis.read_undefined(connection, names, rows_max - len(expired))
    return changed, sorted({*expired, *undefined})


def _by_scope(changes: Mapping[KpiKey, Change]) -> dict[ScopePeriod, Figures]:
    places: dict[ScopePeriod, dict[str, Change]] = {}
    for key, change in changes.items():
        places.setdefault(ScopePeriod(key.scope, key.period), {})[key.name] = change
    return dict(places)


def _row(key: KpiKey) -> RowKey:
    return KPIS.row(key.name, key.scope, key.period)


def _is_locked(tx: Transaction, key: KpiKey) -> bool:
    """Whether a figure is locked with all KPIs that change with it."""
    return all(tx.is_locked(_row(one)) for one in (key, *definitions().changed_by([key])))


async def _say(tx: Transaction, figures: Sequence[Figure], cause: Cause) -> None:
    """Publish figures and KPIs as they stand. What is no KPI any more, since its file has another, is passed over."""
    defined = definitions()
    parts = sorted(defined.figures_of(figure.key for figure in figures))
    amounts = await kpis.read_amounts(tx.connection, parts)
    said = [figure for figure in figures if figure.key.name in defined.by_name]
    hour = settings().business_day_begins_hour
    today = business_day(tx.now, hour)
    for figure in said:
        of_figure = amounts.get((figure.key.scope, figure.key.period), {})
        tx.publish(_message(figure, of_figure, today), cause=cause)
        definition, day = defined.by_name[figure.key.name], _last_day(figure.key)
        if day is not None and definition.settles_days and definition.settles_on(day) > today:
            settled = definition.settles_on(day)
            tx.schedule(SETTLE_KPIS, settled.isoformat(), begins_at(settled, hour), cause=cause)
    tx.count(metrics.KPIS_PUBLISHED, len(said))


def _message(figure: Figure, amounts: Amounts, today: date) -> KpiValue:
    definition = definitions().by_name[figure.key.name]
    said = definition.said(amounts, _last_day(figure.key), today)
    return KpiValue(
        name=figure.key.name,
        scope=figure.key.scope,
        period=figure.key.period,
        value=said.value,
        no_data=said.no_data,
        unit=definition.unit,
        target=definition.target if figure.target is None else figure.target,
        baseline=figure.baseline,
        owner=figure.owner or definition.owner,
        due=figure.due or definition.due,
        version=figure.version,
    )


def _last_day(key: KpiKey) -> date | None:
    return None if key.period == TOTAL else date.fromisoformat(key.period)


def _window(now: datetime) -> int:
    return int(now.timestamp() // settings().kpi_publish_seconds)


def _first_day(now: datetime) -> date:
    config = settings()
    return business_day(now, config.business_day_begins_hour) - timedelta(days=config.kpi_days_kept)
