"""What happens when nothing happened in time: nobody came, or nobody knew the order."""

from collections.abc import Iterable, Sequence

from pickup.desk import Desk
from pickup.domain import ending, punctuality
from pickup.domain.draft import Decision, Draft
from pickup.domain.handover import plain_sale
from pickup.domain.model import Work
from pickup.domain.outcomes import IsPlainSale
from pickup.domain.scene import Scene
from pickup.handlers.store_work import receipt_of
from pickup.store import WORKS
from pickup.waiting import WaitingFact, forget_facts, load_facts
from tsunagu.chassis import Connection, Due, RowKey, Transaction
from tsunagu.contracts.messages import HandOver, SaleRecorded


async def works(_: Connection, dues: Sequence[Due]) -> Iterable[RowKey]:
    """The works that the timers are about."""
    return [WORKS.row(due.payload["work_id"]) for due in dues]


async def pickup_expired(tx: Transaction, dues: Sequence[Due]) -> None:
    """Nobody came by pickup_by."""
    desk = await Desk.load(tx, [due.payload["work_id"] for due in dues])
    for due in dues:
        group_id = due.payload["group_id"]
        desk.decide(
            due.payload["work_id"],
            due,
            lambda work, scene, group_id=group_id: ending.expired(work, group_id, scene),  # type: ignore[misc]
            at=tx.now,
        )
    await desk.save()


async def transfer_at_risk(tx: Transaction, dues: Sequence[Due]) -> None:
    """A transfer should be there soon."""
    desk = await Desk.load(tx, [due.payload["work_id"] for due in dues])
    for due in dues:
        desk.decide(
            due.payload["work_id"],
            due,
            lambda work, scene, transfer_id=due.key: punctuality.warn(work, transfer_id, scene),  # type: ignore[misc]
            at=tx.now,
        )
    await desk.save()


async def handover_unmatched(tx: Transaction, dues: Sequence[Due]) -> None:
    """Nobody knew the order in time: the handover is a plain sale."""
    work_ids = [due.payload["work_id"] for due in dues]
    desk = await Desk.load(tx, work_ids)
    waiting = {
        (fact.work_id, fact.source, fact.id): fact
        for facts in (await load_facts(tx.connection, sorted(set(work_ids)))).values()
        for fact in facts
    }
    ended: list[WaitingFact] = []
    for due in dues:
        payload = due.payload
        fact = waiting.get((payload["work_id"], payload["message_source"], payload["message_id"]))
        if fact is None:
            continue
        sale = _plain(fact)
        desk.decide(
            fact.work_id,
            due,
            lambda work, scene, sale=sale: _said(work, scene, sale),  # type: ignore[misc]
            at=tx.now,
            about=fact.message,
        )
        ended.append(fact)
    await desk.save()
    await forget_facts(tx.connection, ended)


def _plain(fact: WaitingFact) -> IsPlainSale:
    match fact.message:
        case SaleRecorded() as sale:
            receipt = receipt_of(sale, fact.work_id)
            return plain_sale(receipt, receipt.lines)
        case HandOver() as handover:
            return IsPlainSale(
                handover.location_id, (), handover_id=handover.handover_id, staff_ref=handover.staff_ref
            )
        case other:
            raise TypeError(f"{type(other).__name__} has no end to its waiting")


def _said(work: Work, scene: Scene, sale: IsPlainSale) -> Decision:
    draft = Draft(work, scene)
    draft.say(sale)
    return draft.decided()
