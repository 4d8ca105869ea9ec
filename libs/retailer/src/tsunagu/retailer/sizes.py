"""How large the synthetic retailer is, and how much happens."""

from dataclasses import dataclass

DURATION_SECONDS = 60.0
"""A minute: long enough for every kind of thing to happen, short enough to watch."""

RECEIPTS_PER_ORDER = 2
"""Till receipts beside each order: stores sell more at the till than online."""


@dataclass(frozen=True, slots=True)
class Sizes:
    """Sizes of a run. `duration_seconds` is the speed factor: the same script in half of it goes twice as fast."""

    stores: int = 12
    skus: int = 120
    orders: int = 300
    receipts: int | None = None
    """Sales at the tills; None takes RECEIPTS_PER_ORDER for each order."""
    duration_seconds: float = DURATION_SECONDS

    def __post_init__(self) -> None:
        """Raise ValueError for sizes that make no retailer."""
        for name, least in (("stores", 1), ("skus", 1), ("orders", 0)):
            if getattr(self, name) < least:
                raise ValueError(f"{name} must be at least {least}, not {getattr(self, name)}")
        if self.duration_seconds <= 0:
            raise ValueError(f"duration_seconds must be above 0, not {self.duration_seconds}")

    @property
    def receipts_wanted(self) -> int:
        """Sales at the tills."""
        return self.orders * RECEIPTS_PER_ORDER if self.receipts is None else self.receipts
