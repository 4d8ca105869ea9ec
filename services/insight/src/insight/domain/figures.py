"""What a sale adds to the figures."""

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from insight.domain.kpis import Kpi, KpiChanges
from insight.domain.ledger import Entry, Sale
from insight.domain.policy import PartyKind, department
from insight.domain.sale import Sold
from insight.domain.transfer_costs import department_scope

_EC = department("ec")
"""The department whose credit has a figure of its own, beside that of all."""


class _Place(NamedTuple):
    kpi: Kpi
    channel: str
    scope: str | None
    """A location or a department."""
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
        earned_by = party.party_id if is_store else department_scope(party.party_id)
        channel, day = document.basis.channel, document.business_day
        totals[_Place(Kpi.CREDIT_JPY, channel, earned_by, day)] += entry.amount_jpy
        if is_store:
            totals[_Place(Kpi.CREDIT_STORES_JPY, channel, earned_by, day)] += entry.amount_jpy
        elif party == _EC:
            totals[_Place(Kpi.CREDIT_EC_JPY, channel, None, day)] += entry.amount_jpy
    for place, amount in totals.items():
        if amount:
            changes.add(place.kpi, (place.channel, place.scope), place.day, amount)


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
