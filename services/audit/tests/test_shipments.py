"""The rules about shipments: shares that are no cost, transfers that are in none, versions that never came."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.rules.shipments import TOPIC, check_costs, check_shares, check_shipments

LEFT = (3, "shipped", 2, True, 800, 800, ("t1", "t2"))


@pytest.mark.parametrize("shares_jpy", [799, 801, 1_600, 0])
async def test_shares__of_a_shipment_that_has_left__are_its_cost(
    case: Callable[..., Any], shares_jpy: int
) -> None:
    found = case()
    found.scene.told.states[TOPIC] = {"right": LEFT, "wrong": (*LEFT[:5], shares_jpy, LEFT[6])}
    await check_shares(found.scene)
    assert [finding.subject for finding in found.report.unbalanced] == ["wrong"]


async def test_shares__before_a_shipment_has_left__are_none(case: Callable[..., Any]) -> None:
    found = case()
    planned = (1, "planned", 2, False, 800, 0, ("t1", "t2"))
    found.scene.told.states[TOPIC] = {"right": planned, "wrong": (*planned[:5], 800, planned[6])}
    await check_shares(found.scene)
    assert [finding.subject for finding in found.report.unbalanced] == ["wrong"]


@pytest.mark.parametrize(
    ("cost_jpy", "lanes", "is_ok"),
    [
        (800, {"t1": 800, "t2": 800}, True),
        (1_600, {"t1": 800, "t2": 800}, False),
        (800, {"t1": 700, "t2": 800, "t3": 900}, True),
        (900, {"t1": 700, "t2": 800, "t3": 900}, False),
        (900, {}, True),
    ],
)
async def test_costs__of_a_shipment__are_those_of_a_lane_of_its_transfers_once(
    case: Callable[..., Any], cost_jpy: int, lanes: dict[str, int], is_ok: bool
) -> None:
    found = case()
    found.scene.told.states[TOPIC] = {"s": (*LEFT[:4], cost_jpy, cost_jpy, LEFT[6])}
    found.scene.told.costs.update(lanes)
    await check_costs(found.scene)
    assert [finding.subject for finding in found.report.unbalanced] == ([] if is_ok else ["s"])


async def test_shipments__each_difference_from_the_transfers__is_lost(case: Callable[..., Any]) -> None:
    def row(shipment_id: str, **values: Any) -> dict[str, Any]:
        return {
            "shipment_id": shipment_id,
            "version": 3,
            "transfers": 2,
            "has_left": True,
            "is_due": False,
            **values,
        }

    rows = [
        row("right"),
        row("newer", version=4),
        row("forgot one", transfers=3),
        row("never left", has_left=False),
        row("never said"),
        row("in a moment", version=2, transfers=3, is_due=True),
    ]
    found = case(pickup={"shipments": rows})
    said = ("right", "newer", "forgot one", "never left", "in a moment", "of nobody")
    found.scene.told.states[TOPIC] = dict.fromkeys(said, LEFT)
    await check_shipments(found.scene)
    assert {finding.subject for finding in found.report.lost} == {
        "newer", "forgot one", "never left", "never said", "of nobody",
    }  # fmt: skip
