"""Which links an order has: one to ask for changes while there is something to change, one for a question about it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from order.domain.order import Link, Order, Stage
from tsunagu.contracts.values import LinkPurpose


@dataclass(frozen=True, slots=True)
class LinkTerms:
    """How long a link of an order is good from `now` on; 0 days issues none. A question's ends with the question."""

    now: datetime
    order_days: float


@dataclass(frozen=True, slots=True)
class Relinked:
    """The order with the links that it has now, which of them are new, and which are void."""

    order: Order
    issued: tuple[LinkPurpose, ...] = ()
    void: tuple[LinkPurpose, ...] = ()


def relink(order: Order, terms: LinkTerms) -> Relinked:
    """Issue and void links by how the order stands. A question that is asked anew has a new link."""
    wanted = _wanted(order, terms)
    void = tuple(purpose for purpose in order.links if purpose not in wanted)
    new = {
        purpose: valid_until
        for purpose, valid_until in wanted.items()
        if purpose not in order.links or order.links[purpose].valid_until != valid_until
    }
    if not void and not new:
        return Relinked(order)
    kept = {purpose: link for purpose, link in order.links.items() if purpose in wanted}
    return Relinked(_with_new(replace(order, links=kept), new), tuple(new), void)


def renew(order: Order, now: datetime) -> Relinked:
    """Issue every link of the order that is still good anew: what is kept of them does not tell their tokens."""
    good = {purpose: link.valid_until for purpose, link in order.links.items() if link.valid_until > now}
    return Relinked(_with_new(order, good), tuple(good))


def _wanted(order: Order, terms: LinkTerms) -> dict[LinkPurpose, datetime]:
    wanted: dict[LinkPurpose, datetime] = {}
    issued = order.links.get(LinkPurpose.ORDER)
    changeable = order.stage is Stage.CONFIRMED and any(line.movable for line in order.lines.values())
    if changeable and issued is not None:
        wanted[LinkPurpose.ORDER] = issued.valid_until
    elif changeable and terms.order_days:
        wanted[LinkPurpose.ORDER] = terms.now + timedelta(days=terms.order_days)
    if order.choice_answer_by is not None:
        wanted[LinkPurpose.CHOICE] = order.choice_answer_by
    return wanted


def _with_new(order: Order, new: Mapping[LinkPurpose, datetime]) -> Order:
    links = {
        purpose: Link(version, valid_until)
        for version, (purpose, valid_until) in enumerate(new.items(), order.links_issued + 1)
    }
    return replace(order, links={**order.links, **links}, links_issued=order.links_issued + len(links))
