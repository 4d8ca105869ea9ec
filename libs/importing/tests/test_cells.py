"""The text formats of the cells."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.contracts.values import LocationKind, OpeningHours, Weekday
from tsunagu.importing import cells
from tsunagu.importing.prefectures import prefecture

MON, TUE, WED, THU, FRI, SAT, SUN = Weekday
CONVERTERS: list[Callable[[str], Any]] = [
    cells.id_, cells.location_id, cells.name, cells.names, cells.whole, cells.decimal, cells.flag,
    cells.clock_time, cells.instant, cells.gtins, cells.weekdays, cells.opening_hours,
    cells.dates,
    cells.one_of(LocationKind), prefecture,
]  # fmt: skip


@pytest.mark.parametrize(
    ("convert", "text", "value"),
    [
        (cells.whole, "1980", 1980),
        (cells.whole, "1,980", 1980),
        (cells.whole, "１，９８０", 1980),
        (cells.decimal, "35.681236", 35.681236),
        (cells.flag, "TRUE", True),
        (cells.flag, "×", False),
        (cells.one_of(LocationKind), "Store", LocationKind.STORE),
        (cells.clock_time, "9:05", "09:05"),
        (cells.clock_time, "２５：００", "25:00"),
        (cells.instant, "2026/04/01", datetime(2026, 3, 31, 15, tzinfo=UTC)),
        (cells.instant, "2026-04-01 09:30", datetime(2026, 4, 1, 0, 30, tzinfo=UTC)),
        (cells.instant, "2026-04-01T09:30:00Z", datetime(2026, 4, 1, 9, 30, tzinfo=UTC)),
        (cells.gtins, "49123456 ４５１２３４５６７８９０６", ("49123456", "4512345678906")),
        (cells.names, "トップス； ボトムス;", ("トップス", "ボトムス")),
        (cells.weekdays, "fri,mon", (MON, FRI)),
        (cells.weekdays, "mon - wed sat", (MON, TUE, WED, SAT)),
        (cells.weekdays, "sat-mon", (MON, SAT, SUN)),
        (cells.weekdays, "月水金", (MON, WED, FRI)),
        (cells.weekdays, "月～金", (MON, TUE, WED, THU, FRI)),
        (prefecture, "東京", "JP-13"),
        (prefecture, "北海道", "JP-01"),
        (prefecture, "jp-47", "JP-47"),
        (prefecture, "5", "JP-05"),
    ],
)  # fmt: skip
def test_cell__as_retailers_write_it__is_read(convert: Callable[[str], Any], text: str, value: Any) -> None:
    assert convert(text) == value


@pytest.mark.parametrize(
    ("convert", "text", "reason"),
    [
        (cells.whole, "1,98", "no whole number"),
        (cells.whole, "12.5", "no whole number"),
        (cells.whole, "9" * 40, "no whole number"),
        (cells.decimal, "139°41", "no decimal number"),
        (cells.flag, "maybe", "neither yes nor no"),
        (cells.one_of(LocationKind), "shop", "none of store, warehouse, pickup_point"),
        (cells.clock_time, "30:00", "no time"),
        (cells.instant, "April", "no time"),
        (cells.gtins, "49123456;4.51235E+12", "spreadsheet"),
        (cells.weekdays, "mon-fry", "no day"),
        (cells.weekdays, ",", "names no day"),
        (cells.opening_hours, "mon 20:00-02:00", "closes before it opens"),
        (cells.opening_hours, "mon-wed 10:00-20:00; tue 9:00-12:00", "names tue twice"),
        (cells.opening_hours, "10:00-20:00", "is not like"),
        (cells.location_id, "a:b", "colon"),
        (cells.name, "x" * 201, "201 characters"),
        (cells.name, "two\nlines", "control character"),
        (prefecture, "48", "no prefecture"),
    ],
)
def test_cell__that_is_wrong__says_why(convert: Callable[[str], Any], text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        convert(text)


def test_opening_hours__days_and_hours__are_one_entry_per_day() -> None:
    assert cells.opening_hours("Sat 9:00 - 25:00; tue,thu 10:00〜20:00") == (
        OpeningHours(day=TUE, opens="10:00", closes="20:00"),
        OpeningHours(day=THU, opens="10:00", closes="20:00"),
        OpeningHours(day=SAT, opens="09:00", closes="25:00"),
    )


def test_dates__days__in_order_and_each_once() -> None:
    assert cells.dates("2027/01/02 2027-01-01、2027-01-02") == (date(2027, 1, 1), date(2027, 1, 2))
    with pytest.raises(ValueError, match="is no day such as"):
        cells.dates("2027-01-01 元日")


@given(st.sampled_from(CONVERTERS), st.text(min_size=1, max_size=60))
def test_any_text__is_read_or_refused_with_a_short_printable_reason(
    convert: Callable[[str], Any], text: str
) -> None:
    try:
        convert(text)
    except ValueError as error:
        assert str(error).isprintable()
        assert len(str(error)) < 600
