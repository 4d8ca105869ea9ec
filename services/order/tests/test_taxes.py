"""Tax on orders: rates that are in force, frozen when ordered, and parts whose tax adds up to that of the whole."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from order.settings import settings
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]

# Midnight in Japan, when rates changed.
TO_EIGHT = datetime(2014, 3, 31, 15, tzinfo=UTC)
TO_TEN = datetime(2019, 9, 30, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def any_rate(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`unknown_tax_rates_accepted` is true."""
    monkeypatch.setenv("TSUNAGU_ORDER_UNKNOWN_TAX_RATES_ACCEPTED", "true")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def rounded_up(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`tax_rounding` is ceiling."""
    monkeypatch.setenv("TSUNAGU_ORDER_TAX_ROUNDING", "ceiling")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def taxes(messages: Sequence[Message], kind: type[Any]) -> dict[int, int]:
    """Yen of tax by percent in all events of a kind."""
    sums: Counter[int] = Counter()
    for event in all_of(messages, kind):
        sums.update({tax.tax_percent: tax.tax_jpy for tax in event.tax_by_rate})
    return dict(sums)


async def test_order__of_two_rates__keeps_them_from_placing_to_its_return(
    service: Harness, mother: Any
) -> None:
    sent = await service.deliver(mother.place(percents=(10, 8)), mother.reserved(), mother.collected())
    completed = only(sent, m.OrderCompleted)
    assert [(tax.tax_percent, tax.taxable_jpy, tax.tax_jpy) for tax in completed.tax_by_rate] == [
        (8, 463, 37),
        (10, 1819, 181),
    ]
    back = await service.deliver(mother.return_items({"L2": 1}))
    assert [line.tax_percent for line in only(back, m.ItemsReturned).lines] == [8]
    assert taxes(back, m.ItemsReturned) == taxes(back, m.RefundDue) == {8: 37}


async def test_parts__handed_over_and_brought_back_one_by_one__have_the_tax_of_the_whole(
    service: Harness, mother: Any
) -> None:
    """Of 1,000 yen 90.9… are tax: two pieces by themselves have 180 yen, both together 181."""
    await service.deliver(mother.place(percents=(10, 8)), mother.reserved())
    out = [
        *await service.deliver(mother.collected({"L1": 1})),
        *await service.deliver(mother.collected({"L1": 1, "L2": 1})),
    ]
    assert [
        [tax.tax_jpy for tax in event.tax_by_rate if tax.tax_percent == 10]
        for event in all_of(out, m.OrderCompleted)
    ] == [[90], [91]]
    back: list[Message] = []
    for number, pieces in enumerate(({"L1": 1}, {"L2": 1}, {"L1": 1})):
        back += await service.deliver(mother.return_items(pieces, f"R{number}"))
    for kind in (m.ItemsReturned, m.RefundDue):
        assert taxes(back, kind) == taxes(out, m.OrderCompleted) == {8: 37, 10: 181}


async def test_parts__cancelled_one_by_one__have_the_tax_of_the_whole(service: Harness, mother: Any) -> None:
    await service.deliver(mother.place(percents=(10, 8)))
    sent = await service.deliver(mother.cancel({"L1": 1}), mother.cancel(cancel_id="C2"))
    assert taxes(sent, m.RefundDue) == {8: 37, 10: 181}


async def test_rounding__as_set__is_that_of_every_event(
    service: Harness, mother: Any, rounded_up: None
) -> None:
    sent = await service.deliver(mother.place(percents=(10, 8)), mother.reserved(), mother.collected())
    assert taxes(sent, m.OrderCompleted) == {8: 38, 10: 182}


async def test_place__a_rate_that_no_goods_have__is_refused_and_may_be_placed_anew(
    service: Harness, mother: Any
) -> None:
    refusal = only(await service.deliver(mother.place(percents=(9, 10))), m.CommandRefused)
    assert (refusal.reason, "9 %" in refusal.detail) == ("unknown_tax_rate", True)
    assert mother.answers(await service.deliver(mother.cancel())) == ["unknown_order"]


async def test_place__a_rate_that_no_goods_have_but_any_is_accepted__is_taken(
    service: Harness, mother: Any, any_rate: None
) -> None:
    sent = await service.deliver(mother.place(percents=(9, 10)))
    assert [line.tax_percent for line in only(sent, m.OrderPlaced).lines] == [9, 10]


@pytest.mark.parametrize(
    ("placed_at", "percent", "answer"),
    [
        (TO_EIGHT - SECOND, 5, "OrderPlaced"),
        (TO_EIGHT - SECOND, 8, "unknown_tax_rate"),
        (TO_EIGHT, 5, "unknown_tax_rate"),
        (TO_EIGHT, 8, "OrderPlaced"),
        (TO_TEN - SECOND, 10, "unknown_tax_rate"),
        (TO_TEN, 10, "OrderPlaced"),
        (TO_TEN, 8, "OrderPlaced"),
    ],
)
async def test_place__at_midnight_in_japan__the_rates_are_those_of_the_day(
    service: Harness, mother: Any, placed_at: datetime, percent: int, answer: str
) -> None:
    order = mother.place(occurred_at=placed_at, percents=(percent, percent))
    assert mother.answers(await service.deliver(order)) == [answer]


async def test_return__after_the_rate_has_changed__is_at_the_rate_of_the_sale(
    service: Harness, mother: Any
) -> None:
    old = mother.place(occurred_at=TO_EIGHT - SECOND, percents=(5, 5))
    await service.deliver(old, mother.reserved(), mother.collected())
    await service.sent()
    back = await service.deliver(mother.return_items({"L1": 2}))
    assert [line.tax_percent for line in only(back, m.ItemsReturned).lines] == [5]
    assert taxes(back, m.ItemsReturned) == taxes(back, m.RefundDue) == {5: 95}


async def test_till_return__at_another_rate_than_the_sale__is_at_the_rate_of_the_sale(
    service: Harness, mother: Any
) -> None:
    await service.deliver(mother.place(percents=(8, 8)), mother.reserved(), mother.collected())
    await service.sent()
    back = await service.deliver(mother.till_return({"L1": 2}, amounts={"L1": 0}))  # the till says 10 %
    assert taxes(back, m.RefundDue) == {8: 148}
