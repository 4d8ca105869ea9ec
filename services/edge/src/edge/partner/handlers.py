"""What the partner process learns of the orders that were placed here, and of what carriers report."""

from edge.orders.followed import FollowedOrders
from edge.partner.settings import settings
from edge.pending_commands import PendingCommands

SERVICE_NAME = "edge-partner"
COMMANDS = PendingCommands(SERVICE_NAME, settings())
FOLLOWED_ORDERS = FollowedOrders(COMMANDS, settings())
