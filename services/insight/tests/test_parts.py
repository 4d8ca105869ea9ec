"""What facts come to: a function of the set of facts, whatever their order."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from insight.domain.facts import (
    Asked,
    AskedLine,
    Bought,
    Broken,
    Counted,
    Fact,
    Lost,
    Picked,
    Promised,
    Ready,
    Scanned,
    Seen,
)
from insight.domain.kpis import ALL, TOTAL, Kpi, KpiChanges, ScopePeriod
from insight.domain.parts import parts_of, rebook
from tsunagu.contracts.values import BreakCause, CountOutcome

DAY = date(2026, 4, 1)
AT = datetime(2026, 4, 1, 3, tzinfo=UTC)
ASKED = Asked(
    "app",
    AT,
    DAY,
    (AskedLine("1", "S1", 2, 1000), AskedLine("2", "S2", 1, 500), AskedLine("3", None, 1, 300)),
    (Seen("S9", AT - timedelta(days=2), DAY - timedelta(days=2)),),
)
PROMISED = Promised(2, AT + timedelta(hours=2), (("1", 2), ("2", 1)), (("g1", "S1"), ("g2", "S2")))


def come_to(*facts: Fact) -> dict[Kpi, int]:
    """The amounts of the whole company."""
    amounts: Counter[Kpi] = Counter()
    for place, (amount, _) in parts_of(facts).items():
        amounts[place.kpi] += amount
    return dict(amounts)


def ready(group_id: str, hours: float, *, is_shipped: bool = False) -> Ready:
    return Ready(group_id, "S1", AT + timedelta(hours=hours), is_shipped)


def test_order__before_it_is_known_what_was_asked_for__comes_to_nothing() -> None:
    assert come_to(PROMISED, ready("g1", 1), Broken(BreakCause.SALE)) == {}


def test_order__promised_in_part__fill_rate_and_lost_sales_have_both_sides() -> None:
    figures = come_to(ASKED, PROMISED, Lost(2, False, (("3", 1),), ()))
    assert (figures[Kpi.UNITS_PROMISED], figures[Kpi.UNITS_ANSWERED]) == (3, 4)
    assert (figures[Kpi.LOST_JPY], figures[Kpi.ASKED_JPY]) == (300, 2800)


def test_order__pieces_lost_twice__are_never_more_than_were_asked_for() -> None:
    figures = come_to(
        ASKED, PROMISED, Lost(3, False, (("1", 2),), ("g1",)), Lost(4, False, (("1", 2),), ("g1",))
    )
    assert figures[Kpi.LOST_JPY] == 2000


def test_order__rejected__all_is_lost_and_answered() -> None:
    figures = come_to(ASKED, Lost(2, True, (("1", 2), ("2", 1), ("3", 1)), ("g1", "g2")))
    assert figures[Kpi.LOST_JPY] == figures[Kpi.ASKED_JPY] == 2800
    assert figures[Kpi.UNITS_ANSWERED] == 4
    assert Kpi.UNITS_PROMISED not in figures and Kpi.ORDERS_PROMISED not in figures


def test_promise__by_the_time_that_was_promised_first__is_kept() -> None:
    later = Promised(5, AT + timedelta(hours=9), PROMISED.pieces, PROMISED.groups)
    in_time = come_to(ASKED, PROMISED, later, ready("g1", 2))
    too_late = come_to(ASKED, PROMISED, later, ready("g1", 3))
    assert (in_time[Kpi.PROMISES_ENDED], in_time[Kpi.PROMISES_KEPT]) == (1, 1)
    assert (too_late[Kpi.PROMISES_ENDED], too_late.get(Kpi.PROMISES_KEPT)) == (1, None)


def test_promise__goods_that_cant_be_had_after_all__is_broken_and_what_was_short_before_is_none() -> None:
    gone = come_to(ASKED, PROMISED, Lost(6, False, (("1", 2),), ("g1",)))
    assert (gone[Kpi.PROMISES_ENDED], gone.get(Kpi.PROMISES_KEPT)) == (1, None)
    assert Kpi.PROMISES_ENDED not in come_to(ASKED, PROMISED, Lost(1, False, (("3", 1),), ("g1",)))


def test_ready__told_twice__the_first_time_counts_and_parcels_wait_for_nobody() -> None:
    figures = parts_of([ASKED, ready("g1", 4), ready("g1", 1), ready("g2", 1, is_shipped=True)])
    seconds = [part for place, part in figures.items() if place.kpi is Kpi.READY_SECONDS]
    assert seconds == [(3600, 1)]


def test_oversold__by_a_sale_and_not_by_a_short_pick() -> None:
    assert (
        come_to(ASKED, PROMISED, Broken(BreakCause.SALE), Broken(BreakCause.COUNT))[Kpi.ORDERS_OVERSOLD] == 1
    )
    assert Kpi.ORDERS_OVERSOLD not in come_to(ASKED, PROMISED, Broken(BreakCause.SHORT_PICK))


def test_scans__that_an_order_names__count_for_the_day_and_store_of_the_scan() -> None:
    (place,) = (place for place in parts_of([ASKED]) if place.kpi is Kpi.SCANS_ORDERED)
    assert place.scopes == ("app", "S9") and place.day == DAY - timedelta(days=2)


def test_count__awaits_approval__says_nothing_until_somebody_has_decided() -> None:
    first = Counted(1, CountOutcome.AWAITING_APPROVAL, "S1", DAY, 10, 4)
    assert come_to(first) == {}
    applied = come_to(Counted(2, CountOutcome.APPLIED, "S1", DAY, 10, 4), first)
    assert applied == {Kpi.LINES_COUNTED: 10, Kpi.LINES_RIGHT: 4}
    assert come_to(first, Counted(2, CountOutcome.REFUSED, "S1", DAY, 10, 4)) == {}


def test_customer__bought_once_or_again__is_new_and_repeat() -> None:
    assert come_to(Bought(1, "app", DAY, 0)) == {}
    assert come_to(Bought(1, "app", DAY, 1)) == {Kpi.CUSTOMERS_NEW: 1}
    assert come_to(Bought(1, "app", DAY, 3)) == {Kpi.CUSTOMERS_NEW: 1, Kpi.CUSTOMERS_REPEAT: 1}


def test_picks_and_scans__count_at_their_location() -> None:
    assert come_to(Picked("S1", DAY, 3, False)) == {Kpi.UNITS_PICKED: 3}
    assert come_to(Picked("S1", DAY, 2, True)) == {Kpi.UNITS_SHORT: 2}
    assert come_to(Scanned("app", "S1", DAY)) == {Kpi.SCANS: 1}


_PIECES = st.lists(st.tuples(st.sampled_from("1234"), st.integers(1, 5)), max_size=3).map(tuple)
_GROUPS = st.lists(st.sampled_from(("g1", "g2", "g3")), max_size=3, unique=True).map(tuple)
_HOURS = st.integers(-3, 9).map(lambda hours: AT + timedelta(hours=hours))
_FACTS = st.lists(
    st.one_of(
        st.just(ASKED),
        st.builds(
            Promised,
            st.integers(1, 9),
            _HOURS,
            _PIECES,
            _GROUPS.map(lambda groups: tuple((group, "S1") for group in groups)),
        ),
        st.builds(Lost, st.integers(1, 9), st.booleans(), _PIECES, _GROUPS),
        st.builds(Ready, st.sampled_from(("g1", "g2")), st.sampled_from(("S1", "S2")), _HOURS, st.booleans()),
        st.builds(Broken, st.sampled_from(BreakCause)),
    ),
    max_size=8,
    # Two promises or losses of one version are one event, so they can't differ.
    unique_by=lambda fact: (type(fact), getattr(fact, "version", fact)),
)


@given(facts=_FACTS, data=st.data())
def test_parts__facts_in_any_order_and_told_twice__come_to_the_same(
    facts: list[Fact], data: st.DataObject
) -> None:
    again = data.draw(st.permutations(facts))
    assert parts_of(again) == parts_of(facts)

    changes = KpiChanges(DAY - timedelta(days=400))
    known: dict[Fact, None] = {}
    for fact in data.draw(st.permutations([*facts, *facts])):
        before = parts_of(list(known))
        known[fact] = None
        rebook(before, parts_of(list(known)), changes)
    whole = KpiChanges(DAY - timedelta(days=400))
    rebook({}, parts_of(facts), whole)
    assert changes.changed == whole.changed


@given(facts=_FACTS)
def test_parts__of_a_whole__are_never_more_than_the_whole(facts: list[Fact]) -> None:
    changes = KpiChanges(DAY - timedelta(days=400))
    rebook({}, parts_of(facts), changes)

    def total(kpi: Kpi) -> float:
        return changes.changed.get(ScopePeriod(ALL, TOTAL), {}).get(kpi, (0.0, 0))[0]

    for part, whole in (
        (Kpi.LOST_JPY, Kpi.ASKED_JPY),
        (Kpi.UNITS_PROMISED, Kpi.UNITS_ANSWERED),
        (Kpi.PROMISES_KEPT, Kpi.PROMISES_ENDED),
        (Kpi.ORDERS_OVERSOLD, Kpi.ORDERS_PROMISED),
    ):
        assert 0 <= total(part) <= total(whole)
