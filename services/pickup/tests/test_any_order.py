"""The same facts in any order come to the same."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import permutations

from pickup.domain import handover, outcomes, picking, promises
from pickup.domain.draft import Decision
from pickup.domain.model import Work
from pickup.domain.scene import Policy, Scene
from tsunagu.contracts.values import (
    Allocation,
    FulfilmentGroup,
    FulfilmentMethod,
    LineQuantity,
    OrderLine,
    SaleLine,
)

SHOP = "S001"
START = datetime(2026, 4, 1, 9, tzinfo=UTC)
POLICY = Policy(600, True, 1, 1, 600, 600, 600, "unassigned", "logistics", 5, 15, 60, True)
Fact = tuple[str, Callable[[Work, Scene], Decision], datetime]


def facts() -> list[Fact]:
    """An order of two pieces, picked one by one, handed over offline, and paid at the till."""
    news = promises.PromiseNews(
        (FulfilmentGroup(group_id="g1", method=FulfilmentMethod.PICKUP, location_id=SHOP),),
        (OrderLine(line_id="l1", group_id="g1", sku="X", quantity=2, unit_price_jpy=100, tax_percent=10),),
        (Allocation(allocation_id="a1", line_id="l1", sku="X", quantity=2, location_id=SHOP),),
        1,
        START,
        None,
        None,
        1,
    )
    handed = handover.Handover(
        "h1", SHOP, None, (LineQuantity(line_id="l1", quantity=2),), done_offline=True, staff_ref=None
    )
    line = SaleLine(
        line_id="r1", sku="X", quantity=2, amount_jpy=200, tax_percent=10, order_id="o1", order_line_id="l1"
    )
    receipt = handover.Receipt("r1", SHOP, "R", 1, START.date(), (line,), (), None, None)

    def pick(pick_id: str) -> Callable[[Work, Scene], Decision]:
        fact = picking.Pick(pick_id, None, SHOP, "a1", "l1", "X", 1, None)
        return lambda work, scene: picking.picked(work, fact, scene)

    decisions: list[tuple[str, Callable[[Work, Scene], Decision]]] = [
        ("promised", lambda work, scene: promises.promised(work, news, scene)),
        ("first pick", pick("p1")),
        ("second pick", pick("p2")),
        ("handed over", lambda work, scene: handover.hand_over(work, handed, scene)),
        ("paid", lambda work, scene: handover.till_receipt(work, receipt, scene)),
    ]
    return [
        (name, decide, START + timedelta(minutes=minute)) for minute, (name, decide) in enumerate(decisions)
    ]


def play(order: tuple[Fact, ...]) -> tuple[Work, dict[str, int]]:
    """The work after these facts; what is too early waits, as it does in the service. And pieces collected."""
    work, waiting, collected = Work("o1"), list[Fact](), dict[str, int]()
    for fact in order:
        tried = [fact, *waiting]
        waiting = []
        for name, decide, at in tried:
            decision = decide(work, Scene(START, at, POLICY))
            if outcomes.MustWait() in decision.outcomes:
                waiting.append((name, decide, at))
                continue
            work = decision.work
            for outcome in decision.outcomes:
                if isinstance(outcome, outcomes.WasCollected):
                    for line in outcome.lines:
                        collected[line.line_id] = collected.get(line.line_id, 0) + line.quantity
    assert not waiting
    return work, collected


def test_facts__in_any_order__come_to_the_same_goods_and_one_handover() -> None:
    for order in permutations(facts()):
        names = [name for name, _, _ in order]
        work, collected = play(order)
        goods: dict[str, int] = {}
        for pile, pieces in work.goods.items():
            if pieces:
                goods[pile.state] = goods.get(pile.state, 0) + pieces
        assert goods == {"collected": 2}, names
        assert collected == {"l1": 2}, names
        assert not any(task.left for task in work.tasks.values()), names
        line = work.lines["l1"]
        assert (line.by_code, line.by_receipt, line.let_go) == (2, 2, 0), names
