"""Orders over HTTP: place, see, follow, cancel, change, return."""

from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from sse_starlette import EventSourceResponse

from edge.command_routes import CommandGiven
from edge.idempotency import IdempotencyKey
from edge.orders.desk import Asked, OrderDesk
from edge.orders.qr import qr_svg
from edge.orders.streaming import ENDED, LastEventId, follow
from edge.orders.views import OrderGiven, OrderView, PickupCodeView
from edge.partner.handlers import FOLLOWED_ORDERS
from edge.partner.order_requests import (
    CancelBody,
    ChangeBody,
    OrderId,
    PlaceOrderBody,
    RecipientBody,
    ReturnBody,
)
from edge.partner.settings import Settings
from edge.web_app import AtDoor, Door, Holder
from tsunagu.chassis import Transaction
from tsunagu.contracts.messages import PlaceOrder

router = APIRouter(tags=["orders"])
AnOrder = Annotated[OrderId, Path(description="An order that this key's channel has placed")]
DESK = OrderDesk(
    FOLLOWED_ORDERS,
    {
        "self": "/v1/orders/{order_id}",
        "events": "/v1/orders/{order_id}/events",
        "cancellations": "/v1/orders/{order_id}/cancellations",
        "changes": "/v1/orders/{order_id}/changes",
        "recipient_changes": "/v1/orders/{order_id}/recipient-changes",
        "returns": "/v1/orders/{order_id}/returns",
        "pickup_code": "/v1/orders/{order_id}/pickup-code",
        "pickup_code_qr": "/v1/orders/{order_id}/pickup-code.svg",
    },
)


def settings_of(door: Door) -> Settings:
    """The partner process's own settings."""
    assert isinstance(door.settings, Settings)
    return door.settings


@router.post("/v1/orders", status_code=202, response_model=OrderGiven, responses={200: {"model": OrderView}})
async def place_order(
    request: Request,
    door: AtDoor,
    channel: Holder,
    key: IdempotencyKey,
    body: PlaceOrderBody,
    wait: Annotated[
        float, Query(ge=0, le=3600, description="Wait so many seconds for the decision; the longest is 10")
    ] = 0,
) -> Any:
    """Place an order. 202: it is on its way. With `wait`, 200 and the order itself if it is decided in time."""
    valid = timedelta(minutes=settings_of(door).order_valid_minutes)

    async def make(transaction: Transaction) -> PlaceOrder:
        command = body.command(channel, transaction.now, valid)
        assert isinstance(command, PlaceOrder)
        return command

    given = await DESK.place(door, Asked.by(request, channel, key, body), make)
    if wait and await DESK.decided(door, channel, given["order_id"], wait):
        view = await DESK.view(door, channel, given["order_id"])
        return Response(view.model_dump_json(exclude_none=True), media_type="application/json")
    return given


@router.get("/v1/orders/{order_id}", response_model=OrderView, response_model_exclude_none=True)
async def get_order(order_id: AnOrder, door: AtDoor, channel: Holder) -> OrderView:
    """An order as it stands."""
    return await DESK.view(door, channel, order_id)


@router.get("/v1/orders/{order_id}/events", response_class=EventSourceResponse, responses=ENDED)
async def follow_order(
    order_id: AnOrder, door: AtDoor, channel: Holder, last_event_id: LastEventId = None
) -> Response:
    """What happens to an order, as it happens, from its beginning or from Last-Event-ID on.

    `order.shown`, at first and after each change of what the order's own address answers, says to read that again.
    """
    return await follow(DESK, door, channel, order_id, last_event_id)


@router.post("/v1/orders/{order_id}/cancellations", status_code=202, response_model=CommandGiven)
async def cancel_order(
    request: Request, order_id: AnOrder, door: AtDoor, channel: Holder, key: IdempotencyKey, body: CancelBody
) -> dict[str, Any]:
    """Ask to cancel an order, or lines of it. Whether that is still possible is decided where the goods are."""
    return await _ask(request, door, channel, order_id, key, body)


@router.post("/v1/orders/{order_id}/changes", status_code=202, response_model=CommandGiven)
async def change_order(
    request: Request, order_id: AnOrder, door: AtDoor, channel: Holder, key: IdempotencyKey, body: ChangeBody
) -> dict[str, Any]:
    """Ask for another pickup location, or for shipping instead of pickup."""
    return await _ask(request, door, channel, order_id, key, body)


@router.post("/v1/orders/{order_id}/recipient-changes", status_code=202, response_model=CommandGiven)
async def change_recipient(
    request: Request,
    order_id: AnOrder,
    door: AtDoor,
    channel: Holder,
    key: IdempotencyKey,
    body: RecipientBody,
) -> dict[str, Any]:
    """Ask that another person may collect, or nobody beside the customer, while the order has not ended."""
    return await _ask(request, door, channel, order_id, key, body)


@router.post("/v1/orders/{order_id}/returns", status_code=202, response_model=CommandGiven)
async def return_items(
    request: Request, order_id: AnOrder, door: AtDoor, channel: Holder, key: IdempotencyKey, body: ReturnBody
) -> dict[str, Any]:
    """Report goods of an order that came back to a location."""
    return await _ask(request, door, channel, order_id, key, body)


@router.get("/v1/orders/{order_id}/pickup-code", response_model=PickupCodeView)
async def get_pickup_code(order_id: AnOrder, door: AtDoor, channel: Holder) -> dict[str, Any]:
    """What the shopper shows at the desk, once the order is ready."""
    return await DESK.code(door, channel, order_id)


@router.get(
    "/v1/orders/{order_id}/pickup-code.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}},
)
async def get_pickup_code_as_qr(order_id: AnOrder, door: AtDoor, channel: Holder) -> Response:
    """The same as a QR code for the shopper's screen. Keep no copy."""
    code = await DESK.code(door, channel, order_id)
    return Response(qr_svg(code["token"]), media_type="image/svg+xml")


async def _ask(
    request: Request,
    door: Door,
    channel: str,
    order_id: str,
    key: str,
    body: CancelBody | ChangeBody | RecipientBody | ReturnBody,
) -> dict[str, Any]:
    return await DESK.ask(
        door,
        Asked.by(request, channel, key, body),
        order_id,
        lambda transaction: body.command(channel, order_id, transaction.now),
    )
