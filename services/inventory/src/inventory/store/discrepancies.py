"""Goods that are more, fewer or others than was asked: booked where they are, and settled by somebody."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from inventory.domain.tasks import DiscrepancyCase, TaskKind
from inventory.settings import settings
from inventory.sql import SQL
from inventory.store.tasks import Tasks, lasting_task_id
from tsunagu.chassis import Cause, Connection, Transaction
from tsunagu.contracts.ids import derived_id

UNKNOWN, OPEN, SETTLED = "unknown", "open", "settled"


@dataclass(slots=True)
class Discrepancy:
    """One discrepancy. `inspect`: pieces per SKU that are set apart until it is settled.

    `delivery_id`: the announced delivery whose rest it is about.
    """

    discrepancy_id: str
    state: str
    location_id: str
    inspect: tuple[tuple[str, int], ...] = ()
    delivery_id: str | None = None


def question_about_delivery(delivery_id: str) -> str:
    """The id of the discrepancy in which somebody is asked about the rest of an announced delivery."""
    return lasting_task_id(TaskKind.DISCREPANCY, "delivery", delivery_id)


class Discrepancies:
    """The discrepancies that a transaction finds; each has a task under the same id. Call `save` last of all."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx
        self._tasks = Tasks(tx)
        self._rows: list[Discrepancy] = []

    def open(
        self,
        cause: Cause,
        location_id: str,
        subject: str,
        *,
        case: DiscrepancyCase,
        about: str = "",
        detail: str = "",
        lines: Sequence[tuple[str, int]] = (),
        inspect: Sequence[tuple[str, int]] = (),
        order_id: str | None = None,
        transfer_id: str | None = None,
        delivery_id: str | None = None,
    ) -> None:
        """Ask somebody to settle it. `about` tells apart several of one cause; of a delivery there is one at most."""
        discrepancy_id = (
            derived_id(cause.cause_time, cause.cause_id, f"discrepancy {about}")
            if delivery_id is None
            else question_about_delivery(delivery_id)
        )
        self._rows.append(Discrepancy(discrepancy_id, OPEN, location_id, tuple(inspect), delivery_id))
        self._tasks.open(
            discrepancy_id,
            TaskKind.DISCREPANCY,
            subject[:200],
            cause=cause,
            case=case,
            detail=detail,
            location_id=location_id,
            lines=lines,
            due_in=timedelta(hours=settings().discrepancy_hours),
            order_id=order_id,
            transfer_id=transfer_id,
        )

    def withdraw(self, discrepancy: Discrepancy, cause: Cause) -> None:
        """It has settled itself; its row is locked."""
        discrepancy.state = SETTLED
        self._rows.append(discrepancy)
        self._tasks.close(discrepancy.discrepancy_id, cause=cause)

    def to_inspect(
        self, cause: Cause, location_id: str, lines: Sequence[tuple[str, int]], order_id: str | None = None
    ) -> None:
        """Have returned goods inspected; nothing happens where there are none."""
        if lines:
            self.open(
                cause,
                location_id,
                f"Inspect returned goods at {location_id}",
                case=DiscrepancyCase.RETURNED,
                about="inspect",
                detail="Settle it with accept to sell them again, or write off what can't be sold.",
                lines=lines,
                inspect=lines,
                order_id=order_id,
            )

    async def save(self) -> None:
        """Write and publish them."""
        await save_discrepancies(self._tx.connection, self._rows)
        await self._tasks.save()


async def load_discrepancies(connection: Connection, ids: Iterable[str]) -> dict[str, Discrepancy]:
    """Discrepancies by id; those that are not there are left out."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {
        row["discrepancy_id"]: Discrepancy(
            row["discrepancy_id"],
            row["state"],
            row["location_id"] or "",
            tuple((sku, quantity) for sku, quantity in row["inspect"]),
            row["delivery_id"],
        )
        for row in await connection.fetch(SQL.read_discrepancies, wanted)
    }


async def save_discrepancies(connection: Connection, rows: Sequence[Discrepancy]) -> None:
    """Write discrepancies."""
    if not rows:
        return
    await connection.execute(
        SQL.save_discrepancies,
        [row.discrepancy_id for row in rows],
        [row.state for row in rows],
        [row.location_id for row in rows],
        [json.dumps(row.inspect) for row in rows],
        [row.delivery_id for row in rows],
    )
