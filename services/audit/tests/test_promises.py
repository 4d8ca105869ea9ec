"""Oversell by replay: what was promised against what was there, order after order."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from audit.rules.promises import Change, excesses, follow
from audit.tables import Step, StepKind, StockId

BEGIN = datetime(2026, 4, 1, 9, tzinfo=UTC)
GINZA, UMEDA = StockId("ginza", "coat"), StockId("umeda", "coat")
NO_SLACK, SLACK = timedelta(0), timedelta(seconds=2)


def at(seconds: float) -> datetime:
    return BEGIN + timedelta(seconds=seconds)


def promise(seconds: float, pieces: int, *, is_decision: bool = True) -> Change:
    return Change(at(seconds), f"order at {seconds}", pieces, is_decision and pieces > 0)


def step(
    version: int, kind: StepKind, pieces: dict[tuple[str, StockId], int], *, is_decision: bool = False
) -> Step:
    return Step(at(version), version, kind, pieces, is_decision)


def still_there(steps: list[Step]) -> dict[StockId, int]:
    left: dict[StockId, int] = {}
    for stock_id, change in follow("order o", steps):
        left[stock_id] = left.get(stock_id, 0) + change.pieces
    return {stock_id: pieces for stock_id, pieces in left.items() if pieces}


def test_excesses__two_orders_for_the_last_piece__names_the_second() -> None:
    found = list(excesses([promise(1, 1), promise(2, 1)], [(at(0), 1)], NO_SLACK))
    assert [(change.subject, promised, there) for change, promised, there in found] == [("order at 2", 2, 1)]


def test_excesses__the_first_order_ended_before_the_second__finds_nothing() -> None:
    assert not list(excesses([promise(1, 1), promise(2, -1), promise(3, 1)], [(at(0), 1)], NO_SLACK))


def test_excesses__a_sale_took_promised_goods__finds_nothing_until_more_is_promised() -> None:
    steps = [(at(0), 2), (at(2), -1)]
    assert not list(excesses([promise(1, 2)], steps, NO_SLACK))
    assert [change.at for change, _, _ in excesses([promise(1, 2), promise(3, 1)], steps, NO_SLACK)] == [
        at(3)
    ]


def test_excesses__a_late_pick_took_goods__is_a_fact_and_no_decision() -> None:
    assert not list(excesses([promise(1, 1), promise(2, 1, is_decision=False)], [(at(0), 1)], NO_SLACK))


def test_excesses__times_of_two_transactions_are_out_of_order__believes_the_order_that_makes_it_right() -> (
    None
):
    """The delivery was booked first, by a transaction that began a second later."""
    assert not list(excesses([promise(1, 1)], [(at(2), 1)], SLACK))
    assert list(excesses([promise(1, 1)], [(at(4), 1)], SLACK))


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(1, 5), st.booleans()), max_size=20),
    st.integers(0, 20),
)
def test_excesses__promises_only_while_there_is_enough__never_finds_anything(
    wishes: list[tuple[int, int, bool]], there: int
) -> None:
    changes, promised = [], 0
    for seconds, pieces, ends in sorted(wishes):
        if promised + pieces <= there:
            changes.append(promise(seconds, pieces))
            promised += pieces
            if ends:
                changes.append(promise(seconds, -pieces))
                promised -= pieces
    assert not list(excesses(changes, [(at(-1), there)], NO_SLACK))


@given(st.integers(1, 10), st.integers(1, 10))
def test_excesses__more_is_promised_than_there_is__is_found(there: int, beyond: int) -> None:
    changes = [promise(number, 1) for number in range(there + beyond)]
    assert len(list(excesses(changes, [(at(-1), there)], NO_SLACK))) == beyond


def test_follow__goods_of_an_order_travel_and_are_handed_over__they_leave_where_they_were_promised() -> None:
    listed = step(1, "listed", {("a", GINZA): 2}, is_decision=True)
    shipped = Step(at(2), 0, "shipped", {("a", GINZA): 2})
    assert still_there([listed]) == {GINZA: 2}
    assert still_there([listed, shipped]) == {}
    assert still_there([listed, shipped, step(3, "issued", {("a", UMEDA): 2})]) == {}


def test_follow__half_of_it_travels_and_the_rest_is_listed_again__the_rest_is_still_promised() -> None:
    steps = [
        step(1, "listed", {("a", GINZA): 2}, is_decision=True),
        Step(at(2), 0, "shipped", {("a", GINZA): 1}),
        step(3, "issued", {("a", UMEDA): 1}),
        step(4, "listed", {("a", GINZA): 1}),
    ]
    assert still_there(steps) == {GINZA: 1}


def test_follow__a_promise_breaks__its_pieces_are_not_promised_before_the_next_decision() -> None:
    listed, broken = step(1, "listed", {("a", GINZA): 2}), step(2, "broken", {("a", GINZA): 1})
    assert still_there([listed, broken]) == {GINZA: 1}
    assert still_there([listed, broken, step(3, "listed", {("a", GINZA): 1, ("b", UMEDA): 1})]) == {
        GINZA: 1,
        UMEDA: 1,
    }


def test_follow__a_later_version_began_earlier__versions_decide() -> None:
    first = Step(at(2), 1, "listed", {("a", GINZA): 1})
    second = Step(at(1), 2, "listed", {("a", GINZA): 1, ("b", UMEDA): 1})
    shipped = Step(at(3), 0, "shipped", {("a", GINZA): 1})
    assert still_there([first, second]) == {GINZA: 1, UMEDA: 1}
    assert still_there([shipped, second, first]) == {UMEDA: 1}


def test_follow__a_hold_is_extended__promises_nothing_anew() -> None:
    held = {("", GINZA): 1}
    changes = list(
        follow("hold h", [step(1, "held", held, is_decision=True), step(2, "held", held, is_decision=True)])
    )
    assert [change.pieces for _, change in changes] == [1]
