"""Bugs to be put into the services, each of a kind that they could have: the model has to find them."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
from tests.simulator.planted import reserving_ignores_what_is_left

from inventory.domain import exclusion
from inventory.domain.counting import CountSeen, expected
from inventory.domain.exclusion import Exclusion
from inventory.domain.movements import MovementType
from inventory.domain.stock import StockKey
from inventory.handlers import counting, picking, returns
from inventory.store.book import Book, Origin
from order.domain import changing, ending, fulfilling, parcels, stock
from order.domain.order import Order
from order.domain.outcomes import Decision
from pickup.domain import handover, locking, task_lists
from tsunagu.contracts.values import CountScope

Plant = Callable[[pytest.MonkeyPatch], None]


def paused_stores_give_goods(patch: pytest.MonkeyPatch) -> None:
    """Staff who have paused are asked for goods all the same."""
    rules = {**exclusion.EXCLUSIONS, Exclusion.PAUSED: lambda source, moment, limits: False}
    patch.setattr(exclusion, "EXCLUSIONS", rules)


def damaged_goods_are_sold_again(patch: pytest.MonkeyPatch) -> None:
    """Whatever comes back of an order is on sale at once."""

    def book_return(book: Book, key: StockKey, quantity: int, disposition: Any, origin: Origin) -> None:
        book.move(key, MovementType.RETURN, origin, quantity=quantity)

    patch.setattr(returns, "book_return", book_return)


def counts_forget_what_is_picked(patch: pytest.MonkeyPatch) -> None:
    """What was counted on a shelf is compared with all that is in the building."""

    def all_in_the_building(count: CountSeen, on_hand: int, staged: int, steps: Any) -> int:
        return expected(replace(count, scope=CountScope.ALL), on_hand, staged, steps)

    patch.setattr(counting, "expected", all_in_the_building)


def short_picks_leave_no_doubt(patch: pytest.MonkeyPatch) -> None:
    """What a picker found damaged is promised to the next one."""
    patch.setattr(picking, "_doubt", lambda *arguments: None)


def no_shows_are_not_refunded(patch: pytest.MonkeyPatch) -> None:
    """Who has paid and does not come loses the money."""
    honest = ending.end_pieces

    def end_pieces(order: Order, pieces: Any, kind: Any, cause_id: str, reason: str) -> tuple[Order, Any]:
        after, refunds = honest(order, pieces, kind, cause_id, reason)
        return after, () if reason == fulfilling.NO_SHOW else refunds

    patch.setattr(ending, "end_pieces", end_pieces)


def two_papers_are_two_handovers(patch: pytest.MonkeyPatch) -> None:
    """A hand-over is forgotten, so that its receipt takes the goods once more."""
    honest = handover.hand_over

    def hand_over(work: Any, asked: Any, scene: Any) -> Any:
        decision = honest(work, asked, scene)
        lines = {line_id: replace(line, by_code=0) for line_id, line in decision.work.lines.items()}
        return replace(decision, work=replace(decision.work, lines=lines))

    patch.setattr(handover, "hand_over", hand_over)


def lost_parcels_stay_under_way(patch: pytest.MonkeyPatch) -> None:
    """Order does not hear that a parcel is lost."""
    patch.setattr(parcels, "ended", lambda order, parcel_id, end: Decision(order))


def changes_keep_the_old_promise(patch: pytest.MonkeyPatch) -> None:
    """What was held for the old way is held beside what the new one needs."""
    patch.setattr(changing, "_give_up", lambda allocations, line_id, quantity: (allocations, []))


def choices_never_end(patch: pytest.MonkeyPatch) -> None:
    """Nobody cancels what a shopper does not answer about."""
    patch.setattr(stock, "unanswered", Decision)


def late_handovers_cost_nothing(patch: pytest.MonkeyPatch) -> None:
    """Goods that were cancelled and taken all the same are given away."""

    def settle(handed: Any, extra: Iterable[Any]) -> tuple[()]:
        return ()

    patch.setattr(fulfilling, "settle", settle)


def any_code_opens(patch: pytest.MonkeyPatch) -> None:
    """A code is not compared with the order's."""
    patch.setattr(locking, "fits", lambda presented, code: True)


def nobody_puts_away(patch: pytest.MonkeyPatch) -> None:
    """What was picked for an order that died lies there for ever."""
    patch.setattr(task_lists, "refresh_put_aways", lambda draft: None)


PLANTS: Sequence[Plant] = (
    reserving_ignores_what_is_left,
    paused_stores_give_goods,
    damaged_goods_are_sold_again,
    counts_forget_what_is_picked,
    short_picks_leave_no_doubt,
    no_shows_are_not_refunded,
    two_papers_are_two_handovers,
    lost_parcels_stay_under_way,
    changes_keep_the_old_promise,
    choices_never_end,
    late_handovers_cost_nothing,
    any_code_opens,
    nobody_puts_away,
)
