"""Oversell: what was promised never exceeds what was there when it was promised."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

from audit.scene import Scene
from audit.tables import Step, StockId


class Change(NamedTuple):
    """Pieces promised from a row of stock more (a new promise, or a fact) or fewer."""

    at: datetime
    subject: str
    pieces: int
    is_decision: bool


@dataclass(slots=True)
class _Claim:
    """The promises of one order or cart, allocation by allocation, as its events tell of them."""

    listed: dict[str, int] = field(default_factory=dict)
    homes: dict[str, StockId] = field(default_factory=dict)
    """Where each allocation was promised from."""
    elsewhere: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    """Pieces that have left for another location and are still the order's."""

    def at_home(self) -> dict[StockId, int]:
        """Pieces by the row of stock that they were promised from and are still at."""
        found: dict[StockId, int] = defaultdict(int)
        for allocation_id, pieces in self.listed.items():
            found[self.homes[allocation_id]] += max(0, pieces - self.elsewhere[allocation_id])
        return found

    def take(self, step: Step) -> None:
        """Follow a step."""
        if step.kind in ("listed", "held"):
            self.listed = {}
            for (allocation_id, stock_id), pieces in step.pieces.items():
                # A cart's hold has no allocations: each SKU is one.
                id = allocation_id or str(stock_id)
                self.listed[id] = pieces
                self.homes[id] = stock_id
            return
        for (allocation_id, stock_id), pieces in step.pieces.items():
            if step.kind == "shipped":
                if self.homes.get(allocation_id, stock_id) == stock_id:
                    self.elsewhere[allocation_id] += pieces
                continue
            there = self.listed.get(allocation_id, 0)
            self.listed[allocation_id] = max(0, there - pieces)
            home = self.homes.setdefault(allocation_id, stock_id)
            if step.kind == "lost" or stock_id != home:
                self.elsewhere[allocation_id] = max(0, self.elsewhere[allocation_id] - pieces)


async def check_promises(scene: Scene) -> None:
    """Oversold: a decision promised more from a row of stock than was on hand there.

    Replays every order's and cart's promises from the topics against the ledger. Facts (sales, counts, late picks)
    may drive on hand below what is promised; only decisions are judged.
    """
    changes: dict[StockId, list[Change]] = defaultdict(list)
    for subject, steps in scene.told.promises.items():
        for stock_id, change in follow(subject, steps):
            changes[stock_id].append(change)
    keys = sorted(changes)
    scene.findings.count("promised_rows", len(keys))
    on_hand: dict[StockId, list[tuple[datetime, int]]] = defaultdict(list)
    rows = await scene.databases["inventory"].fetch(
        "steps", [key.location_id for key in keys], [key.sku for key in keys]
    )
    for row in rows:
        on_hand[StockId(row["location_id"], row["sku"])].append((row["recorded_at"], row["quantity"]))
    slack = timedelta(seconds=scene.settings.order_of_times_seconds)
    for stock_id in keys:
        if stock_id in scene.judged:
            continue
        # The first is the fault; later ones may only follow from it.
        for change, promised, there in islice(excesses(changes[stock_id], on_hand[stock_id], slack), 1):
            why = f"{promised} pieces of {stock_id} were promised at {change.at:%H:%M:%S}, and {there} were there"
            scene.findings.add("oversold", change.subject, why)
            scene.judged.add(stock_id)


def follow(subject: str, steps: list[Step]) -> Iterator[tuple[StockId, Change]]:
    """How the steps of one order or cart change what is promised from rows of stock."""
    claim = _Claim()
    before: dict[StockId, int] = {}
    for step in _in_order(steps):
        claim.take(step)
        after = claim.at_home()
        for stock_id in {*before, *after}:
            pieces = after.get(stock_id, 0) - before.get(stock_id, 0)
            if pieces:
                yield stock_id, Change(step.at, subject, pieces, step.is_decision and pieces > 0)
        before = after


def _in_order(steps: list[Step]) -> list[Step]:
    """Inventory's steps by version, what was shipped (which has none) by time among them.

    A time is that of a transaction's beginning: one that began first and waited for the order decides later. So
    a step counts as no earlier than those of lower versions.
    """
    placed: list[tuple[datetime, Step]] = []
    for step in sorted((step for step in steps if step.version), key=lambda step: step.version):
        placed.append((max(step.at, placed[-1][0]) if placed else step.at, step))
    placed += [(step.at, step) for step in steps if not step.version]
    return [
        step for _, step in sorted(placed, key=lambda place: place[0])
    ]  # stable: versions keep their order


