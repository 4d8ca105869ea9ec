"""What a location has of a SKU, and the one formula of what can be promised of it."""

from typing import NamedTuple

PIECES_MAX = 300_000_000
"""Most pieces of one kind in a row of stock. Seven of them, the most that `available` adds up, still fit PostgreSQL's
integer; a row that comes near has been given quantities that are typing errors."""


class StockKey(NamedTuple):
    """Which row of stock: a SKU at a location."""

    location_id: str
    sku: str


class Stock(NamedTuple):
    """Pieces of one SKU at one location.

    `on_hand` is all that is in the building, whatever its state; facts may drive it below zero. `staged` has been
    picked and is off the shelf; `reserved` is promised to orders and not yet picked; `held` is kept for carts;
    `safety` is never promised; `unsellable` is damaged or waits to be inspected; `withheld` should be there, but a
    picker did not find it, until somebody counts.

    Not on hand: `in_transit` is on its way here on a transfer, `planned` shall be sent here on one, and `announced` is
    what somebody outside said they would deliver and has not come.
    """

    on_hand: int = 0
    staged: int = 0
    reserved: int = 0
    held: int = 0
    safety: int = 0
    unsellable: int = 0
    withheld: int = 0
    in_transit: int = 0
    announced: int = 0
    planned: int = 0

    @property
    def incoming(self) -> int:
        """All that is to come. Never part of what can be promised."""
        return self.announced + self.planned + self.in_transit

    @property
    def available(self) -> int:
        """Available to promise (ATP). Negative when facts took more than was free."""
        return (
            self.on_hand
            - self.staged
            - self.reserved
            - self.held
            - self.safety
            - self.unsellable
            - self.withheld
        )

    @property
    def uncovered(self) -> int:
        """Promised pieces that are not there.

        Safety stock, carts and doubts give way before a promise breaks: they are not counted here.
        """
        return max(0, min(self.reserved, self.reserved - (self.on_hand - self.staged - self.unsellable)))

    @property
    def doubtful_at_most(self) -> int:
        """How much can be withheld: what is neither promised nor set apart."""
        return max(0, self.on_hand - self.staged - self.unsellable - self.reserved)
