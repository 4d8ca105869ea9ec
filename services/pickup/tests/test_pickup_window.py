"""How long goods wait: the store's own window, and never until a moment at which its door is shut."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup.domain.pickup_window import Store, window_end
from tsunagu.contracts.messages import PickupCode, PickupReady
from tsunagu.contracts.values import OpeningHours, Weekday
from tsunagu.testing.harness import Harness, only

JAPAN = timezone(timedelta(hours=9))
WEEK = tuple(Weekday)
TEN_TO_NINE: dict[str, tuple[str, str]] = dict.fromkeys(WEEK, ("10:00", "21:00"))
DAY_SECONDS = 24 * 3600.0


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """A time in April 2026 in Japan; the 1st is a Wednesday."""
    return datetime(2026, 4, day, hour, minute, tzinfo=JAPAN)


@pytest.mark.parametrize(
    ("store", "start", "end"),
    [
        pytest.param(Store(), at(1, 3), at(2, 3), id="no hours known: the setting, to the minute"),
        pytest.param(Store(window_hours=72), at(1, 15), at(4, 15), id="its own window"),
        pytest.param(Store(72, TEN_TO_NINE), at(1, 15), at(4, 15), id="open then: as it is"),
        pytest.param(Store(72, TEN_TO_NINE), at(1, 21), at(4, 21), id="the last minute is one to come in"),
        pytest.param(Store(72, TEN_TO_NINE), at(1, 10), at(4, 10), id="so is the first"),
        pytest.param(Store(72, TEN_TO_NINE), at(1, 9), at(4, 21), id="before it opens: until it closes that day"),
        pytest.param(Store(72, TEN_TO_NINE), at(1, 22), at(5, 21), id="after it has closed: until the next evening"),
        pytest.param(
            Store(72, {day: times for day, times in TEN_TO_NINE.items() if day not in ("sat", "sun")}),
            at(1, 15), at(6, 21), id="closed at the weekend: until Monday evening",
        ),
        pytest.param(
            Store(72, TEN_TO_NINE, ("2026-04-04", "2026-04-05")), at(1, 15), at(6, 21), id="closed dates"
        ),
        pytest.param(Store(72, {}, ("2026-04-04",)), at(1, 15), at(6, 0), id="a closed date, no hours known"),
        pytest.param(Store(72, {"fri": ("18:00", "26:00")}), at(1, 1), at(4, 1), id="open after midnight"),
        pytest.param(Store(72, {"fri": ("18:00", "26:00")}), at(1, 3), at(11, 2), id="closed after that"),
    ],
)  # fmt: skip
def test_window_end__falls_where_somebody_is_there(store: Store, start: datetime, end: datetime) -> None:
    assert window_end(store, start, DAY_SECONDS, JAPAN) == end


_times = st.tuples(st.integers(0, 12), st.integers(13, 29)).map(lambda h: (f"{h[0]:02}:00", f"{h[1]:02}:00"))
_stores = st.builds(
    Store,
    st.none() | st.integers(1, 336),
    st.dictionaries(st.sampled_from(WEEK), _times),
    st.lists(st.integers(1, 30).map(lambda day: f"2026-04-{day:02}"), max_size=5),
)


@given(
    store=_stores, start=st.integers(0, 20 * 24 * 60).map(lambda minute: at(1, 0) + timedelta(minutes=minute))
)
def test_window_end__of_any_store__is_no_earlier_than_its_window_and_while_it_is_open(
    store: Store, start: datetime
) -> None:
    end = window_end(store, start, DAY_SECONDS, JAPAN)
    window = timedelta(hours=24 if store.window_hours is None else store.window_hours)
    assert end >= start + window
    local = end.astimezone(JAPAN)
    openings = []
    for back in (0, 1):
        day = (local - timedelta(days=back)).date()
        times = store.opening_times.get(WEEK[day.weekday()]) if store.opening_times else ("00:00", "24:00")
        if times is not None and day.isoformat() not in store.closed_dates:
            midnight = datetime(day.year, day.month, day.day, tzinfo=JAPAN)
            openings.append(tuple(midnight + timedelta(hours=int(clock[:2])) for clock in times))
    assert any(opens <= local <= closes for opens, closes in openings)


@pytest.mark.component
async def test_ready__at_a_store_with_a_window_of_its_own__says_so_with_the_code(
    pickup: Harness, a: Any
) -> None:
    hours = tuple(OpeningHours(day=day, opens="00:00", closes="24:00") for day in WEEK)
    await pickup.deliver(a.location(a.shop, version=2, pickup_window_hours=72, opening_hours=hours))
    order = a.order()
    await pickup.deliver(order.confirmed())
    out = await pickup.deliver(order.pick())
    ready, code = only(out, PickupReady), only(out, PickupCode)
    assert ready.occurred_at <= ready.pickup_by - timedelta(hours=72) <= datetime.now(UTC)
    assert code.valid_until == ready.pickup_by


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
