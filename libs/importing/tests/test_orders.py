"""A file of orders: an order is taken whole or goes back whole, whatever is wrong with one of its lines."""

import csv
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.contracts.messages import CancelOrder, PlaceOrder
from tsunagu.importing import Import, SpoiltOrder, WholeOrder, detect, grouped, orders_kind

LINE = {
    "order_id": "1001",
    "ordered_at": "2026-11-01 10:00",
    "action": "",
    "line_id": "1",
    "sku": "SKU-1",
    "quantity": "2",
    "unit_price_jpy": "1,980",
    "tax_percent": "10",
    "payment": "prepaid",
    "method": "pickup",
    "location_id": "S001",
    "prefecture": "",
    "customer_ref": "77",
}


def our_id(theirs: str) -> str:
    return f"ec:{theirs}"


def content(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(LINE), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def orders(raw: bytes) -> list[WholeOrder | SpoiltOrder]:
    file = io.BytesIO(raw)
    return grouped(
        Import(orders_kind("ec", our_id, "{}:cancel".format), file, detect(file), version=1), our_id
    )


def test_orders__lines_of_one_order__are_one_command_with_a_group_for_each_place() -> None:
    shipped = LINE | {"line_id": "2", "method": "ship", "location_id": "", "prefecture": "東京都"}
    (order,) = orders(content(LINE, shipped, LINE | {"line_id": "3", "sku": "SKU-3"}))
    assert isinstance(order, WholeOrder)
    (command,) = order.commands
    assert isinstance(command, PlaceOrder)
    assert (command.order_id, command.channel, order.lines) == ("ec:1001", "ec", (2, 3, 4))
    assert [(group.group_id, group.location_id, group.prefecture) for group in command.groups] == [
        ("g1", "S001", None),
        ("g2", None, "JP-13"),
    ]
    assert [(line.line_id, line.group_id, line.unit_price_jpy) for line in command.lines] == [
        ("1", "g1", 1980),
        ("2", "g2", 1980),
        ("3", "g1", 1980),
    ]


def test_orders__a_cancellation__needs_neither_lines_nor_prices() -> None:
    cancelled = dict.fromkeys(LINE, "") | {
        "order_id": "1001",
        "ordered_at": "2026-11-01",
        "action": "cancel",
    }
    alone, both = orders(content(cancelled)), orders(content(cancelled, LINE))
    assert isinstance(alone[0], WholeOrder)
    assert isinstance(both[0], WholeOrder)
    assert [type(command) for command in alone[0].commands] == [CancelOrder]
    # Placed first, wherever it stands.
    assert [type(command) for command in both[0].commands] == [PlaceOrder, CancelOrder]


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"quantity": "two"}, "quantity"),
        ({"quantity": "0"}, "quantity"),
        ({"sku": ""}, None),
        ({"method": "ship"}, None),
        ({"payment": "at_pickup"}, "payment"),
        ({"ordered_at": "2026-11-02"}, "ordered_at"),
        ({"line_id": "1"}, "line_id"),
    ],
)
def test_orders__a_bad_line__returns_its_order_whole_and_takes_the_others(
    change: dict[str, str], column: str | None
) -> None:
    others = [LINE | {"order_id": number} for number in ("1000", "1002")]
    found = orders(content(others[0], LINE, LINE | {"line_id": "2"} | change, others[1]))
    assert [(order.order_id, type(order)) for order in found] == [
        ("ec:1000", WholeOrder),
        ("ec:1001", SpoiltOrder),
        ("ec:1002", WholeOrder),
    ]
    spoilt = found[1]
    assert isinstance(spoilt, SpoiltOrder)
    assert spoilt.lines == (3, 4)
    assert [problem.column for problem in spoilt.problems if problem.line == 4] == [column]


def test_orders__a_line_of_nobody_knows_which_order__takes_its_neighbours_with_it() -> None:
    rows = [LINE | {"order_id": number} for number in ("1", "2", "3", "4")]
    lines = content(*rows).splitlines(keepends=True)
    found = orders(b"".join([*lines[:3], b"1,2\n", *lines[3:]]))
    spoilt = [order.order_id for order in found if isinstance(order, SpoiltOrder)]
    assert spoilt == ["ec:2", "ec:3", None]


def test_orders__that_can_not_be_paid_as_they_say__go_back() -> None:
    shipped = {"method": "ship", "location_id": "", "prefecture": "13", "payment": "at_pickup"}
    (order,) = orders(content(LINE | shipped))
    assert isinstance(order, SpoiltOrder)
    assert "paid at pickup" in order.problems[0].reason


ROWS = st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["good", "bad quantity"])), max_size=12)


@given(rows=ROWS)
def test_orders__whatever_lines_come__each_order_is_whole_or_spoilt_and_no_line_is_lost(
    rows: list[tuple[int, str]],
) -> None:
    made: list[dict[str, Any]] = [
        LINE
        | {"order_id": str(number), "line_id": str(place)}
        | ({"quantity": "x"} if what == "bad quantity" else {})
        for place, (number, what) in enumerate(rows)
    ]
    found = orders(content(*made))
    spoilt = {f"ec:{number}" for number, what in rows if what != "good"}
    assert {order.order_id for order in found if isinstance(order, SpoiltOrder)} == spoilt
    assert sorted(line for order in found for line in order.lines) == list(range(2, len(rows) + 2))
    for order in found:
        if isinstance(order, WholeOrder):
            (command,) = order.commands
            assert isinstance(command, PlaceOrder)
            assert len(command.lines) == len(order.lines)
