"""Whether transfers will be there in time."""

from pickup.domain.draft import Decision, Draft
from pickup.domain.model import TransferState, Work
from pickup.domain.outcomes import TransferIsAtRisk
from pickup.domain.scene import Scene

_REASONS = {TransferState.PLANNED: "not_shipped", TransferState.SHIPPED: "not_received"}


def warn(work: Work, transfer_id: str, scene: Scene) -> Decision:
    """Warn of a transfer that is still under way shortly before it should be there."""
    draft = Draft(work, scene)
    transfer = draft.transfers.get(transfer_id)
    if transfer is not None and transfer.state in _REASONS:
        draft.say(TransferIsAtRisk(transfer, _REASONS[transfer.state]))
    return draft.decided()
