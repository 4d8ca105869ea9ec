"""A piece of work while it is being decided on: copies that may change, and what follows so far."""

import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from pickup.domain.model import (
    Code,
    GoodsState,
    Group,
    Line,
    Parcel,
    Pile,
    Promise,
    Task,
    Transfer,
    TransferState,
    Work,
    WorkKind,
)
from pickup.domain.outcomes import Outcome
from pickup.domain.scene import Scene
from tsunagu.contracts.values import FulfilmentMethod

_IDS = uuid.UUID("6f0c2a52-6f0e-5c52-8f8a-3f4e0d1c7b11")
HELD = frozenset({GoodsState.STAGED, GoodsState.IN_TRANSIT})
"""Goods that are kept for their line."""
NOT_PICKED_FOR_GOOD = frozenset({GoodsState.PUT_AWAY, GoodsState.EXTRA})
"""Goods that do not count as picked for their promise: they are, or will be, on the shelf again."""


@dataclass(frozen=True)
class Decision:
    """The work after a decision, and what follows from it, in order."""

    work: Work
    outcomes: tuple[Outcome, ...]


class Draft:
    """One decision in the making. Made from a Work, which stays as it is; `decided` gives the new one."""

    def __init__(self, work: Work, scene: Scene) -> None:
        self.before = work
        self.scene = scene
        self.work_id = work.work_id
        self.kind = work.kind
        self.known = work.known
        self.allocation_version = work.allocation_version
        self.opened_at = work.opened_at
        self.ready_by = work.ready_by
        self.customer_ref = work.customer_ref
        self.recipient_ref = work.recipient_ref
        self.recipient_forgotten = work.recipient_forgotten
        self.recipient_version = work.recipient_version
        self.code_published = work.code_published
        self.codes: tuple[Code, ...] = work.codes
        self.wrong_codes = work.wrong_codes
        self.lock_minutes = work.lock_minutes
        self.locked_until = work.locked_until
        self.groups: dict[str, Group] = dict(work.groups)
        self.lines: dict[str, Line] = dict(work.lines)
        self.promises: dict[str, Promise] = dict(work.promises)
        self.goods: dict[Pile, int] = dict(work.goods)
        # An order has up to 500 lines: looking for one line's goods among all of them would take their square.
        self._of_line: dict[str, list[Pile]] = {}
        for pile in self.goods:
            self._of_line.setdefault(pile.line_id, []).append(pile)
        self.tasks: dict[str, Task] = dict(work.tasks)
        self.transfers: dict[str, Transfer] = dict(work.transfers)
        self.parcels: dict[str, Parcel] = dict(work.parcels)
        self.outcomes: list[Outcome] = []

    def decided(self) -> Decision:
        """The end of the decision."""
        work = replace(
            self.before,
            kind=self.kind,
            known=self.known,
            allocation_version=self.allocation_version,
            opened_at=self.opened_at,
            ready_by=self.ready_by,
            customer_ref=self.customer_ref,
            recipient_ref=self.recipient_ref,
            recipient_forgotten=self.recipient_forgotten,
            recipient_version=self.recipient_version,
            code_published=self.code_published,
            codes=self.codes,
            wrong_codes=self.wrong_codes,
            lock_minutes=self.lock_minutes,
            locked_until=self.locked_until,
            groups=self.groups,
            lines=self.lines,
            promises=self.promises,
            goods=self.goods,
            tasks=self.tasks,
            transfers=self.transfers,
            parcels=self.parcels,
        )
        return Decision(work, tuple(self.outcomes))

    def say(self, outcome: Outcome) -> None:
        """Add what follows."""
        self.outcomes.append(outcome)

    def new_id(self, kind: str, number: int) -> str:
        """The id of the work's n-th thing of a kind: the same on every replay, so that facts about it still fit."""
        return str(uuid.uuid5(_IDS, f"{len(self.work_id)}:{self.work_id}:{kind}:{number}"))

    # goods

    def piles(
        self,
        states: Collection[GoodsState],
        *,
        line_id: str | None = None,
        sku: str | None = None,
        place: str | None = None,
        allocation_id: str | None = None,
    ) -> list[tuple[Pile, int]]:
        """The piles that fit, with their pieces, in one order for ever."""
        among = self.goods if line_id is None else self._of_line.get(line_id, ())
        return sorted(
            (pile, self.goods[pile])
            for pile in among
            if self.goods[pile]
            and pile.state in states
            and (sku is None or pile.sku == sku)
            and (place is None or pile.place == place)
            and (allocation_id is None or pile.allocation_id == allocation_id)
        )

    def pieces(
        self,
        states: Collection[GoodsState],
        *,
        line_id: str | None = None,
        sku: str | None = None,
        place: str | None = None,
        allocation_id: str | None = None,
    ) -> int:
        """How many pieces fit."""
        fitting = self.piles(states, line_id=line_id, sku=sku, place=place, allocation_id=allocation_id)
        return sum(pieces for _, pieces in fitting)

    def add(self, pile: Pile, pieces: int) -> None:
        """Pieces come from a shelf."""
        if pieces:
            if pile not in self.goods:
                self._of_line.setdefault(pile.line_id, []).append(pile)
            self.goods[pile] = self.goods.get(pile, 0) + pieces

    def move(self, pile: Pile, pieces: int, state: GoodsState, place: str | None = None) -> Pile:
        """Pieces of a pile go elsewhere; returns where they are now."""
        there = pile._replace(state=state, place=pile.place if place is None else place)
        self.goods[pile] -= pieces
        self.add(there, pieces)
        return there

    def take(
        self, piles: Collection[tuple[Pile, int]], pieces: int, state: GoodsState, place: str | None = None
    ) -> list[tuple[Pile, int]]:
        """Move up to so many pieces of these piles, in their order; returns from where, and how many."""
        moved: list[tuple[Pile, int]] = []
        for pile, there in piles:
            now = min(there, pieces)
            if now:
                self.move(pile, now, state, place)
                moved.append((pile, now))
                pieces -= now
        return moved

    # lines and promises

    def gone(self, line: Line) -> int:
        """Pieces of the line that have left for good."""
        states = [GoodsState.PARCELLED]
        if self.kind is WorkKind.TRANSFER:
            states.append(GoodsState.ARRIVED)
        return line.collected + self.pieces(states, line_id=line.line_id, sku=line.sku)

    def open(self, line: Line) -> int:
        """Pieces of the line that are still to reach the shopper."""
        return max(0, line.quantity - line.let_go - self.gone(line))

    def held(self, line: Line) -> int:
        """Pieces that are kept for the line."""
        return self.pieces(HELD, line_id=line.line_id, sku=line.sku)

    def missing(self, line: Line) -> int:
        """Pieces that have yet to be picked for the line, wherever."""
        return max(0, self.open(line) - line.in_question - self.held(line))

    def needs(self) -> dict[str, int]:
        """Pieces still to be picked, by promise. A line never needs more than is open."""
        needs: dict[str, int] = {}
        missing = {line_id: self.missing(line) for line_id, line in self.lines.items()}
        picked: dict[str, int] = {}
        for pile, pieces in self.goods.items():
            line = self.lines.get(pile.line_id)
            if pile.state not in NOT_PICKED_FOR_GOOD and line is not None and pile.sku == line.sku:
                picked[pile.allocation_id] = picked.get(pile.allocation_id, 0) + pieces
        for promise in self.promises.values():
            if not promise.is_current or promise.line_id not in missing:
                continue
            left = promise.quantity - picked.get(promise.allocation_id, 0) - promise.short
            need = max(0, min(left, missing[promise.line_id]))
            if need:
                needs[promise.allocation_id] = need
                missing[promise.line_id] -= need
        return needs

    def promise_at(self, line_id: str, location_id: str) -> str:
        """The current promise of a line at a location; empty where there is none."""
        for promise in self.promises.values():
            if promise.is_current and promise.line_id == line_id and promise.location_id == location_id:
                return promise.allocation_id
        return ""

    def group_of(self, line_id: str) -> Group | None:
        """The group that a line is in; None for a line that nobody knows."""
        line = self.lines.get(line_id)
        return None if line is None else self.groups.get(line.group_id)

    def group_lines(self, group_id: str) -> list[Line]:
        """The lines of a group."""
        return [line for line in self.lines.values() if line.group_id == group_id]

    def change_line(self, line_id: str, change: Callable[[Line], Line]) -> None:
        """Put another line in the place of one."""
        self.lines[line_id] = change(self.lines[line_id])

    def planned_transfer(self, group_id: str, from_id: str, to_id: str) -> Transfer | None:
        """The transfer of a group that has not left yet."""
        for transfer in self.transfers.values():
            if (
                transfer.state is TransferState.PLANNED
                and transfer.group_id == group_id
                and transfer.from_location_id == from_id
                and transfer.to_location_id == to_id
            ):
                return transfer
        return None

    def pickup_groups_at(self, location_id: str) -> list[Group]:
        """The groups whose shopper comes to this location."""
        return [
            group
            for group in self.groups.values()
            if group.method is FulfilmentMethod.PICKUP and group.location_id == location_id
        ]
