"""What shipments between locations cost: booked once, for the day on which they left, to who answers for them."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from insight.domain.transfer_costs import department_scope
from insight.handlers.figures import PUBLISH_KPIS
from tsunagu.contracts.messages import KpiValue, Shipment

LEFT_AT = datetime.now(UTC) - timedelta(days=2)


def a_shipment(version: int, **values: Any) -> Shipment:
    head = {
        "shipment_id": "sh-1",
        "version": version,
        "from_location_id": "W001",
        "to_location_id": "shibuya",
        "carrier": "Yamabiko",
        "owner": "物流部",
        "ship_by": LEFT_AT,
        "arrive_by": LEFT_AT + timedelta(days=1),
        "state": "shipped",
        "left_at": LEFT_AT,
        "cost_jpy": 800,
        "transfers": ({"transfer_id": "t-1", "cost_jpy": 800},),
    }
    return Shipment.model_validate({**head, **values})


def planned(version: int) -> Shipment:
    return a_shipment(version, state="planned", left_at=None, transfers=({"transfer_id": "t-1"},))


async def costs(insight: Any) -> dict[tuple[str, str], float]:
    """What is published of transfers' cost now, by scope and period."""
    said = await insight.make_due(PUBLISH_KPIS)
    return {
        (each.scope, each.period): each.value
        for each in said
        if isinstance(each, KpiValue) and each.name == "transfer_cost_jpy" and each.value is not None
    }


def test_department_scope__any_owner__is_a_scope_of_the_contract() -> None:
    for owner in ("物流部", "ops: east", "x" * 200):
        KpiValue(
            name="transfer_cost_jpy", scope=department_scope(owner), period="total", value=1.0, unit="JPY",
            version=1,
        )  # fmt: skip


@pytest.mark.wide
@pytest.mark.component
async def test_shipment__planned__costs_nothing_yet(insight: Any) -> None:
    await insight.deliver(planned(1))
    assert await costs(insight) == {}


@pytest.mark.wide
@pytest.mark.component
async def test_shipment__its_versions_in_any_order__cost_what_the_highest_says(insight: Any) -> None:
    day = LEFT_AT - timedelta(days=3)
    versions = [planned(1), a_shipment(2), a_shipment(3, cost_jpy=900, owner="営業部", left_at=day)]
    for order in itertools.permutations(versions):
        for shipment in order:
            await insight.deliver(shipment)
        figures = await costs(insight)
        assert figures.pop(("all", "total")) == figures.pop(("dept-営業部", "total")) == 900
        booked = {key: value for key, value in figures.items() if value}
        assert {scope for scope, _ in booked} == {"all", "dept-営業部"}
        assert set(booked.values()) == {900}
        await insight.connection.execute("TRUNCATE shipment_seen; TRUNCATE kpi; TRUNCATE inbox")


@pytest.mark.wide
@pytest.mark.component
async def test_shipments__of_one_department__add_up(insight: Any) -> None:
    other = a_shipment(1, shipment_id="sh-2", cost_jpy=1_200)
    elsewhere = a_shipment(1, shipment_id="sh-3", cost_jpy=50, owner="営業部")
    await insight.deliver(a_shipment(1), other, elsewhere)
    figures = await costs(insight)
    assert figures["dept-物流部", "total"] == 2_000
    assert figures["all", "total"] == 2_050
