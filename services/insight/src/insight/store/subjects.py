"""What figures are counted from: each subject with its facts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

from asyncpg import Record
from pydantic import Field, TypeAdapter

from insight.domain.facts import Fact
from insight.domain.parts import Place
from insight.store.locks import SUBJECTS
from tsunagu.chassis import Connection, Transaction, beside

SQL = beside(__file__, "subjects.sql")

_BETWEEN = "\x1f"
"""No location or channel has it in its name."""

Facts = Mapping[str, Fact]
"""Facts by what tells them apart within their subject."""

_FACTS: TypeAdapter[dict[str, Fact]] = TypeAdapter(dict[str, Annotated[Fact, Field(discriminator="fact")]])


@dataclass(frozen=True, slots=True)
class Subject:
    """A subject to keep: its facts, what it adds something to, and the day until which it is looked for.

    No such day: it is kept for as long as somebody tells of it.
    """

    subject_id: str
    facts: Facts
    places: Sequence[Place]
    day: date | None


async def read(tx: Transaction, subject_ids: Iterable[str]) -> dict[str, Facts]:
    """The facts of subjects that are locked."""
    ids = sorted(set(subject_ids))
    locked = tx.read_by_lock(SUBJECTS)
    if locked is not None and all((subject_id,) in locked for subject_id in ids):
        return {subject_id: facts_of(locked[subject_id,]) for subject_id in ids}
    rows = await tx.connection.fetch(SQL.read_subjects, ids)
    return {row["subject_id"]: facts_of(row) for row in rows}


async def save(connection: Connection, changed: Sequence[Subject]) -> None:
    """Keep subjects."""
    await connection.execute(
        SQL.update_subjects,
        [subject.subject_id for subject in changed],
        [facts_json(subject.facts) for subject in changed],
        [_list(place.day.isoformat() for place in subject.places) for subject in changed],
        [_list(place.kpi for place in subject.places) for subject in changed],
        [_list(scope for place in subject.places for scope in place.scopes) for subject in changed],
        [subject.day for subject in changed],
    )


async def delete(connection: Connection, subject_ids: Iterable[str]) -> None:
    """Forget subjects."""
    await connection.execute(SQL.delete_subjects, sorted(set(subject_ids)))


async def forget_old(connection: Connection, before: date, limit: int) -> None:
    """Forget some subjects from before a day: figures of theirs are kept in total only."""
    await connection.execute(SQL.delete_old_subjects, before, limit)


def facts_of(row: Record) -> Facts:
    """The facts of a row."""
    return _FACTS.validate_python(row["facts"]) if row["facts"] else {}


def facts_json(facts: Facts) -> dict[str, Any]:
    """Facts as they are kept, and as operators see them."""
    body: dict[str, Any] = _FACTS.dump_python(dict(sorted(facts.items())), mode="json")
    return body


def _list(texts: Iterable[str]) -> str:
    """Different texts as one, since unnest takes no array of arrays of different lengths."""
    return _BETWEEN.join(sorted(set(texts)))
