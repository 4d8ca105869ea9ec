"""Who customer says is who: the refs of each customer, by the events about identity."""

from collections.abc import Callable
from typing import Any

from audit.log import Seen
from audit.tables import RefsTold, Told
from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message


def _identified(told: Told, seen: Seen, event: m.CustomerIdentified) -> None:
    _say(told, seen, event.customer_id, event.version, event.refs)


def _merged(told: Told, seen: Seen, event: m.CustomersMerged) -> None:
    _say(told, seen, event.customer_id, event.version, event.refs)


def _split(told: Told, seen: Seen, event: m.CustomerSplit) -> None:
    _say(told, seen, event.customer_id, event.version, event.refs)
    # The new customer's own events begin after this one, and have versions of their own.
    # A customer may come back several times, from customers whose events are read in any order.
    known = told.moved_refs.get(event.new_customer_id)
    if known is None or known.at < seen.envelope.time:
        told.moved_refs[event.new_customer_id] = RefsTold(seen.envelope.time, 0, frozenset(event.moved_refs))


def _say(told: Told, seen: Seen, customer_id: str, version: int, refs: tuple[str, ...]) -> None:
    known = told.refs.get(customer_id)
    if known is None or known.version < version:
        told.refs[customer_id] = RefsTold(seen.envelope.time, version, frozenset(refs))


PEOPLE: dict[type[Message], Callable[[Told, Seen, Any], None]] = {
    m.CustomerIdentified: _identified,
    m.CustomersMerged: _merged,
    m.CustomerSplit: _split,
}
