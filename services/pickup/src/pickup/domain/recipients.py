"""Who may collect, as the order says it, and which codes are good for it."""

from pickup.domain.codes import replaced
from pickup.domain.draft import Decision, Draft
from pickup.domain.model import GroupState, Work
from pickup.domain.outcomes import CodeIsReplaced, CodeIsUseless
from pickup.domain.scene import Scene


def recipient_changed(work: Work, recipient_ref: str | None, order_version: int, scene: Scene) -> Decision:
    """From now on this person may collect beside the customer; without one, nobody."""
    draft = Draft(work, scene)
    name_recipient(draft, recipient_ref, order_version)
    return draft.decided()


def name_recipient(draft: Draft, recipient_ref: str | None, order_version: int) -> None:
    """Take over who may collect. What a person has been sent opens nothing when another takes their place.

    Where nobody was named before, the customer alone has the code, and goes on with it. Of work that was over and is
    not any more, it is forgotten who was named: they count as another.
    """
    former, draft.recipient_ref = draft.recipient_ref, recipient_ref
    forgotten, draft.recipient_forgotten = draft.recipient_forgotten, False
    if not forgotten and (former is None or former == recipient_ref or not draft.known):
        return
    draft.recipient_version = order_version
    draft.codes = tuple(replaced(code) for code in draft.codes)
    if not draft.code_published:
        return
    waiting = [
        (group.pickup_by, group.group_id)
        for group in draft.groups.values()
        if group.state is GroupState.READY and group.pickup_by is not None
    ]
    if waiting:
        valid_until, group_id = max(waiting)
        draft.say(CodeIsReplaced(group_id, valid_until))
    else:
        # What becomes ready again brings a code of its own.
        draft.code_published = False
        draft.say(CodeIsUseless())
