"""Lines of transfers: what is planned and staged for them, and what travels.

Whoever changes them has locked their stock.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from inventory.domain.stock import StockKey
from inventory.sql import SQL
from tsunagu.chassis import Connection


@dataclass(slots=True)
class TransferredLine:
    """One SKU of a transfer's line, as a working copy.

    `to_location_id` is where it is to go, once it is planned or has left. `planned` is to be sent: it is nothing any
    more as soon as anything of the transfer has left or arrived, since what was left behind is planned anew.
    """

    transfer_id: str
    line_id: str
    sku: str
    to_location_id: str | None = None
    planned: int = 0
    staged: int = 0
    shipped: int = 0
    received: int = 0
    lost: int = 0

    @property
    def travelling(self) -> int:
        """Pieces on their way."""
        return max(0, self.shipped - self.received - self.lost)

    @property
    def arrived_early(self) -> int:
        """Pieces that arrived before anybody said that they had left."""
        return max(0, self.received + self.lost - self.shipped)


class TransferLines:
    """The lines of some transfers."""

    def __init__(self) -> None:
        self._lines: dict[tuple[str, str, str], TransferredLine] = {}

    @classmethod
    async def load(cls, connection: Connection, transfer_ids: Iterable[str]) -> "TransferLines":
        """Load what is known of these transfers."""
        lines = cls()
        ids = sorted(set(transfer_ids))
        if ids:
            for row in await connection.fetch(SQL.read_transfer_lines, ids):
                lines._lines[row["transfer_id"], row["line_id"], row["sku"]] = TransferredLine(**row)
        return lines

    def line(self, transfer_id: str, line_id: str, sku: str) -> TransferredLine:
        """A line, known or new."""
        identity = (transfer_id, line_id, sku)
        return self._lines.setdefault(identity, TransferredLine(*identity))

    def travelling(self, transfer_id: str) -> list[TransferredLine]:
        """The transfer's lines of which pieces are on their way."""
        return [line for line in self._of(transfer_id) if line.travelling]

    def arrived_early(self, transfer_id: str) -> list[TransferredLine]:
        """The transfer's lines of which pieces arrived before anybody said that they had left."""
        return [line for line in self._of(transfer_id) if line.arrived_early]

    def _of(self, transfer_id: str) -> list[TransferredLine]:
        return [line for _, line in sorted(self._lines.items()) if line.transfer_id == transfer_id]

    def end_plan(self, transfer_id: str) -> list[tuple[StockKey, int]]:
        """What was planned is planned no more; returns the rows of stock that expected it, with the pieces."""
        ended: list[tuple[StockKey, int]] = []
        for _, line in sorted(self._lines.items()):
            if line.transfer_id == transfer_id and line.planned and line.to_location_id is not None:
                ended.append((StockKey(line.to_location_id, line.sku), line.planned))
                line.planned = 0
        return ended

    def destinations(self) -> set[StockKey]:
        """The rows of stock that the lines are to go to."""
        return {
            StockKey(line.to_location_id, line.sku)
            for line in self._lines.values()
            if line.to_location_id is not None
        }

    def unstage(self, transfer_id: str, line_id: str | None, sku: str, quantity: int) -> int:
        """Pieces picked for it leave the staging area; returns how many of them had been staged for it."""
        taken = 0
        for _, line in sorted(self._lines.items()):
            if line.transfer_id == transfer_id and line.sku == sku and line_id in (None, line.line_id):
                pieces = min(quantity - taken, line.staged)
                line.staged -= pieces
                taken += pieces
        return taken

    async def save(self, connection: Connection) -> None:
        """Write them."""
        lines = [line for _, line in sorted(self._lines.items())]
        if lines:
            await connection.execute(
                SQL.save_transfer_lines,
                [line.transfer_id for line in lines],
                [line.line_id for line in lines],
                [line.sku for line in lines],
                [line.to_location_id for line in lines],
                [line.planned for line in lines],
                [line.staged for line in lines],
                [line.shipped for line in lines],
                [line.received for line in lines],
                [line.lost for line in lines],
            )
