"""Promising stock: where oversell is made impossible."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, TypeAlias

from inventory.domain.stock import StockKey


class Take(NamedTuple):
    """Pieces of an order line from one row of stock. A line may need several."""

    line_id: str
    key: StockKey
    quantity: int


@dataclass(frozen=True, slots=True)
class Credit:
    """Pieces that a cart holds, for the one order that consumes the hold, as long as the hold lasts."""

    hold_id: str
    until: datetime
    pieces: Mapping[StockKey, int]


@dataclass(frozen=True, slots=True)
class Request:
    """What an order wants. `whole`: all of it or nothing; otherwise the lines that can be had, each of them whole."""

    order_id: str
    takes: tuple[Take, ...]
    whole: bool = True
    credit: Credit | None = None


@dataclass(frozen=True, slots=True)
class Reserved:
    """All that was asked for is promised. `used_hold`: the cart's hold is consumed, all of it."""

    takes: tuple[Take, ...]
    used_hold: bool


@dataclass(frozen=True, slots=True)
class PartlyReserved:
    """Some lines are promised, whole; the others can't be had here."""

    takes: tuple[Take, ...]
    short: tuple[Take, ...]
    used_hold: bool


@dataclass(frozen=True, slots=True)
class Short:
    """Nothing is promised. `short` are the lines for which there is not enough. The cart's hold stays."""

    short: tuple[Take, ...]


Outcome: TypeAlias = Reserved | PartlyReserved | Short


def reserve(available: Mapping[StockKey, int], requests: Sequence[Request], now: datetime) -> list[Outcome]:
    """Decide on each request, in order of arrival: who comes first is served first.

    `available` is what can be promised of each row (ATP); a row that is not in it has nothing. The pieces promised
    from a row never add up to more than it had, and the pieces of one request are summed before they are compared.
    """
    left: dict[StockKey, int] = {}
    consumed: set[str] = set()
    outcomes: list[Outcome] = []
    for request in requests:
        credit = request.credit
        if credit is not None and (credit.until <= now or credit.hold_id in consumed):
            credit = None
        needed: dict[StockKey, int] = {}
        for take in request.takes:
            needed[take.key] = needed.get(take.key, 0) + take.quantity
        for key in needed:
            if key not in left:
                left[key] = available.get(key, 0)
        if credit is None and all(left[key] >= quantity for key, quantity in needed.items()):
            for key, quantity in needed.items():
                left[key] -= quantity
            outcomes.append(Reserved(request.takes, used_hold=False))
            continue
        outcome = _reserve_one(left, available, request, credit)
        if credit is not None and not isinstance(outcome, Short):
            consumed.add(credit.hold_id)
        outcomes.append(outcome)
    return outcomes


def _reserve_one(
    left: dict[StockKey, int],
    available: Mapping[StockKey, int],
    request: Request,
    credit: Credit | None,
) -> Outcome:
    """Decide on a request that is not simply there in full, or that consumes a hold; `left` is brought up to date."""
    room = {take.key: left[take.key] for take in request.takes}
    if credit is not None:
        for key, quantity in credit.pieces.items():
            room[key] = room.get(key, left.get(key, available.get(key, 0))) + quantity
    had: list[Take] = []
    short: list[Take] = []
    lines: dict[str, list[Take]] = {}
    for take in request.takes:
        lines.setdefault(take.line_id, []).append(take)
    for takes in lines.values():
        after = dict(room)
        for take in takes:
            after[take.key] -= take.quantity
        if any(after[take.key] < 0 for take in takes):
            short.extend(takes)
        else:
            room = after
            had.extend(takes)
    if not had or (short and request.whole):
        return Short(tuple(short))
    left.update(room)
    if short:
        return PartlyReserved(tuple(had), tuple(short), used_hold=credit is not None)
    return Reserved(request.takes, used_hold=credit is not None)
