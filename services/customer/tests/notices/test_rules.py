"""The rules of notices, without a database: whatever happens to an order, in any sequence."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from customer.domain.notices import ABOUT_OPEN_PIECES, Notice, NoticeKind, NoticeState, OrderNotices

NOW = datetime(2026, 4, 1, tzinfo=UTC)
LINES = ("1", "2", "3")


def notice(number: int, kind: NoticeKind, **more: Any) -> Notice:
    values: dict[str, Any] = {"lines": {"1": 1}, **more}
    return Notice(notice_id=f"n{number}", order_id="o", kind=kind, wanted_at=NOW, **values)


@dataclass(frozen=True)
class Event:
    what: str
    pieces: dict[str, int]
    group_id: str
    cause_id: str


EVENTS = st.lists(
    st.builds(
        Event,
        what=st.sampled_from(["ready", "collected", "cancelled", "refund", "finished", "sent"]),
        pieces=st.dictionaries(st.sampled_from(LINES), st.integers(1, 3), min_size=1),
        group_id=st.sampled_from(["g", "h"]),
        cause_id=st.sampled_from(["c1", "c2"]),
    ),
    max_size=25,
)


@given(events=EVENTS)
def test_order_notices__any_sequence__every_refund_is_told_once_and_nothing_that_is_moot(
    events: list[Event],
) -> None:
    rows: dict[str, Notice] = {}
    refunded_jpy = 0
    for number, event in enumerate(events):
        waiting = [one for one in rows.values() if one.is_waiting]
        notices = OrderNotices(waiting)
        match event.what:
            case "ready":
                notices.void((NoticeKind.READY,), event.group_id)
                notices.add(notice(number, NoticeKind.READY, lines=event.pieces, group_id=event.group_id))
            case "collected":
                notices.take(event.pieces)
            case "cancelled":
                notices.take(event.pieces)
                notices.add(notice(number, NoticeKind.CANCELLED, cause_id=event.cause_id))
            case "refund":
                refunded_jpy += number + 1
                notices.pay_back(
                    notice(number, NoticeKind.REFUND, cause_id=event.cause_id, amount_jpy=number + 1)
                )
            case "finished":
                notices.void()
            case _:
                rows.update({one.notice_id: replace(one, state=NoticeState.SENT) for one in waiting})
        rows.update(notices.changed)

        left = [one for one in rows.values() if one.is_waiting]
        if event.what == "finished":
            assert not [one for one in left if one.kind in ABOUT_OPEN_PIECES]
        for group_id in ("g", "h"):
            assert (
                len([one for one in left if one.kind is NoticeKind.READY and one.group_id == group_id]) <= 1
            )
        assert all(one.pieces > 0 for one in left)
    told_jpy = sum(one.amount_jpy or 0 for one in rows.values() if one.state is not NoticeState.VOID)
    assert told_jpy == refunded_jpy


def test_pay_back__cancellation_that_is_on_its_way__leaves_it_as_it_is() -> None:
    under_way = notice(1, NoticeKind.CANCELLED, cause_id="c", on_its_way=True)
    notices = OrderNotices([under_way])

    notices.pay_back(notice(2, NoticeKind.REFUND, cause_id="c", amount_jpy=100))

    assert [(one.kind, one.amount_jpy) for one in notices.changed.values()] == [(NoticeKind.REFUND, 100)]


def test_pay_back__two_cancellations_of_one_cause__each_gets_its_own() -> None:
    notices = OrderNotices([])
    for number in (1, 3):
        notices.add(notice(number, NoticeKind.CANCELLED, cause_id="o"))
        notices.pay_back(notice(number + 1, NoticeKind.REFUND, cause_id="o", amount_jpy=number * 100))

    assert {one.notice_id: one.amount_jpy for one in notices.changed.values()} == {"n1": 100, "n3": 300}


def test_add__the_same_again__changes_nothing() -> None:
    notices = OrderNotices([notice(1, NoticeKind.CONFIRMED)])

    notices.add(notice(1, NoticeKind.CONFIRMED, lines={"1": 5}))

    assert notices.changed == {}
