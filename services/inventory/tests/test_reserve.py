"""The decision that makes oversell impossible, by generated cases."""

from collections import Counter
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from inventory.domain.reservation import Credit, PartlyReserved, Request, Reserved, Short, Take, reserve
from inventory.domain.stock import StockKey

NOW = datetime(2026, 4, 1, tzinfo=UTC)
KEYS = [StockKey(store, sku) for store in ("S1", "S2") for sku in ("A", "B")]
key = st.sampled_from(KEYS)
take = st.builds(Take, st.sampled_from(["L1", "L2", "L3"]), key, st.integers(1, 5))
takes = st.lists(take, min_size=1, max_size=4).map(tuple)
request = st.builds(Request, st.uuids().map(str), takes, st.booleans())
stock = st.dictionaries(key, st.integers(-3, 12))


def pieces(taken: tuple[Take, ...]) -> Counter[StockKey]:
    total: Counter[StockKey] = Counter()
    for one in taken:
        total[one.key] += one.quantity
    return total


def promised(outcomes: list[Reserved | PartlyReserved | Short]) -> Counter[StockKey]:
    total: Counter[StockKey] = Counter()
    for outcome in outcomes:
        if not isinstance(outcome, Short):
            total += pieces(outcome.takes)
    return total


@given(stock, st.lists(request, max_size=8))
def test_reserve__any_requests__never_promises_more_than_there_is(
    available: dict[StockKey, int], requests: list[Request]
) -> None:
    for row, quantity in promised(reserve(available, requests, NOW)).items():
        assert quantity <= available.get(row, 0)


@given(stock, st.lists(request, max_size=8))
def test_reserve__whole_orders__all_or_nothing_and_exactly_what_was_asked(
    available: dict[StockKey, int], requests: list[Request]
) -> None:
    for asked, outcome in zip(requests, reserve(available, requests, NOW), strict=True):
        match outcome:
            case Reserved():
                assert outcome.takes == asked.takes
            case PartlyReserved():
                assert not asked.whole
                assert pieces(outcome.takes) + pieces(outcome.short) == pieces(asked.takes)
                assert not {t.line_id for t in outcome.takes} & {t.line_id for t in outcome.short}
            case Short():
                assert outcome.short


@given(stock, st.lists(request, max_size=6), st.lists(request, max_size=3))
def test_reserve__later_arrivals__change_nothing_for_earlier_ones(
    available: dict[StockKey, int], first: list[Request], later: list[Request]
) -> None:
    assert reserve(available, [*first, *later], NOW)[: len(first)] == reserve(available, first, NOW)


@given(stock, st.lists(request, max_size=6))
def test_reserve__refused__only_because_something_was_not_there(
    available: dict[StockKey, int], requests: list[Request]
) -> None:
    left = Counter(available)
    for asked, outcome in zip(requests, reserve(available, requests, NOW), strict=True):
        if isinstance(outcome, Short):
            needed = pieces(asked.takes if asked.whole else outcome.short)
            assert any(left[row] < quantity for row, quantity in needed.items())
        else:
            left.subtract(pieces(outcome.takes))


@given(stock, st.lists(request, max_size=6))
def test_reserve__lines_that_an_order_may_do_without__are_missing_only_where_they_could_not_be_had(
    available: dict[StockKey, int], requests: list[Request]
) -> None:
    left = Counter(available)
    for asked, outcome in zip(requests, reserve(available, requests, NOW), strict=True):
        short = {take.line_id for take in outcome.short} if not isinstance(outcome, Reserved) else set()
        for line_id in dict.fromkeys(take.line_id for take in asked.takes):
            needed = pieces(tuple(take for take in asked.takes if take.line_id == line_id))
            if line_id not in short:
                left.subtract(needed if not isinstance(outcome, Short) else {})
            elif not asked.whole:
                assert any(left[row] < quantity for row, quantity in needed.items())


def test_reserve__two_orders_for_the_last_unit__only_the_first_gets_it() -> None:
    one = Request("O1", (Take("L1", KEYS[0], 1),))
    two = Request("O2", (Take("L1", KEYS[0], 1),))
    outcomes = reserve({KEYS[0]: 1}, [one, two], NOW)
    assert outcomes == [Reserved(one.takes, used_hold=False), Short(two.takes)]


def test_reserve__same_sku_on_two_lines__summed() -> None:
    order = Request("O", (Take("L1", KEYS[0], 2), Take("L2", KEYS[0], 2)))
    assert isinstance(reserve({KEYS[0]: 3}, [order], NOW)[0], Short)
    assert isinstance(reserve({KEYS[0]: 4}, [order], NOW)[0], Reserved)


def test_reserve__order_names_a_hold__draws_on_it_once_and_frees_the_rest() -> None:
    cart = Credit("H", NOW + timedelta(minutes=1), {KEYS[0]: 3})
    first = Request("O1", (Take("L1", KEYS[0], 2),), credit=cart)
    second = Request("O2", (Take("L1", KEYS[0], 2),), credit=cart)
    third = Request("O3", (Take("L1", KEYS[0], 1),))
    outcomes = reserve({KEYS[0]: 0}, [first, second, third], NOW)
    assert [type(outcome) for outcome in outcomes] == [Reserved, Short, Reserved]


def test_reserve__hold_is_over__nothing_to_draw_on() -> None:
    cart = Credit("H", NOW, {KEYS[0]: 3})
    assert isinstance(
        reserve({KEYS[0]: 0}, [Request("O", (Take("L1", KEYS[0], 1),), credit=cart)], NOW)[0], Short
    )


@given(stock, st.lists(request, max_size=5), st.dictionaries(key, st.integers(1, 4), max_size=3))
def test_reserve__with_a_hold__never_more_than_there_is_with_what_it_frees(
    available: dict[StockKey, int], requests: list[Request], held: dict[StockKey, int]
) -> None:
    cart = Credit("H", NOW + timedelta(minutes=1), held)
    asked = [Request(r.order_id, r.takes, r.whole, cart) for r in requests]
    outcomes = reserve(available, asked, NOW)
    used = [o for o in outcomes if not isinstance(o, Short) and o.used_hold]
    assert len(used) <= 1
    freed = held if used else {}
    for row, quantity in promised(outcomes).items():
        assert quantity <= max(0, available.get(row, 0) + freed.get(row, 0))
