"""What the processes of a service tell, put together: the service's condition as one sees it from outside."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from pydantic import BaseModel

from tsunagu.contracts.messages import ProcessCondition
from tsunagu.contracts.values import AffectedOrder, DeadLetterGroup, Instant, RedriveProgress


class ServiceCondition(BaseModel):
    """How a service is. `silent`: none of its processes has told anything when it should have; all here is old."""

    service: str
    silent: bool
    told_at: Instant
    processes: int
    outbox_records: int
    outbox_seconds: float
    set_aside: int
    due_failing: int
    due_seconds: float


class Lag(BaseModel):
    """How far a service is behind on a topic, over all of its processes."""

    service: str
    silent: bool
    topic: str
    partitions: int
    records: int
    seconds: float
    stopped: int


class DeadLetters(DeadLetterGroup):
    """What waits in a service for one reason. Orders are worth what their state says, else what waits says of them."""

    service: str
    total_jpy: int
    """Of the orders that are named, and of what belongs to no order."""
    exact: bool
    """Whether all of its orders are named, each with what it is worth."""


class Redrive(RedriveProgress):
    """A redrive in a service."""

    service: str


class Affected(BaseModel):
    """What of the business waits in all services together; an order that waits in several counts once."""

    orders: int
    amount_jpy: int
    location_ids: list[str]
    exact: bool
    """Otherwise it is at least as much."""


class Operations(BaseModel):
    """All that operators see at once."""

    as_of: Instant
    services: list[ServiceCondition]
    lags: list[Lag]
    dead_letters: list[DeadLetters]
    redrives: list[Redrive]
    affected: Affected


class Known(NamedTuple):
    """A service's processes that speak for it: those that are not silent, else the one that spoke last."""

    service: str
    silent: bool
    processes: Sequence[ProcessCondition]

    @property
    def newest(self) -> ProcessCondition:
        """Speaks for what is in the database, of which all tell the same."""
        return self.processes[0]


def operations(
    conditions: Iterable[ProcessCondition], worth: Mapping[str, int], now: datetime, missed_max: int
) -> Operations:
    """Put conditions together. `worth`: yen of the orders that they name; `missed_max`: so many that did not come
    make a process silent."""
    known = [
        _known(service, list(told), now, missed_max)
        for service, told in groupby(sorted(conditions, key=_newest_first), key=lambda one: one.service)
    ]
    letters = [_dead_letters(one.service, group, worth) for one in known for group in one.newest.dead_letters]
    more = any(one.newest.more_dead_letters for one in known)
    return Operations(
        as_of=now,
        services=[_service(one) for one in known],
        lags=sorted(
            (lag for one in known for lag in _lags(one)),
            key=lambda lag: (-lag.seconds, lag.service, lag.topic),
        ),
        dead_letters=letters,
        redrives=sorted(
            (
                Redrive(**redrive.model_dump(), service=one.service)
                for one in known
                for redrive in one.newest.redrives
            ),
            key=lambda redrive: (redrive.state != "running", -redrive.asked_at.timestamp()),
        ),
        affected=_affected(letters, more=more),
    )


def named_orders(conditions: Iterable[ProcessCondition]) -> list[str]:
    """The orders that dead letters name."""
    return sorted({o.order_id for one in conditions for group in one.dead_letters for o in group.orders})


def _newest_first(one: ProcessCondition) -> tuple[str, float]:
    return one.service, -one.told_at.timestamp()


def _known(service: str, told: Sequence[ProcessCondition], now: datetime, missed_max: int) -> Known:
    alive = [one for one in told if one.told_at + timedelta(seconds=missed_max * one.next_in_seconds) >= now]
    return Known(service, not alive, alive or told[:1])


def _service(known: Known) -> ServiceCondition:
    newest = known.newest
    return ServiceCondition(
        service=known.service,
        silent=known.silent,
        told_at=newest.told_at,
        processes=0 if known.silent else len(known.processes),
        outbox_records=newest.outbox_records,
        outbox_seconds=newest.outbox_seconds,
        set_aside=newest.set_aside,
        due_failing=newest.due_failing,
        due_seconds=newest.due_seconds,
    )


def _lags(known: Known) -> list[Lag]:
    lags: dict[str, Lag] = {}
    for process in known.processes:
        for told in process.consumers:
            lag = lags.setdefault(
                told.topic,
                Lag(
                    service=known.service,
                    silent=known.silent,
                    topic=told.topic,
                    partitions=0,
                    records=0,
                    seconds=0.0,
                    stopped=0,
                ),
            )
            lag.partitions += told.partitions
            lag.records += told.records
            lag.seconds = max(lag.seconds, told.seconds)
            lag.stopped += told.stopped
    return list(lags.values())


def _dead_letters(service: str, group: DeadLetterGroup, worth: Mapping[str, int]) -> DeadLetters:
    orders = [
        AffectedOrder(order_id=one.order_id, amount_jpy=worth.get(one.order_id, one.amount_jpy))
        for one in group.orders
    ]
    return DeadLetters(
        **group.model_dump(exclude={"orders"}),
        orders=tuple(orders),
        service=service,
        total_jpy=group.amount_jpy + sum(order.amount_jpy for order in orders),
        exact=len(orders) == group.orders_total and all(order.amount_jpy for order in orders),
    )


def _affected(letters: Sequence[DeadLetters], *, more: bool) -> Affected:
    orders: dict[str, int] = {}
    for order in (order for group in letters for order in group.orders):
        orders[order.order_id] = max(order.amount_jpy, orders.get(order.order_id, 0))
    return Affected(
        orders=max([len(orders), *(group.orders_total for group in letters)]),
        amount_jpy=sum(orders.values()) + sum(group.amount_jpy for group in letters),
        location_ids=sorted({id for group in letters for id in group.location_ids}),
        exact=not more and all(group.exact for group in letters),
    )
