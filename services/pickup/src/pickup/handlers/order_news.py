"""What the order says, as decisions about its work."""

from pickup.domain import ending, promises, recipients
from pickup.domain.draft import Decision
from pickup.domain.model import Work
from pickup.domain.promises import ChangeNews, PromiseNews
from pickup.domain.scene import Scene
from tsunagu.contracts.messages import (
    CancelRequested,
    ChoiceRequested,
    OrderCancelled,
    OrderChanged,
    OrderConfirmed,
    OrderReallocated,
    OrderRejected,
    RecipientChanged,
)
from tsunagu.contracts.values import LineQuantity


def promised(news: OrderConfirmed | OrderReallocated, work: Work, scene: Scene) -> Decision:
    """Goods are held for the order: have them picked, sent and announced."""
    return promises.promised(
        work,
        PromiseNews(
            news.groups,
            news.lines,
            news.allocations,
            news.allocation_version,
            news.ready_by,
            news.customer_ref,
            news.recipient_ref,
            news.version,
        ),
        scene,
    )


def choice_requested(news: ChoiceRequested, work: Work, scene: Scene) -> Decision:
    """Some pieces can't be had; the rest does not wait for the shopper's answer."""
    asked = [LineQuantity(line_id=line.line_id, quantity=line.quantity) for line in news.lines]
    return promises.questioned(work, asked, scene)


def changed(news: OrderChanged, work: Work, scene: Scene) -> Decision:
    """Some lines reach the shopper another way."""
    return promises.changed(
        work,
        ChangeNews(
            news.groups,
            news.lines,
            news.changed_line_ids,
            news.ended_allocations,
            news.recipient_ref,
            news.version,
        ),
        scene,
    )


def recipient_changed(news: RecipientChanged, work: Work, scene: Scene) -> Decision:
    """Another person may collect: what is said of the order from now on names them, and only their code opens it."""
    return recipients.recipient_changed(work, news.recipient_ref, news.version, scene)


def cancel_requested(news: CancelRequested, work: Work, scene: Scene) -> Decision:
    """Cancel or handover: pickup decides, because it holds the handover's row."""
    return ending.asked_to_cancel(work, news.cancel_id, news.lines, scene)


def cancelled(news: OrderCancelled | OrderRejected, work: Work, scene: Scene) -> Decision:
    """These pieces will not be had: what is staged of them goes back to the shelf."""
    return ending.was_cancelled(work, news.lines, scene)
