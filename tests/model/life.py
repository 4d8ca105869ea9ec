"""The life of a few stores: all rules together. Each says what people do, and what has to follow."""

from hypothesis import strategies as st
from hypothesis.stateful import initialize

from . import documents
from .documents import LOCATIONS, SKUS
from .order_rules import OrderRules, Wish, wishes
from .shopper_rules import ShopperRules
from .stock_rules import StockRules
from .time_rules import TimeRules


class Life(StockRules, OrderRules, ShopperRules, TimeRules):
    """See the module."""

    @initialize(
        pieces=st.lists(st.integers(0, 4), min_size=len(LOCATIONS), max_size=len(LOCATIONS)),
        first=st.lists(wishes, min_size=1, max_size=4),
    )
    def open(self, pieces: list[int], first: list[Wish]) -> None:
        """Locations, lanes and products are announced, the first goods arrive, and the first orders are placed."""
        self.wait(self.shop.send(*documents.master_data()))
        for place, count in zip(LOCATIONS, pieces, strict=True):
            if count:
                lines = dict.fromkeys(SKUS, count)
                self.act(documents.delivery(self.new("delivery"), self.now, place, lines))
                for sku in SKUS:
                    self.book.arrive(place, sku, count)
        for wish in first:
            self.place(wish)
        self.step_done()
