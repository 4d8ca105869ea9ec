"""Messages as postings of the journal: whoever has the money books."""

from datetime import date

from insight.domain.journal import Paper, Posting, of_channel
from tsunagu.contracts.messages import (
    ItemsReturned,
    OrderCompleted,
    RefundDue,
    SaleRecorded,
    SaleReturned,
    SaleVoided,
)
from tsunagu.contracts.values import JournalKind, Payment, RefundBy


def of_recorded(sale: SaleRecorded) -> tuple[Posting, ...]:
    """A till's sale, as the till gave it: its day, its tax, every line."""
    return _of_till(sale, f"sale:{sale.receipt_id}", JournalKind.SALE)


def of_voided(void: SaleVoided) -> tuple[Posting, ...]:
    """A till's sale taken back as a whole."""
    return _of_till(void, f"void:{void.void_id}", JournalKind.VOID)


def of_returned(returned: SaleReturned) -> tuple[Posting, ...]:
    """What a till paid back."""
    return _of_till(returned, f"return:{returned.receipt_id}", JournalKind.RETURN)


def of_completed(completed: OrderCompleted, day: date) -> tuple[Posting, ...]:
    """Of a prepaid order, what its channel was paid for; a till that printed it as a sale has not been paid for it."""
    if completed.payment is not Payment.PREPAID:
        return ()
    document_id = f"completed:{completed.order_id}:{completed.version}"
    amounts = [(line.tax_percent, line.amount_jpy) for line in completed.lines]
    sold = Paper(document_id, JournalKind.SALE, of_channel(completed.channel), day)
    postings = sold.postings(amounts, completed.tax_by_rate)
    if completed.receipt_id is not None:
        printed = Paper(document_id, JournalKind.PREPAID, completed.location_id, day)
        postings += printed.postings(amounts, completed.tax_by_rate)
    return postings


def of_items_returned(returned: ItemsReturned, day: date) -> tuple[Posting, ...]:
    """Of a prepaid order whose receipt was voided: the till has paid nothing back for it.

    What came back on a receipt of its own was paid back there, and what came back otherwise is a refund's.
    """
    is_void = returned.receipt_id is not None and returned.return_id != returned.receipt_id
    if returned.payment is not Payment.PREPAID or not is_void:
        return ()
    amounts = [(line.tax_percent, line.amount_jpy) for line in returned.lines]
    voided = Paper(
        f"return:{returned.order_id}:{returned.version}", JournalKind.PREPAID_VOID, returned.location_id, day
    )
    return voided.postings(amounts, returned.tax_by_rate)


def of_refund(refund: RefundDue, day: date) -> tuple[Posting, ...]:
    """What a channel owes back; a till's refund is told by its receipt."""
    if refund.refund_by is not RefundBy.CHANNEL:
        return ()
    # Order says what is taxed without the tax; where it does not say the tax, nobody knows the rates.
    amounts = [(tax.tax_percent, tax.taxable_jpy + tax.tax_jpy) for tax in refund.tax_by_rate]
    paper = Paper(f"refund:{refund.refund_id}", JournalKind.REFUND, of_channel(refund.channel), day)
    return paper.postings(amounts or [(0, refund.amount_jpy)], refund.tax_by_rate)


def _of_till(
    document: SaleRecorded | SaleVoided | SaleReturned, document_id: str, kind: JournalKind
) -> tuple[Posting, ...]:
    paper = Paper(document_id, kind, document.location_id, document.business_date)
    amounts = [(line.tax_percent, line.amount_jpy) for line in document.lines]
    return paper.postings(amounts, document.tax_by_rate)
