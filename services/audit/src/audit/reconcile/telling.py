"""Drifts in words and as plain values."""

from datetime import datetime
from typing import Any

from audit.reconcile.drifts import Drift, Reading
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


def as_json(looking: Looking, looked: Looked, now: datetime) -> dict[str, Any]:
    """A look as plain values."""
    return {
        "ok": not looked.drifts,
        "keys": looked.keys,
        "in_flight": looked.in_flight,
        "not_followed": looked.not_followed,
        "compared": looking.kinds,
        "drifts": [_drift(looking, drift, now) for drift in looked.drifts],
    }


def _drift(looking: Looking, drift: Drift, now: datetime) -> dict[str, Any]:
    source, copy = looking.sides_of(drift.kind)
    return {
        "kind": drift.kind,
        "key": drift.subject,
        "source": {"of": source, "says": said(drift.now.source), "version": drift.now.source.version},
        "copy": {"of": copy, "says": said(drift.now.copy), "version": drift.now.copy.version},
        "since": drift.since.isoformat(),
        "age_seconds": round((now - drift.since).total_seconds(), 1),
        "last_message": {
            "topic": drift.cause.topic,
            "ce_id": drift.cause.message_id,
            "at": drift.cause.at.isoformat(),
        }
        if drift.cause is not None
        else None,
        "means": meaning_of(drift.kind),
    }
