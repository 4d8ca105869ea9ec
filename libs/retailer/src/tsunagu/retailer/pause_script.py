"""Which store takes no pickups for a while, and why."""

from collections import Counter
from collections.abc import Sequence

from tsunagu.retailer.intentions import OrderAct, PauseAct

PAUSED_FROM, PAUSED_UNTIL = 0.3, 0.45
"""Shares of the time: while shoppers still order."""
REASON = "staff_shortage"


def pause_acts(orders: Sequence[OrderAct], duration: float) -> tuple[PauseAct, ...]:
    """The place where most shoppers want to fetch something pauses: so that some order is refused for it."""
    wanted = Counter(act.pickup_at for act in orders if act.pickup_at is not None)
    if not wanted:
        return ()
    ((busiest, _),) = wanted.most_common(1)
    return (PauseAct(PAUSED_FROM * duration, PAUSED_UNTIL * duration, busiest, REASON),)
