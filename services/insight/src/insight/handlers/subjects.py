"""Facts in, figures out. Every handler that learns of a subject ends here; in which order does not matter."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date

from insight.domain.facts import Bought
from insight.domain.kpis import KpiChanges
from insight.domain.parts import parts_of, rebook
from insight.handlers import figures
from insight.handlers.facts import Told
from insight.store import subjects
from insight.store.locks import SUBJECTS
from insight.store.subjects import Facts, Subject
from tsunagu.chassis import RowKey, Transaction


def rows(subject_ids: Iterable[str]) -> list[RowKey]:
    """The rows of subjects."""
    return [SUBJECTS.row(subject_id) for subject_id in subject_ids]


async def take(tx: Transaction, told: Sequence[Told], changes: KpiChanges) -> None:
    """Keep facts about subjects that are locked; what they change in the figures goes to `changes`."""
    new: dict[str, dict[str, Told]] = defaultdict(dict)
    for one in told:
        new[one.subject_id].setdefault(one.fact_id, one)
    if not new:
        return
    known = await subjects.read(tx, new)
    today = figures.day_of(tx, tx.now)
    changed = []
    for subject_id, by_id in new.items():
        before = known[subject_id]
        # What was said first under an id stands.
        after = {**{fact_id: one.fact for fact_id, one in by_id.items()}, **before}
        if len(after) > len(before):
            changed.append(_changed(subject_id, before, after, changes, today))
    if changed:
        await subjects.save(tx.connection, changed)


async def replace(tx: Transaction, bought: Sequence[tuple[str, Bought]], changes: KpiChanges) -> None:
    """Keep what customers, who are locked, have bought by now: of each only the newest word."""
    newest: dict[str, Bought] = {}
    for subject_id, one in bought:
        if subject_id not in newest or newest[subject_id].version < one.version:
            newest[subject_id] = one
    known = await subjects.read(tx, newest)
    today = figures.day_of(tx, tx.now)
    changed = []
    for subject_id, one in newest.items():
        before = known[subject_id]
        if any(isinstance(fact, Bought) and fact.version >= one.version for fact in before.values()):
            continue
        changed.append(_changed(subject_id, before, {"bought": one}, changes, today))
    if changed:
        await subjects.save(tx.connection, changed)


async def forget(tx: Transaction, subject_ids: Sequence[str], changes: KpiChanges) -> None:
    """Forget subjects that are locked: they are among no figures any more."""
    for facts in (await subjects.read(tx, subject_ids)).values():
        rebook(parts_of(facts.values()), {}, changes)
    await subjects.delete(tx.connection, subject_ids)


def _changed(subject_id: str, before: Facts, after: Facts, changes: KpiChanges, today: date) -> Subject:
    parts = parts_of(after.values())
    rebook(parts_of(before.values()), parts, changes)
    is_kept = any(isinstance(fact, Bought) for fact in after.values())
    last_day = max((place.day for place in parts), default=today)
    return Subject(subject_id, after, list(parts), None if is_kept else last_day)
