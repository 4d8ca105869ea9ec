"""The daily journal: what was taken and paid back where, each day closed once."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.domain.journal import ClosingTime
from insight.handlers.journal import CLOSE_DAY
from insight.settings import settings
from tsunagu.contracts import messages as m
from tsunagu.contracts.ids import uuid7

GRACE = timedelta(hours=1)
CLOSING = ClosingTime(6, GRACE)
TODAY = CLOSING.open_day(date.min, datetime.now(UTC))
"""The earliest business day that is open while these tests run."""
TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)
Part = tuple[str, int, str, int, int, int]


def test_closing_time__a_business_day__is_closed_an_hour_after_its_end() -> None:
    closes = CLOSING.of(date(2026, 4, 1))

    assert closes == datetime(2026, 4, 1, 22, tzinfo=UTC), "at seven in Japan, the morning after"
    assert CLOSING.open_day(date(2026, 4, 1), closes - timedelta(seconds=1)) == date(2026, 4, 1)
    assert CLOSING.open_day(date(2026, 4, 1), closes) == date(2026, 4, 2)


@given(
    st.dates(date(2026, 1, 1), date(2026, 3, 1)),
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 3, 1), timezones=st.just(UTC)),
)
def test_open_day__any_day_at_any_time__is_the_earliest_that_is_open_and_not_before_it(
    happened_on: date, now: datetime
) -> None:
    booked_on = CLOSING.open_day(happened_on, now)

    assert booked_on >= happened_on and CLOSING.of(booked_on) > now
    assert booked_on == happened_on or CLOSING.of(booked_on - timedelta(days=1)) <= now


def parts_of(day: m.JournalDay) -> set[Part]:
    """Kind, percent, day on which it happened, documents, yen and tax."""
    return {
        (p.kind.value, p.tax_percent, p.happened_on.isoformat(), p.documents, p.amount_jpy, p.tax_jpy)
        for p in day.parts
    }


async def closed(insight: Any) -> dict[tuple[str, date], m.JournalDay]:
    """All days that somebody wants to close are closed now; those that are told."""
    sent = [one for one in await insight.make_due(CLOSE_DAY) if isinstance(one, m.JournalDay)]
    assert len({one.journal_id for one in sent}) == len(sent)
    return {(one.place, one.business_date): one for one in sent}


def tax(percent: int, tax_jpy: int) -> dict[str, int]:
    return {"tax_percent": percent, "taxable_jpy": 0, "tax_jpy": tax_jpy}


@pytest.mark.component
async def test_close__a_tills_day__is_added_up_by_kind_and_rate_with_the_tax_that_the_till_gave(
    insight: Any, mothers: Any
) -> None:
    lines = [
        mothers.line("1", 1100),
        mothers.line("2", 1080, tax_percent=8),
        mothers.line("3", 540, tax_percent=8),
    ]
    wrong = tax(8, 7)
    await insight.deliver(
        mothers.sale("a", business_date=TODAY, lines=lines, tax_by_rate=[tax(10, 100), wrong]),
        mothers.sale("b", business_date=TODAY, lines=[mothers.line("1", 2200)], tax_by_rate=[tax(10, 200)]),
        mothers.void("b", business_date=TODAY, lines=[mothers.line("1", 2200)], tax_by_rate=[tax(10, 200)]),
        mothers.till_return("a", business_date=TODAY, lines=[mothers.line("1", 1100, disposition="damaged")]),
    )

    day = (await closed(insight))["shibuya", TODAY]

    on = TODAY.isoformat()
    assert parts_of(day) == {
        ("sale", 10, on, 2, 3300, 300),
        ("sale", 8, on, 1, 1620, 7),
        ("void", 10, on, 1, 2200, 200),
        ("return", 10, on, 1, 1100, 0),
    }
    assert [part.without_tax for part in day.parts if part.kind == "return"] == [1]
    assert (day.company_id, day.version) == ("retail", 1)


@pytest.mark.component
async def test_close__what_comes_after_the_day_is_closed__is_in_the_next_open_day_with_its_own(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.sale("a", business_date=TODAY))
    first = await closed(insight)

    await insight.deliver(
        mothers.sale("late", business_date=TODAY), mothers.sale("older", business_date=YESTERDAY)
    )
    assert await closed(insight) == {}, "what is closed stays as it is"
    await insight.deliver(mothers.sale("b", business_date=TOMORROW))
    second = await closed(insight)

    assert parts_of(first["shibuya", TODAY]) == {("sale", 10, TODAY.isoformat(), 1, 1000, 0)}
    assert parts_of(second["shibuya", TOMORROW]) == {
        ("sale", 10, YESTERDAY.isoformat(), 1, 1000, 0),
        ("sale", 10, TODAY.isoformat(), 1, 1000, 0),
        ("sale", 10, TOMORROW.isoformat(), 1, 1000, 0),
    }


@pytest.mark.component
async def test_post__a_day_that_is_over__is_booked_on_the_earliest_open_one_although_nobody_closed_it(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.sale("a", business_date=YESTERDAY))

    days = await closed(insight)

    assert parts_of(days["shibuya", TODAY]) == {("sale", 10, YESTERDAY.isoformat(), 1, 1000, 0)}
    assert ("shibuya", YESTERDAY) not in days


@pytest.mark.component
async def test_completed__prepaid_and_printed_by_a_till__is_the_channels_sale_and_taken_out_of_the_tills(
    insight: Any, mothers: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TSUNAGU_INSIGHT_EC_COMPANY_ID", "ec-company")
    settings.cache_clear()
    line = mothers.line("1", order_id="o", order_line_id="1")
    await insight.deliver(
        mothers.sale("r", lines=[line], tax_by_rate=[tax(10, 90)], business_date=TODAY),
        mothers.completed("o", receipt_id="r", tax_by_rate=[tax(10, 90)]),
        mothers.completed("p", payment="at_pickup", receipt_id="q", tax_by_rate=[tax(10, 90)]),
    )
    entries = await insight.connection.fetch(
        "SELECT place, kind, amount_jpy, tax_jpy FROM journal_entry ORDER BY place, kind"
    )
    days = await closed(insight)
    settings.cache_clear()

    assert [tuple(entry) for entry in entries] == [
        ("@app", "sale", 1000, 90),
        ("shibuya", "prepaid", 1000, 90),
        ("shibuya", "sale", 1000, 90),
    ]
    assert {day.company_id for (place, _), day in days.items() if place == "@app"} == {"ec-company"}


@pytest.mark.component
async def test_items_returned__a_prepaid_orders_receipt_was_voided__the_void_is_taken_out_too(
    insight: Any, mothers: Any
) -> None:
    voided = {"receipt_id": "r", "return_id": "void-1"}
    brought_back = {"receipt_id": "r-2", "return_id": "r-2"}
    await insight.deliver(
        mothers.items_returned("o", **voided),
        mothers.items_returned("p", **brought_back),
        mothers.items_returned("q"),
        mothers.items_returned("s", payment="at_pickup", **(voided | {"return_id": "void-2"})),
    )

    entries = await insight.connection.fetch("SELECT document_id, place, kind FROM journal_entry")

    assert [tuple(entry) for entry in entries] == [("return:o:7", "umeda", "prepaid_void")]


@pytest.mark.component
async def test_refund_due__by_the_channel__is_booked_with_its_tax_and_a_tills_is_not(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(
        mothers.refund_due("o", tax_by_rate=[{"tax_percent": 10, "taxable_jpy": 910, "tax_jpy": 90}]),
        mothers.refund_due("p", refund_by="till"),
        mothers.refund_due("q"),
    )

    entries = await insight.connection.fetch(
        "SELECT place, kind, tax_percent, amount_jpy, tax_jpy FROM journal_entry ORDER BY tax_percent"
    )

    assert [tuple(entry) for entry in entries] == [
        ("@app", "refund", 0, 1000, None),
        ("@app", "refund", 10, 1000, 90),
    ]


@pytest.mark.component
async def test_close__a_place_that_nobody_knows__is_closed_for_the_unknown_company(
    insight: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.sale("a", business_date=TODAY, location_id="new"))

    assert (await closed(insight))["new", TODAY].journal_id == f"unknown:new:{TODAY}"


@pytest.mark.component
async def test_journal__documents_and_closings_in_any_order__days_add_up_to_all_documents(
    insight: Any, mothers: Any
) -> None:
    """Tills report on days of their own, before and after those are closed."""
    offsets = [0, -1, 3, 1, -9, 0, 2, -2, 1, 0]
    told: list[m.JournalDay] = []
    for number, offset in enumerate(offsets):
        day = TODAY + timedelta(days=offset)
        lines = [mothers.line("1", 100 + number), mothers.line("2", 7 * number, tax_percent=8)]
        await insight.deliver(
            mothers.sale(
                f"r{number}", business_date=day, lines=lines, tax_by_rate=[tax(10, number), tax(8, 1)]
            )
        )
        if number % 3 == 2:
            told += (await closed(insight)).values()
    for _ in offsets:
        told += (await closed(insight)).values()

    assert len({day.journal_id for day in told}) == len(told), "no day is closed twice"
    sums = {
        percent: [
            sum(getattr(part, name) for day in told for part in day.parts if part.tax_percent == percent)
            for name in ("documents", "amount_jpy", "tax_jpy")
        ]
        for percent in (8, 10)
    }
    assert sums == {10: [10, 1045, 45], 8: [10, 315, 10]}
    assert all(part.happened_on <= day.business_date for day in told for part in day.parts)


@pytest.mark.component
async def test_journal__a_day_asked_for__is_shown_as_it_stands_and_once_closed_as_it_was_closed(
    insight: Any, operator: Any, mothers: Any
) -> None:
    await insight.deliver(mothers.sale("a", business_date=TODAY))
    open_day = (await operator.get(f"/journal/shibuya/{TODAY}")).json()
    await closed(insight)
    await insight.deliver(mothers.sale(uuid7(), business_date=TODAY))
    closed_day = (await operator.get(f"/journal/shibuya/{TODAY}")).json()

    assert (open_day["closed_at"], open_day["company_id"]) == (None, None)
    assert (closed_day["company_id"], closed_day["parts"]) == ("retail", open_day["parts"])
    assert open_day["parts"][0]["amount_jpy"] == 1000
    assert (await operator.get("/journal/shibuya/April")).status_code == 422
