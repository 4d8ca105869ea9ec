"""What of a service and its settings its batches need."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from tsunagu.chassis.database import Connection
from tsunagu.chassis.locks import Locked, LockTable
from tsunagu.chassis.outbox import Packing
from tsunagu.chassis.service import Service
from tsunagu.chassis.settings import ChassisSettings
from tsunagu.chassis.tracing import Tracing, tracing_of
from tsunagu.chassis.transaction import Transaction
from tsunagu.contracts.topics import Topic


@dataclass(frozen=True, slots=True)
class Rules:
    """Who works, where it answers, what it locks, and to whom it tells what it does."""

    service: str
    events: Topic | None
    locks: tuple[LockTable, ...]
    parked_keys_max: int
    keys_moved_attempts_max: int
    packing: Packing
    tracing: Tracing

    @classmethod
    def of(cls, service: Service, settings: ChassisSettings) -> Self:
        """Those of one process."""
        return cls(
            service=service.name,
            events=service.events,
            locks=service.locks,
            parked_keys_max=settings.parked_keys_max,
            keys_moved_attempts_max=settings.keys_moved_attempts_max,
            packing=Packing(settings.outbox_batch_bytes_max, settings.outbox_parted_records_min),
            tracing=tracing_of(settings, service.name),
        )

    def transaction(
        self,
        connection: Connection,
        now: datetime,
        locked: Locked | None = None,
        answers: Topic | None = None,
    ) -> Transaction:
        """What handlers are given in the transaction that is open on `connection`; `answers`: another topic than the
        service's own on which commands are answered.
        """
        return Transaction(
            connection,
            service=self.service,
            events=answers or self.events,
            now=now,
            locked=locked or Locked(),
            packing=self.packing,
        )
