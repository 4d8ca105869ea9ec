"""The life of a few stores: all rules together. Each says what people do, and what has to follow."""

from .order_rules import OrderRules
from .shopper_rules import ShopperRules
from .stock_rules import StockRules
from .time_rules import TimeRules


class Life(StockRules, OrderRules, ShopperRules, TimeRules):
    """See the module."""
