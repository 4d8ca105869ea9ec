"""What a customer allows: the latest word per purpose and channel."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """One time that somebody allowed or forbade a use of their data over a channel."""

    consent_id: str
    purpose: str
    channel: str
    granted: bool
    said_at: datetime


def in_force(statements: Iterable[Statement]) -> dict[tuple[str, str], bool]:
    """(purpose, channel) → allowed."""
    return {place: statement.granted for place, statement in latest(statements).items()}


def latest(statements: Iterable[Statement]) -> dict[tuple[str, str], Statement]:
    """(purpose, channel) → the statement that counts. Of those at the same instant, it is the forbidding one."""
    found: dict[tuple[str, str], Statement] = {}
    for statement in statements:
        place = (statement.purpose, statement.channel)
        if place not in found or _weight(statement) > _weight(found[place]):
            found[place] = statement
    return found


def changes(
    told: Mapping[tuple[str, str], bool], now: Mapping[tuple[str, str], bool]
) -> dict[tuple[str, str], bool]:
    """(purpose, channel) → what is to be said, of all in force that others were not told so.

    What was allowed by statements that have left, with refs that became another customer, is not allowed any more.
    """
    changed = {place: granted for place, granted in now.items() if told.get(place) != granted}
    changed.update({place: False for place, granted in told.items() if granted and place not in now})
    return dict(sorted(changed.items()))


def allowed_purposes(statements: Iterable[Statement]) -> tuple[str, ...]:
    """Purposes that are allowed over some channel and forbidden over none: in doubt, no."""
    states = in_force(statements)
    allowed = {purpose for (purpose, _), granted in states.items() if granted}
    forbidden = {purpose for (purpose, _), granted in states.items() if not granted}
    return tuple(sorted(allowed - forbidden))


def _weight(statement: Statement) -> tuple[datetime, bool]:
    return (statement.said_at, not statement.granted)
