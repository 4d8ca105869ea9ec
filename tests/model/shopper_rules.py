"""Shoppers come for what waits, bring things back, or are given what they had cancelled."""

from collections import Counter
from enum import StrEnum

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tsunagu.contracts import messages as m
from tsunagu.contracts.values import Disposition
from tsunagu.testing.harness import all_of

from . import documents
from .documents import STORES
from .order import NEVER, WRONG_CODES_MAX, Line, Order, Paper, State
from .scene import Scene, stores, which
from .stock_rules import dispositions


class Proof(StrEnum):
    """What happens at the desk when a shopper comes."""

    CODE = "code"
    DESK = "desk"
    OFFLINE = "offline"
    RECEIPT = "receipt"
    RECEIPT_THEN_CODE = "receipt then code"
    CODE_THEN_RECEIPT = "code then receipt"


PAPERS = {
    Proof.RECEIPT: (Paper.RECEIPT,),
    Proof.RECEIPT_THEN_CODE: (Paper.RECEIPT, Paper.HANDOVER),
    Proof.CODE_THEN_RECEIPT: (Paper.HANDOVER, Paper.RECEIPT),
}

WITH_CODE = (Proof.CODE, Proof.CODE_THEN_RECEIPT, Proof.RECEIPT_THEN_CODE)


