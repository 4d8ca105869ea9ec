"""Whatever happens in whatever order: goods are conserved, and cancel or handover wins, never both."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from pickup.domain import ending, handover, outcomes, parcels, picking, promises, shipments
from pickup.domain.draft import HELD, Decision, Draft
from pickup.domain.model import ACTIVE, GoodsState, GroupState, TaskKind, TransferState, Work
from pickup.domain.scene import Policy, Scene
from pickup.domain.settle import settle
from tsunagu.contracts.values import (
    Allocation,
    FulfilmentGroup,
    FulfilmentMethod,
    LineQuantity,
    OrderLine,
    PickedLine,
    PutAwayLine,
    SaleLine,
    ShortPickKind,
    TrackingStatus,
    TransferReceiptLine,
)

SHOP, OTHER = "S001", "S002"
PLACES = (SHOP, OTHER)
QUANTITY = {"l1": 2, "l2": 1, "l3": 2}
SKU = {"l1": "SHIRT", "l2": "SHOE", "l3": "HAT"}
PARCEL_LINES = {"l3"}
GROUPS = (
    FulfilmentGroup(group_id="g1", method=FulfilmentMethod.PICKUP, location_id=SHOP),
    FulfilmentGroup(group_id="g2", method=FulfilmentMethod.SHIP, prefecture="JP-13"),
)
START = datetime(2026, 4, 1, 9, tzinfo=UTC)
lines = st.sampled_from(sorted(QUANTITY))
places = st.sampled_from(PLACES)
few = st.integers(1, 3)


def policy() -> Policy:
    return Policy(
        pickup_window_seconds=600,
        pickup_window_ends_open=True,
        minutes_per_task=1,
        minutes_per_line=1,
        put_away_due_seconds=600,
        parcel_due_seconds=600,
        unassigned_transfer_seconds=600,
        unassigned_carrier="unassigned",
        unassigned_owner="logistics",
        code_tries_max=5,
        code_locked_minutes=15,
        code_locked_minutes_max=60,
        desk_check_required=False,
    )


def order_line(line_id: str, quantity: int | None = None) -> OrderLine:
    return OrderLine(
        line_id=line_id,
        group_id="g2" if line_id in PARCEL_LINES else "g1",
        sku=SKU[line_id],
        quantity=quantity or QUANTITY[line_id],
        unit_price_jpy=100,
        tax_percent=10,
    )


class Races(RuleBasedStateMachine):
    """One order with everything that can happen to it, in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.work = Work("o1")
        self.clock = 0
        self.version = 0
        self.collected: dict[tuple[str, bool], int] = {}
        self.let_go: dict[str, int] = {}
        self.pending: list[list[tuple[str, int]]] = []

    def scene(self) -> Scene:
        self.clock += 1
        at = START + timedelta(seconds=self.clock)
        return Scene(at, at, policy())

    def become(self, decision: Decision, brings: int = 0) -> tuple[outcomes.Outcome, ...]:
        """Take a decision over. `brings` pieces may have come from a shelf with it, at most."""
        before, after = sum(self.work.goods.values()), sum(decision.work.goods.values())
        assert before <= after <= before + brings
        for outcome in decision.outcomes:
            match outcome:
                case outcomes.WasCollected():
                    for line in outcome.lines:
                        key = line.line_id, outcome.after_close
                        self.collected[key] = self.collected.get(key, 0) + line.quantity
                case outcomes.LetGo():
                    self.note_let_go(outcome)
                case outcomes.GroupHasExpired():
                    self.note_let_go(outcome)
                case _:
                    pass
        self.work = decision.work
        return decision.outcomes

    def note_let_go(self, outcome: outcomes.LetGo | outcomes.GroupHasExpired) -> None:
        self.pending.append([(line.line_id, line.quantity) for line in outcome.lines])
        for line in outcome.lines:
            self.let_go[line.line_id] = self.let_go.get(line.line_id, 0) + line.quantity

    @initialize(early=st.booleans())
    def begin(self, early: bool) -> None:
        if not early:
            self.promise(dict.fromkeys(QUANTITY, SHOP))

    @rule(sources=st.fixed_dictionaries(dict.fromkeys(QUANTITY, places)))
    def promise(self, sources: dict[str, str]) -> None:
        self.version += 1
        allocations = tuple(
            Allocation(
                allocation_id=f"{line_id}-{place}",
                line_id=line_id,
                sku=SKU[line_id],
                quantity=QUANTITY[line_id],
                location_id=place,
            )
            for line_id, place in sources.items()
        )
        news = promises.PromiseNews(
            GROUPS,
            tuple(order_line(line_id) for line_id in QUANTITY),
            allocations,
            self.version,
            START + timedelta(hours=1),
            None,
            None,
            self.version,
        )
        # The order's own lines never hold more than was ordered, cancelled pieces left out.
        cancelled = {line_id: line.cancelled for line_id, line in self.work.lines.items()}
        said = tuple(
            line.model_copy(update={"quantity": line.quantity - cancelled.get(line.line_id, 0)})
            for line in news.lines
            if line.quantity > cancelled.get(line.line_id, 0)
        )
        self.become(promises.promised(self.work, replace(news, lines=said), self.scene()))

    @rule(line_id=lines, place=places, pieces=few, other_sku=st.booleans(), late=st.booleans())
    def pick(self, line_id: str, place: str, pieces: int, other_sku: bool, late: bool) -> None:
        sku = "OTHER" if other_sku else SKU[line_id]
        fact = picking.Pick(f"p{self.clock}", None, place, None, line_id, sku, pieces, None)
        total = sum(self.work.goods.values())
        scene = replace(self.scene(), at=START) if late else self.scene()
        said = self.become(picking.picked(self.work, fact, scene), pieces)
        booked = sum(o.quantity for o in said if isinstance(o, outcomes.Picked))
        assert sum(self.work.goods.values()) == total + booked
        assert booked == pieces or late

    @rule(line_id=lines, place=places, pieces=few)
    def short(self, line_id: str, place: str, pieces: int) -> None:
        fact = picking.ShortPick(
            "s", None, place, None, line_id, SKU[line_id], pieces, ShortPickKind.MISSING, None
        )
        self.become(picking.shorted(self.work, fact, self.scene()))

    @rule(place=places, pieces=few, line_id=lines)
    def put_away(self, place: str, pieces: int, line_id: str) -> None:
        line = PutAwayLine(sku=SKU[line_id], quantity=pieces, line_id=line_id)
        self.become(
            picking.put_away(self.work, outcomes.WasPutAway("b", None, place, (line,), None), self.scene())
        )

    @precondition(lambda self: self.work.transfers)
    @rule(data=st.data())
    def ship(self, data: st.DataObject) -> None:
        transfer = data.draw(st.sampled_from(sorted(self.work.transfers)))
        fact = shipments.Shipping("h", transfer, None, OTHER, None, None, (), None)
        self.become(shipments.shipped(self.work, fact, self.scene()))

    @precondition(lambda self: self.work.transfers)
    @rule(data=st.data(), line_id=lines, pieces=st.integers(0, 3), complete=st.booleans())
    def receive(self, data: st.DataObject, line_id: str, pieces: int, complete: bool) -> None:
        transfer = data.draw(st.sampled_from(sorted(self.work.transfers)))
        line = TransferReceiptLine(
            line_id=line_id, sku=SKU[line_id], shipped=pieces, received=pieces, damaged=pieces // 3
        )
        fact = shipments.Receiving("v", transfer, SHOP, (line,), complete, None)
        self.become(shipments.received(self.work, fact, self.scene()), pieces)

    @rule(line_id=lines, pieces=few, offline=st.booleans(), whole=st.booleans())
    def hand_over(self, line_id: str, pieces: int, offline: bool, whole: bool) -> None:
        part = () if whole else (LineQuantity(line_id=line_id, quantity=pieces),)
        asked = handover.Handover("v", SHOP, None, part, offline, None)
        before = self.work
        said = self.become(
            handover.hand_over(self.work, asked, self.scene()), sum(QUANTITY.values()) if offline else 0
        )
        answers = [o for o in said if isinstance(o, outcomes.Accepted | outcomes.Refused | outcomes.MustWait)]
        collected = [o for o in said if isinstance(o, outcomes.WasCollected)]
        assert len(answers) + bool(collected) == 1
        if any(isinstance(o, outcomes.Refused) for o in said):
            assert not offline
            assert self.work == before
        assert offline or not any(outcome.after_close for outcome in collected)

    @rule(line_id=lines, pieces=few, place=places)
    def receipt(self, line_id: str, pieces: int, place: str) -> None:
        line = SaleLine(
            line_id="r1",
            sku=SKU[line_id],
            quantity=pieces,
            amount_jpy=100 * pieces,
            tax_percent=10,
            order_id="o1",
            order_line_id=line_id,
        )
        fact = handover.Receipt(f"r{self.clock}", place, "R", 1, START.date(), (line,), (), None, None)
        known = self.work.known
        said = self.become(handover.till_receipt(self.work, fact, self.scene()), pieces)
        plain = sum(each.quantity for o in said if isinstance(o, outcomes.IsPlainSale) for each in o.lines)
        if known:
            assert any(isinstance(o, outcomes.WasCollected | outcomes.IsPlainSale) for o in said)
            assert 0 <= plain <= pieces

    @rule(line_id=lines, place=places, pieces=few)
    def parcel(self, line_id: str, place: str, pieces: int) -> None:
        content = PickedLine(line_id=line_id, sku=SKU[line_id], quantity=pieces)
        fact = parcels.Sending(f"x{self.clock}", place, "Yamabiko", None, None, (content,))
        self.become(parcels.sent(self.work, fact, self.scene()), pieces)

    @precondition(lambda self: self.work.parcels)
    @rule(data=st.data(), status=st.sampled_from(list(TrackingStatus)))
    def carrier_reports(self, data: st.DataObject, status: TrackingStatus) -> None:
        parcel_id = data.draw(st.sampled_from(sorted(self.work.parcels)))
        before = self.work
        open_before = self.open_pieces()
        sighting = parcels.Sighting(f"k{self.clock}", parcel_id, status, None, None, None)
        self.become(parcels.seen(self.work, sighting, self.scene()))
        assert self.open_pieces() == open_before, (
            "the end of a parcel asks for other goods, or lets go of some"
        )
        given_up = [
            (line_id, line.let_go - before.lines[line_id].let_go)
            for line_id, line in self.work.lines.items()
            if line.let_go > before.lines[line_id].let_go
        ]
        if given_up:
            self.pending.append(given_up)

    @precondition(lambda self: self.work.parcels)
    @rule(data=st.data())
    def parcel_arrives(self, data: st.DataObject) -> None:
        parcel_id = data.draw(st.sampled_from(sorted(self.work.parcels)))
        open_before = self.open_pieces()
        self.become(parcels.delivered(self.work, parcel_id, self.scene()))
        assert self.open_pieces() == open_before

    def open_pieces(self) -> dict[str, int]:
        draft = Draft(self.work, self.scene())
        return {line_id: draft.open(line) for line_id, line in self.work.lines.items()}

    @rule(asked=st.dictionaries(lines, st.integers(1, 2), min_size=1))
    def ask_to_cancel(self, asked: dict[str, int]) -> None:
        wanted = tuple(
            LineQuantity(line_id=line_id, quantity=min(pieces, QUANTITY[line_id]))
            for line_id, pieces in asked.items()
        )
        said = self.become(ending.asked_to_cancel(self.work, f"c{self.clock}", wanted, self.scene()))
        answered = sum(
            line.quantity
            for outcome in said
            if isinstance(outcome, outcomes.LetGo | outcomes.CancelDenied)
            for line in outcome.lines
        )
        assert answered == sum(line.quantity for line in wanted)

    @precondition(lambda self: self.pending)
    @rule()
    def order_cancels(self) -> None:
        cancelled = tuple(order_line(line_id, pieces) for line_id, pieces in self.pending.pop(0))
        self.become(ending.was_cancelled(self.work, cancelled, self.scene()))

    @rule()
    def expire(self) -> None:
        self.become(ending.expired(self.work, "g1", self.scene()))

    @invariant()
    def pieces_are_where_lines_say(self) -> None:
        draft = Draft(self.work, self.scene())
        for line in self.work.lines.values():
            there = draft.pieces((GoodsState.COLLECTED, GoodsState.TAKEN), line_id=line.line_id)
            said = sum(self.collected.get((line.line_id, late), 0) for late in (False, True))
            assert there == said == line.collected <= line.quantity
            assert 0 <= line.cancelled <= line.let_go <= line.quantity
            assert draft.held(line) <= draft.open(line)
        assert all(pieces >= 0 for pieces in self.work.goods.values())

    @invariant()
    def cancel_or_handover_wins_never_both(self) -> None:
        for line_id, quantity in QUANTITY.items():
            in_time = self.collected.get((line_id, False), 0)
            assert in_time + self.let_go.get(line_id, 0) <= quantity

    @invariant()
    def nothing_more_follows(self) -> None:
        draft = Draft(self.work, self.scene())
        settle(draft)
        assert draft.decided() == Decision(self.work, ())

    @invariant()
    def what_lies_about_has_a_task(self) -> None:
        if not self.work.known:
            return
        draft = Draft(self.work, self.scene())
        for kind, state in (
            (TaskKind.PUT_AWAY, GoodsState.RELEASED),
            (TaskKind.DISCREPANCY, GoodsState.EXTRA),
        ):
            for place in PLACES:
                asked = sum(
                    line.quantity
                    for task in self.work.tasks.values()
                    if task.kind is kind and task.state in ACTIVE and task.location_id == place
                    for line in task.left
                )
                there = draft.piles((state,), place=place)
                if state is GoodsState.RELEASED:
                    there = [
                        (pile, pieces)
                        for pile, pieces in there
                        if self.work.lines[pile.line_id].let_go <= self.work.lines[pile.line_id].cancelled
                    ]
                assert asked == sum(pieces for _, pieces in there)
        assert all(task.left for task in self.work.tasks.values() if task.state in ACTIVE)

    @invariant()
    def what_waits_for_the_shopper_is_to_be_handed_over(self) -> None:
        draft = Draft(self.work, self.scene())
        asked = {
            (task.group_id, task.location_id): sum(line.quantity for line in task.left)
            for task in self.work.tasks.values()
            if task.kind is TaskKind.HAND_OVER and task.state in ACTIVE
        }
        waits = {
            (group.group_id, SHOP): sum(
                draft.pieces((GoodsState.STAGED,), line_id=line.line_id, place=SHOP)
                for line in draft.group_lines(group.group_id)
            )
            for group in self.work.groups.values()
            if group.state is GroupState.READY
        }
        assert asked == waits

    @invariant()
    def ready_means_all_is_there(self) -> None:
        draft = Draft(self.work, self.scene())
        for group in self.work.groups.values():
            if group.state is GroupState.READY:
                for line in draft.group_lines(group.group_id):
                    assert draft.pieces((GoodsState.STAGED,), line_id=line.line_id, place=SHOP) == draft.open(
                        line
                    )
            if group.state is GroupState.CLOSED:
                assert not any(draft.open(line) for line in draft.group_lines(group.group_id))

    @invariant()
    def goods_on_the_way_belong_to_a_transfer_that_has_left(self) -> None:
        draft = Draft(self.work, self.scene())
        for pile, _ in draft.piles((*(HELD - {GoodsState.STAGED}), GoodsState.IN_TRANSIT_FREE)):
            assert self.work.transfers[pile.place].state in (TransferState.SHIPPED, TransferState.RECEIVED)


TestRaces = Races.TestCase
TestRaces.settings = settings(max_examples=100, stateful_step_count=30, deadline=None)
