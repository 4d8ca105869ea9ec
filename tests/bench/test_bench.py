"""The parts of the benchmark that measure nothing: rows, percentiles, mixes, decisions, and whether it may run."""

import json
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.contracts.envelope import Record, decode
from tsunagu.contracts.messages import OrderPlaced, StockRejected, StockReserved
from tsunagu.contracts.topics import ORDER_EVENTS

from .__main__ import main
from .bench import Bench, Sizes
from .busy import used_by_others
from .orders import HOT_SKU, HOT_STORE, MIXED, hot, mixed, one_piece
from .reader import Decisions
from .rows import Row, at_most, better, merged, percentile, read_json, verdict, write_json, write_markdown
from .side import wrongs
from .stock import is_empty, sellable

STORES, SKUS = 50, 200
SERVED, REFUSED = StockReserved.WIRE_TYPE.encode(), StockRejected.WIRE_TYPE.encode()


def placed(record: Record) -> tuple[int, list[int]]:
    """Store and SKUs of an order, as numbers."""
    message = decode(ORDER_EVENTS, record.key, record.value, record.headers).message
    assert isinstance(message, OrderPlaced)
    return int((message.groups[0].location_id or "")[1:]), [int(line.sku[1:]) for line in message.lines]


def kind_of(record: Record) -> str:
    store, skus = placed(record)
    if any(sku > sellable(SKUS) for sku in skus):
        return "refused"
    return "sourced" if any(is_empty(store, sku) for sku in skus) else "served"


def test_mixed__as_the_workload_says__has_exactly_the_shares_and_three_different_skus() -> None:
    backlog = mixed(200, 7, STORES, SKUS)
    assert Counter(map(kind_of, backlog.records)) == {"served": 160, "sourced": 30, "refused": 10}
    assert backlog.promised == 190
    assert all(len(set(placed(record)[1])) == 3 for record in backlog.records)


def test_mixed__for_who_cannot_source__keeps_eighty_to_five() -> None:
    backlog = mixed(170, 7, STORES, SKUS, MIXED.without_sourced())
    assert Counter(map(kind_of, backlog.records)) == {"served": 160, "refused": 10}


def test_mixed__the_same_seed__is_the_same_orders() -> None:
    first, second = (mixed(50, 3, STORES, SKUS) for _ in range(2))
    assert [placed(record) for record in first.records] == [placed(record) for record in second.records]


def test_mixed__what_is_sourced__is_had_by_the_store_that_follows() -> None:
    for record in mixed(200, 7, STORES, SKUS).records:
        store, skus = placed(record)
        assert not any(is_empty(store % STORES + 1, sku) for sku in skus if is_empty(store, sku))


def test_hot__every_order__wants_the_one_sku_and_others_that_are_there() -> None:
    orders = [placed(record) for record in hot(40, 7, SKUS).records]
    assert {(store, skus[0]) for store, skus in orders} == {(HOT_STORE, HOT_SKU)}
    assert not any(is_empty(store, sku) or skus.count(sku) > 1 for store, skus in orders for sku in skus)


def test_one_piece__more_orders_than_pieces__promises_the_pieces_only() -> None:
    assert one_piece(30, 1, 5, 4).promised == 4


@given(st.lists(st.floats(0, 1e6), min_size=1), st.floats(1, 100))
def test_percentile__any_values__is_the_smallest_that_so_many_do_not_exceed(
    values: list[float], percent: float
) -> None:
    found = percentile(values, percent)
    assert sum(value <= found for value in values) * 100 >= percent * len(values)
    smaller = [value for value in values if value < found]
    assert not smaller or sum(value <= max(smaller) for value in values) * 100 < percent * len(values)


def test_percentile__of_nothing__is_an_error() -> None:
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)


def test_better__a_cost__is_how_many_times_less() -> None:
    row = better("a.cpu", "ms", [1.0, 2.0, 2.0], ("raw", [20.0, 20.0, 30.0]), less_is_better=True, bar=15.0)
    assert (row.value, row.ratio, row.spread, row.reaches_bar) == (2.0, 15.0, (10.0, 20.0), True)


def test_at_most__more_than_the_limit__misses_the_bar() -> None:
    row = at_most("a.cpu", "ms", [2.4], ("one", [2.0]), bar=1.15, goal=1.3)
    assert (row.ratio, row.reaches_bar, row.reaches_goal) == (1.2, False, True)


