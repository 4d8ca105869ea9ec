"""The rules about notices: one for each event that asks for it, and what became of each is said once."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from audit.rules.notices import check_late_notices, check_notices
from audit.tables import News
from tsunagu.contracts import messages as m

NewCase = Callable[..., Any]
AT = datetime(2026, 4, 1, 9, tzinfo=UTC)
READY = News("m1", m.OrderReady, AT, "ec", frozenset({"ec:7"}))
NOTICE = {"notice_id": "n1", "order_id": "o", "kind": "ready", "state": "void", "message_id": "m1"}


async def found(
    case: NewCase, *rows: dict[str, Any], news: tuple[News, ...] = (READY,), **told: Any
) -> dict[str, list[str]]:
    built = case(customer={"notices": list(rows)})
    built.scene.told.news["o"] += news
    built.scene.told.notices.update(told.get("said", {}))
    built.scene.told.erased.update(told.get("erased", ()))
    built.scene.told.recorded_by.update(told.get("recorded_by", {}))
    built.scene.dead["customer"] = set(told.get("dead", ()))
    await check_notices(built.scene)
    return {heading: [each.subject for each in built.report.of(heading)] for heading in built.report.red}


async def test_notices__an_event_asks_for_one__there_is_one(case: NewCase) -> None:
    assert await found(case, NOTICE) == {}
    assert await found(case) == {"lost": ["o"]}
    assert await found(case, NOTICE | {"kind": "confirmed"}) == {"lost": ["o"]}
    assert await found(case, NOTICE, NOTICE | {"notice_id": "n2"}) == {"doubled": ["o"]}


async def test_notices__an_event_asks_for_none__nothing_is_expected(case: NewCase) -> None:
    assert await found(case, news=(READY._replace(kind=m.OrderCompleted),)) == {}


async def test_notices__the_person_was_erased_or_the_event_is_dead__nothing_is_expected(
    case: NewCase,
) -> None:
    assert await found(case, erased=["ec:7"]) == {}
    assert await found(case, erased=["ec:8"]) == {"lost": ["o"]}
    assert await found(case, erased=["ec:8"], recorded_by={"ec:7": {"ec:8"}}) == {}
    assert await found(case, erased=["ec:8"], recorded_by={"ec:6": {"ec:8"}}) == {"lost": ["o"]}
    assert await found(case, dead=["m1"]) == {}


async def test_notices__two_events_count_one_version__neither_is_expected(case: NewCase) -> None:
    built = case(customer={"notices": []})
    built.scene.told.news["o"].append(READY)
    built.scene.told.versions["order.events"]["o"] = {1: 2}
    await check_notices(built.scene)
    assert built.report.ok


@pytest.mark.parametrize(
    ("state", "said", "red"),
    [
        ("sent", ["sent"], {}),
        ("failed", ["failed"], {}),
        ("waiting", [], {}),
        ("off", [], {}),
        ("sent", [], {"lost": ["o"]}),
        ("sent", ["failed"], {"lost": ["o"]}),
        ("sent", ["sent", "sent"], {"doubled": ["o"]}),
        ("failed", ["failed", "sent"], {"doubled": ["o"]}),
        ("void", ["sent"], {"doubled": ["o"]}),
    ],
)
async def test_notices__what_became_of_one__is_said_once_and_nothing_else(
    case: NewCase, state: str, said: list[str], red: dict[str, list[str]]
) -> None:
    assert await found(case, NOTICE | {"state": state}, said={"n1": said}) == red


async def test_late_notices__one_should_have_been_tried__is_lost(case: NewCase) -> None:
    late = {"notice_id": "n1", "order_id": "o", "kind": "ready", "late_seconds": 400.0}
    built = case(customer={"late_notices": [late]})
    await check_late_notices(built.scene)
    assert [finding.subject for finding in built.report.lost] == ["o"]
