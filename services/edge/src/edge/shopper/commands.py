"""The commands that the shopper process gives, and the orders that it follows for guests."""

from edge.orders.followed import FollowedOrders
from edge.pending_commands import PendingCommands
from edge.shopper.settings import settings

SERVICE_NAME = "edge-shopper"
COMMANDS = PendingCommands(SERVICE_NAME, settings())
FOLLOWED_ORDERS = FollowedOrders(COMMANDS, settings())
