"""The rule about what goes out to sites: in time, in order, and all of what a site is told of."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from audit.rules.channels import check_outgoing
from audit.tables import News
from tsunagu.contracts import messages as m

NewCase = Callable[..., Any]
BEGIN = datetime(2026, 4, 1, 9, tzinfo=UTC)


def news(number: int, **values: Any) -> News:
    """The confirmation of an order, so many hours after the first."""
    at = BEGIN + timedelta(hours=number)
    return News(f"m{number}", m.OrderConfirmed, at, "ec", frozenset())._replace(**values)


def a_row(number: int, **values: Any) -> dict[str, Any]:
    """What goes out of it."""
    row = {
        "channel": "ec",
        "way": "webhook",
        "subject": f"ec:{number}",
        "message_id": f"m{number}",
        "name": "order.confirmed",
        "state": "sent",
        "late_seconds": -3600.0,
    }
    return {**row, **values}


async def found(
    case: NewCase,
    rows: list[dict[str, Any]],
    told: list[News],
    dead: set[str] | None = None,
    doubled: tuple[str, ...] = (),
    kept_since: datetime = BEGIN,
) -> list[tuple[str, str]]:
    orders = [{"order_id": f"ec:{number}", "channel": "ec"} for number in range(4)]
    kept = [{"kept_since": kept_since}]
    built = case(**{"edge-channels": {"outgoing": rows, "channel_orders": orders, "kept_since": kept}})
    for each in told:
        built.scene.told.news[f"ec:{each.message_id[1:]}"].append(each)
    built.scene.dead["edge-channels"] = dead or set()
    built.scene.told.versions["order.events"].update({order_id: {1: 2} for order_id in doubled})
    await check_outgoing(built.scene)
    return [(heading, each.subject) for heading in built.report.red for each in built.report.of(heading)]


FOUR = [news(number) for number in range(4)]


async def test_outgoing__each_event_has_gone_out__nothing_is_found(case: NewCase) -> None:
    assert await found(case, [a_row(number) for number in range(4)], FOUR) == []


async def test_outgoing__a_process_without_sites__is_passed_over(case: NewCase) -> None:
    built = case(**{"edge-shopper": {}})
    await check_outgoing(built.scene)
    assert built.report.ok


@pytest.mark.parametrize(
    ("missing", "lost"), [(0, []), (1, [("lost", "ec:1")]), (2, [("lost", "ec:2")]), (3, [])]
)
async def test_outgoing__an_event_between_others_that_were_told_is_missing__is_lost(
    case: NewCase, missing: int, lost: list[tuple[str, str]]
) -> None:
    rows = [a_row(number) for number in range(4) if number != missing]
    assert await found(case, rows, FOUR) == lost


async def test_outgoing__told_by_one_way_only__the_other_way_has_to_have_it_too(case: NewCase) -> None:
    rows = [a_row(number) for number in range(4)]
    rows += [a_row(number, way="file") for number in (0, 3)]
    assert await found(case, rows, FOUR) == [("lost", "ec:1"), ("lost", "ec:2")]


@pytest.mark.parametrize(
    "other", [news(1, kind=m.OrderReady), news(1, channel="app"), news(1, at=BEGIN - timedelta(hours=1))]
)
async def test_outgoing__a_site_does_not_want_it_or_did_not_yet__is_not_expected(
    case: NewCase, other: News
) -> None:
    rows = [a_row(number) for number in (0, 2, 3)]
    assert await found(case, rows, [other, *(news(number) for number in (0, 2, 3))]) == []


async def test_outgoing__what_went_out_may_be_forgotten_by_now__is_not_expected(case: NewCase) -> None:
    rows = [a_row(0), a_row(3)]
    kept_since = BEGIN + timedelta(hours=1.5)
    assert await found(case, rows, FOUR, kept_since=kept_since) == [("lost", "ec:2")]


async def test_outgoing__an_event_is_a_dead_letter__is_not_expected(case: NewCase) -> None:
    assert await found(case, [a_row(0), a_row(2)], FOUR[:3], dead={"m1"}) == []


async def test_outgoing__two_events_count_one_version__neither_is_expected(case: NewCase) -> None:
    assert await found(case, [a_row(0), a_row(2)], FOUR[:3], doubled=("ec:1",)) == []


@pytest.mark.parametrize(("late_seconds", "lost"), [(-1.0, []), (500.0, []), (700.0, [("lost", "ec:0")])])
async def test_outgoing__what_waits__is_tried_in_time(
    case: NewCase, late_seconds: float, lost: list[tuple[str, str]]
) -> None:
    assert await found(case, [a_row(0, state="waiting", late_seconds=late_seconds)], []) == lost


@pytest.mark.parametrize(("state", "lost"), [("sent", []), ("given_up", []), ("waiting", [("lost", "ec:0")])])
async def test_outgoing__of_one_order__none_overtakes_another(
    case: NewCase, state: str, lost: list[tuple[str, str]]
) -> None:
    later = a_row(0, message_id="later", name="order.ready")
    assert await found(case, [a_row(0, state=state), later], []) == lost
    assert await found(case, [a_row(0, state=state), later | {"state": "given_up"}], []) == []
