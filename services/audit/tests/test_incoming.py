"""What is to come, by the topics and by inventory."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.rules.incoming import check_deliveries, check_incoming
from audit.tables import Delivered, StockId


def a_delivery(**values: Any) -> dict[str, Any]:
    """A delivery of 5 A to S1, of which 2 have come, as inventory has it."""
    row = {
        "delivery_id": "D1",
        "state": "announced",
        "location_id": "S1",
        "announced": {"A": 5},
        "received": {"A": 2},
    }
    return {**row, **values}


def a_row(**values: int) -> dict[str, Any]:
    """The row of stock that waits for it, as inventory has it."""
    return {"location_id": "S1", "sku": "A", "announced": 3, "planned": 0, **values}


def tell(scene: Any) -> None:
    """The messages about it."""
    scene.told.announcements["m1"] = Delivered("D1", "S1", {"A": 5})
    scene.told.arrivals["m2"] = Delivered("D1", "S2", {"A": 1})
    scene.told.arrivals["m3"] = Delivered("D1", "S1", {"A": 1})


async def test_deliveries__as_the_messages_say__nothing_is_found(case: Callable[..., Any]) -> None:
    found = case(inventory={"deliveries": [a_delivery()], "stock": [a_row()]})
    tell(found.scene)
    await check_deliveries(found.scene)
    await check_incoming(found.scene)
    assert found.report.ok


@pytest.mark.parametrize(
    ("rows", "heading"),
    [
        ([], "lost"),
        ([a_delivery(received={"A": 1})], "lost"),
        ([a_delivery(received={"A": 3})], "doubled"),
        ([a_delivery(announced={"A": 5, "B": 1})], "doubled"),
    ],
)
async def test_deliveries__other_than_the_messages_say__is_found(
    case: Callable[..., Any], rows: list[dict[str, Any]], heading: str
) -> None:
    found = case(inventory={"deliveries": rows})
    tell(found.scene)
    await check_deliveries(found.scene)
    assert [finding.subject for finding in getattr(found.report, heading)] == ["delivery D1"] * (
        1 if rows else 2
    )


async def test_deliveries__a_message_is_a_dead_letter__is_not_expected_to_have_been_taken(
    case: Callable[..., Any],
) -> None:
    found = case(inventory={"deliveries": [a_delivery(received={"A": 1})]})
    tell(found.scene)
    found.scene.dead["inventory"] = {"m2"}
    await check_deliveries(found.scene)
    assert found.report.ok


@pytest.mark.parametrize(
    ("row", "state", "is_ok"),
    [
        (a_row(), "announced", True),
        (a_row(), "overdue", True),
        (a_row(announced=0), "settled", True),
        (a_row(announced=2), "announced", False),
        (a_row(), "settled", False),
        (a_row(planned=1), "announced", False),
    ],
)
async def test_incoming__a_row_of_stock__expects_what_deliveries_still_bring(
    case: Callable[..., Any], row: dict[str, Any], state: str, is_ok: bool
) -> None:
    found = case(inventory={"deliveries": [a_delivery(state=state)], "stock": [row]})
    await check_incoming(found.scene)
    assert found.report.ok is is_ok
    assert is_ok or [finding.subject for finding in found.report.unbalanced] == ["A at S1"]


async def test_incoming__a_planned_transfer_that_no_row_expects__is_found(case: Callable[..., Any]) -> None:
    found = case(inventory={"deliveries": [], "stock": [a_row(announced=0)]})
    found.scene.told.plans["T1"] = {StockId("S1", "A"): 4}
    await check_incoming(found.scene)
    assert [finding.subject for finding in found.report.unbalanced] == ["A at S1"]
