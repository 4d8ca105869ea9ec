"""What of a person is compared with another: one spelling each, never stored and never said."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, repr=False)
class Spelling:
    """A family or given name in the ways in which two of them can be alike; None where it was not given so."""

    form: str | None
    """As written, in one encoding, without spaces, in current forms of its characters."""
    sound: str | None
    """Its reading in katakana, without what is easily mistyped."""
    is_common: bool
    """Whether many are called so: that two of them are says less."""


@dataclass(frozen=True, slots=True)
class Home:
    """An address as it is compared: the postal code and the numbers of block, house and room."""

    postal_code: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True, repr=False)
class Features:
    """One record of a person. It shows nothing of itself in a log or a traceback."""

    family_name: Spelling
    given_name: Spelling
    birth_date: date | None
    homes: frozenset[Home]
    phones: frozenset[str]
    """As E.164."""
    emails: frozenset[str]