def excesses(
    changes: list[Change], steps: list[tuple[datetime, int]], slack: timedelta
) -> Iterator[tuple[Change, int, int]]:
    """Decisions that promised more than was there: each with what was promised then and what was there.

    What ends up to `slack` after a decision counts as ended, and the most that was there within `slack` counts as
    there: two transactions on one row may have times that are out of order.
    """
    more = _Sums([(change.at, change.pieces) for change in changes if change.pieces > 0])
    fewer = _Sums([(change.at, change.pieces) for change in changes if change.pieces < 0])
    on_hand = _Sums(steps)
    for change in changes:
        if change.is_decision:
            promised = more.until(change.at) + fewer.until(change.at + slack)
            there = on_hand.most(change.at - slack, change.at + slack)
            if promised > max(there, 0):
                yield change, promised, max(there, 0)


class _Sums:
    """Running sums of changes at times."""

    def __init__(self, changes: list[tuple[datetime, int]]) -> None:
        self._times: list[datetime] = []
        self._sums = [0]
        for at, pieces in sorted(changes):
            self._times.append(at)
            self._sums.append(self._sums[-1] + pieces)

    def until(self, at: datetime) -> int:
        """The sum of all changes up to a time, that time included."""
        return self._sums[bisect_right(self._times, at)]

    def most(self, begin: datetime, end: datetime) -> int:
        """The largest sum at any time between two times."""
        return max(self._sums[bisect_left(self._times, begin) : bisect_right(self._times, end) + 1])


async def check_at_rest(scene: Scene) -> None:
    """Oversold: orders hold more of a row of stock now than it has, and no PromiseBroken names any of them."""
    database = scene.databases["inventory"]
    held: dict[StockId, int] = defaultdict(int)
    orders: dict[StockId, list[str]] = defaultdict(list)
    for row in await database.fetch("allocations"):
        if row["state"] in ("reserved", "staged"):
            stock_id = StockId(row["place_id"], row["sku"])
            held[stock_id] += row["quantity"]
            orders[stock_id].append(row["order_id"])
    on_hand = {
        StockId(row["location_id"], row["sku"]): row["on_hand"] for row in await database.fetch("stock")
    }
    for stock_id, pieces in held.items():
        there = on_hand.get(stock_id, 0)
        if stock_id not in scene.judged and pieces > max(there, 0) and stock_id not in scene.told.broken:
            names = ", ".join(sorted(set(orders[stock_id]))[:5])
            why = (
                f"orders hold {pieces} pieces of it ({names}), {there} are on hand, and no promise was broken"
            )
            scene.findings.add("oversold", str(stock_id), why)
            scene.judged.add(stock_id)


async def check_allocations(scene: Scene) -> None:
    """Lost: what inventory holds for an order is not what its events say it holds."""
    held: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    places: dict[str, set[StockId]] = defaultdict(set)
    for row in await scene.databases["inventory"].fetch("allocations"):
        if row["state"] in ("reserved", "staged", "in_transit"):
            held[row["order_id"]][row["allocation_id"]] += row["quantity"]
            places[row["order_id"]].add(StockId(row["place_id"], row["sku"]))
    told: dict[str, dict[str, int]] = {}
    for subject, steps in scene.told.promises.items():
        kind, _, order_id = subject.partition(" ")
        if kind == "order":
            claim = _Claim()
            for step in _in_order(steps):
                claim.take(step)
            told[order_id] = {id: pieces for id, pieces in claim.listed.items() if pieces}
            places[order_id].update(claim.homes.values())
    for order_id in {*held, *told}:
        if held.get(order_id, {}) != told.get(order_id, {}) and scene.judged.isdisjoint(places[order_id]):
            in_database = sum(held.get(order_id, {}).values())
            by_events = sum(told.get(order_id, {}).values())
            why = f"inventory holds {in_database} pieces for it, and by its events {by_events}"
            scene.findings.add("lost", order_id, why)
