"""Which notices an order has, and which of them are moot by what became of it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum


class NoticeKind(StrEnum):
    """What a notice says."""

    CONFIRMED = "confirmed"
    CHOICE = "choice"
    READY = "ready"
    SHIPPED = "shipped"
    REMINDER = "reminder"
    CANCELLED = "cancelled"
    REJECTED = "rejected"
    REFUND = "refund"
    HISTORY_CODE = "history_code"
    HISTORY_LINKED = "history_linked"


class NoticeState(StrEnum):
    """What became of a notice. Off: there was no mail server to send it with."""

    WAITING = "waiting"
    SENT = "sent"
    FAILED = "failed"
    VOID = "void"
    OFF = "off"


ABOUT_OPEN_PIECES = frozenset(
    {NoticeKind.CONFIRMED, NoticeKind.CHOICE, NoticeKind.READY, NoticeKind.SHIPPED, NoticeKind.REMINDER}
)
"""Moot when none of their pieces is open any more; the others say what is final."""

_FOR_WHO_RECEIVES = frozenset({NoticeKind.READY, NoticeKind.REMINDER, NoticeKind.SHIPPED})
"""What whoever fetches or gets the goods needs. The others are the buyer's: what was bought or paid, what to choose."""

_IN_TIME_ONLY = frozenset({NoticeKind.CHOICE, NoticeKind.READY, NoticeKind.REMINDER, NoticeKind.HISTORY_CODE})
"""Moot when the time that they name is over."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice, about an order or about a link to a purchase history.

    `lines`: the pieces it is about, by line_id. `until`: ready, collected or answered by then, or good until then.

    `cause_id`: the cancellation that a refund refers to. `wanted_at`: when it is to be sent. The digests say under
    which refs the addressee is looked up. `on_its_way`: somebody is sending it at this moment, as it is.
    """

    notice_id: str
    order_id: str | None
    kind: NoticeKind
    lines: Mapping[str, int]
    wanted_at: datetime
    link_id: str | None = None
    group_id: str | None = None
    cause_id: str | None = None
    location_id: str | None = None
    until: datetime | None = None
    amount_jpy: int | None = None
    carrier: str | None = None
    tracking_number: str | None = None
    customer_digest: str | None = None
    recipient_digest: str | None = None
    state: NoticeState = NoticeState.WAITING
    reason: str | None = None
    on_its_way: bool = False

    @property
    def pieces(self) -> int:
        """How many pieces it is about."""
        return sum(self.lines.values())

    @property
    def addressees(self) -> tuple[str | None, str | None]:
        """Hashes of the refs of the recipient and the customer whom it may go to, the first of them first.

        What concerns the buyer goes to a recipient only where no customer is named: a gift has no price.
        """
        for_recipient = self.kind in _FOR_WHO_RECEIVES or self.customer_digest is None
        return (self.recipient_digest if for_recipient else None), self.customer_digest

    @property
    def is_waiting(self) -> bool:
        """Whether it is still to be sent."""
        return self.state is NoticeState.WAITING

    def is_moot(self, now: datetime) -> bool:
        """Whether time alone has made it pointless."""
        return self.kind in _IN_TIME_ONLY and self.until is not None and self.until <= now


class OrderNotices:
    """The notices of an order that wait, and what events change about them.

    `changed`: all to be saved, by id; those that are not among `kept` are new.
    """

    def __init__(self, waiting: Iterable[Notice]) -> None:
        self._waiting = {notice.notice_id: notice for notice in waiting}
        self.kept = frozenset(self._waiting)
        self.changed: dict[str, Notice] = {}

    def add(self, notice: Notice) -> None:
        """One more; the same one again changes nothing."""
        if notice.notice_id not in self._waiting and notice.notice_id not in self.changed:
            self._put(notice)

    def void(self, kinds: Iterable[NoticeKind] = ABOUT_OPEN_PIECES, group_id: str | None = None) -> None:
        """Those of these kinds, and of the group if one is named, are moot."""
        wanted = frozenset(kinds)
        for notice in list(self._waiting.values()):
            if notice.kind in wanted and group_id in (None, notice.group_id):
                self._put(replace(notice, state=NoticeState.VOID))

    def had_another(self, recipient_digest: str | None) -> bool:
        """Whether somebody else was the recipient of what waits: who has been told the code by now, or will be."""
        return any(
            notice.recipient_digest not in (None, recipient_digest) for notice in self._waiting.values()
        )

    def readdress(self, readdressed: Callable[[Notice], Notice]) -> None:
        """All that waits goes to somebody else. What is on its way at this moment still reaches the one before."""
        for notice in list(self._waiting.values()):
            self._put(readdressed(notice))

    def say_again_what_is_ready(self, ready: Callable[[Notice], Notice]) -> None:
        """Whoever is new to the order has not been told what waits for them: as long as a reminder is to come."""
        waiting = list(self._waiting.values())
        told = {notice.group_id for notice in waiting if notice.kind is NoticeKind.READY}
        for notice in waiting:
            if notice.kind is NoticeKind.REMINDER and notice.group_id not in told:
                self.add(ready(notice))

    def take(self, pieces: Mapping[str, int], kinds: Iterable[NoticeKind] = ABOUT_OPEN_PIECES) -> None:
        """These pieces by line_id are not open any more; a notice that has none left is moot.

        Whether a cancelled piece was one of those that wait is not known where both are of one line: then a reminder
        may be left out, and none is sent for nothing.
        """
        wanted = frozenset(kinds)
        for notice in list(self._waiting.values()):
            if notice.kind not in wanted or not notice.lines.keys() & pieces.keys():
                continue
            left = {line_id: n - pieces.get(line_id, 0) for line_id, n in notice.lines.items()}
            left = {line_id: n for line_id, n in left.items() if n > 0}
            gone = not left
            self._put(replace(notice, state=NoticeState.VOID) if gone else replace(notice, lines=left))

    def pay_back(self, refund: Notice) -> None:
        """Say what is paid back with the cancellation or rejection that it belongs to; else in a notice of its own."""
        for notice in self._waiting.values():
            if (
                notice.kind in (NoticeKind.CANCELLED, NoticeKind.REJECTED)
                and notice.cause_id == refund.cause_id
                and notice.amount_jpy is None
                and not notice.on_its_way
            ):
                self._put(replace(notice, amount_jpy=refund.amount_jpy))
                return
        self.add(refund)

    def _put(self, notice: Notice) -> None:
        self.changed[notice.notice_id] = notice
        if notice.is_waiting:
            self._waiting[notice.notice_id] = notice
        else:
            self._waiting.pop(notice.notice_id, None)
