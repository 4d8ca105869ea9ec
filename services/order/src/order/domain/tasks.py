"""The kinds of tasks that order needs done; each has its rule in tsunagu.planning."""

from enum import StrEnum


class TaskKind(StrEnum):
    """What somebody is to do."""

    SETTLE_MONEY = "settle_money"
    """Goods left after their order was closed: the money between the shopper and us is to be settled."""
    RETURN_UNMATCHED = "return_unmatched"
    """Goods came back that no order had handed out: whether money goes back is to be found out."""
