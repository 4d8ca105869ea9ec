"""Whose an order is, is not kept here longer than a command waits for its answer."""

from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.testing.harness import only
from tsunagu.testing.traces import everything_stored, found_in

pytestmark = pytest.mark.component

CANARIES = ("card:canaryref", "to:canaryref")


async def test_refs__of_an_order_that_is_followed__are_gone_once_its_command_is_answered(
    open_door: Any, a: Any
) -> None:
    refs = {"customer_ref": CANARIES[0], "recipient_ref": CANARIES[1]}
    async with open_door("partner") as door:
        connection = door.service.connection
        answer = await door.post("/v1/orders", "app", a.order_body(**refs))
        command = only(await door.service.sent(), m.PlaceOrder)
        waiting = b"\n".join((await everything_stored(connection)).values())

        await door.service.deliver(
            a.placed(command, **refs), a.confirmed(command, **refs), a.state(command, **refs)
        )

        stored = b"\n".join((await everything_stored(connection)).values())
        shown = await door.get(f"/v1/orders/{command.order_id}", "app")
    assert answer.status_code == 202
    assert found_in(waiting, CANARIES) == set(CANARIES)  # it may have to be sent again
    assert shown.json()["status"] == "confirmed"
    assert found_in(stored, CANARIES) == set()
