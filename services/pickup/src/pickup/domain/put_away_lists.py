"""Goods to put away: those that nobody needs any more, and those that were picked beyond the order."""

from pickup.domain.draft import Draft
from pickup.domain.model import GoodsState, TaskKind
from pickup.domain.scene import after_seconds
from pickup.domain.task_life import ensure


def refresh_put_aways(draft: Draft) -> None:
    """What lies staged for nobody goes back to the shelf, once the order has let go of it as well."""
    released = []
    for pile, pieces in draft.piles((GoodsState.RELEASED,)):
        line = draft.lines.get(pile.line_id)
        if line is None or line.let_go <= line.cancelled:
            released.append((pile, pieces))
    for kind, piles, subject in (
        (TaskKind.PUT_AWAY, released, "what nobody needs any more"),
        (TaskKind.DISCREPANCY, draft.piles((GoodsState.EXTRA,)), "what was picked beyond the order"),
    ):
        places = {pile.place for pile, _ in piles}
        places |= {task.location_id for task in draft.tasks.values() if task.kind is kind}
        for place in sorted(places):
            ensure(
                draft,
                kind,
                place,
                [(pile, pieces) for pile, pieces in piles if pile.place == place],
                due_at=after_seconds(draft.scene.now, draft.scene.policy.put_away_due_seconds),
                subject=subject,
                done=bool(draft.pieces((GoodsState.PUT_AWAY,), place=place)),
            )
