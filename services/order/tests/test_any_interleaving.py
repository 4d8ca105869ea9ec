"""Whatever comes, doubled and in any order between topics: the order stays legal and no piece is paid back twice."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from order import news
from order.domain import cancelling, changing, fulfilling, parcels, placing, returning, stock
from order.domain.fulfilling import Handover, Piece
from order.domain.order import BackLine, GoodsBack, Group, Line, Order, Stage
from order.domain.outcomes import Completed, Decision, Placed, Refund, RefundKind, Refused, Returned
from order.domain.parcels import Carriage
from order.domain.taxing import taxes_of
from tsunagu.contracts.values import (
    Allocation,
    CancelledBy,
    Disposition,
    FulfilmentMethod,
    OrderStatus,
    ParcelEnd,
    Payment,
    ReservationCause,
    ShortLine,
)
from tsunagu.tax import Rounding, sums_by_rate, tax_of

NOW = datetime(2026, 4, 1, tzinfo=UTC)
ENDED = {OrderStatus.REJECTED, OrderStatus.CANCELLED, OrderStatus.COMPLETED, OrderStatus.RETURNED}

line_ids = st.sampled_from(["L1", "L2", "L3", "L9"])
quantities = st.integers(1, 4)
pieces = st.dictionaries(line_ids, quantities, min_size=1, max_size=3)
ids = st.sampled_from(["X1", "X2", "X3"])
causes = st.sampled_from(list(ReservationCause))


def sku_of(line_id: str) -> str:
    return f"S{line_id[-1]}"


class OrderUnderFire(RuleBasedStateMachine):
    """One order, every cause there is, with no sense of what usually follows what."""

    @initialize(
        payment=st.sampled_from(list(Payment)),
        partial=st.booleans(),
        sizes=st.tuples(quantities, quantities, quantities),
        late=st.booleans(),
        rounding=st.sampled_from(list(Rounding)),
    )
    def place(
        self,
        payment: Payment,
        partial: bool,
        sizes: tuple[int, int, int],
        late: bool,
        rounding: Rounding,
    ) -> None:
        lines = {
            f"L{n}": Line(f"L{n}", f"G{n % 2}", f"S{n}", size, 100 * n, 8 + n % 2 * 2)
            for n, size in enumerate(sizes, 1)
        }
        self.rounding = rounding
        self.taxes: Counter[tuple[type, int]] = Counter()
        groups = {name: Group(name, FulfilmentMethod.PICKUP, location_id="shibuya") for name in ("G0", "G1")}
        self.order = Order("O1", "ec", payment, NOW, groups, lines, allow_partial=partial)
        self.paid = {line.line_id: line.quantity * line.unit_price_jpy for line in lines.values()}
        self.refunded: Counter[str] = Counter()
        self.completed = self.returned = 0
        self.pieces = sum(sizes)
        self.changes: set[str] = set()
        self.take(placing.place(self.order, Placed(None, NOW - timedelta(late), None, None), now=NOW))

    def take(self, decision: Decision | Refused) -> None:
        """Keep a decision, and check that everything it says can be said."""
        if isinstance(decision, Refused):
            return
        before, self.order = self.order, decision.order
        if before.status in ENDED - {OrderStatus.COMPLETED}:
            assert self.order.status is before.status
        if before.status is OrderStatus.COMPLETED:
            assert self.order.status in {OrderStatus.COMPLETED, OrderStatus.RETURNED}
        taxes = taxes_of(before, decision, self.rounding)
        for version, (outcome, tax) in enumerate(zip(decision.outcomes, taxes, strict=True), 1):
            news.as_event(self.order, outcome, version=version, at=NOW, tax=tax)
            self.taxes.update({(type(outcome), amount.tax_percent): amount.tax_jpy for amount in tax})
            if isinstance(outcome, Refund):
                assert self.order.payment is Payment.PREPAID or outcome.kind is RefundKind.RETURN
                assert outcome.lines and all(line.amount_jpy > 0 for line in outcome.lines)
                self.refunded.update({line.sku: line.amount_jpy for line in outcome.lines})
            if isinstance(outcome, Completed):
                self.completed += sum(line.quantity for line in outcome.lines)
            if isinstance(outcome, Returned):
                self.returned += sum(line.quantity for line in outcome.lines)

    @rule(
        version=st.integers(1, 4),
        held=pieces,
        short=pieces | st.just({}),
        cause=causes,
        rejects=st.booleans(),
    )
    def stock_answer(
        self,
        version: int,
        held: dict[str, int],
        short: dict[str, int],
        cause: ReservationCause,
        rejects: bool,
    ) -> None:
        answer = stock.StockAnswer(
            version,
            cause,
            tuple(
                Allocation(allocation_id=f"A{i}", line_id=i, sku=sku_of(i), quantity=n, location_id="shibuya")
                for i, n in held.items()
            ),
            tuple(ShortLine(line_id=i, sku=sku_of(i), quantity=n) for i, n in short.items()),
            None if rejects else NOW,
        )
        terms = stock.ChoiceTerms(NOW, version % 2 * 60.0)
        decide = stock.rejected if rejects else stock.reserved
        self.take(decide(self.order, answer, terms))
        again = decide(self.order, answer, terms)
        assert again == Decision(self.order), "the same answer again changed the order"

    @rule()
    def choice_unanswered(self) -> None:
        self.take(stock.unanswered(self.order))
        assert not any(line.in_question for line in self.order.lines.values())

    @rule(cancel_id=ids, by=st.sampled_from(list(CancelledBy)), asked=pieces | st.just({}))
    def cancel(self, cancel_id: str, by: CancelledBy, asked: dict[str, int]) -> None:
        self.take(cancelling.cancel(self.order, cancel_id, "no_longer_wanted", by, asked))

    @rule(cancel_id=ids)
    def pick_cancelled(self, cancel_id: str) -> None:
        self.take(cancelling.granted(self.order, cancel_id))

    @rule(cancel_id=ids, kept=pieces)
    def cancel_refused(self, cancel_id: str, kept: dict[str, int]) -> None:
        self.take(cancelling.denied(self.order, cancel_id, kept))

    @rule(change_id=ids, group=st.sampled_from(["G0", "G1"]), ship=st.booleans(), asked=pieces | st.just({}))
    def change(self, change_id: str, group: str, ship: bool, asked: dict[str, int]) -> None:
        if change_id in self.changes:
            return  # its natural key: the inbox takes a command once
        self.changes.add(change_id)
        own = {
            i: n for i, n in asked.items() if i in self.order.lines and self.order.lines[i].group_id == group
        }
        way = (FulfilmentMethod.SHIP, None, "JP-13") if ship else (FulfilmentMethod.PICKUP, "umeda", None)
        self.take(changing.change(self.order, changing.Change(change_id, group, own, *way)))

    @rule(group=st.sampled_from(["G0", "G1"]), waiting=pieces)
    def ready(self, group: str, waiting: dict[str, int]) -> None:
        self.take(fulfilling.ready(self.order, group, in_hand(waiting), NOW))

    @rule(taken=pieces | st.just({}), receipt_id=ids | st.none(), paid=st.none() | st.integers(0, 500))
    def collected(self, taken: dict[str, int], receipt_id: str | None, paid: int | None) -> None:
        self.take(fulfilling.collected(self.order, Handover("shibuya", in_hand(taken, paid), receipt_id)))

    @rule(waited=pieces)
    def expired(self, waited: dict[str, int]) -> None:
        self.take(fulfilling.expired(self.order, in_hand(waited)))

    @rule(parcel_id=ids, inside=pieces)
    def shipped(self, parcel_id: str, inside: dict[str, int]) -> None:
        parcel = Handover("w1", in_hand(inside), parcel_id=parcel_id)
        self.take(parcels.shipped(self.order, parcel, Carriage("carrier")))

    @rule(parcel_id=ids, inside=pieces)
    def delivered(self, parcel_id: str, inside: dict[str, int]) -> None:
        self.take(parcels.delivered(self.order, Handover("w1", in_hand(inside), parcel_id=parcel_id)))

    @rule(parcel_id=ids, end=st.sampled_from(list(ParcelEnd)))
    def parcel_ends(self, parcel_id: str, end: ParcelEnd) -> None:
        self.take(parcels.ended(self.order, parcel_id, end))
        again = parcels.ended(self.order, parcel_id, end)
        assert again == Decision(self.order), "a parcel has ended twice"

    @rule(return_id=ids, back=pieces, named=st.booleans(), paid_back=st.none() | st.integers(0, 500))
    def comes_back(self, return_id: str, back: dict[str, int], named: bool, paid_back: int | None) -> None:
        if any(goods.return_id == return_id for goods in self.order.returns_waiting):
            return  # its natural key: the store takes a return once
        lines = tuple(
            BackLine(i if named else None, sku_of(i), n, Disposition.RESELLABLE, paid_back, 10)
            for i, n in back.items()
        )
        self.take(returning.receive(self.order, GoodsBack(return_id, "umeda", lines)))

    @rule(return_id=ids)
    def return_times_out(self, return_id: str) -> None:
        self.take(returning.give_up(self.order, return_id))
        assert return_id not in [goods.return_id for goods in self.order.returns_waiting]

    @invariant()
    def counts_are_legal(self) -> None:
        order = self.order
        for line in order.lines.values():
            assert min(line.open, line.in_question, line.ready, line.shipped, line.settled) >= 0
            assert line.in_question + line.ready + line.shipped <= line.open
            assert line.returned <= line.completed
            assert line.settled <= line.cancelled
            assert order.claimed(line.line_id) <= line.movable
            assert order.allocated(line.line_id) <= line.open - line.in_question
            assert 0 <= line.returned_jpy <= line.completed_jpy
            assert 0 <= line.refunded_jpy <= max(line.quantity * line.unit_price_jpy, line.completed_jpy)
            if order.payment is Payment.AT_PICKUP:
                assert line.refunded_jpy <= line.returned_jpy
        assert sum(line.quantity for line in order.lines.values()) == self.pieces
        assert {line.group_id for line in order.lines.values()} <= set(order.groups)

    @invariant()
    def what_was_said_adds_up(self) -> None:
        assert self.completed == sum(line.completed for line in self.order.lines.values())
        assert self.returned == sum(line.returned for line in self.order.lines.values())
        if self.order.payment is Payment.PREPAID:
            for line_id, paid_jpy in self.paid.items():
                assert self.refunded[sku_of(line_id)] <= paid_jpy

    @invariant()
    def tax_of_the_parts_is_that_of_the_whole(self) -> None:
        lines = self.order.lines.values()
        for kind, amounts in (
            (Completed, [(line.tax_percent, line.completed_jpy) for line in lines]),
            (Returned, [(line.tax_percent, line.returned_jpy) for line in lines]),
            (Refund, [(line.tax_percent, line.refunded_jpy) for line in lines]),
        ):
            for percent, amount_jpy in sums_by_rate(amounts).items():
                assert self.taxes[kind, percent] == tax_of(amount_jpy, percent, self.rounding)

    @invariant()
    def nothing_waits_for_nothing(self) -> None:
        order = self.order
        in_question = any(line.in_question for line in order.lines.values())
        assert (order.choice_answer_by is not None) == in_question
        if order.finished:
            assert not order.cancel_claims
            assert not order.returns_waiting
            assert not order.allocations
        if order.stage is Stage.REJECTED:
            assert order.finished
        news.as_state(replace(order, version=1), now=NOW)


def in_hand(quantities_by_line: dict[str, int], paid_jpy: int | None = None) -> tuple[Piece, ...]:
    return tuple(Piece(i, sku_of(i), n, amount_jpy=paid_jpy) for i, n in quantities_by_line.items())


TestOrderUnderFire = OrderUnderFire.TestCase
TestOrderUnderFire.settings = settings(max_examples=150, stateful_step_count=25, deadline=None)


def short_of_l2(order: Order) -> Decision:
    held = Allocation(allocation_id="A", line_id="L1", sku="S1", quantity=2, location_id="shibuya")
    short = ShortLine(line_id="L2", sku="S2", quantity=1)
    answer = stock.StockAnswer(2, ReservationCause.SHORT_PICK, (held,), (short,), NOW)
    return stock.reserved(order, answer, stock.ChoiceTerms(NOW, 60))


def l1_is_ready(order: Order) -> Decision:
    return fulfilling.ready(order, "G1", in_hand({"L1": 2}), NOW)


def l1_is_collected(order: Order) -> Decision:
    return fulfilling.collected(order, Handover("shibuya", in_hand({"L1": 2}), "receipt-1"))


def one_of_l1_comes_back(order: Order) -> Decision:
    back = BackLine("L1", "S1", 1, Disposition.RESELLABLE)
    return returning.receive(order, GoodsBack("R1", "umeda", (back,)))


BY_TOPIC = {
    "inventory": [short_of_l2],
    "pickup": [l1_is_ready, l1_is_collected],
    "pos": [one_of_l1_comes_back],
}


@given(st.permutations(["inventory", "pickup", "pickup", "pos"]))
def test_order__its_topics_arrive_in_any_order__it_ends_the_same(arrival: list[str]) -> None:
    lines = {f"L{n}": Line(f"L{n}", "G1", f"S{n}", 3 - n, 1000, 10) for n in (1, 2)}
    groups = {"G1": Group("G1", FulfilmentMethod.PICKUP, location_id="shibuya")}
    order = Order("O1", "ec", Payment.PREPAID, NOW, groups, lines, stage=Stage.CONFIRMED, ready_by=NOW)
    left = {topic: list(causes) for topic, causes in BY_TOPIC.items()}
    for topic in arrival:
        order = left[topic].pop(0)(order).order
    order = stock.unanswered(order).order
    l1, l2 = order.lines.values()
    assert (l1.completed, l1.returned, l1.refunded_jpy) == (2, 1, 1000)
    assert (l2.cancelled, l2.refunded_jpy) == (1, 1000)
    assert order.status is OrderStatus.COMPLETED
    assert not order.returns_waiting
