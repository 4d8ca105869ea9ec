"""A notice in words: texts with places for what is known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from string import Formatter

from tsunagu.contracts.values import JAPAN, PersonalData

PLACES = frozenset(
    {
        "name",
        "order_id",
        "pieces",
        "store",
        "address",
        "until",
        "code",
        "link",
        "carrier",
        "tracking_number",
        "amount",
        "sender",
    }
)
"""What a text may have put in, as `{name}`."""


@dataclass(frozen=True, slots=True)
class Wording:
    """Subject and body in one language, with places."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True, repr=False)
class Letter:
    """What a shopper reads. It does not show in repr."""

    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Style:
    """How a language writes names, points in time and amounts.

    `weekdays` begin with Monday; `time` and `amount` are format strings; `full_name` has `{family}` and `{given}`.
    """

    weekdays: tuple[str, ...]
    time: str
    amount: str
    full_name: str


def places_in(text: str) -> set[str]:
    """The places of a text. Raises ValueError where braces don't match."""
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def letter(wording: Wording, values: Mapping[str, str]) -> Letter:
    """The letter with these values; a line one of whose places has no value is left out."""
    lines = [
        line.format_map(values) for line in wording.body.splitlines() if places_in(line) <= values.keys()
    ]
    return Letter(wording.subject.format_map(values), "\n".join(lines).strip() + "\n")


def written_time(style: Style, at: datetime) -> str:
    """A point in time as people in Japan read it off the clock."""
    local = at.astimezone(JAPAN)
    return style.time.format(at=local, weekday=style.weekdays[local.weekday()])


def written_amount(style: Style, amount_jpy: int) -> str:
    """Whole yen."""
    return style.amount.format(amount=amount_jpy)


def written_name(style: Style, personal: PersonalData) -> str | None:
    """Somebody's name; None where none is known."""
    family, given = personal.family_name or "", personal.given_name or ""
    return " ".join(style.full_name.format(family=family, given=given).split()) or None