def test_verdict__a_side_that_is_wrong__is_fast_but_wrong_whatever_its_ratio() -> None:
    row = Row("a.rate", 1.0, "orders/s", "raw", 100.0, bar=15.0)
    assert verdict(row) == "bar"
    assert verdict(replace(row, wrong="1 orders were decided twice")).startswith("fast but wrong")
    assert replace(row, wrong="…").reaches_bar is False


def test_merged__one_workload_measured_again__replaces_its_rows_and_keeps_the_others_in_order() -> None:
    before = [Row("a.x", 1, "s"), Row("a.y", 2, "s"), Row("b.x", 3, "s"), Row("gone.x", 4, "s")]
    rows = merged(before, [Row("a.x", 9, "s")], ["a", "b"])
    assert [(row.id, row.value) for row in rows] == [("a.x", 9), ("b.x", 3)]


def test_write_json__read_again__is_the_same(tmp_path: Path) -> None:
    rows = [Row("a.x", 1.5, "s", "raw", 2.0, 1.0, 3.0, True, (1.0, 2.0), "wrong"), Row("a.y", 1, "s")]
    write_json(tmp_path / "latest.json", rows)
    assert read_json(tmp_path / "latest.json") == rows
    assert set(json.loads((tmp_path / "latest.json").read_text())[0]) > {"id", "value", "unit", "against"}


def test_write_markdown__rows__are_a_table_with_the_verdict(tmp_path: Path) -> None:
    write_markdown(tmp_path / "latest.md", [Row("a.x", 1234.5, "orders/s", "raw", 16.0, 15.0, 50.0)])
    last = (tmp_path / "latest.md").read_text().splitlines()[-1]
    assert last == "| a.x | 1,234 | orders/s | raw | 16.0 × |  | ≥ 15.0 | ≥ 50.0 | bar |"


def test_decisions__an_order_decided_twice_one_lost_and_one_unknown__are_named() -> None:
    backlog = one_piece(2, 1, 1, pieces=2)
    decisions = Decisions()
    for key in (backlog.records[0].key, backlog.records[0].key, b"stranger"):
        decisions.note(key, SERVED, 1.0)
    decisions.note(b"another", b"tsunagu.stock.released.v1", 1.0)
    assert wrongs(decisions, backlog) == [
        "1 of 2 orders were never decided",
        "1 orders were decided that nobody sent",
        "1 orders were decided twice",
    ]


def test_decisions__one_more_promised_than_there_is__is_wrong() -> None:
    backlog = one_piece(2, 1, 1, pieces=1)
    decisions = Decisions()
    for record in backlog.records:
        decisions.note(record.key, SERVED, 1.0)
    assert wrongs(decisions, backlog) == ["2 orders were promised instead of 1"]


def test_per_second__what_came_with_the_first__is_not_counted() -> None:
    decisions = Decisions()
    for number, at in enumerate((10.0, 10.0, 11.0, 12.0, 12.0)):
        decisions.note(b"%d" % number, REFUSED, at)
    assert decisions.per_second() == 1.5


def test_turns__several_rounds__turn_the_order_round() -> None:
    bench = Bench(on=None, sizes=Sizes(), rounds=3, close_rounds=7, console=None)  # type: ignore[arg-type]
    assert [side for _, side in bench.turns("ab")] == ["a", "b", "b", "a", "a", "b"]


def test_sizes__a_small_scale__keeps_the_least_that_makes_sense() -> None:
    assert (Sizes(0.001).stores, Sizes(0.001).scaled(20_000), Sizes(0.5).scaled(20_000)) == (50, 60, 10_000)


def test_used_by_others__one_core_of_many_is_busy__is_that_one() -> None:
    assert used_by_others([2.0, 90.0, 1.0]) == 90.0


def test_main__a_busy_machine__refuses_and_starts_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tests.bench.__main__.busy_percent", lambda _: 80.0)
    assert main([]) == 2
    assert "80 % of a core" in capsys.readouterr().out


def test_mix__any_count__is_shared_out_whole() -> None:
    for count in range(1, 100):
        assert len(MIXED.kinds(count, random.Random(1))) == count
