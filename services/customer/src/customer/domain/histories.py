"""Links to purchase histories: by whom one is proven, when it ends, and what it shows."""

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from customer.domain.purchases import Head, Kept
from tsunagu.contracts.values import HISTORY_LINES_MAX, JAPAN, HistoryLine, HistoryPurchase

CODE_DIGITS = 8
"""Of a code: fifteen guesses a day at a hundred million."""


class End(StrEnum):
    """Why a link has ended."""

    GUESSES = "guesses"
    TIME = "time"
    SHOPPER = "shopper"
    PARTED = "parted"
    """The ref that was asked by and the one that the code was mailed to are two customers' now."""
    NEWER = "newer"
    """The customer has as many newer links as there may be."""


@dataclass(frozen=True, slots=True)
class Link:
    """A link as it stands. `code`: the digits that prove it; None where nobody was sent any, or none count any more.

    `customer_id`: who holds both the ref that was asked by and the one that the code was mailed to; None where that is
    nobody, or two. `valid_until`: of the code until it is proven, then of the link.
    """

    link_id: str
    version: int
    digest: str
    guesses_left: int
    valid_until: datetime
    customer_id: str | None = None
    mailed_digest: str | None = None
    code: str | None = field(default=None, repr=False)
    proven_at: datetime | None = None
    ended_at: datetime | None = None
    shown_digest: bytes | None = None

    def is_open(self, now: datetime) -> bool:
        """Whether it shows something, or may yet be proven."""
        return self.ended_at is None and now < self.valid_until

    @property
    def is_proven(self) -> bool:
        """Whether somebody has typed the right digits."""
        return self.proven_at is not None

    def guessed(self, digits: str, now: datetime, proven_until: datetime) -> "Link":
        """The link after somebody has typed digits; one that is proven or has ended stays as it is."""
        if self.is_proven or not self.is_open(now):
            return self
        is_right = self.code is not None and hmac.compare_digest(self.code, digits)
        if is_right and self.customer_id is not None:
            return replace(self, code=None, proven_at=now, valid_until=proven_until)
        left = replace(self, guesses_left=self.guesses_left - 1)
        return left if left.guesses_left else left.ended(now)

    def told(self, version: int, digest: bytes) -> "Link":
        """The link with what was published of it last."""
        return replace(self, version=version, shown_digest=digest)

    def ended(self, now: datetime) -> "Link":
        """The link when it is over."""
        return replace(self, code=None, ended_at=now)


def shown(head: Head, kept: Kept, lines_max: int = HISTORY_LINES_MAX) -> HistoryPurchase:
    """A purchase as its buyer is shown it, with its first `lines_max` lines."""
    lines = tuple(
        HistoryLine(
            sku=line.sku,
            quantity=line.quantity,
            amount_jpy=line.amount_jpy,
            returned_quantity=line.returned_quantity,
        )
        for line in kept.lines[:lines_max]
    )
    return HistoryPurchase(
        day=head.bought_at.astimezone(JAPAN).date(),
        channel=head.channel,
        location_id=head.location_id,
        lines=lines,
        more_lines=len(kept.lines) - len(lines),
        amount_jpy=kept.amount_jpy,
    )


def beyond(links: Iterable[Link], links_max: int) -> list[Link]:
    """Of a customer's proven links those that are too many: the oldest."""
    proven = [link for link in links if link.proven_at is not None and link.ended_at is None]
    newest = sorted(proven, key=lambda link: (link.proven_at, link.link_id), reverse=True)
    return newest[links_max:]
