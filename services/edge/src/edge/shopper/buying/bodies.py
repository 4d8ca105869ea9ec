"""What a guest may say. Prices, refs and channels are this door's to say; unknown fields are refused."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tsunagu.contracts.values import (
    Email,
    FulfilmentMethod,
    Hidden,
    Id,
    Language,
    LineQuantity,
    LocationId,
    Name,
    Payment,
    Phone,
    PostalAddress,
    Prefecture,
    Quantity,
    Sha256,
    Yen,
    all_different,
)

CART_LINES_MAX = 50
"""Most products of one cart: what a family carries home, with much to spare."""

GROUP = "g1"
"""An order of this door is placed as one group: all of it reaches the guest by one way."""

OrderId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._~-]{1,100}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class CartLine(_Body):
    """So many pieces of a product."""

    sku: Id
    quantity: Quantity


class Cart(_Body):
    """What a guest wants, and where it is received: collected in a store and paid there, or sent and prepaid."""

    lines: Annotated[tuple[CartLine, ...], Field(min_length=1, max_length=CART_LINES_MAX)]
    location_id: Annotated[
        LocationId | None, Field(description="The store where it is collected, and paid; or `prefecture`")
    ] = None
    prefecture: Annotated[
        Prefecture | None, Field(description="Where it is sent, paid beforehand; or `location_id`")
    ] = None

    @model_validator(mode="after")
    def _is_one_order(self) -> Self:
        if not all_different([line.sku for line in self.lines]):
            raise ValueError("two lines name the same product: add their pieces up")
        if (self.location_id is None) == (self.prefecture is None):
            raise ValueError("give location_id or prefecture, and not both")
        return self

    @property
    def method(self) -> FulfilmentMethod:
        """How the goods reach the guest."""
        return FulfilmentMethod.PICKUP if self.prefecture is None else FulfilmentMethod.SHIP

    @property
    def payment(self) -> Payment:
        """Who has the money when the order is placed."""
        return Payment.AT_PICKUP if self.prefecture is None else Payment.PREPAID


class Recipient(_Body, Hidden):
    """Who receives a parcel, and where. Sealed for customer before anything is kept."""

    family_name: Name
    given_name: Name
    phone: Phone
    email: Email | None = None
    language: Annotated[Language | None, Field(description="In which they are written to")] = None
    address: PostalAddress


class Paid(_Body):
    """That a payment was made, as the payment page says it. One payment is one order."""

    payment_id: Id
    signature: Annotated[Sha256, Field(description="What the payment page gave with it")]


class OrderBody(Cart):
    """A cart that has been quoted, and is wanted for what the quote said."""

    total_jpy: Annotated[Yen, Field(description="The quote's; where it is another now, nothing is ordered")]
    recipient: Annotated[Recipient | None, Field(description="Of goods that are sent")] = None
    paid: Annotated[Paid | None, Field(description="Of goods that are sent")] = None

    @model_validator(mode="after")
    def _says_who_receives_and_what_was_paid(self) -> Self:
        given = None if self.recipient is None else self.recipient.address.prefecture
        if given != self.prefecture:
            raise ValueError(
                "goods that are sent have a recipient, in the prefecture of the quote; others none"
            )
        if (self.paid is None) != (self.payment is Payment.AT_PICKUP):
            raise ValueError("goods that are sent are paid beforehand, others where they are collected")
        return self


class CancelBody(_Body):
    """A cancellation: of these lines, or of all that is still open."""

    lines: Annotated[tuple[LineQuantity, ...], Field(max_length=CART_LINES_MAX)] = ()


class StoreBody(_Body):
    """Another store: for a group of the order as it stands, or for the lines that a choice was asked about."""

    group_id: Id = GROUP
    location_id: LocationId
    lines: Annotated[tuple[LineQuantity, ...], Field(max_length=CART_LINES_MAX)] = ()
