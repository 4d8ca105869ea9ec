"""What staff and carriers report of their tasks, as messages."""

from collections.abc import Callable
from datetime import datetime

from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    ConfirmPick,
    ConfirmPutAway,
    ReceiveTransfer,
    ReportShortPick,
    SettleDiscrepancy,
    SettleMoney,
    ShipParcel,
    ShipTransfer,
    Task,
)
from tsunagu.contracts.values import (
    MoneySettled,
    PickedLine,
    PutAwayLine,
    Resolution,
    ShortPickKind,
    TaskLine,
    TaskState,
    TransferReceiptLine,
)
from tsunagu.retailer.till_documents import staff_of

CARRIER = "つなぐ宅配"

DISCREPANCY = "discrepancy"
"""A kind of task that pickup and inventory both have: pickup's goods are put away, inventory's are settled."""

OPEN_STATES = frozenset({TaskState.OPEN, TaskState.ASSIGNED, TaskState.STARTED})
"""Of a task that somebody still has to do."""

HEAD_OFFICE = "hq"
"""Where the tasks are done that name no location."""

ShortOf = Callable[[TaskLine], ShortPickKind | None]
"""Why a piece of the line is not found; None where all of it is there."""


def work_of(  # noqa: PLR0911 - one return for each kind of task
    task: Task, turn: int, now: datetime, short_of: ShortOf
) -> list[Message]:
    """What there is to report when all that is left of a task has been done, for the `turn`-th time.

    Raises ValueError for a kind of task that nobody here knows.
    """
    match task.kind:
        case "pick":
            return [step for line in task.lines for step in pick(task, line, turn, now, short_of(line))]
        case "ship_transfer":
            return [ship_transfer(task, turn, now)]
        case "receive_transfer":
            return [receive_transfer(task, turn, now)]
        case "ship_parcel":
            return [ship_parcel(task, turn, now)]
        case "put_away" | "discrepancy":
            return [put_away(task, turn, now)]
        case "settle_money" | "return_unmatched":
            return [settle_money(task, turn, now)]
        case "hand_over":
            return []  # the shopper comes, or not: nothing that staff do by themselves ends it
        case _:
            raise ValueError(f"the staff of the demo do not know tasks of the kind {task.kind}")


def pick(
    task: Task, line: TaskLine, turn: int, now: datetime, short_kind: ShortPickKind | None
) -> list[Message]:
    """The line is taken off the shelf, but for one piece where there is a `short_kind`."""
    location_id = place_of(task)
    its_id = f"{task.task_id}:{line.allocation_id}:{turn}"
    short = 1 if short_kind is not None else 0
    steps: list[Message] = []
    if short_kind is not None:
        steps.append(
            ReportShortPick(
                short_pick_id=f"{its_id}:short",
                order_id=task.order_id,
                transfer_id=task.transfer_id,
                task_id=task.task_id,
                location_id=location_id,
                allocation_id=line.allocation_id,
                line_id=line.line_id or "",
                sku=line.sku,
                quantity=short,
                kind=short_kind,
                staff_ref=staff_of(location_id),
                occurred_at=now,
            )
        )
    if line.quantity > short:
        steps.append(
            ConfirmPick(
                pick_id=its_id,
                order_id=task.order_id,
                transfer_id=task.transfer_id,
                task_id=task.task_id,
                location_id=location_id,
                allocation_id=line.allocation_id,
                line_id=line.line_id or "",
                sku=line.sku,
                quantity=line.quantity - short,
                staff_ref=staff_of(location_id),
                occurred_at=now,
            )
        )
    return steps


def ship_transfer(task: Task, turn: int, now: datetime) -> ShipTransfer:
    """All that was picked for the transfer leaves."""
    location_id = place_of(task)
    return ShipTransfer(
        shipping_id=f"{task.task_id}:{turn}",
        transfer_id=task.transfer_id or "",
        order_id=task.order_id,
        location_id=location_id,
        staff_ref=staff_of(location_id),
        occurred_at=now,
    )


def receive_transfer(task: Task, turn: int, now: datetime) -> ReceiveTransfer:
    """The transfer arrives, whole."""
    location_id = place_of(task)
    return ReceiveTransfer(
        receiving_id=f"{task.task_id}:{turn}",
        transfer_id=task.transfer_id or "",
        order_id=task.order_id,
        location_id=location_id,
        lines=tuple(
            TransferReceiptLine(
                line_id=line.line_id or "",
                sku=line.sku,
                shipped=line.quantity,
                received=line.quantity,
                allocation_id=line.allocation_id,
            )
            for line in task.lines
        ),
        complete=True,
        staff_ref=staff_of(location_id),
        occurred_at=now,
    )


def ship_parcel(task: Task, turn: int, now: datetime) -> ShipParcel:
    """All of the task's goods leave in one parcel."""
    location_id = place_of(task)
    return ShipParcel(
        parcel_id=f"{task.task_id}:{turn}",
        order_id=task.order_id or "",
        location_id=location_id,
        carrier=CARRIER,
        tracking_number=f"T{task.task_id[-12:]}",
        cost_jpy=600,
        lines=tuple(
            PickedLine(
                line_id=line.line_id or "",
                sku=line.sku,
                quantity=line.quantity,
                allocation_id=line.allocation_id,
            )
            for line in task.lines
        ),
        staff_ref=staff_of(location_id),
        occurred_at=now,
    )


def put_away(task: Task, turn: int, now: datetime) -> ConfirmPutAway:
    """All of the task's goods go back on the shelf."""
    location_id = place_of(task)
    return ConfirmPutAway(
        put_away_id=f"{task.task_id}:{turn}",
        order_id=task.order_id,
        transfer_id=task.transfer_id,
        task_id=task.task_id,
        location_id=location_id,
        lines=tuple(
            PutAwayLine(
                sku=line.sku,
                quantity=line.quantity,
                line_id=line.line_id,
                allocation_id=line.allocation_id,
            )
            for line in task.lines
        ),
        staff_ref=staff_of(location_id),
        occurred_at=now,
    )


def settle_money(task: Task, turn: int, now: datetime) -> SettleMoney:
    """The store lets the shopper have what it is about."""
    return SettleMoney(
        settling_id=f"{task.task_id}:{turn}",
        order_id=task.order_id or "",
        task_id=task.task_id,
        settled=MoneySettled.WAIVED,
        staff_ref=staff_of(task.location_id or HEAD_OFFICE),
        occurred_at=now,
    )


def settle_discrepancy(task: Task, now: datetime) -> SettleDiscrepancy:
    """The goods of a discrepancy of inventory's have been looked at, and are good."""
    return SettleDiscrepancy(
        # A discrepancy may open again; each version of its task is answered once.
        settlement_id=f"{task.task_id}:{task.version}",
        discrepancy_id=task.task_id,
        location_id=place_of(task),
        resolution=Resolution.ACCEPT,
        occurred_at=now,
    )


def place_of(task: Task) -> str:
    """Where the task is done. Raises ValueError for one that names no location."""
    if task.location_id is None:
        raise ValueError(f"task {task.task_id} names no location: nobody can do it")
    return task.location_id
