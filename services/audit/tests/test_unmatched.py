"""The rules about work that nobody knows: it stays unmatched, and somebody is asked about its goods."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.log import Asked
from audit.rules.unmatched import check_discrepancies, check_unmatched
from audit.tables import PlaceOfWork
from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.contracts.message import Message

NewCase = Callable[..., Any]
HERE = PlaceOfWork("umeda", None, "transfer")


@pytest.mark.parametrize(
    ("answers", "red"),
    [
        ([m.TransferShipped], ()),
        ([m.WorkUnmatched], ()),
        ([m.WorkUnmatched, m.WorkUnmatched], ("doubled",)),
        ([m.WorkUnmatched, m.TransferShipped], ("doubled",)),
    ],
)
async def test_unmatched__work_is_unmatched_or_known__not_both_and_not_twice(
    case: NewCase, answers: list[type[Message]], red: tuple[str, ...]
) -> None:
    found = case()
    asked = Asked(m.ShipTransfer, t.PICKUP_COMMANDS, "o", "s", ["first", "again"])
    found.scene.log.asked["type", "s"] = asked
    found.scene.log.answers["again"] = answers
    await check_unmatched(found.scene)
    assert found.report.red == red


@pytest.mark.parametrize(
    ("places", "lost"),
    [
        ([HERE, HERE], []),
        ([HERE], ["transfer"]),
        ([HERE, HERE._replace(location_id="ginza")], ["transfer"]),
        ([HERE, HERE._replace(transfer_id="another")], ["transfer"]),
    ],
)
async def test_discrepancies__each_work_that_moved_goods_has_its_own(
    case: NewCase, places: list[PlaceOfWork], lost: list[str]
) -> None:
    found = case(inventory={})
    found.scene.told.unmatched.update({"m1": HERE, "m2": HERE})
    found.scene.told.discrepancies.update({f"task {number}": place for number, place in enumerate(places)})
    await check_discrepancies(found.scene)
    assert [finding.subject for finding in found.report.lost] == lost


async def test_discrepancies__inventory_could_not_take_the_work__asks_nobody(case: NewCase) -> None:
    found = case(inventory={})
    found.scene.told.unmatched["m1"] = HERE
    found.scene.dead["inventory"] = {"m1"}
    await check_discrepancies(found.scene)
    assert found.report.ok
