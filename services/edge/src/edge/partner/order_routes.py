"""Orders over HTTP: place, see, cancel, change, return."""

import asyncio
from datetime import timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response

from edge.command_routes import CommandGiven, traceparent_of
from edge.idempotency import IdempotencyKey, digest_of, once
from edge.partner.handlers import COMMANDS, SQL, WATCH
from edge.partner.order_requests import (
    CancelBody,
    ChangeBody,
    OrderId,
    PlaceOrderBody,
    RecipientBody,
    ReturnBody,
)
from edge.partner.order_views import OrderGiven, OrderView, PickupCodeView, links_of, order_view
from edge.partner.qr import qr_svg
from edge.partner.settings import Settings
from edge.problems import Problem
from edge.web_app import AtDoor, Door, Holder, reading, writing
from tsunagu.chassis import Transaction, clock
from tsunagu.contracts.messages import PlaceOrder

router = APIRouter(tags=["orders"])
AnOrder = Annotated[OrderId, Path(description="An order that this key's channel has placed")]


def settings_of(door: Door) -> Settings:
    """The partner process's own settings."""
    assert isinstance(door.settings, Settings)
    return door.settings


def no_such_order() -> Problem:
    """404, for another channel's order as for one that never was."""
    return Problem(404, "not-found", "No order of yours has this id.")


@router.post("/v1/orders", status_code=202, response_model=OrderGiven, responses={200: {"model": OrderView}})
async def place_order(
    request: Request,
    response: Response,
    door: AtDoor,
    channel: Holder,
    key: IdempotencyKey,
    body: PlaceOrderBody,
    wait: Annotated[
        float, Query(ge=0, le=3600, description="Wait so many seconds for the decision; the longest is 10")
    ] = 0,
) -> Any:
    """Place an order. 202: it is on its way. With `wait`, 200 and the order itself if it is decided in time."""
    digest = digest_of(request, body)
    settings = settings_of(door)
    async with writing(door) as transaction:

        async def act() -> dict[str, Any]:
            valid = timedelta(minutes=settings.order_valid_minutes)
            command = body.command(channel, transaction.now, valid)
            assert isinstance(command, PlaceOrder)
            message_id = await COMMANDS.give(
                transaction, command, holder=channel, digest=digest, traceparent=traceparent_of(request)
            )
            await transaction.connection.execute(
                SQL.insert_followed_order, command.order_id, channel, transaction.now, message_id
            )
            links = {**links_of(command.order_id), "command": f"/v1/commands/{message_id}"}
            return {"order_id": command.order_id, "command_id": message_id, "links": links}

        given = await once(transaction, channel, key, digest, act)
    if wait and await _decided(door, channel, given["order_id"], min(wait, settings.wait_seconds_max)):
        response.status_code = 200
        return Response(
            (await _view(door, channel, given["order_id"])).model_dump_json(exclude_none=True),
            media_type="application/json",
        )
    return given


@router.get("/v1/orders/{order_id}", response_model=OrderView, response_model_exclude_none=True)
async def get_order(order_id: AnOrder, door: AtDoor, channel: Holder) -> OrderView:
    """An order as it stands."""
    return await _view(door, channel, order_id)


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
    return await _code(door, channel, order_id)


@router.get(
    "/v1/orders/{order_id}/pickup-code.svg",
    response_class=Response,
    responses={200: {"content": {"image/svg+xml": {}}}},
)
async def get_pickup_code_as_qr(order_id: AnOrder, door: AtDoor, channel: Holder) -> Response:
    """The same as a QR code for the shopper's screen. Keep no copy."""
    code = await _code(door, channel, order_id)
    return Response(qr_svg(code["token"]), media_type="image/svg+xml")


async def _ask(
    request: Request,
    door: Door,
    channel: str,
    order_id: str,
    key: str,
    body: CancelBody | ChangeBody | RecipientBody | ReturnBody,
) -> dict[str, Any]:
    digest = digest_of(request, body)
    async with writing(door) as transaction:
        await _own_order(transaction, channel, order_id)

        async def act() -> dict[str, Any]:
            message_id = await COMMANDS.give(
                transaction,
                body.command(channel, order_id, transaction.now),
                holder=channel,
                digest=digest,
                traceparent=traceparent_of(request),
            )
            return {"command_id": message_id, "links": {"self": f"/v1/commands/{message_id}"}}

        return await once(transaction, channel, key, digest, act)


async def _code(door: Door, channel: str, order_id: str) -> dict[str, Any]:
    async with reading(door) as connection:
        row = await connection.fetchrow(SQL.read_code, order_id, channel, clock.now())
    if row is None:
        raise Problem(404, "not-found", "No order of yours with this id has a pickup code now.")
    return dict(row)


async def _own_order(transaction: Transaction, channel: str, order_id: str) -> None:
    if await transaction.connection.fetchval(SQL.lock_own_order, order_id, channel) is None:
        raise no_such_order()


async def _view(door: Door, channel: str, order_id: str) -> OrderView:
    async with reading(door) as connection:
        row = await connection.fetchrow(SQL.read_own_order, order_id, channel)
    if row is None:
        raise no_such_order()
    return order_view(dict(row))


async def _decided(door: Door, channel: str, order_id: str, seconds: float) -> bool:
    """Wait until the order is confirmed or has ended; False when time is up first."""
    with WATCH.on(order_id, channel) as changed:
        try:
            async with asyncio.timeout(seconds):
                while True:
                    changed.clear()
                    async with reading(door) as connection:
                        if await connection.fetchval(SQL.is_decided, order_id):
                            return True
                    await changed.wait()
        except TimeoutError:
            return False
