"""The generic format, in the contracts' words: a `type` (order.place, order.cancel), a `timestamp`, and `data`."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from edge.channels.said import PassedOver, Said, our_order_id, whole_cancellation_id
from edge.command_routes import build
from edge.problems import FieldError, Problem, invalid_values
from tsunagu.contracts.messages import CancelOrder, PlaceOrder
from tsunagu.contracts.values import Id, Instant

_COMMANDS: Mapping[str, type[PlaceOrder] | type[CancelOrder]] = {
    "order.place": PlaceOrder,
    "order.cancel": CancelOrder,
}


class _Data(BaseModel):
    """The fields of the command, without the channel: that is the webhook's own."""

    model_config = ConfigDict(extra="allow", frozen=True, hide_input_in_errors=True)

    order_id: Id


class _Webhook(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    type: str
    timestamp: Instant
    data: _Data


def read(body: Any, channel: str) -> Said:
    """What a webhook asks for. Raises Problem 422 where that can't be told, with the places of what is wrong."""
    try:
        webhook = _Webhook.model_validate(body)
    except ValidationError as error:
        raise invalid_values(error) from None
    order_id = our_order_id(channel, webhook.data.order_id)
    command = _COMMANDS.get(webhook.type)
    if command is None:
        return PassedOver(order_id, "type_not_taken")
    values = webhook.data.model_dump()
    strangers = sorted(({*values} - {*command.model_fields}) | ({*values} & {"channel"}))
    if strangers:
        raise Problem(
            422,
            "invalid",
            "Some fields are not known.",
            errors=[
                FieldError(pointer="/data", detail=f"{len(strangers)} fields that {webhook.type} has not")
            ],
        )
    values = {"occurred_at": webhook.timestamp, **values, "order_id": order_id, "channel": channel}
    if command is CancelOrder:
        values["cancel_id"] = _cancel_id(values, order_id, channel)
    made = build(command, values)
    assert isinstance(made, PlaceOrder | CancelOrder)
    return made


def _cancel_id(values: Mapping[str, Any], order_id: str, channel: str) -> Any:
    given = values.get("cancel_id")
    if isinstance(given, str):
        return our_order_id(channel, given)
    if values.get("lines"):
        raise Problem(
            422,
            "invalid",
            "Lines may be cancelled several times; the cancellation needs an id.",
            errors=[FieldError(pointer="/data/cancel_id", detail="is needed where lines are named")],
        )
    return whole_cancellation_id(order_id)