class ShopperRules(Scene):
    """See the module."""

    @precondition(lambda self: self.pickups())
    @rule(index=which, proof=st.sampled_from(list(Proof)), only_one=st.booleans())
    def come(self, index: int, proof: Proof, only_one: bool) -> None:
        """A shopper comes, and is given what waits, or a piece of it; a paper or two say so."""
        expected = [(order, store) for order, store in self.pickups() if order.waiting_at(store)]
        order, store = self.mostly(expected, self.pickups(), index)
        waiting = order.waiting_at(store)
        if not waiting:
            self.come_in_vain(order, store)
        else:
            pieces = Counter([min(waiting)]) if only_one else waiting
            for paper in PAPERS.get(proof, (Paper.HANDOVER,)):
                self.show(order, store, paper, pieces, proof)
        self.step_done()

    @precondition(lambda self: self.pickups())
    @rule(index=which, tries=st.sampled_from((1, WRONG_CODES_MAX)))
    def guess_a_code(self, index: int, tries: int) -> None:
        """Somebody shows codes that are not the order's: they get nothing, and where goods wait the order is locked."""
        expected = [(order, store) for order, store in self.pickups() if order.waiting_at(store)]
        order, store = self.mostly(expected, self.pickups(), index)
        for _ in range(tries):
            self.guess(order, store)
        self.step_done()

    @precondition(lambda self: self.cancelled_in_stores())
    @rule(index=which)
    def take_cancelled(self, index: int) -> None:
        """Without a connection a store gives out what was cancelled before: it is booked, and the shopper owes it."""
        order, line, store, pieces = self.one_of(self.cancelled_in_stores(), index)
        handover = documents.handover(
            self.new("handover"), self.now, store, order.order_id, {line.line_id: pieces}, offline=True
        )
        owed = self.book.take_cancelled(order.order_id, line.line_id, store, pieces) * line.price_jpy
        said = sum(due.amount_jpy for due in all_of(self.act(handover), m.SettlementDue))
        assert said == owed, f"{owed} yen are owed for {order.order_id}, not {said}"
        self.step_done()

    @precondition(lambda self: self.handed_out())
    @rule(index=which, store=stores, disposition=dispositions, at_till=st.booleans())
    def bring_back(self, index: int, store: str, disposition: Disposition, at_till: bool) -> None:
        """A piece of an order comes back, to any store: over the till, which pays it back, or told by the channel."""
        order, line = self.one_of(self.handed_out(), index)
        if at_till:
            order_line = order.order_id, line.line_id
            self.act(
                documents.till_return(self.next_number(), self.now, store, line.sku, disposition, order_line)
            )
        else:
            self.act(
                documents.order_return(self.new("return"), self.now, store, order.order_id, line, disposition)
            )
        self.book.bring_back(
            order.order_id,
            line.line_id,
            store,
            set_apart=disposition is not Disposition.RESELLABLE,
            paid_back=at_till,
        )
        self.step_done()

    # what they do

    def guess(self, order: Order, store: str) -> None:
        """Show a wrong code once. It counts where it would have opened something, as long as codes are looked at."""
        counts = order.locked_until <= self.now and (order.waiting_at(store) or order.unconfirmed_at(store))
        handover = documents.handover(
            self.new("handover"), self.now, store, order.order_id, {}, code_hash=documents.WRONG_CODE
        )
        said = self.send(handover)
        assert all_of(said, m.CommandRefused), f"a wrong code opened {order.order_id}"
        order.wrong_codes += bool(counts)
        locks = all_of(said, m.PickupLocked)
        assert bool(locks) == (order.wrong_codes == WRONG_CODES_MAX), f"{locks} of {order.order_id}"
        for lock in locks:
            order.wrong_codes, order.locked_until = 0, lock.until

    def show(self, order: Order, store: str, paper: Paper, pieces: Counter[str], proof: Proof) -> None:
        """A paper says that these pieces by line leave. No more leave than no other paper has said."""
        lines = [(order.lines[line_id], n) for line_id, n in pieces.items()]
        if paper is Paper.RECEIPT:
            said = self.act(
                documents.handover_receipt(self.next_number(), self.now, store, order.order_id, lines)
            )
        else:
            code_hash = self.shop.code_hash(order.order_id) if proof in WITH_CODE else None
            handover = documents.handover(
                self.new("handover"),
                self.now,
                store,
                order.order_id,
                {} if pieces == order.waiting_at(store) else pieces,
                code_hash=code_hash,
                offline=proof is Proof.OFFLINE,
            )
            if code_hash is not None and order.locked_until > self.now:
                refused = all_of(self.send(handover), m.CommandRefused)
                assert [one.reason for one in refused] == ["locked"], f"{order.order_id}: {refused}"
                return
            said = self.act(handover)
            if code_hash is not None:
                order.wrong_codes, order.locked_until = 0, NEVER
            if pieces == order.waiting_at(store):  # all that waits, and all that a receipt has said before
                pieces = pieces + order.unconfirmed_at(store)
        left = Counter(
            {
                line_id: self.book.hand_over(order.order_id, line_id, store, n, paper)
                for line_id, n in pieces.items()
            }
        )
        collected = Counter[str]()
        for event in all_of(said, m.PickupCollected):
            for told in event.lines:
                collected[told.line_id] += told.quantity
        assert collected == +left, f"{left} of {order.order_id} leave {store}, and {collected} are said to"

    def come_in_vain(self, order: Order, store: str) -> None:
        """Nothing waits: the shopper gets nothing, though a hand-over may confirm what a receipt has said before."""
        confirmed = order.unconfirmed_at(store)
        said = self.send(documents.handover(self.new("handover"), self.now, store, order.order_id, {}))
        left = [event for event in all_of(said, m.PickupCollected) if event.lines]
        assert not left, f"nothing of {order.order_id} waits at {store}, and {left} was handed over"
        assert bool(confirmed) != bool(all_of(said, m.CommandRefused)), f"{confirmed} of {order.order_id}"
        for line_id, pieces in confirmed.items():
            self.book.hand_over(order.order_id, line_id, store, pieces, Paper.HANDOVER)

    def pickups(self) -> list[tuple[Order, str]]:
        """Orders and stores to which their shopper may come."""
        return [
            (order, store)
            for order in self.orders
            for store in sorted({line.store for line in order.lines.values() if line.store})
        ]

    def cancelled_in_stores(self) -> list[tuple[Order, Line, str, int]]:
        """Goods that were cancelled, with all that was open of their line, and are not put away yet."""
        found: list[tuple[Order, Line, str, int]] = []
        for (order_id, line_id, place), there in self.book.loose.items():
            order = self.book.orders[order_id]
            line = order.lines[line_id]
            pieces = min(there, order.pieces(line_id, State.CANCELLED) - line.settled)
            if place in STORES and pieces > 0 and not order.still_open(line_id):
                found.append((order, line, place, pieces))
        return found

    def handed_out(self) -> list[tuple[Order, Line]]:
        """Orders and lines of which the shopper has a piece."""
        return [
            (order, line)
            for order in self.orders
            for line in order.lines.values()
            if order.pieces(line.line_id, State.COMPLETED) > line.returned
        ]
