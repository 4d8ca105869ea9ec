"""How long goods wait: the store's own window, and never until a moment at which its door is shut."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup.domain.pickup_window import window_end
from pickup.settings import settings
from tsunagu.contracts.messages import PickupCode, PickupReady
from tsunagu.contracts.values import JAPAN, OpeningHours, Weekday
from tsunagu.planning import CLOSED, Hours
from tsunagu.testing.harness import Harness, only

OPEN, SHUT = (10 * 60, 21 * 60), (CLOSED, CLOSED)


def hours(*days: tuple[int, int], closed_on: tuple[date, ...] = (), on_holidays: bool = True) -> Hours:
    """Opening and closing by weekday from Monday, in minutes after midnight."""
    opens, closes = tuple(day[0] for day in days), tuple(day[1] for day in days)
    return Hours(opens, closes, frozenset(closed_on), on_holidays)


EVERY_DAY = hours(*[OPEN] * 7)
FRIDAY_NIGHT = hours(*[SHUT] * 4, (18 * 60, 26 * 60), SHUT, SHUT)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in April 2026 in Japan; the 1st is a Wednesday, the 29th a public holiday."""
    return datetime(2026, 4, day, hour, minute, tzinfo=JAPAN)


@pytest.mark.parametrize(
    ("store", "start", "end"),
    [
        pytest.param(Hours(), at(1, 3), at(4, 3), id="no hours known: to the minute"),
        pytest.param(EVERY_DAY, at(1, 15), at(4, 15), id="open then: as it is"),
        pytest.param(EVERY_DAY, at(1, 21), at(4, 21), id="the last minute is one to come in"),
        pytest.param(EVERY_DAY, at(1, 10), at(4, 10), id="so is the first"),
        pytest.param(EVERY_DAY, at(1, 9), at(4, 21), id="before it opens: until it closes that day"),
        pytest.param(EVERY_DAY, at(1, 22), at(5, 21), id="after it has closed: until the next evening"),
        pytest.param(hours(*[OPEN] * 5, SHUT, SHUT), at(1, 15), at(6, 21), id="closed at the weekend"),
        pytest.param(
            hours(*[OPEN] * 7, closed_on=(date(2026, 4, 4), date(2026, 4, 5))), at(1, 15), at(6, 21),
            id="closed dates",
        ),
        pytest.param(Hours(closed_on=frozenset({date(2026, 4, 4)})), at(1, 15), at(6, 0), id="no hours known"),
        pytest.param(hours(*[OPEN] * 7, on_holidays=False), at(26, 15), at(30, 21), id="a public holiday"),
        pytest.param(FRIDAY_NIGHT, at(1, 1), at(4, 1), id="open after midnight"),
        pytest.param(FRIDAY_NIGHT, at(1, 3), at(11, 2), id="closed after that"),
    ],
)  # fmt: skip
def test_window_end__falls_where_somebody_is_there(store: Hours, start: datetime, end: datetime) -> None:
    assert window_end(store, start, timedelta(hours=72)) == end


_days = st.just(SHUT) | st.tuples(st.integers(0, 12 * 60), st.integers(13 * 60, 29 * 60))
_stores = st.builds(
    lambda days, closed_on, on_holidays: hours(*days, closed_on=tuple(closed_on), on_holidays=on_holidays),
    st.lists(_days, min_size=7, max_size=7).filter(lambda days: set(days) != {SHUT}) | st.just([]),
    st.lists(st.dates(date(2026, 4, 1), date(2026, 5, 10)), max_size=5),
    st.booleans(),
)


@given(store=_stores, minute=st.integers(0, 20 * 24 * 60), window_hours=st.integers(1, 336))
def test_window_end__of_any_store__is_no_earlier_than_its_window_and_while_it_is_open(
    store: Hours, minute: int, window_hours: int
) -> None:
    start, window = at(1, 0) + timedelta(minutes=minute), timedelta(hours=window_hours)
    end = window_end(store, start, window)
    assert end >= start + window
    day = end.astimezone(JAPAN).date()
    openings = [store.on(day - timedelta(days=back)) for back in (0, 1)]
    assert any(times is not None and times[0] <= end <= times[1] for times in openings)


@pytest.mark.wide
@pytest.mark.component
async def test_ready__at_a_store_with_a_window_of_its_own__says_so_with_the_code(
    pickup: Harness, a: Any
) -> None:
    always = tuple(OpeningHours(day=day, opens="00:00", closes="24:00") for day in Weekday)
    await pickup.deliver(a.location(a.shop, version=2, pickup_window_hours=72, opening_hours=always))
    order = a.order()
    await pickup.deliver(order.confirmed())
    out = await pickup.deliver(order.pick())
    ready, code = only(out, PickupReady), only(out, PickupCode)
    assert ready.occurred_at <= ready.pickup_by - timedelta(hours=72) <= datetime.now(UTC)
    assert code.valid_until == ready.pickup_by


@pytest.mark.wide
@pytest.mark.component
async def test_ready__the_store_is_closed_when_the_window_ends__waits_until_it_closes_next(
    pickup: Harness, a: Any
) -> None:
    last = (datetime.now(UTC) + timedelta(hours=72)).astimezone(JAPAN).date()
    await pickup.deliver(a.location(a.shop, version=2, pickup_window_hours=72, closed_dates=(last,)))
    order = a.order()
    await pickup.deliver(order.confirmed())
    ready = only(await pickup.deliver(order.pick()), PickupReady)
    day_after = last + timedelta(days=2)  # the midnight that ends the next day
    assert ready.pickup_by.astimezone(JAPAN) == datetime(
        day_after.year, day_after.month, day_after.day, tzinfo=JAPAN
    )


@pytest.mark.wide
@pytest.mark.component
async def test_ready__where_windows_end_behind_a_closed_door_too__waits_so_long_and_no_longer(
    pickup: Harness, a: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSUNAGU_PICKUP_PICKUP_WINDOW_ENDS_OPEN", "false")
    settings.cache_clear()
    try:
        days = {
            (datetime.now(UTC) + timedelta(hours=72, days=more)).astimezone(JAPAN).date() for more in (0, 1)
        }
        await pickup.deliver(
            a.location(a.shop, version=2, pickup_window_hours=72, closed_dates=tuple(sorted(days)))
        )
        order = a.order()
        await pickup.deliver(order.confirmed())
        ready = only(await pickup.deliver(order.pick()), PickupReady)
        assert ready.pickup_by - timedelta(hours=72) <= datetime.now(UTC)
    finally:
        monkeypatch.undo()
        settings.cache_clear()
