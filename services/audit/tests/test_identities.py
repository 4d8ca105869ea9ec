"""The rules about customers: who the events say is one is one in the database."""

from collections.abc import Callable
from typing import Any

import pytest

from audit.rules.identities import check_identities, check_owners
from audit.tables import RefsTold

EARLIER, LATER = 1_000_001, 1_000_002


def rows(**refs: list[str]) -> dict[str, list[dict[str, Any]]]:
    return {"refs": [{"customer_id": one, "ref": ref} for one, held in refs.items() for ref in held]}


def told(sequence: int, *refs: str) -> RefsTold:
    return RefsTold(sequence, frozenset(refs))


@pytest.mark.parametrize(
    ("own", "moved", "is_ok"),
    [
        (told(EARLIER, "card-1", "app-1"), None, True),
        (told(EARLIER, "card-1"), None, False),
        (told(EARLIER, "card-1", "app-1", "ec-1"), None, False),
        (None, None, False),
        (None, told(EARLIER, "card-1", "app-1"), True),
        (told(LATER, "card-1", "app-1"), told(EARLIER, "card-1"), True),
        (told(EARLIER, "card-1", "app-1"), told(LATER, "card-1"), False),
        (told(EARLIER, "ec-1"), told(LATER, "card-1", "app-1"), True),
    ],
)
async def test_refs__are_those_that_were_told_last(
    case: Callable[..., Any], own: RefsTold | None, moved: RefsTold | None, is_ok: bool
) -> None:
    found = case(customer=rows(c1=["card-1", "app-1"]))
    if own is not None:
        found.scene.told.refs["c1"] = own
    if moved is not None:
        found.scene.told.moved_refs["c1"] = moved
    await check_identities(found.scene)
    assert [finding.subject for finding in found.report.lost] == ([] if is_ok else ["c1"])


async def test_refs__of_two_customers_exchanged__are_found_with_both(case: Callable[..., Any]) -> None:
    found = case(customer=rows(c1=["card-2"], c2=["card-1"]))
    found.scene.told.refs.update(c1=told(EARLIER, "card-1"), c2=told(EARLIER, "card-2"))
    await check_identities(found.scene)
    assert {finding.subject for finding in found.report.lost} == {"c1", "c2"}
    assert all("card-1, card-2" in finding.why for finding in found.report.lost)


async def test_refs__all_of_a_customer_gone__are_found(case: Callable[..., Any]) -> None:
    found = case(customer={"refs": [{"customer_id": "c1", "ref": None}]})
    found.scene.told.refs["c1"] = told(EARLIER, "card-1")
    await check_identities(found.scene)
    assert [finding.subject for finding in found.report.lost] == ["c1"]


async def test_purchase__published_as_another_customers__is_found(case: Callable[..., Any]) -> None:
    row = {"purchase_id": "receipt-1", "customer_id": "c1", "published_customer_id": None}
    found = case(customer={"misattributed": [row]})
    await check_owners(found.scene)
    assert [finding.subject for finding in found.report.lost] == ["receipt-1"]
    assert "c1" in found.report.lost[0].why
    assert "nobody" in found.report.lost[0].why
