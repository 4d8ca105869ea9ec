"""What of a service and its settings its batches need."""

from dataclasses import dataclass
from datetime import datetime

from tsunagu.chassis.database import Connection
from tsunagu.chassis.locks import Locked, LockTable
from tsunagu.chassis.outbox import Packing
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts.topics import Topic


@dataclass(frozen=True, slots=True)
class Rules:
    """Who works, where it answers, and what it locks."""

    service: str
    events: Topic | None
    locks: tuple[LockTable, ...]
    parked_keys_max: int
    packing: Packing

    def transaction(self, connection: Connection, now: datetime, locked: Locked | None = None) -> Transaction:
        """What handlers are given in the transaction that is open on `connection`."""
        return Transaction(
            connection,
            service=self.service,
            events=self.events,
            now=now,
            locked=locked or Locked(),
            packing=self.packing,
        )
