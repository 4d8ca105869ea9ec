"""Transfers that should be there soon: a warning, once, and only of those that are still under way."""

from datetime import timedelta
from typing import Any

import pytest

from pickup.settings import settings
from tsunagu.contracts.messages import TransferAtRisk, TransferPlanned
from tsunagu.testing.harness import Harness, all_of, only

component = pytest.mark.component


@pytest.mark.wide
@component
async def test_planned__the_warning_is_due_so_many_minutes_before_the_goods_should_be_there(
    pickup: Harness, a: Any
) -> None:
    await pickup.deliver(a.lane(version=2, transit_days=3))
    planned = only(await pickup.deliver(a.order(source=a.other).confirmed()), TransferPlanned)
    due = await pickup.connection.fetchrow("SELECT key, due_at FROM due_work WHERE kind = 'at_risk'")
    assert due is not None
    assert due["key"] == planned.transfer_id
    assert due["due_at"] == planned.arrive_by - timedelta(minutes=settings().transfer_warn_minutes)


@pytest.mark.wide
@component
async def test_warning__not_shipped__names_who_answers_for_it_and_comes_once(pickup: Harness, a: Any) -> None:
    order = a.order(source=a.other)
    planned = only(await pickup.deliver(order.confirmed()), TransferPlanned)
    warned = only(await pickup.make_due("at_risk"), TransferAtRisk)
    assert (warned.transfer_id, warned.order_id) == (planned.transfer_id, order.order_id)
    assert (warned.owner, warned.carrier) == (planned.owner, planned.carrier)
    assert (warned.arrive_by, warned.reason) == (planned.arrive_by, "not_shipped")
    assert warned.version > planned.version
    await pickup.deliver(order.pick())
    await pickup.deliver(order.ship(planned.transfer_id))
    assert not all_of(await pickup.make_due("at_risk"), TransferAtRisk)


@pytest.mark.wide
@component
async def test_warning__shipped_and_received_in_part__is_not_received(pickup: Harness, a: Any) -> None:
    order = a.order(source=a.other, quantity=2)
    planned = only(await pickup.deliver(order.confirmed()), TransferPlanned)
    await pickup.deliver(order.pick())
    await pickup.deliver(order.ship(planned.transfer_id))
    await pickup.deliver(order.receive(planned.transfer_id, 1, complete=False))
    assert only(await pickup.make_due("at_risk"), TransferAtRisk).reason == "not_received"


@pytest.mark.wide
@component
@pytest.mark.parametrize("end", ["received", "received, and nobody says so", "cancelled"])
async def test_warning__of_a_transfer_that_has_ended__never_comes(pickup: Harness, a: Any, end: str) -> None:
    order = a.order(source=a.other)
    planned = only(await pickup.deliver(order.confirmed()), TransferPlanned)
    if end == "cancelled":
        await pickup.deliver(order.cancel_requested())
    else:
        await pickup.deliver(order.pick())
        await pickup.deliver(order.ship(planned.transfer_id))
        await pickup.deliver(order.receive(planned.transfer_id, complete=end == "received"))
    assert await pickup.connection.fetchval("SELECT count(*) FROM due_work WHERE kind = 'at_risk'") == 0
    assert not all_of(await pickup.make_due("at_risk"), TransferAtRisk)
