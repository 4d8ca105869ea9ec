"""KPIs as data: what a formula is worth, and what is wrong with a file that can't be used."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.domain.definition_file import parse_definitions
from insight.domain.definitions import PERCENT, Definitions, Value
from insight.domain.kpis import Kpi, KpiKey, events_of
from insight.settings import Settings
from insight.store.definitions import KpiFileError, read_definitions
from tsunagu.contracts.topics import MESSAGE_BY_WIRE_TYPE

SHIPPED = read_definitions(Settings().kpi_file)
A_KPI = """\
[[kpi]]
name = "share"
title = "Share"
formula = "orders_collected / (orders_collected + orders_delivered)"
unit = "percent"
better = "higher"
owner = "ec"
target = 40
due = 2027-03-31
"""
AMOUNTS = st.dictionaries(
    st.sampled_from(list(Kpi)), st.tuples(st.integers(0, 10**9).map(float), st.integers(0, 10**6))
)


def test_shipped__every_kpi__has_an_owner_and_all_of_its_figures_say_what_they_come_from() -> None:
    messages = {message.__name__ for message in MESSAGE_BY_WIRE_TYPE.values()}
    assert {one.name for one in SHIPPED.defined} >= {
        "pickup_share", "time_to_ready", "fill_rate", "short_pick_rate", "no_show_rate", "lost_sales",
        "stock_accuracy", "minutes_per_order", "credit", "new_customers", "repeat_rate", "scan_conversion",
        "oversell_rate", "promise_kept",
    }  # fmt: skip
    assert all(one.owner for one in SHIPPED.defined)
    assert {event for kpi in Kpi for event in events_of(kpi)} <= messages


def test_value__a_ratio__is_in_percent_of_the_sums() -> None:
    amounts = {Kpi.ORDERS_COLLECTED: (3.0, 3), Kpi.ORDERS_DELIVERED: (1.0, 1)}
    assert SHIPPED.by_name["pickup_share"].value(amounts) == 75.0


def test_value__a_mean_of_seconds__is_in_minutes() -> None:
    assert SHIPPED.by_name["time_to_ready"].value({Kpi.READY_SECONDS: (540.0, 3)}) == 3.0


@given(amounts=AMOUNTS)
def test_value__nothing_to_divide_by__is_no_data_and_never_zero(
    amounts: dict[Kpi, tuple[float, int]],
) -> None:
    for definition in SHIPPED.by_name.values():
        formula = definition.formula
        by = {
            "sum": 1.0,
            "mean": sum(amounts.get(kpi, (0, 0))[1] for kpi in formula.of),
            "ratio": sum(amounts.get(kpi, (0, 0))[0] for kpi in formula.by),
        }[formula.kind]
        assert (definition.value(amounts) is None) == (by == 0)
        said = definition.said(amounts, date(2026, 4, 1), date(2027, 4, 1))
        assert said.value == definition.value(amounts)
        assert (said.no_data or "no data: ").startswith("no data: ") and (said.no_data is None) == (by != 0)


def test_said__of_a_kpi_that_settles__is_no_data_until_its_last_day_stands() -> None:
    rate, amounts = SHIPPED.by_name["repeat_rate"], {Kpi.CUSTOMERS_NEW: (2.0, 2)}
    last_day = date(2026, 4, 1)
    assert rate.said(amounts, last_day, date(2026, 4, 29)) == Value(
        None, "no data yet: this is settled on 2026-04-30"
    )
    assert rate.said(amounts, last_day, date(2026, 4, 30)) == Value(0.0, None)
    assert rate.said(amounts, None, date(2026, 4, 1)) == Value(0.0, None)


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ("settles_days = 400", "settles_days is a whole number from 0 to 365, not 400"),
        ("settles_days = 9\noperational = true", "an operational KPI is one of the day"),
    ],
)
def test_file__of_a_kpi_that_settles__is_refused_where_it_makes_no_sense(lines: str, reason: str) -> None:
    with pytest.raises(ValueError, match=f"line 11: {reason}"):
        parse_definitions(f"{A_KPI}\n{lines}\n")


@given(amounts=AMOUNTS)
def test_value__parts_of_a_whole__are_between_0_and_100_percent(
    amounts: dict[Kpi, tuple[float, int]],
) -> None:
    for definition in SHIPPED.defined:
        if definition.unit == PERCENT and set(definition.formula.of) <= set(definition.formula.by):
            value = definition.value(amounts)
            assert value is None or 0 <= value <= 100


def test_changed_by__a_figure__names_each_kpi_over_it_for_the_same_scope_and_period() -> None:
    changed = SHIPPED.changed_by([KpiKey("orders_collected", "S1", "2026-04-01")])
    assert changed == {KpiKey(name, "S1", "2026-04-01") for name in ("pickup_share", "no_show_rate")}
    assert SHIPPED.changed_by([KpiKey("pickup_share", "S1", "total")]) == set()


def test_by_name__a_figure_without_definition__is_shown_as_itself() -> None:
    assert str(SHIPPED.by_name["sales_jpy"].formula) == "sales_jpy"
    assert Definitions([]).by_name["pick_minutes"].value({}) is None


@pytest.mark.parametrize(
    ("was", "becomes", "line", "sentence"),
    [
        ('"orders_collected / (', '"orders_gone / (', 4, "there is no figure orders_gone; there are"),
        ("+ orders_delivered", "+ sales_jpy", 4, "JPY and orders can't be added"),
        (" / (orders_collected +", " - (orders_collected +", 4, "a formula is a + b, a / (b + c) or mean(a)"),
        ('"percent"', '"yen"', 5, "unit is percent here, not yen"),
        ('"higher"', '"up"', 6, "better is higher or lower here, not up"),
        ('owner = "ec"\n', "", 1, "owner is missing"),
        ('"ec"', '"cfo@example.jp"', 7, "an owner is an opaque name such as stores"),
        (
            '"orders_collected / (orders_collected + orders_delivered)"',
            '"mean(sales_jpy)"',
            4,
            "sales_jpy is a sum",
        ),
        ("target = 40", 'target = "40"', 8, "target is a number, not '40'"),
        ("2027-03-31", '"2027-03-31"', 9, "due is a day such as 2026-12-31, without quotes"),
        ("due = 2027-03-31\n", "", 8, "a target and the day by which it is due go together"),
        ("target = 40\n", "", 8, "a target and the day by which it is due go together"),
        ('"share"', '"Share"', 2, "a name such as pickup_share is wanted, not Share"),
        ('"share"', '"sales_jpy"', 2, "sales_jpy is the name of a figure"),
        ("title", "tilte", 3, "a kpi has no tilte; it has"),
        ("[[kpi]]", "[[kpis]]", 1, "a file of KPIs has no kpis; it has kpi"),
        ("40", "", 8, "Invalid value"),
    ],
)
def test_parse__a_file_that_is_wrong__names_the_line(
    was: str, becomes: str, line: int, sentence: str
) -> None:
    assert was in A_KPI
    with pytest.raises(ValueError, match="line") as refused:
        parse_definitions(A_KPI.replace(was, becomes, 1))
    assert str(refused.value).startswith(f"line {line}: {sentence}")


def test_parse__the_target_of_a_sum__is_refused() -> None:
    text = A_KPI.replace("orders_collected / (orders_collected + orders_delivered)", "orders_collected")
    with pytest.raises(ValueError, match="line 8: a sum grows with its period"):
        parse_definitions(text.replace('"percent"', '"orders"'))


def test_parse__one_name_twice__is_refused_at_the_second() -> None:
    with pytest.raises(ValueError, match="line 11: the KPI share is there twice"):
        parse_definitions(A_KPI + A_KPI)


@pytest.mark.parametrize(
    "formula", ["mean(ready_seconds)", "units_sold + units_picked", "units_short / units_sold"]
)
def test_parse__a_formula__is_written_as_it_was_read(formula: str) -> None:
    unit = "seconds" if "mean" in formula else "percent" if "/" in formula else "pieces"
    text = A_KPI.replace("target = 40\ndue = 2027-03-31\n", "").replace('"percent"', f'"{unit}"')
    defined = parse_definitions(
        text.replace("orders_collected / (orders_collected + orders_delivered)", formula)
    )
    assert str(defined.by_name["share"].formula) == formula


def test_read_definitions__a_file_that_cant_be_used__is_named(tmp_path: Path) -> None:
    wrong = tmp_path / "ours.toml"
    wrong.write_text(A_KPI.replace('"percent"', '"yen"'), encoding="utf-8")
    with pytest.raises(KpiFileError, match=r"ours\.toml line 5: unit is percent here, not yen"):
        read_definitions(wrong)
    with pytest.raises(KpiFileError, match=r"gone\.toml: "):
        read_definitions(tmp_path / "gone.toml")
