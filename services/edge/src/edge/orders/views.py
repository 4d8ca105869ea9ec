"""An order as whoever placed it sees it."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, Field

from tsunagu.contracts.values import ChoiceOption, Id, Instant, OrderGroupState, OrderLineState, Yen


class OrderGiven(BaseModel):
    """The order is on its way; `links.self` says what becomes of it, `links.events` as it happens."""

    order_id: Id
    command_id: Annotated[Id, Field(description="Of the command, for GET /v1/commands/{command_id}")]
    links: dict[str, str]


class OrderView(BaseModel):
    """An order as it stands.

    `status` is `pending` until the order service has it and `refused` where it never will; else its own status.
    """

    order_id: Id
    status: str
    reason: str | None = None
    detail: str | None = None
    payment: str | None = None
    allow_partial: bool | None = None
    groups: list[OrderGroupState] = []
    lines: list[OrderLineState] = []
    choice_options: list[ChoiceOption] = []
    choice_answer_by: Instant | None = None
    receipt_ids: list[Id] = []
    refunded_jpy: Yen = 0
    ready_by: Instant | None = None
    placed_at: Instant
    updated_at: Instant | None = None
    links: dict[str, str]


class PickupCodeView(BaseModel):
    """What the shopper shows: the token as a QR code, or the digits. Show it to nobody else; keep no copy."""

    token: str
    digits: str
    valid_until: Instant


def order_view(row: Mapping[str, Any], links: dict[str, str]) -> OrderView:
    """The view of a followed order's row."""
    if row["state"] is not None:
        return OrderView(**{**row["state"], "links": links})
    refused = row["command_state"] == "refused"
    return OrderView(
        order_id=row["order_id"],
        status="refused" if refused else "pending",
        reason=row["reason"] if refused else None,
        detail=row["detail"] if refused else None,
        placed_at=row["placed_at"],
        links=links,
    )


def shown_of(row: Mapping[str, Any]) -> dict[str, Any]:
    """What changes whenever the view of a followed order's row, or its pickup code, does."""
    told = {
        "order_id": row["order_id"],
        "status": order_view(row, {}).status,
        "version": row["version"],
        "pickup_code_version": row["code_version"],
    }
    return {name: value for name, value in told.items() if value is not None}
