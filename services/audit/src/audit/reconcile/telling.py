"""Drifts in words and as plain values."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from audit.reconcile.drifts import Cause, Drift, Reading
from audit.reconcile.looking import Looked, Looking

MEANINGS = {
    "ledger": "a location's stock is not what its movements add up to",
    "reserved": "a row of stock has more or fewer pieces reserved than its orders hold",
    "order_stock": "order promises a shopper pieces that inventory does not keep, or inventory keeps pieces of nobody",
    "order_pickup": "the store works for another order than the shopper has",
    "availability": "channels are told another number of pieces than can be promised",
    "copy": "shoppers or partners are shown another stock than channels are told",
}
"""What each kind means for the business; all copies of the availability are one."""


def meaning_of(kind: str) -> str:
    """What a kind of drift means for the business, in a line."""
    return MEANINGS[kind if kind in MEANINGS else "copy"]


def said(reading: Reading) -> str:
    """What one side says: its values, of an order per SKU."""
    if reading.value is None:
        return "nothing"
    parts = [
        " ".join(str(each) for each in part) if isinstance(part, tuple) else str(part)
        for part in reading.value
    ]
    return ", ".join(parts) or "nothing"


@dataclass(frozen=True, slots=True)
class Told:
    """A drift as it is told to people and programs."""

    kind: str
    key: str
    source: str
    source_of: str
    copy: str
    copy_of: str
    since: datetime
    age_seconds: float
    last_message: Cause | None
    means: str

    def as_json(self) -> dict[str, Any]:
        """The drift as plain values."""
        told = {name: getattr(self, name) for name in self.__slots__}
        last = self.last_message
        told["since"] = self.since.isoformat()
        told["last_message"] = last and {
            "topic": last.topic,
            "ce_id": last.message_id,
            "at": last.at.isoformat(),
        }
        return told


@dataclass(frozen=True, slots=True)
class Report:
    """What is known after a look, told."""

    drifts: tuple[Told, ...]
    in_flight: int
    keys: int
    compared: tuple[str, ...]
    not_followed: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Whether there is no drift."""
        return not self.drifts

    def as_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {
            "ok": self.ok,
            "keys": self.keys,
            "in_flight": self.in_flight,
            "compared": list(self.compared),
            "not_followed": list(self.not_followed),
            "drifts": [told.as_json() for told in self.drifts],
        }


def report(looking: Looking, looked: Looked, now: datetime) -> Report:
    """What a look has found; ages are as of `now`."""
    return Report(
        drifts=tuple(_told(looking, drift, now) for drift in looked.drifts),
        in_flight=looked.in_flight,
        keys=looked.keys,
        compared=tuple(looking.kinds),
        not_followed=tuple(looked.not_followed),
    )


def _told(looking: Looking, drift: Drift, now: datetime) -> Told:
    source_of, copy_of = looking.sides_of(drift.kind)
    return Told(
        kind=drift.kind,
        key=drift.subject,
        source=said(drift.now.source),
        source_of=source_of,
        copy=said(drift.now.copy),
        copy_of=copy_of,
        since=drift.since,
        age_seconds=round((now - drift.since).total_seconds(), 1),
        last_message=drift.cause,
        means=meaning_of(drift.kind),
    )
