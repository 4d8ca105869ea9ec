"""Transfers to send and to receive."""

from pickup.domain.draft import Draft
from pickup.domain.model import GoodsState, TaskKind, TransferState
from pickup.domain.task_life import ensure, staged_at


def refresh_transfers(draft: Draft, busy: set[tuple[str, str]]) -> None:
    """Each transfer is sent once all of it is picked, and received once it has left."""
    for transfer in draft.transfers.values():
        here = (transfer.group_id, transfer.from_location_id)
        to_send = []
        if transfer.state is TransferState.PLANNED and here not in busy:
            to_send = staged_at(draft, transfer.group_id, transfer.from_location_id)
        ensure(
            draft,
            TaskKind.SHIP_TRANSFER,
            transfer.from_location_id,
            to_send,
            due_at=transfer.ship_by,
            subject=f"{transfer.to_location_id} with {transfer.carrier}",
            transfer=transfer,
            done=transfer.state in (TransferState.SHIPPED, TransferState.RECEIVED),
        )
        on_the_way = []
        if transfer.state is TransferState.SHIPPED:
            states = (GoodsState.IN_TRANSIT, GoodsState.IN_TRANSIT_FREE)
            on_the_way = draft.piles(states, place=transfer.transfer_id)
        ensure(
            draft,
            TaskKind.RECEIVE_TRANSFER,
            transfer.to_location_id,
            on_the_way,
            due_at=transfer.arrive_by,
            subject=f"{transfer.from_location_id} with {transfer.carrier}",
            transfer=transfer,
            done=True,
        )
