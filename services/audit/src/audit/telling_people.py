"""Who customer says is who: the refs of each customer, by the events about identity."""

from collections.abc import Callable
from typing import Any

from audit.log import Seen
from audit.tables import RefsTold, Told
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages.customer import WhoIsWho


def _identified(told: Told, _: Seen, event: m.CustomerIdentified) -> None:
    _say(told.refs, event.customer_id, event, event.refs)


def _merged(told: Told, _: Seen, event: m.CustomersMerged) -> None:
    _say(told.refs, event.customer_id, event, event.refs)


def _split(told: Told, _: Seen, event: m.CustomerSplit) -> None:
    _say(told.refs, event.customer_id, event, event.refs)
    _say(told.moved_refs, event.new_customer_id, event, event.moved_refs)


def _say(told: dict[str, RefsTold], customer_id: str, event: WhoIsWho, refs: tuple[str, ...]) -> None:
    # A customer may come back several times, from customers whose events are read in any order.
    known = told.get(customer_id)
    if known is None or known.sequence < event.sequence:
        told[customer_id] = RefsTold(event.sequence, frozenset(refs))


PEOPLE: dict[type[Message], Callable[[Told, Seen, Any], None]] = {
    m.CustomerIdentified: _identified,
    m.CustomersMerged: _merged,
    m.CustomerSplit: _split,
}
