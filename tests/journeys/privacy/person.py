"""A person whose every value is unmistakable, and what becomes of them in all channels."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from tests.journeys.stories.outside import now

from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.values import (
    Disposition,
    Identifier,
    IdentifierKind,
    PersonalData,
    PostalAddress,
    SaleLine,
    SaleReturnLine,
)
from tsunagu.retailer.players.registrars import seal

PRICE_JPY = 1980


@dataclass(frozen=True)
class Person:
    """`refs` are opaque, and stand where they are needed; everything of `personal` is for customer alone."""

    customer_ref: str = field(default_factory=lambda: f"ec:canary-{uuid7()}")
    card: str = field(default_factory=lambda: f"card:canary-{uuid7()}")
    recipient_ref: str = field(default_factory=lambda: f"to:canary-{uuid7()}")
    email: str = field(default_factory=lambda: f"canary.{uuid7()}@example.jp")
    personal: tuple[str, ...] = (
        "鶴見川",
        "禎比古",
        "ツルミガワ",
        "ヨシヒコ",
        "090-8765-4321",
        "09087654321",
        "+819087654321",
        "canarycity",
        "カナリア通",
        "canarybuilding",
        "1903-11-29",
    )

    @property
    def refs(self) -> tuple[str, ...]:
        """The opaque ids, under which channels know them."""
        return (self.customer_ref, self.card, self.recipient_ref)

    @property
    def data(self) -> PersonalData:
        """All that a channel tells of them."""
        return PersonalData(
            family_name="鶴見川",
            given_name="禎比古",
            family_name_kana="ツルミガワ",
            given_name_kana="ヨシヒコ",
            emails=(self.email,),
            phones=("090-8765-4321",),
            addresses=(
                PostalAddress(
                    postal_code="2300051",
                    prefecture="JP-14",
                    city="canarycity",
                    street="カナリア通1-2-3",
                    building="canarybuilding",
                ),
            ),
            birth_date=date(1903, 11, 29),
            language="en",
        )

    def identified(self, key: Any, *, cut: bool = False) -> m.IdentifyCustomer:
        """A channel says who they are; `cut` short, nobody can open it."""
        sealed = seal(self.data, key)
        return m.IdentifyCustomer(
            identification_id=uuid7(),
            customer_ref=self.customer_ref,
            channel="ec",
            identifiers=(Identifier(kind=IdentifierKind.MEMBER_CARD, value=self.card),),
            sealed=sealed[:-10] if cut else sealed,
            occurred_at=now(),
        )

    def recorded(self, key: Any) -> m.RecordRecipient:
        """They also receive what they order, under another ref."""
        return m.RecordRecipient(
            record_id=uuid7(),
            recipient_ref=self.recipient_ref,
            customer_ref=self.customer_ref,
            channel="ec",
            sealed=seal(self.data, key),
            occurred_at=now(),
        )

    def consents(self) -> m.RecordConsent:
        """They allow a newsletter."""
        return m.RecordConsent(
            consent_id=uuid7(),
            customer_ref=self.customer_ref,
            channel="ec",
            purpose="newsletter",
            granted=True,
            wording="2026-04",
            occurred_at=now(),
        )

    def scans(self, store: str, sku: str) -> m.ProductScanned:
        """They look at a product in a store, signed in."""
        return m.ProductScanned(
            activity_id=uuid7(),
            visitor_id=uuid7(),
            channel="ec",
            customer_ref=self.customer_ref,
            gtin="4512345678906",
            sku=sku,
            location_id=store,
            occurred_at=now(),
        )

    def buys(self, store: str, sku: str, number: int = 1) -> m.SaleRecorded:
        """They buy at a till, and show their card."""
        line = SaleLine(line_id="1", sku=sku, quantity=1, amount_jpy=PRICE_JPY, tax_percent=10)
        return m.SaleRecorded(**self._till(store, number), lines=(line,))

    def brings_back(self, sale: m.SaleRecorded) -> m.SaleReturned:
        """They bring what they bought back."""
        (line,) = sale.lines
        back = SaleReturnLine(
            **line.model_dump(), disposition=Disposition.RESELLABLE, original_line_id=line.line_id
        )
        return m.SaleReturned(
            **self._till(sale.location_id, sale.receipt_number + 1),
            original_receipt_id=sale.receipt_id,
            lines=(back,),
        )

    def asks_to_be_forgotten(self) -> m.EraseCustomer:
        """The command."""
        return m.EraseCustomer(erasure_id=uuid7(), customer_ref=self.customer_ref, occurred_at=now())

    def _till(self, store: str, number: int) -> dict[str, Any]:
        at = now()
        return {
            "receipt_id": uuid7(),
            "location_id": store,
            "register_id": "R1",
            "receipt_number": number,
            "business_date": at.date(),
            "customer_ref": self.card,
            "occurred_at": at,
        }
