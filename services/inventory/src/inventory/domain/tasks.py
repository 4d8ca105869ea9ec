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


class DiscrepancyCase(StrEnum):
    """What somebody is asked of goods and books that disagree."""

    ARRIVED_DAMAGED = "arrived_damaged"
    """A delivery."""
    NOT_COME = "not_come"
    """A delivery that was announced, or a part of it."""
    RETURNED = "returned"
    """Goods that a shopper or a carrier brought back, to be looked at."""
    TRANSFER_DIFFERS = "transfer_differs"
    """More, less or other goods arrived than were sent."""
    TRANSFER_UNSENT = "transfer_unsent"
    """Goods arrived that nobody has reported as sent."""
    PICKED_BEYOND = "picked_beyond"
    """More or other goods were picked than an order wants."""
    HANDED_OVER_UNKNOWN = "handed_over_unknown"
    """Goods were handed over for an order that nobody knows."""
    ARRIVED_UNKNOWN = "arrived_unknown"
    """Goods arrived by work that nobody knows."""
    LEFT_UNKNOWN = "left_unknown"
    """Goods left by work that nobody knows."""
