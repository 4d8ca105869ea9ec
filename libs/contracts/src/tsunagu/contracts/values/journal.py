"""Parts of a day's journal."""

from enum import StrEnum

from tsunagu.contracts.values.model import Value
from tsunagu.contracts.values.scalars import Count, Day, TaxPercent, Yen


class JournalKind(StrEnum):
    """What an amount of a journal is. Amounts of different kinds are never added up into one."""

    SALE = "sale"
    """Sold over a till; of a channel, what it had been paid for and the shopper now has."""
    VOID = "void"
    """A till's sale taken back as a whole."""
    RETURN = "return"
    """Paid back over a till for goods that came back."""
    REFUND = "refund"
    """What a channel owes back to shoppers who had paid it."""
    PREPAID = "prepaid"
    """Of a till's sales, what a channel had been paid for: no money came in."""
    PREPAID_VOID = "prepaid_void"
    """Of a till's voids, the same: no money went out."""


class JournalPart(Value):
    """What a day's journal has of one kind at one rate of tax, for one day on which it happened."""

    kind: JournalKind
    tax_percent: TaxPercent
    happened_on: Day
    """The day of the journal, or an earlier one that was closed already when this came."""
    documents: Count
    amount_jpy: Yen
    tax_jpy: Yen
    """As tills gave it, and order for its own documents."""
    without_tax: Count = 0
    """Of the documents, those that did not say their tax."""
