"""What a guest may say. Prices, refs and channels are this door's to say; unknown fields are refused."""

from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from tsunagu.contracts.values import Id, LineQuantity, LocationId, Quantity, Yen, all_different

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
    """What a guest wants, and in which store to collect and pay it."""

    lines: Annotated[tuple[CartLine, ...], Field(min_length=1, max_length=CART_LINES_MAX)]
    location_id: Annotated[LocationId, Field(description="The store where it is collected, and paid")]

    @model_validator(mode="after")
    def _names_each_product_once(self) -> Self:
        if not all_different([line.sku for line in self.lines]):
            raise ValueError("two lines name the same product: add their pieces up")
        return self


class OrderBody(Cart):
    """A cart that has been quoted, and is wanted for what the quote said."""

    total_jpy: Annotated[Yen, Field(description="The quote's; where it is another now, nothing is ordered")]


class CancelBody(_Body):
    """A cancellation: of these lines, or of all that is still open."""

    lines: Annotated[tuple[LineQuantity, ...], Field(max_length=CART_LINES_MAX)] = ()


class StoreBody(_Body):
    """Another store: for a group of the order as it stands, or for the lines that a choice was asked about."""

    group_id: Id = GROUP
    location_id: LocationId
    lines: Annotated[tuple[LineQuantity, ...], Field(max_length=CART_LINES_MAX)] = ()
