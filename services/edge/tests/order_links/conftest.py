"""Links of an order, and what order says of it."""

from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts.topics import ORDER_LINKS
from tsunagu.contracts.values import ChoiceOption, LinkPurpose
from tsunagu.testing.harness import delete_of

CHOICE_TOKEN, ORDER_TOKEN = "canarychoicecanarychoi", "canaryordercanaryorder"


class LinkedOrder:
    """An order of three shirts (L1) and a cup (L2) that are collected at S001; one shirt can't be had any more."""

    def __init__(self) -> None:
        self.order_id = "EC:1001"
        self.version = 4
        self.answer_by = datetime.now(UTC) + timedelta(hours=1)

    def state(self, **changes: Any) -> m.Order:
        """The order's next state."""
        self.version += 1
        ready = changes.pop("ready", 0)
        asked = changes.pop("asked", 1)
        groups = changes.pop("groups", {"G1": {"method": "pickup", "location_id": "S001"}})
        line = {"unit_price_jpy": 1980, "tax_percent": 10, "status": "confirmed"}
        values = {
            "order_id": self.order_id,
            "version": self.version,
            "channel": "ec",
            "customer_ref": "card:canaryref",
            "recipient_ref": "rcpt:canaryref",
            "status": "choice" if asked else "confirmed",
            "payment": "prepaid",
            "allow_partial": False,
            "groups": [
                {"group_id": group_id, "status": "confirmed", **way} for group_id, way in groups.items()
            ],
            "lines": [
                {
                    **line,
                    "line_id": "L1",
                    "group_id": "G1",
                    "sku": "SHIRT",
                    "quantity": 3,
                    "in_question_quantity": asked,
                    "ready_quantity": ready,
                },
                {**line, "line_id": "L2", "group_id": list(groups)[-1], "sku": "CUP", "quantity": 1},
            ],
            "choice_options": self.options() if asked else [],
            "choice_answer_by": self.answer_by if asked else None,
            "placed_at": datetime.now(UTC),
            "updated_at": datetime.now(UTC),
        }
        return m.Order.model_validate({**values, **changes})

    def options(self) -> list[ChoiceOption]:
        """What order offers: a store by name, another way, or nothing."""
        return [
            ChoiceOption.model_validate(one)
            for one in (
                {"kind": "pickup_elsewhere", "location_id": "S002", "ready_by": self.answer_by},
                {"kind": "ship"},
                {"kind": "cancel"},
            )
        ]

    def link(self, purpose: LinkPurpose, token: str | None = None, **changes: Any) -> m.OrderLink:
        """A link of this order; a question's ends with the question."""
        is_a_question = purpose is LinkPurpose.CHOICE
        values = {
            "order_id": self.order_id,
            "purpose": purpose,
            "version": 1,
            "token": token or (CHOICE_TOKEN if is_a_question else ORDER_TOKEN),
            "valid_until": self.answer_by if is_a_question else self.answer_by + timedelta(days=14),
            "order_version": self.version,
        }
        return m.OrderLink.model_validate({**values, **changes})

    async def tell(self, door: Any, **changes: Any) -> None:
        """Tell the door of the shops, the goods, the order and both its links."""
        a = door.mothers
        await door.service.deliver(
            *[a.location(f"S00{n}", latitude=35.66 + n / 100) for n in (1, 2, 3)],
            a.location("W001", kind="warehouse"),
            a.location("S009", pickup_enabled=False),
            a.product("SHIRT", name_ja="シャツ", name_en="Shirt"),
            a.product("CUP", name_ja="<b>碗</b>", name_en="<b>Cup</b>"),
            self.state(**changes),
            self.link(LinkPurpose.ORDER),
            self.link(LinkPurpose.CHOICE),
        )

    async def void(self, door: Any, purpose: LinkPurpose) -> None:
        """Order says that a link opens nothing any more."""
        await door.service.deliver_records(ORDER_LINKS, [delete_of(self.link(purpose))])

    async def outcome(
        self, door: Any, message: m.ChangeFulfilment | m.CancelOrder, refused: str | None
    ) -> None:
        """Order's answer to a command that came through this door, and what it makes of the order."""
        [message_id] = await door.service.connection.fetch(
            "SELECT message_id FROM pending_command WHERE command_id = $1", message.identity()
        )
        if refused is not None:
            refusal = door.mothers.refusal(message, reason=refused)
            record = door.mothers.caused_by(refusal, message_id["message_id"])
            topic = next(
                one.topic for one in door.service.service.subscriptions if one.topic.name == "order.events"
            )
            await door.service.deliver_records(topic, [record])
            return
        head = {
            "order_id": self.order_id,
            "version": self.version + 1,
            "channel": "ec",
            "occurred_at": datetime.now(UTC),
        }
        line = {
            "line_id": "L1",
            "group_id": "G1",
            "sku": "SHIRT",
            "quantity": 1,
            "unit_price_jpy": 1980,
            "tax_percent": 10,
        }
        if isinstance(message, m.CancelOrder):
            event: Any = m.OrderCancelled.model_validate(
                {
                    **head,
                    "cancel_id": message.cancel_id,
                    "reason": message.reason,
                    "lines": [line],
                    "order_finished": False,
                }
            )
        else:
            group = {"group_id": "G1", "method": "pickup", "location_id": "S001"}
            event = m.OrderChanged.model_validate(
                {
                    **head,
                    "change_id": message.change_id,
                    "groups": [group],
                    "lines": [line],
                    "changed_line_ids": ["L1"],
                }
            )
        await door.service.deliver(event)


@pytest.fixture
def order() -> LinkedOrder:
    return LinkedOrder()


@pytest.fixture
def shopper_door(open_door: Any, a: Any) -> Any:
    """`async with shopper_door() as door:` a shopper's door that knows how messages usually are (`door.mothers`)."""

    @asynccontextmanager
    async def opened(**limits: Any) -> Any:
        async with open_door("shopper", **limits) as door:
            door.mothers = a
            yield door

    return opened
