"""How a channel gives its commands: over Kafka, or through edge's HTTP."""

from typing import Protocol

from tsunagu.contracts.message import Message
from tsunagu.retailer.desk import Desk
from tsunagu.retailer.sender import Sender


class Door(Protocol):
    """Takes a channel's command and sees to its outcome."""

    async def give(self, command: Message) -> None:
        """Return when the command's outcome has come back."""


class KafkaDoor:
    """For a channel that writes to the topics itself: it keeps its commands on its own desk."""

    def __init__(self, desk: Desk, sender: Sender, source: str) -> None:
        self._desk = desk
        self._sender = sender
        self._source = source

    async def give(self, command: Message) -> None:
        """Send the command until something answers it."""
        await self._desk.ask(command, self._sender, self._source)
