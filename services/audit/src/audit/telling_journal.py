"""What the topics say of money: who has taken and paid back how much, by document."""

from collections.abc import Iterable

from audit.log import Seen
from audit.tables import Told
from tsunagu.contracts import messages as m
from tsunagu.contracts.values import JournalKind, Payment, RefundBy


def note_money(told: Told, seen: Seen) -> None:
    """Enter a till's document, or an event of an order that a channel was paid for; all others say nothing of money."""
    match seen.message:
        case m.SaleRecorded() as sale:
            _note(told, f"sale:{sale.receipt_id}", JournalKind.SALE, (line.amount_jpy for line in sale.lines))
        case m.SaleVoided() as void:
            _note(told, f"void:{void.void_id}", JournalKind.VOID, (line.amount_jpy for line in void.lines))
        case m.SaleReturned() as back:
            _note(
                told,
                f"return:{back.receipt_id}",
                JournalKind.RETURN,
                (line.amount_jpy for line in back.lines),
            )
        case m.OrderCompleted(payment=Payment.PREPAID) as completed:
            document_id = f"completed:{completed.order_id}:{completed.version}"
            amounts = [line.amount_jpy for line in completed.lines]
            _note(told, document_id, JournalKind.SALE, amounts)
            if completed.receipt_id is not None:
                _note(told, document_id, JournalKind.PREPAID, amounts)
        case m.ItemsReturned(payment=Payment.PREPAID) as returned:
            if returned.receipt_id not in (None, returned.return_id):
                document_id = f"return:{returned.order_id}:{returned.version}"
                amounts = [line.amount_jpy for line in returned.lines]
                _note(told, document_id, JournalKind.PREPAID_VOID, amounts)
        case m.RefundDue(refund_by=RefundBy.CHANNEL) as refund:
            _note(
                told,
                f"refund:{refund.refund_id}",
                JournalKind.REFUND,
                (line.amount_jpy for line in refund.lines),
            )
        case _:
            pass


def _note(told: Told, document_id: str, kind: JournalKind, amounts: Iterable[int]) -> None:
    told.money[document_id, kind.value] = sum(amounts)
