"""What happens to facts whose order, transfer or parcel nobody has heard of in time."""

from collections import Counter
from collections.abc import Iterable, Sequence

from pickup.desk import Desk
from pickup.domain.draft import Decision, Draft
from pickup.domain.handover import plain_sale
from pickup.domain.model import Work
from pickup.domain.outcomes import IsPlainSale, WorkIsUnmatched
from pickup.domain.scene import Scene
from pickup.handlers.store_work import receipt_of
from pickup.waiting import WaitingFact, forget_facts, load_facts
from tsunagu.chassis import Due, Transaction
from tsunagu.contracts.messages import (
    ConfirmDelivery,
    HandOver,
    ReceiveTransfer,
    ReportTracking,
    SaleRecorded,
    ShipParcel,
    ShipTransfer,
)
from tsunagu.contracts.values import SkuQuantity


async def end_waiting(tx: Transaction, dues: Sequence[Due]) -> None:
    """A handover of an order that nobody knows is a plain sale; of any other work somebody has to find out."""
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
        outcome = _outcome(fact)
        desk.decide(
            fact.work_id,
            due,
            lambda work, scene, outcome=outcome: _said(work, scene, outcome),  # type: ignore[misc]
            at=tx.now,
            about=fact.message,
        )
        ended.append(fact)
    await desk.save()
    await forget_facts(tx.connection, ended)


def _outcome(fact: WaitingFact) -> IsPlainSale | WorkIsUnmatched:
    match fact.message:
        case SaleRecorded() as sale:
            receipt = receipt_of(sale, fact.work_id)
            return plain_sale(receipt, receipt.lines)
        case HandOver() as handover:
            return IsPlainSale(
                handover.location_id, (), handover_id=handover.handover_id, staff_ref=handover.staff_ref
            )
        case ShipTransfer() as work:
            left = _pieces((line.sku, line.quantity) for line in work.lines)
            return _unmatched(work, transfer_id=work.transfer_id, location_id=work.location_id, left=left)
        case ReceiveTransfer() as work:
            arrived = _pieces((line.sku, line.received) for line in work.lines)
            return _unmatched(
                work, transfer_id=work.transfer_id, location_id=work.location_id, arrived=arrived
            )
        case ShipParcel() as work:
            left = _pieces((line.sku, line.quantity) for line in work.lines)
            return _unmatched(work, parcel_id=work.parcel_id, location_id=work.location_id, left=left)
        case ReportTracking() | ConfirmDelivery() as work:
            return _unmatched(work, parcel_id=work.parcel_id)
        case other:
            raise TypeError(f"{type(other).__name__} has no end to its waiting")


def _unmatched(
    fact: ShipTransfer | ReceiveTransfer | ShipParcel | ReportTracking | ConfirmDelivery,
    *,
    transfer_id: str | None = None,
    parcel_id: str | None = None,
    location_id: str | None = None,
    arrived: tuple[SkuQuantity, ...] = (),
    left: tuple[SkuQuantity, ...] = (),
) -> WorkIsUnmatched:
    fact_id = fact.identity()
    assert fact_id is not None, "a fact has a natural id"
    return WorkIsUnmatched(
        fact.WIRE_TYPE,
        fact_id,
        fact.order_id,
        transfer_id,
        parcel_id,
        location_id,
        arrived,
        left,
        fact.staff_ref,
    )


def _pieces(lines: Iterable[tuple[str, int]]) -> tuple[SkuQuantity, ...]:
    """Pieces by SKU: lines mean nothing to whoever does not know the order."""
    counted: Counter[str] = Counter()
    for sku, pieces in lines:
        counted[sku] += pieces
    return tuple(SkuQuantity(sku=sku, quantity=pieces) for sku, pieces in sorted(counted.items()) if pieces)


def _said(work: Work, scene: Scene, outcome: IsPlainSale | WorkIsUnmatched) -> Decision:
    draft = Draft(work, scene)
    draft.say(outcome)
    return draft.decided()
