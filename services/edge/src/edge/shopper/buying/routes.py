"""Buying over HTTP: what it costs, the order, and what becomes of it."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel
from sse_starlette import EventSourceResponse

from edge.command_routes import CommandGiven, CommandState, state_of, traceparent_of
from edge.idempotency import IdempotencyKey
from edge.orders.desk import Asked, OrderDesk
from edge.orders.qr import qr_svg
from edge.orders.streaming import ENDED, LastEventId, follow
from edge.orders.views import OrderGiven, OrderView, PickupCodeView
from edge.shopper.buying.bodies import CancelBody, Cart, OrderBody, OrderId, StoreBody
from edge.shopper.buying.orders import cancelling, changing_store, placing
from edge.shopper.buying.quotes import Quote, quote_of
from edge.shopper.buying.recipients import recording
from edge.shopper.commands import FOLLOWED_ORDERS
from edge.shopper.guest import AChangingGuest, AGuest, ANewGuest, AVisit
from edge.shopper.settings import settings_of
from edge.shopper.slowing import slow_down, slow_ordering
from edge.web_app import AtDoor, reading
from tsunagu.chassis import FirstCause, Transaction, clock
from tsunagu.contracts.messages import PlaceOrder
from tsunagu.contracts.values import Id

router = APIRouter(dependencies=[Depends(slow_down)], tags=["orders"])
AnOrder = Annotated[OrderId, Path(description="An order that this guest has placed")]
SVG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/svg+xml": {}}}}
DESK = OrderDesk(
    FOLLOWED_ORDERS,
    {
        "self": "/v1/orders/{order_id}",
        "events": "/v1/orders/{order_id}/events",
        "cancellations": "/v1/orders/{order_id}/cancellations",
        "changes": "/v1/orders/{order_id}/changes",
        "pickup_code": "/v1/orders/{order_id}/pickup-code",
        "pickup_code_qr": "/v1/orders/{order_id}/pickup-code.svg",
        "order_code_qr": "/v1/orders/{order_id}/order-code.svg",
    },
)


class GuestsOrders(BaseModel):
    """The guest's newest orders."""

    orders: list[OrderView]


@router.post("/v1/quotes", response_model=Quote, response_model_exclude_none=True)
async def quote(door: AtDoor, _: ANewGuest, body: Cart) -> Quote:
    """What a cart costs now: prices and tax as the catalogue has them. Nothing is reserved, nothing is kept.

    Its answer brings the guest's cookie, without which nothing can be ordered.
    """
    async with reading(door) as connection:
        return await quote_of(connection, body, settings_of(door), clock.now())


@router.post(
    "/v1/orders",
    dependencies=[Depends(slow_ordering)],
    status_code=202,
    response_model=OrderGiven | OrderView,
    response_model_exclude_none=True,
    responses={200: {"model": OrderView}},
)
async def place_order(
    request: Request,
    response: Response,
    door: AtDoor,
    guest: AChangingGuest,
    key: IdempotencyKey,
    body: OrderBody,
    wait: Annotated[
        float, Query(ge=0, le=3600, description="Wait so many seconds for the decision; the longest is 10")
    ] = 0,
) -> OrderGiven | OrderView:
    """Order what was quoted. 202: it is on its way. With `wait`, 200 and the order itself if it is decided in time.

    409 `price-changed` where it costs something else by now: nothing is ordered. Goods that are sent say whom to, and
    what the payment page gave; who receives them is sealed for customer and kept nowhere here.
    """
    settings = settings_of(door)

    async def make(transaction: Transaction) -> PlaceOrder:
        current = await quote_of(transaction.connection, body, settings, transaction.now)
        command = placing(guest, body, current, settings, transaction.now)
        if body.recipient is not None:
            record = recording(command, body.recipient, settings)
            cause = FirstCause(record.record_id, transaction.now, traceparent_of(request))
            transaction.publish(record, cause=cause)
        return command

    given = await DESK.place(door, Asked.by(request, guest.holder, key, body), make)
    if wait and await DESK.decided(door, guest.holder, given["order_id"], wait):
        response.status_code = 200
        return await DESK.view(door, guest.holder, given["order_id"])
    return OrderGiven(**given)


