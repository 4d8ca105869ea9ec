"""The kinds of tasks that inventory needs done; each has its rule in tsunagu.planning."""

from enum import StrEnum


class TaskKind(StrEnum):
    """What somebody is to do."""

    COUNT = "count"
    APPROVE_COUNT = "approve_count"
    DISCREPANCY = "discrepancy"
    """Goods that are more, fewer or others than was asked; those of work that nobody knew among them."""
    UNKNOWN_SKU = "unknown_sku"
    UNKNOWN_LOCATION = "unknown_location"
    REGISTER_CLOCK = "register_clock"
