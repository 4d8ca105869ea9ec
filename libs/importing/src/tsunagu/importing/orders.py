"""Orders as a site's CSV export has them: a line per SKU, and the order as what is taken whole or not at all.

Not among the kinds of `tsunagu import`: a line alone is no order.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from pydantic import ValidationError

from tsunagu.contracts.messages import CancelOrder, PlaceOrder
from tsunagu.contracts.topics import ORDER_COMMANDS
from tsunagu.contracts.values import FulfilmentMethod, Payment
from tsunagu.importing import cells
from tsunagu.importing.kinds import Column, Kind, Unclear, Values
from tsunagu.importing.outcomes import Bad, Good, Problem
from tsunagu.importing.prefectures import prefecture

OurId = Callable[[str], str]
"""An id as it is on the topics, of another id."""

_OF_A_LINE = ("line_id", "sku", "quantity", "unit_price_jpy", "tax_percent", "method", "payment")
_OF_THE_ORDER = {"occurred_at": "ordered_at", "payment": "payment", "customer_ref": "customer_ref"}


class OrderAction(StrEnum):
    """What a line asks for."""

    PLACE = "place"
    CANCEL = "cancel"


@dataclass(frozen=True, slots=True)
class WholeOrder:
    """An order that can be taken: its commands, in the order in which they are to be given."""

    order_id: str
    lines: tuple[int, ...]
    commands: tuple[PlaceOrder | CancelOrder, ...]


@dataclass(frozen=True, slots=True)
class SpoiltOrder:
    """An order that goes back whole, with what is wrong with it. None where a line can be told to no order."""

    order_id: str | None
    lines: tuple[int, ...]
    problems: tuple[Problem, ...]


def orders_kind(channel: str, our_id: OurId, cancellation_id: OurId) -> Kind:
    """The columns of a channel's orders. A line to place one becomes an order of that line alone; see `grouped`.

    `cancellation_id` names the cancellation of an order (by its id on the topics), as whoever else hears of it does.
    """

    def build(values: Values, _: int) -> tuple[PlaceOrder | CancelOrder, ...]:
        order_id = our_id(values["order_id"])
        common = {"order_id": order_id, "channel": channel, "occurred_at": values["ordered_at"]}
        if values.get("action") is OrderAction.CANCEL:
            return (CancelOrder(**common, cancel_id=cancellation_id(order_id)),)
        missing = [name for name in _OF_A_LINE if name not in values]
        if missing:
            raise Unclear(f"{', '.join(missing)}: empty, and needed to place an order")
        destination = {name: values.get(name) for name in ("method", "location_id", "prefecture")}
        line = {name: values[name] for name in _OF_A_LINE if name not in ("method", "payment")}
        return (
            PlaceOrder.model_validate(
                {
                    **common,
                    "payment": values["payment"],
                    # As the ids of orders: two sites may have a customer of the same number.
                    "customer_ref": our_id(values["customer_ref"]) if "customer_ref" in values else None,
                    "groups": [{**destination, "group_id": "g1"}],
                    "lines": [{**line, "group_id": "g1"}],
                }
            ),
        )

    return Kind(
        "orders",
        ORDER_COMMANDS,
        (
            Column("order_id", cells.id_),
            Column("ordered_at", cells.instant),
            Column("action", cells.one_of(OrderAction), needed=False),
            Column("line_id", cells.id_, needed=False),
            Column("sku", cells.id_, needed=False),
            Column("quantity", cells.whole, needed=False),
            Column("unit_price_jpy", cells.whole, needed=False),
            Column("tax_percent", cells.whole, needed=False),
            Column("payment", cells.one_of(Payment), needed=False),
            Column("method", cells.one_of(FulfilmentMethod), needed=False),
            Column("location_id", cells.location_id, needed=False),
            Column("prefecture", prefecture, needed=False),
            Column("customer_ref", cells.id_, needed=False),
        ),
        ("order_id", "line_id"),
        build,
    )


@dataclass(slots=True)
class _Gathered:
    lines: list[int] = field(default_factory=list)
    commands: list[tuple[int, PlaceOrder | CancelOrder]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def grouped(outcomes: Iterable[Good | Bad], our_id: OurId) -> list[WholeOrder | SpoiltOrder]:
    """The orders of a file of `orders_kind`, in the order in which they begin; all of them are in memory.

    A bad line takes its order with it. One that can be told to no order may be of the one before it or of the one
    after it, and takes both.
    """
    found: dict[str, _Gathered] = {}
    unplaced: list[Bad] = []  # since the last line whose order is known
    alone: list[SpoiltOrder] = []
    latest: _Gathered | None = None
    for outcome in outcomes:
        order_id = _order_id(outcome, our_id)
        if order_id is None:
            assert isinstance(outcome, Bad)
            unplaced.append(outcome)
            if latest is not None:
                latest.problems.extend(outcome.problems)
            continue
        latest = found.setdefault(order_id, _Gathered())
        for bad in unplaced:
            latest.problems.extend(bad.problems)
        alone.extend(SpoiltOrder(None, (bad.line,), bad.problems) for bad in unplaced)
        unplaced = []
        latest.lines.append(outcome.line)
        if isinstance(outcome, Bad):
            latest.problems.extend(outcome.problems)
        else:
            latest.commands.extend((outcome.line, command) for command in _commands(outcome))
    alone.extend(SpoiltOrder(None, (bad.line,), bad.problems) for bad in unplaced)
    return [*(_whole(order_id, gathered) for order_id, gathered in found.items()), *alone]


def _order_id(outcome: Good | Bad, our_id: OurId) -> str | None:
    if isinstance(outcome, Good):
        return outcome.messages[0].record_key()
    return None if outcome.about is None else our_id(outcome.about)


def _commands(good: Good) -> Iterator[PlaceOrder | CancelOrder]:
    for message in good.messages:
        assert isinstance(message, PlaceOrder | CancelOrder)
        yield message


def _whole(order_id: str, gathered: _Gathered) -> WholeOrder | SpoiltOrder:
    lines = tuple(gathered.lines)
    placing = [(line, command) for line, command in gathered.commands if isinstance(command, PlaceOrder)]
    cancelling = [command for _, command in gathered.commands if isinstance(command, CancelOrder)]
    problems = [*gathered.problems, *_differences(placing)]
    if problems:
        return SpoiltOrder(order_id, lines, tuple(problems))
    try:
        placed = [_merged([command for _, command in placing])] if placing else []
    except ValidationError as error:
        reasons = [problem["msg"].removeprefix("Value error, ") for problem in error.errors()]
        return SpoiltOrder(order_id, lines, tuple(Problem(lines[0], None, reason) for reason in reasons))
    return WholeOrder(order_id, lines, (*placed, *cancelling))


def _differences(placing: Sequence[tuple[int, PlaceOrder]]) -> Iterator[Problem]:
    """What is of the order must be the same on all its lines."""
    for line, command in placing[1:]:
        first_line, first = placing[0]
        for name, column in _OF_THE_ORDER.items():
            if getattr(command, name) != getattr(first, name):
                yield Problem(line, column, f"differs from line {first_line}, which is of the same order")


def _merged(parts: Sequence[PlaceOrder]) -> PlaceOrder:
    """The order of all its lines; those that go to one place are one group."""
    groups: dict[tuple[Any, ...], dict[str, Any]] = {}
    lines: list[dict[str, Any]] = []
    for part in parts:
        group, line = part.groups[0], part.lines[0]
        place = (group.method, group.location_id, group.prefecture)
        known = groups.setdefault(place, {**group.model_dump(), "group_id": f"g{len(groups) + 1}"})
        lines.append({**line.model_dump(), "group_id": known["group_id"]})
    return PlaceOrder.model_validate(
        {**parts[0].model_dump(), "groups": list(groups.values()), "lines": lines}
    )
