"""What an order's facts come to. All of it counts for the day on which the order was placed."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import date, datetime

from insight.domain.facts import Asked, Broken, Fact, Lost, Promised, Ready
from insight.domain.kpis import Kpi
from tsunagu.contracts.values import BreakCause

Part = tuple[Kpi, tuple[str, ...], date, int]
"""Figure, what it is about (always in the same order), day, amount."""

OVERSOLD = frozenset({BreakCause.SALE, BreakCause.COUNT, BreakCause.ADJUSTMENT})
"""Goods that were promised and were not there. A short pick and a loss on the way are told elsewhere."""


def of_order(facts: Collection[Fact]) -> Iterator[Part]:
    """An order's parts; none until it is known what was asked for."""
    asked = next((fact for fact in facts if isinstance(fact, Asked)), None)
    if asked is None:
        return
    # The first promise is the one that the customer was given.
    promised = min(
        (fact for fact in facts if isinstance(fact, Promised)), key=lambda fact: fact.version, default=None
    )
    lost = [fact for fact in facts if isinstance(fact, Lost)]
    ready = _first_ready(facts)
    for seen in sorted(set(asked.scans), key=lambda seen: (seen.at, seen.location_id)):
        yield Kpi.SCANS_ORDERED, (asked.channel, seen.location_id), seen.day, 1
    yield from _goods(asked, promised, lost)
    for one in ready.values():
        if not one.is_shipped:
            seconds = max(0, round((one.at - asked.at).total_seconds()))
            yield Kpi.READY_SECONDS, (asked.channel, one.location_id), asked.day, seconds
    if promised is not None:
        yield from _promises(asked, promised, lost, ready)
        at = _at(asked.channel, *{line.location_id for line in asked.lines})
        yield Kpi.ORDERS_PROMISED, at, asked.day, 1
        if any(isinstance(fact, Broken) and fact.cause in OVERSOLD for fact in facts):
            yield Kpi.ORDERS_OVERSOLD, at, asked.day, 1


def _at(channel: str, *location_ids: str | None) -> tuple[str, ...]:
    return (channel, *sorted(one for one in location_ids if one is not None))


def _goods(asked: Asked, promised: Promised | None, lost: Iterable[Lost]) -> Iterator[Part]:
    at_once = dict(promised.pieces) if promised is not None else {}
    is_answered = promised is not None or any(one.is_rejection for one in lost)
    gone: dict[str, int] = defaultdict(int)
    for one in lost:
        for line_id, quantity in one.pieces:
            gone[line_id] += quantity
    for line in asked.lines:
        scopes = _at(asked.channel, line.location_id)
        yield Kpi.ASKED_JPY, scopes, asked.day, line.quantity * line.unit_price_jpy
        if is_answered:
            yield Kpi.UNITS_ANSWERED, scopes, asked.day, line.quantity
        if line.line_id in at_once:
            yield Kpi.UNITS_PROMISED, scopes, asked.day, min(line.quantity, at_once[line.line_id])
        if line.line_id in gone:
            pieces = min(line.quantity, gone[line.line_id])
            yield Kpi.LOST_JPY, scopes, asked.day, pieces * line.unit_price_jpy


def _promises(
    asked: Asked, promised: Promised, lost: Collection[Lost], ready: dict[str, Ready]
) -> Iterator[Part]:
    """A promise has ended when its group is ready or on its way, and when goods of it can't be had after all."""
    gone = {group for one in lost if one.version > promised.version for group in one.groups}
    for group_id, location_id in promised.groups:
        if group_id not in ready and group_id not in gone:
            continue
        scopes = _at(asked.channel, location_id)
        yield Kpi.PROMISES_ENDED, scopes, asked.day, 1
        if group_id in ready and ready[group_id].at <= promised.ready_by:
            yield Kpi.PROMISES_KEPT, scopes, asked.day, 1


def _first_ready(facts: Iterable[Fact]) -> dict[str, Ready]:
    """The earliest news of each group, in the order of the groups; of two at one time always the same one."""
    first: dict[str, Ready] = {}
    for fact in facts:
        if not isinstance(fact, Ready):
            continue
        known = first.get(fact.group_id)
        if known is None or _ready_order(fact) < _ready_order(known):
            first[fact.group_id] = fact
    return dict(sorted(first.items()))


def _ready_order(fact: Ready) -> tuple[datetime, str, bool]:
    return fact.at, fact.location_id, fact.is_shipped
