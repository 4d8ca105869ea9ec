"""What tills report: sales, voids and returns."""

from typing import Annotated, ClassVar, TypeVar

from pydantic import AfterValidator, Field

from tsunagu.contracts.message import ReportedFact
from tsunagu.contracts.values import (
    DOCUMENT_LINES_MAX,
    Day,
    Id,
    LocationId,
    Name,
    PersonRef,
    SaleLine,
    SaleReturnLine,
    TaxAmount,
    Version,
    all_different,
)

Line = TypeVar("Line", bound=SaleLine)


def _line_ids_differ(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    if not all_different([line.line_id for line in lines]):
        raise ValueError("two lines have the same line_id")
    return lines


class TillDocument(ReportedFact):
    """What all documents of a till carry. `device_id` is the handheld, where one was used."""

    KEY: ClassVar[tuple[str, ...]] = ("receipt_id",)

    receipt_id: Id
    location_id: LocationId
    register_id: Id
    receipt_number: Version
    """Running number of the document on its register and business day; a count says which it has seen."""
    business_date: Day
    tax_by_rate: tuple[TaxAmount, ...] = ()
    customer_ref: PersonRef | None = None


class SaleRecorded(TillDocument):
    """Goods went over the counter. A line with order_id is the handover of that order line."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.sale.recorded.v1"
    IDENTITY: ClassVar[tuple[str, ...]] = ("receipt_id",)

    lines: Annotated[
        tuple[SaleLine, ...],
        Field(min_length=1, max_length=DOCUMENT_LINES_MAX),
        AfterValidator(_line_ids_differ),
    ]


class SaleVoided(TillDocument):
    """A whole sale is taken back, its goods resellable.

    `receipt_id` and `lines` are those of the voided sale; `receipt_number` is the void's own running number.
    """

    WIRE_TYPE: ClassVar[str] = "tsunagu.sale.voided.v1"
    IDENTITY: ClassVar[tuple[str, ...]] = ("void_id",)

    void_id: Id
    lines: Annotated[
        tuple[SaleLine, ...],
        Field(min_length=1, max_length=DOCUMENT_LINES_MAX),
        AfterValidator(_line_ids_differ),
    ]
    reason: Name | None = None


class SaleReturned(TillDocument):
    """Goods came back over the counter, on a receipt of its own."""

    WIRE_TYPE: ClassVar[str] = "tsunagu.sale.returned.v1"
    IDENTITY: ClassVar[tuple[str, ...]] = ("receipt_id",)

    original_receipt_id: Id | None = None
    lines: Annotated[
        tuple[SaleReturnLine, ...],
        Field(min_length=1, max_length=DOCUMENT_LINES_MAX),
        AfterValidator(_line_ids_differ),
    ]
