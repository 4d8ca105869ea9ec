"""Where works are decided on: a batch's works are laid out, each message decides on one, and all are put back."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from math import ceil
from types import MappingProxyType

from pickup import metrics
from pickup.domain import outcomes as o
from pickup.domain.codes import code_hash
from pickup.domain.draft import Decision
from pickup.domain.forgetting import forget_at_end
from pickup.domain.model import ACTIVE, Task, TaskKind, Work
from pickup.domain.scene import Scene
from pickup.domain.task_history import with_news
from pickup.issuing import new_token, publish_code
from pickup.say import event_of
from pickup.scenery import load_scene
from pickup.settings import settings
from pickup.store import WORKS, load_works, save_works
from pickup.task_state import task_state
from tsunagu.chassis import Cause, KeysMoved, Received, Transaction
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import CommandAccepted, PickupCode
from tsunagu.contracts.topics import PICKUP_EVENTS, PICKUP_TASKS

Decide = Callable[[Work, Scene], Decision]

_SHIPMENT_NEWS = (o.TransferWasPlanned, o.TransferWasCancelled, o.TransferWasShipped, o.TransferHasArrived)
"""Outcomes after which a shipment is another than before."""

EXPIRE = "expire"
CAPACITY = "capacity"
AT_RISK = "at_risk"
WAVE = "wave"
SHIPMENT = "shipment"


@dataclass
class Desk:
    """The works of one batch. `load` first, then `decide` message by message, then `save`."""

    tx: Transaction
    read: dict[str, Work]
    works: dict[str, Work]
    scene: Scene
    touched: dict[str, Cause] = field(default_factory=dict)
    busy_locations: dict[str, Cause] = field(default_factory=dict)
    changed_waves: dict[str, Cause] = field(default_factory=dict)
    moved_shipments: dict[str, Cause] = field(default_factory=dict)

    @classmethod
    async def load(
        cls,
        tx: Transaction,
        work_ids: Iterable[str],
        location_ids: Mapping[str, Iterable[str]] = MappingProxyType({}),
        skus: Iterable[str] = (),
    ) -> "Desk":
        """Lay out these works, with what is known of the locations and goods that they, or the news, are about.

        `location_ids` are those of the news, by the work that they are about.
        """
        ids = sorted(set(work_ids))
        if not all(tx.is_locked(WORKS.row(work_id)) for work_id in ids):
            raise KeysMoved("a task or transfer belongs to another work than when the rows were locked")
        works = await load_works(tx.connection, ids)
        everywhere: set[str] = set()
        # Goods of a work go from one of its places to another, never to those of others.
        ways: set[tuple[str, str]] = set()
        goods = set(skus)
        for work in works.values():
            places = set(location_ids.get(work.work_id, ()))
            places |= {promise.location_id for promise in work.promises.values()}
            places |= {group.location_id for group in work.groups.values() if group.location_id}
            places |= {transfer.from_location_id for transfer in work.transfers.values()}
            places |= {pile.place for pile in work.goods}
            places |= {task.location_id for task in work.tasks.values()}
            goods |= {line.sku for line in work.lines.values()}
            everywhere |= places
            ways.update(permutations(places, 2))
        scene = await load_scene(tx, sorted(everywhere), sorted(ways), sorted(goods))
        return cls(tx, dict(works), works, scene)

    def decide(
        self, work_id: str, cause: Cause, decide: Decide, *, at: datetime, about: Message | None = None
    ) -> Decision:
        """Decide on a work and say what follows. A decision that must wait leaves everything as it is."""
        decision = decide(self.works[work_id], replace(self.scene, at=at))
        if o.MustWait() in decision.outcomes:
            return decision
        work = decision.work
        for outcome in decision.outcomes:
            work = self._follow(work, outcome, cause, at, about)
        tasks = dict(work.tasks)
        for task_id, task in work.tasks.items():
            before = self.works[work_id].tasks.get(task_id)
            if before != task:
                tasks[task_id] = with_news(before, task, at)
                self._note_task(before, task, cause)
        work = replace(work, tasks=tasks)
        self.works[work_id] = work
        self.touched[work_id] = cause
        return replace(decision, work=work)

    def _follow(
        self, work: Work, outcome: o.Outcome, cause: Cause, at: datetime, about: Message | None
    ) -> Work:
        token = None
        match outcome:
            case o.Accepted():
                assert about is not None, "only a command can be accepted"
                self.tx.publish(accepted(about, self.tx.now), cause=cause, topic=PICKUP_EVENTS)
                return work
            case o.Refused(reason, detail):
                assert isinstance(cause, Received), "only a command can be refused"
                self.tx.refuse(cause, reason, detail)
                return work
            case o.GroupIsReady(group, _, pickup_by):
                token = new_token()
                work = publish_code(self.tx, work, group.group_id, token, pickup_by, cause)
                key = {"work_id": work.work_id, "group_id": group.group_id}
                self.tx.schedule(
                    EXPIRE, _expiry_key(work.work_id, group.group_id), pickup_by, cause=cause, payload=key
                )
            case o.CodeIsReplaced(group_id, valid_until):
                token = new_token()
                work = publish_code(self.tx, work, group_id, token, valid_until, cause)
            case o.TransferWasPlanned(transfer):
                warning = transfer.arrive_by - timedelta(minutes=settings().transfer_warn_minutes)
                self.tx.schedule(
                    AT_RISK,
                    transfer.transfer_id,
                    max(self.tx.now, warning),
                    cause=cause,
                    payload={"work_id": work.work_id},
                )
            case o.TransferWasCancelled(transfer) | o.TransferHasArrived(transfer):
                if transfer.ended_at is not None:
                    self.tx.cancel(AT_RISK, transfer.transfer_id)
            case o.GroupIsClosed(group_id):
                if work.groups[group_id].pickup_by is not None:
                    self.tx.cancel(EXPIRE, _expiry_key(work.work_id, group_id))
                return work
            case o.CodeIsUseless():
                self.tx.delete(PickupCode, work.work_id, cause=cause)
                return work
            case _:
                pass
        if isinstance(outcome, _SHIPMENT_NEWS):
            self.moved_shipments[outcome.transfer.shipment_id] = cause
        work = replace(work, version=work.version + 1)
        event = event_of(outcome, work, about, work.version, at, None if token is None else code_hash(token))
        assert event is not None
        self.tx.publish(event, cause=cause)
        _count(self.tx, outcome)
        return work

    def _note_task(self, before: Task | None, task: Task, cause: Cause) -> None:
        if before is not None and before.wave_id is not None and before.minutes == task.minutes:
            self.changed_waves[before.wave_id] = cause
        if task.kind is TaskKind.PICK and (before is None or task.state not in ACTIVE):
            self.busy_locations[task.location_id] = cause
        if task.state in ACTIVE:
            return
        if before is None or before.state in ACTIVE:
            self.tx.count(metrics.TASKS_ENDED, kind=task.kind, state=task.state)
        if task.minutes is not None:
            minutes, kind = task.minutes, task.kind
            self.tx.after_commit(lambda: metrics.TASK_MINUTES.labels(kind).observe(minutes))

    async def save(self) -> None:
        """Write the works back, publish the tasks that changed, and have capacities and waves looked at."""
        for work_id, cause in self.touched.items():
            self._publish_tasks(work_id, cause)
        await save_works(
            self.tx.connection,
            [(self.read[work_id], forget_at_end(self.works[work_id])) for work_id in self.touched],
        )
        for location_id, cause in self.busy_locations.items():
            look_at_capacity(self.tx, location_id, cause)
        for wave_id, cause in self.changed_waves.items():
            due_at = _next_full(self.tx.now, settings().wave_interval_seconds)
            self.tx.schedule(WAVE, wave_id, due_at, cause=cause)
        for shipment_id, cause in self.moved_shipments.items():
            look_at_shipment(self.tx, shipment_id, cause)

    def _publish_tasks(self, work_id: str, cause: Cause) -> None:
        work = self.works[work_id]
        tasks = dict(work.tasks)
        for task in work.tasks.values():
            before = self.read[work_id].tasks.get(task.task_id)
            if before == task:
                continue
            said = task if before is None else replace(task, version=before.version + 1)
            tasks[task.task_id] = said
            self.tx.publish(task_state(said, work), cause=cause, topic=PICKUP_TASKS)
        self.works[work_id] = replace(work, tasks=tasks)


def accepted(command: Message, now: datetime) -> CommandAccepted:
    """The answer to a command, or to a fact that changed nothing, which may have waited."""
    return CommandAccepted(
        command_id=command.identity() or command.record_key(),
        command_type=command.WIRE_TYPE,
        command_key=command.record_key(),
        occurred_at=now,
    )


def look_at_capacity(tx: Transaction, location_id: str, cause: Cause) -> None:
    """Have the location's capacity looked at, at the next full interval: all news of one interval counts once."""
    due_at = _next_full(tx.now, settings().capacity_interval_seconds)
    tx.schedule(CAPACITY, location_id, due_at, cause=cause)


