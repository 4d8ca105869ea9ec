"""Which store takes no pickups for a while, and why."""

from collections import Counter
from collections.abc import Sequence

from tsunagu.retailer.intentions import OrderAct, PauseAct

PAUSED_FROM, PAUSED_UNTIL = 0.3, 0.45
"""Shares of the time: while shoppers still order."""
HEARD_AFTER = 0.03
"""Share of the time after which everybody has heard of the pause; orders before that may still be taken."""
REASON = "staff_shortage"


def pause_acts(orders: Sequence[OrderAct], duration: float) -> tuple[PauseAct, ...]:
    """The place where most shoppers want to fetch something meanwhile pauses: so that some are refused for it."""
    heard_at, until = (PAUSED_FROM + HEARD_AFTER) * duration, PAUSED_UNTIL * duration
    wanted = Counter(
        act.pickup_at for act in orders if act.pickup_at is not None and heard_at < act.placed_at < until
    )
    if not wanted:
        return ()
    ((busiest, _),) = wanted.most_common(1)
    return (PauseAct(PAUSED_FROM * duration, until, busiest, REASON),)
