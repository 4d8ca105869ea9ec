"""Counts what is said on the topics: the demo's own figures, which no service is asked for."""

import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping
from functools import partial

from aiokafka import ConsumerRecord

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import FulfilmentMethod, SaleLine
from tsunagu.retailer.board import Board
from tsunagu.retailer.figures import Figures, quantiles
from tsunagu.retailer.newsfeed import Newsfeed
from tsunagu.retailer.task_documents import DISCREPANCY, OPEN_STATES

RATE_SECONDS = 3.0
"""Span over which a rate is averaged: short enough to be live, long enough not to flicker."""

RESTLESS = frozenset(
    topic.name
    for topic in (t.BACKBONE_HEARTBEAT, t.BACKBONE_CONDITIONS, t.INVENTORY_FEEDS, t.PICKUP_CAPACITY)
)
"""Topics on which something is said even when nothing happens."""


class Observer:
    """Listens to a newsfeed and keeps the figures of the run."""

    def __init__(self, news: Newsfeed) -> None:
        self._news = news
        self.records: Counter[str] = Counter()
        """Records by topic."""
        self._recent: dict[str, deque[tuple[float, int]]] = defaultdict(deque)
        self._orders: dict[str, set[str]] = defaultdict(set)
        self._states: dict[str, str] = {}
        self._finished: set[str] = set()
        self._placed_at: dict[str, float] = {}
        self._confirmed_after_ms: dict[str, float] = {}
        self._sold: Counter[str] = Counter()
        self._returned: Counter[str] = Counter()
        self._voided: Counter[str] = Counter()
        self._documents: set[str] = set()
        self._tasks: dict[str, m.Task] = {}
        self._money_tasks: dict[str, m.Task] = {}
        self._stock_tasks: dict[str, m.Task] = {}
        self._board = Board(news)
        self.received: set[str] = set()
        """Deliveries that inventory has booked."""
        news.watch(self._count)
        news.listen_to_all(t.ORDER_EVENTS, self._order_event)
        news.listen(t.ORDER_STATE, m.Order, self._order_state)
        news.listen(t.PICKUP_EVENTS, m.PickupExpired, self._expired)
        news.listen(t.PICKUP_EVENTS, m.HandoverUnmatched, self._unmatched)
        news.listen(t.PICKUP_TASKS, m.Task, partial(_keep_latest, self._tasks))
        news.listen(t.ORDER_TASKS, m.Task, partial(_keep_latest, self._money_tasks))
        news.listen(t.INVENTORY_TASKS, m.Task, partial(_keep_latest, self._stock_tasks))
        news.listen_to_all(t.POS_SALES, self._till_document)
        news.listen(t.INVENTORY_EVENTS, m.StockReceived, lambda event: self.received.add(event.document_id))

    @property
    def total_records(self) -> int:
        """Records on topics that are silent when nothing happens."""
        return sum(count for topic, count in self.records.items() if topic not in RESTLESS)

    def rates(self) -> dict[str, float]:
        """Records a second by topic, averaged over RATE_SECONDS."""
        now = time.monotonic()
        rates = {}
        for topic, recent in self._recent.items():
            while recent and recent[0][0] < now - RATE_SECONDS:
                recent.popleft()
            rates[topic] = sum(count for _, count in recent) / RATE_SECONDS
        return rates

    def states(self) -> dict[str, int]:
        """Orders by the state they are in now."""
        return dict(sorted(Counter(self._states.values()).items()))

    def open_orders(self) -> list[str]:
        """Orders of which something may still happen."""
        return sorted(self._orders["placed"] - self._finished)

    def open_tasks(self) -> list[m.Task]:
        """Tasks that the retailer's people still have to do."""
        discrepancies = [task for task in _open(self._stock_tasks) if task.kind == DISCREPANCY]
        return [*_open(self._tasks), *_open(self._money_tasks), *discrepancies]

    def tasks_left(self) -> dict[str, int]:
        """Tasks that are open and that nobody here can do, such as counts, by kind."""
        kinds = Counter(task.kind for task in _open(self._stock_tasks) if task.kind != DISCREPANCY)
        return dict(sorted(kinds.items()))

    def figures(self) -> Figures:
        """All that has been counted."""
        done = [task for task in self._tasks.values() if task.minutes is not None]
        minutes_by_kind: dict[str, float] = defaultdict(float)
        for task in done:
            minutes_by_kind[task.kind] += task.minutes or 0.0
        total = sum(task.minutes or 0.0 for task in done)
        names = (
            "placed",
            "confirmed",
            "rejected",
            "ready",
            "collected",
            "delivered",
            "cancelled",
            "expired",
            "returned",
        )
        return Figures(
            orders={name: len(self._orders[name]) for name in names},
            states=self.states(),
            latency_ms=quantiles(list(self._confirmed_after_ms.values())),
            stock={
                "sold": dict(sorted(self._sold.items())),
                "returned": dict(sorted(self._returned.items())),
                "voided": dict(sorted(self._voided.items())),
            },
            pickup_minutes={
                "tasks": len(done),
                "total": round(total, 2),
                "per_task": round(total / len(done), 3) if done else None,
            },
            minutes_by_kind={kind: round(minutes, 2) for kind, minutes in sorted(minutes_by_kind.items())},
            tasks_left=self.tasks_left(),
            credit=self._board.credit(),
            customers=self._board.customers(),
            kpis=self._board.kpis(),
        )

    def _count(self, record: ConsumerRecord) -> None:
        self.records[record.topic] += 1
        recent = self._recent[record.topic]
        second = round(time.monotonic(), 1)
        if recent and recent[-1][0] == second:
            recent[-1] = (second, recent[-1][1] + 1)
        else:
            recent.append((second, 1))

    def _order_event(self, event: Message) -> None:
        match event:
            case m.OrderPlaced():
                self._orders["placed"].add(event.order_id)
                self._placed_at[event.order_id] = event.placed_at.timestamp()
            case m.OrderConfirmed():
                self._orders["confirmed"].add(event.order_id)
                placed_at = self._placed_at.get(event.order_id)
                if placed_at is not None and event.order_id not in self._confirmed_after_ms:
                    after = self._news.written_at.timestamp() - placed_at
                    self._confirmed_after_ms[event.order_id] = max(0.0, after * 1000)
            case m.OrderRejected():
                self._orders["rejected"].add(event.order_id)
                self._finished.add(event.order_id)
            case m.OrderReady():
                self._orders["ready"].add(event.order_id)
            case m.OrderCompleted():
                way = "collected" if event.method is FulfilmentMethod.PICKUP else "delivered"
                self._orders[way].add(event.order_id)
                self._sold[event.channel] += sum(line.quantity for line in event.lines)
                self._finish(event.order_id, event.order_finished)
            case m.OrderCancelled():
                self._orders["cancelled"].add(event.order_id)
                self._finish(event.order_id, event.order_finished)
            case m.ItemsReturned():
                self._orders["returned"].add(event.order_id)
                self._returned[event.channel] += sum(line.quantity for line in event.lines)

    def _finish(self, order_id: str, finished: bool) -> None:
        if finished:
            self._finished.add(order_id)

    def _order_state(self, order: m.Order) -> None:
        self._states[order.order_id] = order.status.value

    def _expired(self, event: m.PickupExpired) -> None:
        self._orders["expired"].add(event.order_id)

    def _unmatched(self, event: m.HandoverUnmatched) -> None:
        self._sold["store"] += sum(line.quantity for line in event.lines)

    def _till_document(self, document: Message) -> None:
        if document.identity() in self._documents:
            return
        self._documents.add(document.identity() or "")
        match document:
            case m.SaleRecorded():
                self._sold["store"] += _plain(document.lines)
            case m.SaleVoided():
                self._voided["store"] += _plain(document.lines)
            case m.SaleReturned():
                self._returned["store"] += _plain(document.lines)


def _keep_latest(tasks: dict[str, m.Task], task: m.Task) -> None:
    known = tasks.get(task.task_id)
    if known is None or known.version < task.version:
        tasks[task.task_id] = task


def _open(tasks: Mapping[str, m.Task]) -> list[m.Task]:
    return [task for task in tasks.values() if task.state in OPEN_STATES]


def _plain(lines: Iterable[SaleLine]) -> int:
    """Pieces on lines that are no order's: those are counted with the order."""
    return sum(line.quantity for line in lines if line.order_id is None)
