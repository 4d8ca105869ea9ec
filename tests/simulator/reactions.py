"""What people outside do about their tasks, notices and parcels, which they learn of from the topics."""

from collections.abc import Callable, Mapping
from functools import partial

from aiokafka import TopicPartition

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.contracts.envelope import decode
from tsunagu.contracts.message import Message
from tsunagu.contracts.values import ShortPickKind, TaskLine, TaskState, WaveKind
from tsunagu.retailer.intentions import OrderAct, Proof
from tsunagu.retailer.task_documents import work_of
from tsunagu.testing.simulated_clock import SimulatedClock

from . import settlers
from .broker import Broker
from .paperwork import Paperwork
from .people import undo_of
from .post import Post, Sent

_ACTIVE = frozenset({TaskState.OPEN, TaskState.ASSIGNED, TaskState.STARTED})
_IN_WAVES = frozenset(WaveKind)
_LISTS = frozenset({"pick_wave", "put_away_wave"})
_ANSWER_KINDS = frozenset({"events"})
_UNDONE_EVERY = 2
"""One of so many merges and splits is taken back, and one of so many of these in turn."""
_HEARD = (
    t.PICKUP_TASKS,
    t.PICKUP_SHIPMENTS,
    t.ORDER_EVENTS,
    t.PICKUP_EVENTS,
    t.CUSTOMER_EVENTS,
    *settlers.TOPICS,
)

Reaction = Callable[[], list[Sent]]