@router.get("/v1/orders", response_model=GuestsOrders, response_model_exclude_none=True)
async def list_orders(
    door: AtDoor,
    visit: AVisit,
    limit: Annotated[int | None, Query(ge=1, description="How many orders at the most")] = None,
) -> GuestsOrders:
    """The guest's newest orders, as they stand."""
    guest = visit.guest()
    if guest is None:
        return GuestsOrders(orders=[])
    settings = settings_of(door)
    shown = min(limit or settings.orders_shown_default, settings.orders_shown_max)
    return GuestsOrders(orders=await DESK.newest(door, guest.holder, shown))


@router.get("/v1/orders/{order_id}", response_model=OrderView, response_model_exclude_none=True)
async def get_order(order_id: AnOrder, door: AtDoor, guest: AGuest) -> OrderView:
    """An order as it stands."""
    return await DESK.view(door, guest.holder, order_id)


@router.get("/v1/orders/{order_id}/events", response_class=EventSourceResponse, responses=ENDED)
async def follow_order(
    order_id: AnOrder, door: AtDoor, guest: AGuest, last_event_id: LastEventId = None
) -> Response:
    """What happens to an order, as it happens, from its beginning or from Last-Event-ID on.

    `order.shown`, at first and after each change of what the order's own address answers, says to read that again.
    """
    return await follow(DESK, door, guest.holder, order_id, last_event_id)


@router.post("/v1/orders/{order_id}/cancellations", status_code=202, response_model=CommandGiven)
async def cancel_order(
    request: Request,
    order_id: AnOrder,
    door: AtDoor,
    guest: AChangingGuest,
    key: IdempotencyKey,
    body: CancelBody,
) -> dict[str, Any]:
    """Ask to cancel an order, or lines of it. Whether that is still possible is decided where the goods are."""
    settings = settings_of(door)
    return await DESK.ask(
        door,
        Asked.by(request, guest.holder, key, body),
        order_id,
        lambda transaction: cancelling(body, order_id, settings, transaction.now),
    )


@router.post("/v1/orders/{order_id}/changes", status_code=202, response_model=CommandGiven)
async def change_store(
    request: Request,
    order_id: AnOrder,
    door: AtDoor,
    guest: AChangingGuest,
    key: IdempotencyKey,
    body: StoreBody,
) -> dict[str, Any]:
    """Ask to collect in another store; it also answers a choice that was asked for."""
    settings = settings_of(door)
    return await DESK.ask(
        door,
        Asked.by(request, guest.holder, key, body),
        order_id,
        lambda transaction: changing_store(body, order_id, settings, transaction.now),
    )


@router.get("/v1/orders/{order_id}/pickup-code", response_model=PickupCodeView)
async def get_pickup_code(order_id: AnOrder, door: AtDoor, guest: AGuest) -> dict[str, Any]:
    """What is shown at the desk, once the order is ready."""
    return await DESK.code(door, guest.holder, order_id)


@router.get("/v1/orders/{order_id}/pickup-code.svg", response_class=Response, responses=SVG)
async def get_pickup_code_as_qr(order_id: AnOrder, door: AtDoor, guest: AGuest) -> Response:
    """The same as a QR code, which a screenshot or a print shows as well."""
    code = await DESK.code(door, guest.holder, order_id)
    return Response(qr_svg(code["token"]), media_type="image/svg+xml")


@router.get("/v1/orders/{order_id}/order-code.svg", response_class=Response, responses=SVG)
async def get_order_code_as_qr(order_id: AnOrder, door: AtDoor, guest: AGuest) -> Response:
    """The order's id as a QR code, for a counter that takes goods back: it says which order, and opens nothing."""
    order = await DESK.view(door, guest.holder, order_id)
    return Response(qr_svg(order.order_id), media_type="image/svg+xml")


@router.get("/v1/commands/{command_id}", response_model=CommandState, response_model_exclude_none=True)
async def get_command(command_id: Id, door: AtDoor, guest: AGuest) -> dict[str, Any]:
    """What became of a wish; another guest's is answered like one that never was."""
    return await state_of(door, command_id, guest.holder)
