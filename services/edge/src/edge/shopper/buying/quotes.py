"""What a cart costs: goods, prices and tax classes as the catalogue has them now, never as a body says."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from edge.problems import FieldError, Problem
from edge.shopper.buying.bodies import Cart
from edge.shopper.buying.payments import where_to_pay
from edge.shopper.settings import Settings
from tsunagu.chassis import Connection, beside
from tsunagu.contracts.values import (
    FulfilmentMethod,
    Id,
    Instant,
    LocationId,
    Payment,
    Prefecture,
    TaxAmount,
    TaxClass,
    Yen,
)
from tsunagu.tax import Way, day_in_japan, percent_of, tax_by_rate

SQL = beside(__file__)


class QuotedLine(BaseModel):
    """One product of the cart; prices include tax."""

    line_id: Id
    sku: Id
    name_ja: str
    name_en: str
    color: str | None = None
    size: str | None = None
    quantity: int
    unit_price_jpy: Yen
    amount_jpy: Yen
    tax_class: TaxClass
    tax_percent: int


class PlaceOfPickup(BaseModel):
    """Where the goods wait."""

    location_id: LocationId
    name_ja: str
    name_en: str
    address: str


class Terms(BaseModel):
    """What holds for the order, for the page that is shown before it is placed."""

    cancel_until: Annotated[
        Literal["collected", "shipped"], Field(description="It can be cancelled until then")
    ]
    return_days: Annotated[
        int, Field(description="Unused goods are taken back for so many days, in any store")
    ]
    valid_until: Annotated[
        Instant | None, Field(description="An order that cannot be taken on by then is dropped")
    ] = None
    delivery_days_max: Annotated[
        int | None, Field(description="Goods that are sent arrive within so many days of the confirmation")
    ] = None


class Quote(BaseModel):
    """What is bought, for how much, how it is paid and where it is received. Nothing is reserved by it.

    When it can be received is known with the confirmation, within seconds of the order (`ready_by`).
    """

    lines: list[QuotedLine]
    total_jpy: Annotated[Yen, Field(description="With tax; send it along with the order")]
    tax_by_rate: list[TaxAmount]
    payment: Payment
    pay_at: Annotated[
        str | None,
        Field(
            description="Goods that are sent: the page on which it is paid; it leads back with what `paid` says"
        ),
    ] = None
    method: FulfilmentMethod
    ways: Annotated[list[FulfilmentMethod], Field(description="How it could be received")]
    pickup: PlaceOfPickup | None = None
    prefecture: Prefecture | None = None
    quantity_per_order_max: Annotated[int, Field(description="Pieces of one product in one order")]
    terms: Terms


async def quote_of(connection: Connection, cart: Cart, settings: Settings, now: datetime) -> Quote:
    """What a cart costs now. Raises Problem 422 that names each line, or the store, that can't be."""
    rows = await connection.fetch(SQL.read_products, [line.sku for line in cart.lines])
    products = {row["sku"]: row["body"] for row in rows}
    pickup = await _place_of_pickup(connection, cart)
    errors = [*_errors(cart, products, settings), *_errors_of_place(cart, pickup, settings)]
    if errors:
        raise Problem(422, "invalid", "This can't be ordered as it is; `errors` says why.", errors=errors)
    lines = [
        _line(str(number), products[line.sku], line.quantity, Way(cart.method), now)
        for number, line in enumerate(cart.lines, start=1)
    ]
    total_jpy = sum(line.amount_jpy for line in lines)
    return Quote(
        lines=lines,
        total_jpy=total_jpy,
        tax_by_rate=list(tax_by_rate((line.tax_percent, line.amount_jpy) for line in lines)),
        payment=cart.payment,
        pay_at=None if cart.prefecture is None else where_to_pay(total_jpy, settings),
        method=cart.method,
        ways=settings.ways,
        pickup=pickup,
        prefecture=cart.prefecture,
        quantity_per_order_max=settings.quantity_per_order_max,
        terms=_terms(cart, settings, now),
    )


def _terms(cart: Cart, settings: Settings, now: datetime) -> Terms:
    if cart.prefecture is None:
        return Terms(
            cancel_until="collected",
            return_days=settings.return_days,
            valid_until=now + settings.order_valid,
        )
    return Terms(
        cancel_until="shipped",
        return_days=settings.return_days,
        delivery_days_max=settings.delivery_days_max,
    )


async def _place_of_pickup(connection: Connection, cart: Cart) -> PlaceOfPickup | None:
    row = await connection.fetchrow(SQL.read_place_of_pickup, cart.location_id)
    return None if row is None else PlaceOfPickup(**dict(row))


def _errors_of_place(cart: Cart, pickup: PlaceOfPickup | None, settings: Settings) -> list[FieldError]:
    if cart.prefecture is not None and not settings.delivers:
        return [FieldError(pointer="/prefecture", detail="nothing is sent from here; collect it in a store")]
    if cart.location_id is not None and pickup is None:
        return [FieldError(pointer="/location_id", detail="nothing can be collected here now")]
    return []


def _errors(cart: Cart, products: Mapping[str, Mapping[str, Any]], settings: Settings) -> list[FieldError]:
    errors: list[FieldError] = []
    most = settings.quantity_per_order_max
    for number, line in enumerate(cart.lines):
        product = products.get(line.sku)
        if product is None or not product["active"]:
            errors.append(FieldError(pointer=f"/lines/{number}/sku", detail="this is not on sale"))
        if line.quantity > most:
            # The same for every product: how many there are is not said.
            errors.append(
                FieldError(
                    pointer=f"/lines/{number}/quantity",
                    detail=f"at most {most} pieces of one product in one order",
                )
            )
    return errors


def _line(line_id: str, product: Mapping[str, Any], quantity: int, way: Way, now: datetime) -> QuotedLine:
    tax_class, price_jpy = TaxClass(product["tax_class"]), product["price_jpy"]
    return QuotedLine(
        line_id=line_id,
        sku=product["sku"],
        name_ja=product["name_ja"],
        name_en=product["name_en"],
        color=product.get("color"),
        size=product.get("size"),
        quantity=quantity,
        unit_price_jpy=price_jpy,
        amount_jpy=price_jpy * quantity,
        tax_class=tax_class,
        tax_percent=percent_of(tax_class, way, day_in_japan(now)),
    )
