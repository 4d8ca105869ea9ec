"""What a sale adds to the figures."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from insight.domain.kpis import Kpi, KpiChanges
from insight.domain.ledger import Entry, Sale
from insight.domain.policy import PartyKind, department
from insight.domain.sale import Sold

_EC = department("ec")
"""The department whose credit is a figure of its own; that of others is in the ledger."""


@dataclass(frozen=True, slots=True)
class _Place:
    kpi: Kpi
    channel: str
    location_id: str | None
    day: date


def sale_figures(before: Sale, after: Sale, entries: Iterable[Entry], changes: KpiChanges) -> None:
    """Add what changed between two states of a sale, and the entries in between, to `changes`.

    All of it counts for the day of the sale, so that a late return changes the day it is about.
    """
    totals = _totals(after.sold)
    totals.subtract(_totals(before.sold))
    for entry in entries:
        document = after.documents[entry.account.document_id]
        assert document.basis is not None, "only sold documents are credited"
        party = entry.account.party
        is_store = party.kind is PartyKind.STORE
        if not is_store and party != _EC:
            continue
        kpi = Kpi.CREDIT_STORES_JPY if is_store else Kpi.CREDIT_EC_JPY
        earned_by = party.party_id if is_store else None
        totals[_Place(kpi, document.basis.channel, earned_by, document.business_day)] += entry.amount_jpy
    for place, amount in totals.items():
        if amount:
            changes.add(place.kpi, (place.channel, place.location_id), place.day, amount)


def _totals(sold: Iterable[Sold]) -> Counter[_Place]:
    totals: Counter[_Place] = Counter()
    for one in sold:
        for kpi, amount in (
            (Kpi.UNITS_SOLD, one.pieces),
            (Kpi.SALES_JPY, one.sold_jpy),
            (Kpi.RETURNED_JPY, one.returned_jpy),
        ):
            totals[_Place(kpi, one.basis.channel, one.basis.location_id, one.document.business_day)] += amount
    return totals
