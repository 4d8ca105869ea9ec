"""What an audit found, under five headings."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

Heading = Literal["oversold", "lost", "doubled", "unbalanced", "dead_letters"]

HEADINGS: tuple[Heading, ...] = ("oversold", "lost", "doubled", "unbalanced", "dead_letters")
"""The five numbers of an audit, in the order in which they are shown."""


class Finding(NamedTuple):
    """Something that does not hold: which order, SKU or receipt, and why, in a sentence for people."""

    subject: str
    why: str


@dataclass(frozen=True, slots=True)
class Report:
    """The findings of one audit. `counts` says how much was looked at, and how many rules could not be checked."""

    oversold: tuple[Finding, ...] = ()
    lost: tuple[Finding, ...] = ()
    doubled: tuple[Finding, ...] = ()
    unbalanced: tuple[Finding, ...] = ()
    dead_letters: tuple[Finding, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether nothing was found."""
        return not any(self.of(heading) for heading in HEADINGS)

    def of(self, heading: Heading) -> tuple[Finding, ...]:
        """The findings under a heading."""
        findings: tuple[Finding, ...] = getattr(self, heading)
        return findings

    @property
    def red(self) -> tuple[Heading, ...]:
        """The headings under which something was found."""
        return tuple(heading for heading in HEADINGS if self.of(heading))

    def as_json(self) -> dict[str, Any]:
        """The five numbers, the findings behind them and the counts, as plain values."""
        return {
            "ok": self.ok,
            **{heading: len(self.of(heading)) for heading in HEADINGS},
            "findings": {heading: [f._asdict() for f in self.of(heading)] for heading in HEADINGS},
            "counts": dict(self.counts),
        }


class Findings:
    """Collects findings while the rules run; the same one is kept once."""

    def __init__(self) -> None:
        self._found: dict[Heading, dict[Finding, None]] = {heading: {} for heading in HEADINGS}
        self.counts: dict[str, int] = {}

    def add(self, heading: Heading, subject: str, why: str) -> None:
        """Keep a finding."""
        self._found[heading][Finding(subject, why)] = None

    def count(self, what: str, number: int) -> None:
        """Say how much was looked at."""
        self.counts[what] = self.counts.get(what, 0) + number

    def report(self) -> Report:
        """What was found so far."""
        found = {heading: tuple(self._found[heading]) for heading in HEADINGS}
        return Report(**found, counts=dict(self.counts))
