"""Who may collect is said anew after the order was placed, until it has ended."""

from typing import Any
from uuid import uuid4

import pytest

from tsunagu.contracts import messages as m
from tsunagu.testing.harness import Harness, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


def change(mother: Any, recipient_ref: str | None, **changes: Any) -> m.ChangeRecipient:
    values = {
        "occurred_at": mother.now,
        "change_id": str(uuid4()),
        "order_id": mother.order_id,
        "channel": "ec",
    }
    return m.ChangeRecipient(**{**values, "recipient_ref": recipient_ref, **changes})


@pytest.mark.parametrize("before", [[], ["reserved"], ["reserved", "ready"], ["reserved", "shipped"]])
async def test_change__while_something_is_open__is_said_and_stands_in_the_order(
    service: Harness, mother: Any, before: list[str]
) -> None:
    ship = "shipped" in before
    await service.deliver(mother.place(ship=ship), *[getattr(mother, step)() for step in before])
    await service.sent()
    command = change(mother, "recipient:2")
    sent = await service.deliver(command)
    said, state = only(sent, m.RecipientChanged), only(sent, m.Order)
    assert (said.change_id, said.recipient_ref) == (command.change_id, "recipient:2")
    assert state.recipient_ref == "recipient:2"
    assert state.version == said.version


async def test_change__to_nobody__only_the_customer_may_collect(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    sent = await service.deliver(change(mother, None))
    assert only(sent, m.RecipientChanged).recipient_ref is None
    assert only(sent, m.Order).recipient_ref is None


async def test_change__then_handed_over__the_order_ends_with_its_new_recipient(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(), mother.reserved(), change(mother, "recipient:2"))
    await service.sent()
    completed = only(await service.deliver(mother.collected()), m.OrderCompleted)
    assert completed.recipient_ref == "recipient:2"


@pytest.mark.parametrize(
    ("before", "recipient_ref", "reason"),
    [
        (["reserved", "collected"], "recipient:2", "too_late"),
        (["reserved", "expired"], "recipient:2", "already_ended"),
        (["reserved"], "recipient:1", "no_change"),
    ],
)
async def test_change__not_possible__is_refused_with_its_reason(
    service: Harness, mother: Any, before: list[str], recipient_ref: str, reason: str
) -> None:
    await service.deliver(mother.place(), *[getattr(mother, step)() for step in before])
    await service.sent()
    sent = await service.deliver(change(mother, recipient_ref))
    assert only(sent, m.CommandRefused).reason == reason
    assert mother.said(sent) == ["CommandRefused"]


async def test_change__of_an_order_that_is_not_there__is_refused(service: Harness, mother: Any) -> None:
    sent = await service.deliver(change(mother, "recipient:2"))
    assert only(sent, m.CommandRefused).reason == "unknown_order"


async def test_change__the_same_command_twice__is_one_change(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(), mother.reserved())
    await service.sent()
    command = change(mother, "recipient:2")
    said = [*await service.deliver(command), *await service.deliver(command)]
    assert len([message for message in said if isinstance(message, m.RecipientChanged)]) == 1
