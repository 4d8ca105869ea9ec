"""What the board process learns beside insight's figures: what became of what was set."""

from edge.board.settings import settings
from edge.pending_commands import PendingCommands

SERVICE_NAME = "edge-board"
COMMANDS = PendingCommands(SERVICE_NAME, settings())
