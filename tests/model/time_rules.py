"""Time passes, and in the end everything comes to an end."""

from hypothesis import strategies as st
from hypothesis.stateful import rule

from tsunagu.contracts import messages as m
from tsunagu.testing.harness import all_of

from .order import State
from .staff_rules import ParcelEnd, StaffRules

A_WEEK_AND_A_DAY = 8 * 24
HOURS = (1, 1, 24, 24, A_WEEK_AND_A_DAY)
"""How much time passes: in the last of them, what waits for a shopper or an answer is given up."""

ROUNDS_MAX = 10
"""Pick, ship, receive, put away, each with a week between: half of these rounds are usual."""


class TimeRules(StaffRules):
    """See the module."""

    @rule(hours=st.sampled_from(HOURS))
    def pass_time(self, hours: int) -> None:
        """Time passes: who does not come or choose in time has cancelled."""
        self.let_pass(hours)
        self.step_done()

    def end(self) -> None:
        """Everybody does their work, and nobody orders any more: then everything comes to an end."""
        for _ in range(ROUNDS_MAX):
            for task in self.shop.tasks():
                if (now := self.shop.left_of(task)) is not None:
                    self.do(now)
                    self.check()
            for parcel in list(self.parcels):
                self.end_one(parcel, ParcelEnd.DELIVERED)
            self.let_pass(A_WEEK_AND_A_DAY)
            self.check()
            if not self.shop.tasks():
                break
        left = [task.kind for task in self.shop.tasks()]
        assert not left, f"tasks that never end: {left}"
        open_orders = [order.order_id for order in self.orders if not order.has_ended()]
        assert not open_orders, f"orders that never end: {open_orders}"
        assert not self.book.staged(), "goods that nobody puts away"
        self.step_done()

    # what happens

    def let_pass(self, hours: int) -> None:
        """Take down what was given up because nobody came, or nobody chose."""
        said = self.wait(self.shop.pass_time(hours * 3600.0))
        for event in all_of(said, m.OrderCancelled):
            order = self.book.orders[event.order_id]
            for ended in event.lines:
                match event.reason:
                    case "no_show":
                        self.book.expire(event.order_id, ended.line_id, ended.quantity)
                    case "choice_unanswered":
                        order.end_question(ended.line_id, ended.quantity)
                    case other:
                        raise AssertionError(f"nobody here knows why {other} ends what is ordered")
        if hours == A_WEEK_AND_A_DAY:
            for order in self.orders:
                for line_id, line in order.lines.items():
                    assert not order.pieces(line_id, State.ASKED), (
                        f"{order.order_id} {line_id} is in question"
                    )
                    late = line.ready and order.pieces(line_id, State.WAITING)
                    assert not late, f"{order.order_id} {line_id} waits for ever"
