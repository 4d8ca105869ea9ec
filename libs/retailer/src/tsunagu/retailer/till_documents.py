"""Till documents as messages: sales, voids, returns, and the receipt of goods that are fetched."""

from collections.abc import Sequence
from datetime import date, datetime

from tsunagu.contracts.messages import SaleRecorded, SaleReturned, SaleVoided
from tsunagu.contracts.values import (
    CompletedLine,
    Disposition,
    OrderLine,
    SaleLine,
    SaleReturnLine,
)
from tsunagu.retailer.intentions import Item, Return, Sale, Void
from tsunagu.tax import tax_by_rate

Document = SaleRecorded | SaleVoided | SaleReturned


class TillDocuments:
    """Makes the messages of one run; `run_id` tells its receipts from those of other runs on the same day."""

    def __init__(self, run_id: str, business_date: date) -> None:
        self._run_id = run_id
        self._business_date = business_date

    def message(self, document: Sale | Void | Return, occurred_at: datetime) -> Document:
        """A document of the script as the till sends it."""
        match document:
            case Sale():
                return self._sale(document, occurred_at)
            case Void():
                return self._void(document, occurred_at)
            case Return():
                return self._return(document, occurred_at)

    def handover(
        self,
        lines: Sequence[OrderLine],
        order_id: str,
        location_id: str,
        register_id: str,
        number: int,
        occurred_at: datetime,
        customer_ref: str | None,
    ) -> SaleRecorded:
        """The receipt of order lines that are paid and fetched; each names its order line."""
        sold = tuple(
            SaleLine(
                line_id=str(place),
                sku=line.sku,
                quantity=line.quantity,
                amount_jpy=line.amount_jpy,
                tax_percent=line.tax_percent,
                order_id=order_id,
                order_line_id=line.line_id,
            )
            for place, line in enumerate(lines, start=1)
        )
        return SaleRecorded(
            receipt_id=self._receipt_id(location_id, register_id, number),
            location_id=location_id,
            register_id=register_id,
            receipt_number=number,
            business_date=self._business_date,
            occurred_at=occurred_at,
            staff_ref=staff_of(location_id),
            customer_ref=customer_ref,
            tax_by_rate=tax_by_rate((line.tax_percent, line.amount_jpy) for line in sold),
            lines=sold,
        )

    def order_return(
        self,
        line: CompletedLine,
        order_id: str,
        location_id: str,
        register_id: str,
        number: int,
        occurred_at: datetime,
        original_receipt_id: str | None,
    ) -> SaleReturned:
        """One piece of an order line comes back over a till."""
        returned = SaleReturnLine(
            line_id="1",
            sku=line.sku,
            quantity=1,
            amount_jpy=line.amount_jpy // line.quantity,
            tax_percent=line.tax_percent,
            order_id=order_id,
            order_line_id=line.line_id,
            disposition=Disposition.RESELLABLE,
        )
        return SaleReturned(
            receipt_id=self._receipt_id(location_id, register_id, number),
            location_id=location_id,
            register_id=register_id,
            receipt_number=number,
            business_date=self._business_date,
            occurred_at=occurred_at,
            staff_ref=staff_of(location_id),
            original_receipt_id=original_receipt_id,
            tax_by_rate=tax_by_rate([(returned.tax_percent, returned.amount_jpy)]),
            lines=(returned,),
        )

    def _sale(self, sale: Sale, occurred_at: datetime) -> SaleRecorded:
        lines = tuple(_line(place, item) for place, item in enumerate(sale.items, start=1))
        return SaleRecorded(
            receipt_id=self._receipt_id(sale.location_id, sale.register_id, sale.number),
            location_id=sale.location_id,
            register_id=sale.register_id,
            receipt_number=sale.number,
            business_date=self._business_date,
            occurred_at=occurred_at,
            staff_ref=staff_of(sale.location_id),
            customer_ref=sale.customer_ref,
            tax_by_rate=tax_by_rate((line.tax_percent, line.amount_jpy) for line in lines),
            lines=lines,
        )

    def _void(self, void: Void, occurred_at: datetime) -> SaleVoided:
        sale = void.sale
        lines = tuple(_line(place, item) for place, item in enumerate(sale.items, start=1))
        return SaleVoided(
            void_id=self._receipt_id(sale.location_id, sale.register_id, void.number),
            receipt_id=self._receipt_id(sale.location_id, sale.register_id, sale.number),
            location_id=sale.location_id,
            register_id=sale.register_id,
            receipt_number=void.number,
            business_date=self._business_date,
            occurred_at=occurred_at,
            staff_ref=staff_of(sale.location_id),
            customer_ref=sale.customer_ref,
            tax_by_rate=tax_by_rate((line.tax_percent, line.amount_jpy) for line in lines),
            lines=lines,
            reason="打ち間違い",
        )

    def _return(self, back: Return, occurred_at: datetime) -> SaleReturned:
        sale, item = back.sale, back.sale.items[0]
        line = SaleReturnLine(
            line_id="1",
            sku=item.sku,
            quantity=1,
            amount_jpy=item.unit_price_jpy,
            tax_percent=item.tax_percent,
            disposition=back.disposition,
            original_line_id="1",
        )
        return SaleReturned(
            receipt_id=self._receipt_id(sale.location_id, sale.register_id, back.number),
            location_id=sale.location_id,
            register_id=sale.register_id,
            receipt_number=back.number,
            business_date=self._business_date,
            occurred_at=occurred_at,
            staff_ref=staff_of(sale.location_id),
            customer_ref=sale.customer_ref,
            original_receipt_id=self._receipt_id(sale.location_id, sale.register_id, sale.number),
            tax_by_rate=tax_by_rate([(line.tax_percent, line.amount_jpy)]),
            lines=(line,),
        )

    def _receipt_id(self, location_id: str, register_id: str, number: int) -> str:
        return f"{location_id}-{register_id}-{self._business_date:%Y%m%d}-{self._run_id}-{number:05}"


def staff_of(location_id: str) -> str:
    """Who works at a location: an opaque number, not a person."""
    return f"staff:{location_id}-01"


def _line(place: int, item: Item) -> SaleLine:
    return SaleLine(
        line_id=str(place),
        sku=item.sku,
        quantity=item.quantity,
        amount_jpy=item.amount_jpy,
        tax_percent=item.tax_percent,
    )
