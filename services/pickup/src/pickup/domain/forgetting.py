"""Whom goods were for is known as long as there is something to do for them, and not after that."""

from dataclasses import replace

from pickup.domain.model import ACTIVE, GroupState, TransferState, Work


def is_over(work: Work) -> bool:
    """Whether nothing of the work is still to be done, under way or waited for."""
    return not (
        any(group.state is not GroupState.CLOSED for group in work.groups.values())
        or any(
            transfer.state in (TransferState.PLANNED, TransferState.SHIPPED)
            for transfer in work.transfers.values()
        )
        or any(task.state in ACTIVE for task in work.tasks.values())
        or any(parcel.delivered_at is None and parcel.ended is None for parcel in work.parcels.values())
    )


def forget_at_end(work: Work) -> Work:
    """The work without whom it was for, if it is over: no person has to be erased here who is not waiting for goods."""
    if not is_over(work) or (work.customer_ref is None and work.recipient_ref is None):
        return work
    recipient_forgotten = work.recipient_forgotten or work.recipient_ref is not None
    return replace(work, customer_ref=None, recipient_ref=None, recipient_forgotten=recipient_forgotten)
