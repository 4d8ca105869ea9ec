"""The rule about insight's totals."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from audit.rules.figures import check_totals
from audit.tables import OrderTold

TOTALS = {"orders_placed": 2, "orders_confirmed": 1, "sales_jpy": 5000, "credit_jpy": 4000}
SUMS = {"sales_jpy": 5000, "credit_jpy": 4000}


def rows(amounts: Mapping[str, float]) -> list[dict[str, Any]]:
    return [{"name": name, "amount": float(amount)} for name, amount in amounts.items()]


def found_in(case: Callable[..., Any], totals: Mapping[str, float]) -> Any:
    found = case(insight={"totals": rows(totals), "sums": rows(SUMS)})
    found.scene.told.orders["o1"] = OrderTold(placed=True, confirmed=True)
    found.scene.told.orders["o2"] = OrderTold(placed=True)
    return found


@pytest.mark.parametrize("name", [None, *TOTALS])
async def test_totals__are_what_they_count(case: Callable[..., Any], name: str | None) -> None:
    found = found_in(case, {**TOTALS, **({name: TOTALS[name] + 1} if name else {})})
    await check_totals(found.scene)
    assert [finding.subject for finding in found.report.unbalanced] == ([f"{name}:all:total"] if name else [])


async def test_totals__that_are_not_there__count_as_nothing(case: Callable[..., Any]) -> None:
    found = found_in(case, {name: amount for name, amount in TOTALS.items() if name != "orders_placed"})
    await check_totals(found.scene)
    assert [finding.subject for finding in found.report.unbalanced] == ["orders_placed:all:total"]


async def test_totals__where_something_else_was_found__follow_from_that(case: Callable[..., Any]) -> None:
    found = found_in(case, {})
    found.scene.findings.add("lost", "receipt-1", "insight has never heard of it")
    await check_totals(found.scene)
    assert found.report.red == ("lost",)