def look_at_shipment(tx: Transaction, shipment_id: str, cause: Cause) -> None:
    """Have a shipment looked at, at the next full interval: what is loaded together is told together."""
    due_at = _next_full(tx.now, settings().shipment_interval_seconds)
    tx.schedule(SHIPMENT, shipment_id, due_at, cause=cause)


def _next_full(now: datetime, interval_seconds: float) -> datetime:
    return datetime.fromtimestamp(ceil(now.timestamp() / interval_seconds) * interval_seconds, UTC)


def _expiry_key(work_id: str, group_id: str) -> str:
    return f"{len(work_id)}:{work_id}:{group_id}"


def _count(tx: Transaction, outcome: o.Outcome) -> None:
    match outcome:
        case o.GroupHasExpired():
            tx.count(metrics.NO_SHOWS)
        case o.CodesAreLocked():
            tx.count(metrics.CODE_LOCKS)
        case o.WasCollected() if outcome.lines:
            tx.count(
                metrics.HANDOVERS, proof=outcome.proof, after_close="yes" if outcome.after_close else "no"
            )
        case o.LetGo():
            tx.count(metrics.CANCELS, answer="cancelled")
        case o.CancelDenied():
            tx.count(metrics.CANCELS, answer="refused")
        case o.IsPlainSale():
            tx.count(metrics.UNMATCHED)
        case o.WorkIsUnmatched():
            tx.count(metrics.WORK_UNMATCHED)
        case o.Shorted():
            tx.count(metrics.SHORT_PICKS, outcome.quantity, kind=outcome.kind)
        case _:
            pass
