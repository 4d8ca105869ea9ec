"""Who may collect, as the order says it."""

from pickup.domain.draft import Decision, Draft
from pickup.domain.model import Work
from pickup.domain.scene import Scene


def recipient_changed(work: Work, recipient_ref: str | None, scene: Scene) -> Decision:
    """From now on this person may collect beside the customer; without one, nobody."""
    draft = Draft(work, scene)
    draft.recipient_ref = recipient_ref
    return draft.decided()