class Reactions:
    """Staff, shoppers and carriers. `hear` is what they learn, `waiting` what they can do about it."""

    def __init__(
        self,
        clock: SimulatedClock,
        broker: Broker,
        orders: Mapping[str, OrderAct],
        paperwork: Paperwork,
        post: Post,
    ) -> None:
        self._clock = clock
        self._broker = broker
        self._orders = orders
        self._paperwork = paperwork
        self._post = post
        self._settlers = settlers.Settlers(clock, post)
        self._heard: dict[TopicPartition, int] = {
            place: 0 for topic in _HEARD for place in broker.partitions(topic.name)
        }
        self._tasks: dict[str, m.Task] = {}
        self._acted: dict[str, int] = {}  # task → the version that was acted on
        self._turns: dict[str, int] = {}
        self._shipments: dict[str, m.Shipment] = {}  # by transfer
        self._asked: dict[str, str] = {}  # ce_id of a command → its task
        self._short: set[tuple[str, str]] = set()
        self._ready: dict[tuple[str, str], m.OrderReady] = {}
        self._visited: set[str] = set()
        self._returned: set[str] = set()
        self._delivered: list[m.ShipParcel] = []
        self._offered: set[str] = set()  # tasks that somebody has taken a wave for
        self._waves = 0
        self._may_be_released: set[str] = set()
        self._identity_changes: set[tuple[str, int]] = set()

    def waiting(self) -> list[Reaction]:
        """What somebody can do now."""
        reactions: list[Reaction] = [partial(self._work, task) for task in self._to_do()]
        # What is on a wave's list is reported for the orders' own tasks. Some waves are given back.
        reactions += [
            partial(self._release, task)
            for task_id, task in self._tasks.items()
            if task_id in self._may_be_released and task.state in _ACTIVE
        ]
        reactions += [partial(self._take_wave, *place) for place in self._places_to_take()]
        for notice in self._ready.values():
            reactions.append(partial(self._visit, notice))
        for parcel in self._delivered:
            reactions.append(partial(self._deliver, parcel))
        return reactions + self._settlers.waiting()

    def left_over(self) -> list[str]:
        """Tasks that nobody can do."""
        return [
            f"{task.kind} {task.task_id} is {task.state} in version {task.version}"
            for task in self._tasks.values()
            if task.state in _ACTIVE
        ] + self._settlers.left_over()

    def _to_do(self) -> list[m.Task]:
        """Tasks that nobody has acted on as they are now. No goods leave before their shipment is known."""
        busy = set(self._asked.values())
        return [
            task
            for task_id, task in self._tasks.items()
            if task.state in _ACTIVE
            and task.kind not in _LISTS
            and task.version > self._acted.get(task_id, 0)
            and task_id not in busy
            and (task.kind != "ship_transfer" or task.transfer_id in self._shipments)
        ]

    def _work(self, task: m.Task) -> list[Sent]:
        """Staff do what is left of a task. A truck takes all that is ready for its departure."""
        if task.kind != "ship_transfer":
            return self._do(task)
        shipment = self._shipments[task.transfer_id or ""]
        sent: list[Sent] = []
        aboard = {part.transfer_id for part in shipment.transfers}
        for each in self._to_do():
            if each.kind == "ship_transfer" and each.transfer_id in aboard:
                sent += self._do(each, shipment)
        if sent:
            name = f"{task.task_id}:{self._turns[task.task_id]}"
            sent += self._post.send(self._paperwork.truck_left(shipment, name))
        return sent

    def _do(self, task: m.Task, shipment: m.Shipment | None = None) -> list[Sent]:
        task_id = task.task_id
        self._acted[task_id] = task.version
        turn = self._turns[task_id] = self._turns.get(task_id, 0) + 1
        sent: list[Sent] = []
        for step in work_of(task, turn, self._clock.now(), lambda line: self._short_of(task, line)):
            if isinstance(step, m.ShipTransfer) and shipment is not None:
                step = step.model_copy(update={"shipment_id": shipment.shipment_id})  # noqa: PLW2901 - the same step
            for one in self._post.send(step):
                self._asked[one.message_id] = task_id
                sent.append(one)
            if isinstance(step, m.ShipParcel):
                self._delivered.append(step)
        return sent

    def _places_to_take(self) -> list[tuple[str, str]]:
        """Where several tasks wait for whoever is there, one of which nobody has tried to take yet."""
        places: dict[tuple[str, str], list[str]] = {}
        for task in self._tasks.values():
            if task.kind in _IN_WAVES and task.state is TaskState.OPEN:
                places.setdefault((task.location_id or "", task.kind), []).append(task.task_id)
        return [place for place, ids in places.items() if len(ids) > 1 and not self._offered.issuperset(ids)]

    def _take_wave(self, location_id: str, kind: str) -> list[Sent]:
        """Somebody takes what there is as one list; every other wave may be given back."""
        self._offered |= {
            task.task_id
            for task in self._tasks.values()
            if (task.location_id, task.kind) == (location_id, kind)
        }
        self._waves += 1
        wave_id = f"wave-{self._waves}"
        if self._waves % 2:
            self._may_be_released.add(wave_id)
        wave = m.TakeWave(
            wave_id=wave_id,
            location_id=location_id,
            kind=WaveKind(kind),
            owner="staff:1",
            occurred_at=self._clock.now(),
        )
        return self._post.send(wave)

    def _release(self, wave: m.Task) -> list[Sent]:
        """Somebody gives a wave back."""
        self._may_be_released.discard(wave.task_id)
        release = m.ReleaseWave(
            release_id=f"{wave.task_id}:release",
            wave_id=wave.task_id,
            location_id=wave.location_id or "",
            occurred_at=self._clock.now(),
        )
        return self._post.send(release)

    def _short_of(self, task: m.Task, line: TaskLine) -> ShortPickKind | None:
        act = self._orders.get(task.order_id or "")
        whose = (task.order_id or "", line.line_id or "")
        if act is None or act.fate.short_line is None or whose in self._short:
            return None
        if line.line_id != str(act.fate.short_line + 1):
            return None
        self._short.add(whose)
        return act.fate.short_kind

    def _deliver(self, parcel: m.ShipParcel) -> list[Sent]:
        self._delivered.remove(parcel)
        return self._post.send(self._paperwork.end_of(parcel))

    def _visit(self, notice: m.OrderReady) -> list[Sent]:
        """The shopper comes for the goods; shows the code, pays at the desk, or both."""
        del self._ready[notice.order_id, notice.group_id]
        act = self._orders[notice.order_id]
        if act.fate.comes_after is None:
            return []
        sent: list[Sent] = []
        if act.fate.proof is not Proof.CODE:
            sent += self._post.send(self._paperwork.receipt(notice, act.customer_ref))
        if act.fate.proof is not Proof.RECEIPT:
            sent += self._post.send(self._paperwork.handover(notice))
        return sent

    # what they hear

    def hear(self) -> None:
        """Learn what is new on the topics that people look at."""
        for place, position in self._heard.items():
            log = self._broker.logs[place]
            topic = t.TOPIC_BY_NAME[place.topic]
            for record in log[position:]:
                decoded = decode(topic, record.key, record.value, record.headers)
                if topic.kind in _ANSWER_KINDS and decoded.envelope.causation_id is not None:
                    self._asked.pop(decoded.envelope.causation_id, None)
                if decoded.message is not None:
                    self._learn(topic, decoded.message)
            self._heard[place] = len(log)

    def _learn(self, topic: t.Topic, message: Message) -> None:
        match message:
            case m.Task() if topic in settlers.TOPICS:
                self._settlers.learn(topic, message)
            case m.Task():
                known = self._tasks.get(message.task_id)
                if known is None or known.version < message.version:
                    self._tasks[message.task_id] = message
            case m.Shipment():
                self._shipments |= {part.transfer_id: message for part in message.transfers}
            case m.OrderReady() if message.order_id in self._orders:
                name = f"{message.order_id} {message.version}"
                if name not in self._visited:
                    self._visited.add(name)
                    self._ready[message.order_id, message.group_id] = message
            case m.OrderReallocated():
                for group in message.groups:
                    self._ready.pop((message.order_id, group.group_id), None)
            case m.OrderCancelled():
                for line in message.lines:
                    self._ready.pop((message.order_id, line.group_id), None)
            case m.OrderCompleted() if message.order_id in self._orders:
                self._mean_to_bring_back(message)
            case m.CustomersMerged() | m.CustomerSplit():
                self._mean_to_undo(message)

    def _mean_to_bring_back(self, event: m.OrderCompleted) -> None:
        act = self._orders[event.order_id]
        if act.fate.returns_after is not None and event.order_id not in self._returned:
            self._returned.add(event.order_id)
            self._post.send_later(self._paperwork.order_return(event, act))

    def _mean_to_undo(self, event: m.CustomersMerged | m.CustomerSplit) -> None:
        name = (event.customer_id, event.version)
        if name not in self._identity_changes:
            self._identity_changes.add(name)
            if len(self._identity_changes) % _UNDONE_EVERY == 0:
                self._post.send_later(undo_of(event, self._clock.now()))
