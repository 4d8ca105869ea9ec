"""What shoppers are told about their orders: a notice is a row that follows from an event; it is sent later."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import assert_never

from customer import metrics
from customer.domain.notices import Notice, NoticeKind, NoticeState, OrderNotices
from customer.identifiers import digest_of_ref
from customer.settings import settings
from customer.store import notices as store
from customer.store.identities import SQL
from customer.store.notices import NewNotice
from tsunagu.chassis import Cause, Received, Transaction
from tsunagu.contracts.ids import derived_id
from tsunagu.contracts.messages import (
    ChoiceRequested,
    NoticeFailed,
    OrderCancelled,
    OrderChanged,
    OrderCompleted,
    OrderConfirmed,
    OrderReady,
    OrderReallocated,
    OrderRejected,
    OrderShipped,
    RecipientChanged,
    RefundDue,
)
from tsunagu.contracts.values import CompletedLine, OrderLine, RefundLine

NOBODY, ERASED = "nobody", "erased"

Told = (
    OrderConfirmed
    | ChoiceRequested
    | OrderChanged
    | OrderReady
    | OrderShipped
    | OrderCompleted
    | OrderCancelled
    | OrderRejected
    | RecipientChanged
    | RefundDue
)


def digests_named(messages: Iterable[Received[Told | OrderReallocated]]) -> set[str]:
    """Hashes of the refs of all customers and recipients whom these events name."""
    refs = {ref for one in messages for ref in (one.message.customer_ref, one.message.recipient_ref)}
    return {digest_of_ref(ref) for ref in refs if ref is not None}


@dataclass(frozen=True, slots=True)
class _Addressed:
    """Under which refs somebody is looked up; else why nobody can be told."""

    customer_digest: str | None = None
    recipient_digest: str | None = None
    why_nobody: str | None = None


async def follow(tx: Transaction, messages: Sequence[Received[Told]]) -> None:
    """Make the notices that follow from these events, and void those that are moot now."""
    off = settings().smtp_host is None
    order_ids = {received.message.order_id for received in messages}
    if off:
        orders = {order_id: OrderNotices(()) for order_id in order_ids}
        erased: set[str] = set()
    else:
        orders = await store.load_waiting(tx.connection, order_ids, tx.now)
        rows = await tx.connection.fetch(SQL.owner_states, sorted(digests_named(messages)))
        erased = {row["digest"] for row in rows}
    causes: dict[str, Cause] = {}
    void_codes: dict[str, int] = {}
    for received in messages:
        addressed = _Addressed() if off else _addressed(received.message, erased)
        notices = orders[received.message.order_id]
        if isinstance(received.message, RecipientChanged | OrderChanged) and notices.had_another(
            addressed.recipient_digest
        ):
            void_codes[received.message.order_id] = received.message.version
        _follow(notices, _Making(received, addressed, tx.now, causes))
    changed = [notice for notices in orders.values() for notice in notices.changed.values()]
    if off:
        changed = [replace(one, state=NoticeState.OFF) if one.is_waiting else one for one in changed]
    kept = frozenset().union(*(notices.kept for notices in orders.values()))
    new = [NewNotice(one, causes[one.notice_id]) for one in changed if one.notice_id not in kept]
    await store.insert(tx.connection, new, tx.now)
    await store.update(tx.connection, [one for one in changed if one.notice_id in kept], tx.now)
    await store.forget_replaced_codes(tx.connection, void_codes)
    _say(tx, changed, causes)


class _Making:
    """Makes the notices that follow from one event. `causes` gets what each of them follows from."""

    def __init__(
        self, received: Received[Told], addressed: _Addressed, now: datetime, causes: dict[str, Cause]
    ) -> None:
        self.event = received.message
        self.now = now
        self.reaches_somebody = addressed.why_nobody is None
        self._received = received
        self._addressed = addressed
        self._causes = causes

    def notice(
        self,
        kind: NoticeKind,
        lines: Iterable[OrderLine | RefundLine],
        *,
        wanted_at: datetime | None = None,
        group_id: str | None = None,
        cause_id: str | None = None,
        location_id: str | None = None,
        until: datetime | None = None,
        amount_jpy: int | None = None,
        carrier: str | None = None,
        tracking_number: str | None = None,
    ) -> Notice:
        """The notice of this kind; the same event always gives the same one."""
        received = self._received
        notice_id = derived_id(received.cause_time, received.cause_id, kind)
        self._causes.setdefault(notice_id, received)
        return Notice(
            notice_id=notice_id,
            order_id=self.event.order_id,
            kind=kind,
            lines=_pieces(lines),
            wanted_at=wanted_at or self.now,
            group_id=group_id,
            cause_id=cause_id,
            location_id=location_id,
            until=until,
            amount_jpy=amount_jpy,
            carrier=carrier,
            tracking_number=tracking_number,
            customer_digest=self._addressed.customer_digest,
            recipient_digest=self._addressed.recipient_digest,
            state=self._state,
            reason=self._addressed.why_nobody,
        )

    def readdressed(self, notice: Notice) -> Notice:
        """A notice that waits, to whom this event names; it fails where that is nobody."""
        self._causes.setdefault(notice.notice_id, self._received)
        return replace(
            notice,
            customer_digest=self._addressed.customer_digest,
            recipient_digest=self._addressed.recipient_digest,
            state=self._state,
            reason=self._addressed.why_nobody,
        )

    def ready_again(self, reminder: Notice) -> Notice:
        """What a reminder will be about, told at once."""
        received = self._received
        notice_id = derived_id(received.cause_time, received.cause_id, f"ready:{reminder.group_id}")
        self._causes.setdefault(notice_id, received)
        return replace(reminder, notice_id=notice_id, kind=NoticeKind.READY, wanted_at=self.now)

    @property
    def _state(self) -> NoticeState:
        return NoticeState.WAITING if self.reaches_somebody else NoticeState.FAILED


def _follow(notices: OrderNotices, making: _Making) -> None:
    event = making.event
    match event:
        case OrderConfirmed():
            places = {group.location_id for group in event.groups}
            place = places.pop() if len(places) == 1 else None
            notices.add(
                making.notice(NoticeKind.CONFIRMED, event.lines, location_id=place, until=event.ready_by)
            )
        case ChoiceRequested():
            notices.void([NoticeKind.CHOICE])
            notices.add(making.notice(NoticeKind.CHOICE, event.lines, until=event.answer_by))
        case OrderChanged():
            # What was asked about is answered, or is asked anew when inventory has looked again.
            notices.void([NoticeKind.CHOICE])
            notices.readdress(making.readdressed)
        case RecipientChanged():
            notices.readdress(making.readdressed)
            notices.say_again_what_is_ready(making.ready_again)
        case OrderReady():
            _wait_for_the_shopper(notices, making, event)
        case OrderShipped():
            notices.add(
                making.notice(
                    NoticeKind.SHIPPED,
                    event.lines,
                    group_id=event.group_id,
                    carrier=event.carrier,
                    tracking_number=event.tracking_number,
                )
            )
        case OrderCompleted():
            _close(notices, event.lines, finished=event.order_finished)
        case OrderCancelled():
            _close(notices, event.lines, finished=event.order_finished)
            _end(notices, making, NoticeKind.CANCELLED, event.lines, event.cancel_id or event.order_id)
        case OrderRejected():
            _close(notices, event.lines, finished=True)
            _end(notices, making, NoticeKind.REJECTED, event.lines, event.order_id)
        case RefundDue():
            if event.amount_jpy > 0:  # of what a till has paid back already, nothing is left to tell
                notices.pay_back(
                    making.notice(
                        NoticeKind.REFUND, event.lines, cause_id=event.cause_id, amount_jpy=event.amount_jpy
                    )
                )
        case _ as never:
            assert_never(never)


def _wait_for_the_shopper(notices: OrderNotices, making: _Making, event: OrderReady) -> None:
    """Ready anew takes the place of what was ready before; the reminder comes of itself when its time has come."""
    notices.void((NoticeKind.READY, NoticeKind.REMINDER), event.group_id)

    def notice(kind: NoticeKind, wanted_at: datetime) -> Notice:
        return making.notice(
            kind,
            event.lines,
            wanted_at=wanted_at,
            group_id=event.group_id,
            location_id=event.location_id,
            until=event.pickup_by,
        )

    notices.add(notice(NoticeKind.READY, making.now))
    if event.pickup_by is not None and making.reaches_somebody:
        remind_at = event.pickup_by - timedelta(hours=settings().reminder_hours_before)
        if remind_at > making.now:
            notices.add(notice(NoticeKind.REMINDER, remind_at))


def _close(notices: OrderNotices, lines: Iterable[OrderLine | CompletedLine], *, finished: bool) -> None:
    if finished:
        notices.void()
    else:
        notices.take(_pieces(lines))


def _end(
    notices: OrderNotices, making: _Making, kind: NoticeKind, lines: Iterable[OrderLine], cause_id: str
) -> None:
    told_at = making.now + timedelta(seconds=settings().refund_wait_seconds)
    notices.add(making.notice(kind, lines, wanted_at=told_at, cause_id=cause_id))


def _say(tx: Transaction, changed: Iterable[Notice], causes: dict[str, Cause]) -> None:
    for notice in changed:
        if notice.is_waiting:
            continue
        tx.count(metrics.NOTICES, kind=notice.kind, outcome=notice.state)
        if notice.reason is not None:
            tx.count(metrics.NOTICES_FAILED, reason=notice.reason)
            tx.publish(
                NoticeFailed(
                    notice_id=notice.notice_id,
                    order_id=notice.order_id,
                    kind=notice.kind,
                    reason=notice.reason,
                    occurred_at=tx.now,
                ),
                cause=causes[notice.notice_id],
            )


def _addressed(event: Told, erased: set[str]) -> _Addressed:
    customer, recipient = (
        None if ref is None else digest_of_ref(ref) for ref in (event.customer_ref, event.recipient_ref)
    )
    if customer is None and recipient is None:
        return _Addressed(why_nobody=NOBODY)
    left = _Addressed(None if customer in erased else customer, None if recipient in erased else recipient)
    if left.customer_digest is None and left.recipient_digest is None:
        return _Addressed(why_nobody=ERASED)
    return left


def _pieces(lines: Iterable[OrderLine | CompletedLine | RefundLine]) -> dict[str, int]:
    pieces: dict[str, int] = {}
    for line in lines:
        pieces[line.line_id] = pieces.get(line.line_id, 0) + line.quantity
    return pieces
