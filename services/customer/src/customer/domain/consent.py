"""What a customer allows: the latest word per purpose and channel."""

from collections.abc import Iterable
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
    """(purpose, channel) → allowed. Of statements at the same instant, the forbidding one counts."""
    latest: dict[tuple[str, str], Statement] = {}
    for statement in statements:
        place = (statement.purpose, statement.channel)
        if place not in latest or _weight(statement) > _weight(latest[place]):
            latest[place] = statement
    return {place: statement.granted for place, statement in latest.items()}


def allowed_purposes(statements: Iterable[Statement]) -> tuple[str, ...]:
    """Purposes that are allowed over some channel and forbidden over none: in doubt, no."""
    states = in_force(statements)
    allowed = {purpose for (purpose, _), granted in states.items() if granted}
    forbidden = {purpose for (purpose, _), granted in states.items() if not granted}
    return tuple(sorted(allowed - forbidden))


def _weight(statement: Statement) -> tuple[datetime, bool]:
    return (statement.said_at, not statement.granted)
