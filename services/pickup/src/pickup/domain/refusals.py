"""Why goods are not handed over."""

from pickup.domain.draft import Draft
from pickup.domain.locking import try_code
from pickup.domain.model import GoodsState, Line
from pickup.domain.outcomes import Refused


def refusal_of(
    draft: Draft, code_hash: str | None, location_id: str, wanted: dict[str, int]
) -> Refused | None:
    """Why these pieces, by line, can't be handed over there with this code; None if they can.

    A code is looked at last, where it opens something: elsewhere nobody finds out whether it is right, and nobody
    locks the order with wrong ones.
    """
    order = draft.work_id
    if not wanted:
        return _nothing_there(draft, location_id)
    for line_id, pieces in wanted.items():
        line = draft.lines.get(line_id)
        if line is None:
            return Refused("unknown_line", f"order {order} has no line {line_id}")
        second = max(0, line.by_receipt - line.by_code)
        there = draft.pieces((GoodsState.STAGED,), line_id=line_id, place=location_id)
        if pieces > second + there:
            return _nothing_there(draft, location_id, line)
    return None if code_hash is None else try_code(draft, code_hash, location_id)


def _nothing_there(draft: Draft, location_id: str, line: Line | None = None) -> Refused:
    lines = list(draft.lines.values()) if line is None else [line]
    order = draft.work_id
    if any(draft.pieces((GoodsState.STAGED,), line_id=each.line_id) for each in lines):
        places = {
            pile.place
            for each in lines
            for pile, _ in draft.piles((GoodsState.STAGED,), line_id=each.line_id)
        }
        if location_id not in places:
            return Refused("not_here", f"goods of order {order} are at {', '.join(sorted(places))}")
    if any(draft.open(each) for each in lines):
        return Refused("not_ready", f"not all of that is picked for order {order} yet; see its pick list")
    if any(each.collected for each in lines):
        return Refused("already_collected", f"the shopper has these goods of order {order} already")
    if any(each.let_go for each in lines):
        return Refused(
            "closed", f"order {order} was cancelled or not fetched in time; sell the goods at the till"
        )
    return Refused("not_here", f"nothing of order {order} is handed over at {location_id}")
