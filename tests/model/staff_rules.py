"""Staff do what their tasks ask for; carriers bring parcels, or do not; stores pause."""

from enum import StrEnum

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import ShortPickKind, TrackingStatus
from tsunagu.retailer.task_documents import work_of
from tsunagu.testing.harness import all_of

from . import documents
from .scene import Scene, stores, which

A_MOMENT_SECONDS = 2.0
"""Capacity is told once a second."""


class ParcelEnd(StrEnum):
    """What becomes of a parcel."""

    DELIVERED = "delivered"
    LOST = "lost"
    RETURNED = "returned"


class StaffRules(Scene):
    """See the module."""

    @precondition(lambda self: self.shop.tasks())
    @rule(indexes=st.lists(which, min_size=1, max_size=3))
    def work(self, indexes: list[int]) -> None:
        """Somebody does all that is left of a task, and perhaps of another."""
        for index in indexes:
            if tasks := self.shop.tasks():
                self.do(self.one_of(tasks, index))
        self.step_done()

    @precondition(lambda self: self.picks())
    @rule(index=which, kind=st.sampled_from(list(ShortPickKind)))
    def pick_short(self, index: int, kind: ShortPickKind) -> None:
        """A picker does not find a piece of each line, or not whole."""
        self.do(self.one_of(self.picks(), index), kind)
        self.step_done()

    @precondition(lambda self: self.parcels)
    @rule(index=which, end=st.sampled_from(list(ParcelEnd)))
    def end_parcel(self, index: int, end: ParcelEnd) -> None:
        """A parcel arrives, is lost, or comes back."""
        self.end_one(self.one_of(self.parcels, index), end)
        self.step_done()

    @precondition(lambda self: self.lost)
    @rule(index=which)
    def deliver_late(self, index: int) -> None:
        """A parcel that was given up arrives after all: the shopper owes what was paid back."""
        parcel = self.one_of(self.lost, index)
        self.lost.remove(parcel)
        said = self.act(documents.delivered(parcel, self.new("delivered"), self.now))
        lines = self.book.orders[parcel.order_id].lines
        owed = 0
        for line in parcel.lines:
            lines[line.line_id].settled += line.quantity
            owed += line.quantity * lines[line.line_id].price_jpy
        assert owed == sum(due.amount_jpy for due in all_of(said, m.SettlementDue))
        self.step_done()

    @rule(store=stores)
    def pause_or_resume(self, store: str) -> None:
        """A store takes no new work, or takes it again."""
        if store in self.book.paused:
            self.act(documents.resume(self.new("resume"), self.now, store))
        else:
            self.act(documents.pause(self.new("pause"), self.now, store))
        self.book.paused ^= {store}
        self.wait(self.shop.pass_time(A_MOMENT_SECONDS))
        self.step_done()

    # what they do

    def picks(self) -> list[m.Task]:
        """What is to be picked now."""
        return [task for task in self.shop.tasks() if task.kind == "pick"]

    def do(self, task: m.Task, short: ShortPickKind | None = None) -> None:
        """Do all that is left of a task."""
        place = task.location_id or ""
        match task.kind:
            case "count":
                sku = task.lines[0].sku
                there = self.book.on_the_shelf(place, sku)
                self.act(documents.count(self.new("count"), self.now, place, sku, there))
                self.book.count(place, sku, there)
            case "discrepancy" if task.transfer_id is None:
                self.act(documents.settlement(task, self.now))  # it is looked at, and good
                for line in task.lines:
                    self.book.set_apart[place, line.sku] -= line.quantity
            case _:
                for step in work_of(task, self.shop.turn(task), self.now, lambda _: short):
                    self.act(step)
                    self.note(step, task)
                    self.check()

    def end_one(self, parcel: m.ShipParcel, end: ParcelEnd) -> None:
        """A parcel has come to its end."""
        if end is ParcelEnd.DELIVERED:
            self.act(documents.delivered(parcel, self.new("delivered"), self.now))
        else:
            self.act(documents.tracked(parcel, self.new("tracked"), self.now, TrackingStatus(end)))
        self.parcels.remove(parcel)
        if end is ParcelEnd.LOST:
            self.lost.append(parcel)
        self.book.end_parcel(
            parcel.order_id,
            parcel.parcel_id,
            back_at=parcel.location_id if end is ParcelEnd.RETURNED else None,
            delivered=end is ParcelEnd.DELIVERED,
        )

    def note(self, step: Message, task: m.Task) -> None:
        """Take down what staff did."""
        order_id = task.order_id or ""
        match step:
            case m.ConfirmPick():
                self.book.pick(order_id, step.line_id, step.location_id, step.quantity, step.transfer_id)
            case m.ShipTransfer():
                self.book.ship_transfer(order_id, step.location_id, step.transfer_id)
            case m.ReceiveTransfer():
                self.book.receive_transfer(order_id, step.location_id, step.transfer_id)
            case m.ShipParcel():
                self.parcels.append(step)
                for line in step.lines:
                    self.book.ship_parcel(
                        order_id, line.line_id, step.location_id, line.quantity, step.parcel_id
                    )
            case m.ConfirmPutAway():
                for put in step.lines:
                    self.book.put_away(order_id, put.line_id or "", step.location_id, put.quantity)
            case m.ReportShortPick():
                if step.kind is ShortPickKind.DAMAGED:
                    self.book.set_apart[step.location_id, step.sku] += step.quantity
            case m.SettleMoney():
                pass  # the till has it; what is owed was counted when it was said
            case _:
                raise AssertionError(f"nobody here knows what {step} does")
