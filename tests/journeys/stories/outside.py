"""Everything outside the system: what is sent to it, and all that it was heard to say."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

import httpx
from aiokafka import ConsumerRecord
from tests.journeys.stories.network import SKUS, STORES

from tsunagu.contracts import messages as m
from tsunagu.contracts import topics as t
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import topic_of
from tsunagu.contracts.values import AdjustLine, AdjustReason, TaskState
from tsunagu.retailer.newsfeed import Newsfeed
from tsunagu.retailer.sender import KafkaSender, record_of
from tsunagu.stack.addresses import Addresses
from tsunagu.testing.mail_server import TestMailServer

PATIENCE_SECONDS = 90.0  # far above what any step takes; reached only when something is broken

EVENTS = {t.ORDER_EVENTS: "order", t.PICKUP_EVENTS: "pickup", t.INVENTORY_EVENTS: "inventory"}
"""Where it is said what becomes of an order, and by which service."""
SERVICES = {topic.name: service for topic, service in EVENTS.items()}
STATES = (
    t.PICKUP_TASKS,
    t.INVENTORY_TASKS,
    t.CUSTOMER_TASKS,
    t.INVENTORY_AVAILABILITY,
    t.PICKUP_SHIPMENTS,
    t.PICKUP_CAPACITY,
    t.ORDER_STATE,
    t.CUSTOMER_PURCHASES,
)

M = TypeVar("M", bound=Message)
Told = Mapping[str, Sequence[str]]
"""Names of events, in their order, by the service that said them."""


def now() -> datetime:
    return datetime.now(UTC)


async def until(is_so: Callable[[], bool], what: Callable[[], str]) -> None:
    """Wait until something is so. Fails with `what` when patience ends."""
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, f"this never happened: {what()}"
        await asyncio.sleep(0.02)


async def until_answered(ask: Callable[[], Awaitable[Any]], wanted: Any, what: str) -> None:
    """Ask until this is the answer. Fails with `what` when patience ends."""
    end = time.monotonic() + PATIENCE_SECONDS
    while (answer := await ask()) != wanted:
        assert time.monotonic() < end, f"this never happened: {what}; the answer was {answer}"
        await asyncio.sleep(0.02)


class Outside:
    """What all stories share. `staff_keys` are the API keys at edge-staff, by store, or by owner of tasks."""

    def __init__(self, addresses: Addresses, mail: TestMailServer, staff_keys: Mapping[str, str]) -> None:
        self.addresses = addresses
        kafka = addresses.kafka_bootstrap_servers
        self._mail = mail
        self._staff_keys = staff_keys
        self._sender = KafkaSender(kafka)
        self._heard: list[tuple[datetime, str, Message]] = []
        self._states: dict[str, dict[str, Any]] = defaultdict(dict)
        self._told: dict[str, Told] = {}
        self._stores: Iterator[str] = iter(STORES)
        self._skus: Iterator[str] = iter(SKUS)
        self._news = Newsfeed(kafka, (*EVENTS, t.CUSTOMER_EVENTS, t.PICKUP_CODES, *STATES))
        self._topic = ""
        self._traceparents: dict[tuple[str, str], str] = {}
        self._news.watch(self._comes_from)
        for topic in (*EVENTS, t.CUSTOMER_EVENTS, t.PICKUP_CODES):
            self._news.listen_to_all(topic, self._hear)
        for topic in STATES:
            self._news.listen_to_all(topic, partial(self._keep, topic.name))

    def _comes_from(self, record: ConsumerRecord) -> None:
        # What is refused is told by every service alike: only the topic says by which.
        self._topic = record.topic
        traceparent = dict(record.headers).get("traceparent")
        if traceparent is not None and record.key is not None:
            self._traceparents[record.topic, record.key.decode()] = traceparent.decode()

    @asynccontextmanager
    async def listening(self) -> AsyncIterator["Outside"]:
        """Hear what is said from now on."""
        await self._sender.start()
        await self._news.start()
        hearing = asyncio.create_task(self._news.run())
        try:
            yield self
        finally:
            hearing.cancel()
            await asyncio.gather(hearing, return_exceptions=True)
            await self._news.stop()
            await self._sender.stop()

    def _hear(self, message: Message) -> None:
        self._heard.append((self._news.written_at, self._topic, message))

    def _keep(self, topic: str, state: Any) -> None:
        known = self._states[topic].get(state.record_key())
        if known is None or known.version < state.version:
            self._states[topic][state.record_key()] = state

    async def send(self, *messages: Message, traceparent: str | None = None) -> None:
        """Say this, in the trace of what it answers."""
        for message in messages:
            key, value, headers = record_of(message, "journey")
            trace = [] if traceparent is None else [("traceparent", traceparent.encode())]
            await self._sender.send_record(
                topic_of(type(message)).name, Record(key, value, [*headers, *trace])
            )

    def traceparent_of(self, topic: t.Topic, key: str) -> str:
        """In which span the latest message with this key was said."""
        return self._traceparents[topic.name, key]

    async def heard(
        self,
        message_type: type[M],
        *,
        times: int = 1,
        where: Callable[[M], bool] | None = None,
        **fields: Any,
    ) -> M:
        """What is heard as the first, second … message of this kind that has these values."""

        def found() -> list[M]:
            return [
                message
                for _, _, message in self._heard
                if isinstance(message, message_type)
                and all(getattr(message, name) == value for name, value in fields.items())
                and (where is None or where(message))
            ]

        await until(
            lambda: len(found()) >= times,
            lambda: (
                f"{message_type.__name__} {fields} is heard {times} times; said was {self._all_of(fields)}"
            ),
        )
        return found()[times - 1]

    def _all_of(self, fields: Mapping[str, Any]) -> Told:
        return self.events_of(fields.get("order_id", ""))

    def events_of(self, order_id: str) -> Told:
        """What each service has said of an order, in its order; of a refusal with the reason."""
        said: dict[str, list[str]] = {service: [] for service in SERVICES.values()}
        # Those about documents are in other partitions than those about orders: their times put them in order.
        for _, topic, message in sorted(self._heard, key=lambda heard: heard[0]):
            service = SERVICES.get(topic)
            if service is None:
                continue
            if isinstance(message, m.CommandRefused) and message.command_key == order_id:
                said[service].append(f"CommandRefused: {message.reason}")
            elif getattr(message, "order_id", None) == order_id:
                said[service].append(type(message).__name__)
        return said

    async def told(self, order_id: str, *stories: Told) -> None:
        """Wait until exactly this was said of an order; where a race has several ends, one of them.

        That nothing was added later is looked at when all stories are over.
        """
        await until(
            lambda: self.events_of(order_id) in stories,
            lambda: f"{stories}; told was {self.events_of(order_id)}",
        )
        self._told[order_id] = self.events_of(order_id)

    def assert_nothing_was_added(self) -> None:
        """Fail if more was said of an order than its story had heard when it ended."""
        for order_id, told in self._told.items():
            assert self.events_of(order_id) == told

    async def state(self, topic: t.Topic, is_it: Callable[[Any], bool], what: str) -> Any:
        """The state of this kind that is as wanted, once there is one."""

        def found() -> list[Any]:
            return [state for state in self._states[topic.name].values() if is_it(state)]

        await until(lambda: bool(found()), lambda: what)
        return found()[0]

    async def task(self, kind: str, *, open_only: bool = True, **fields: Any) -> m.Task:
        """The task of this kind with these values, once there is one that waits for somebody."""
        topic = t.INVENTORY_TASKS if kind in ("count", "approve_count", "discrepancy") else t.PICKUP_TASKS
        ended = {TaskState.DONE, TaskState.CANCELLED}
        found: m.Task = await self.state(
            topic,
            lambda task: (
                task.kind == kind
                and (task.state not in ended or not open_only)
                and all(getattr(task, name) == value for name, value in fields.items())
            ),
            f"a task {kind} {fields}",
        )
        return found

    async def available(self, location_id: str, sku: str, pieces: int) -> None:
        """Wait until so many pieces can be promised."""
        await self.state(
            t.INVENTORY_AVAILABILITY,
            lambda one: (one.location_id, one.sku, one.available) == (location_id, sku, pieces),
            f"{pieces} of {sku} are available at {location_id}",
        )

    def notices_of(self, order_id: str) -> list[str]:
        """Which notices of an order were sent, in their order."""
        return [
            message.kind
            for _, _, message in sorted(self._heard, key=lambda heard: heard[0])
            if isinstance(message, m.NoticeSent) and message.order_id == order_id
        ]

    async def mailed(self, to: str, subject: str) -> str:
        """The text of the mail to this address with this in its subject."""

        def found() -> list[str]:
            return [
                one.text
                for one in self._mail.deliveries
                if one.recipient == to and subject in str(one.message["Subject"])
            ]

        await until(lambda: bool(found()), lambda: f"a mail to {to}: {subject}")
        return found()[0]

    def a_store(self) -> str:
        """A store that no other story has."""
        return next(self._stores)

    async def a_sku(self, pieces: Mapping[str, int]) -> str:
        """A product that no other story has, so many pieces of which are in these places."""
        sku = next(self._skus)
        ids = [uuid7() for _ in pieces]
        for adjustment_id, (location_id, change) in zip(ids, pieces.items(), strict=True):
            await self.send(
                m.AdjustStock(
                    adjustment_id=adjustment_id,
                    location_id=location_id,
                    reason=AdjustReason.OPENING,
                    lines=(AdjustLine(sku=sku, change=change),),
                    occurred_at=now(),
                )
            )
        for adjustment_id in ids:
            await self.heard(m.StockAdjusted, document_id=adjustment_id)
        return sku

    async def staff_post(self, store: str, path: str, body: Mapping[str, Any], **more: str) -> None:
        """What a store's device posts to edge-staff, with `more` headers."""
        headers = {**self._as_staff_of(store), "Idempotency-Key": uuid7(), **more}
        async with httpx.AsyncClient(base_url=self.addresses.http["edge-staff"], timeout=10) as client:
            answer = await client.post(path, json=dict(body), headers=headers)
        assert answer.is_success, answer.text

    async def is_shown_overdue(self, whose: str, task_id: str, owner: str | None = None) -> bool | None:
        """Whether the list of tasks that is shown for a key says that this one is overdue; None: it is not on it.

        `whose` key: a store's, or an owner's. `owner`: of all tasks of a store, only those of this one.
        """
        query = {} if owner is None else {"owner": owner}
        async with httpx.AsyncClient(base_url=self.addresses.http["edge-staff"], timeout=10) as client:
            answer = await client.get("/v1/task-lists", params=query, headers=self._as_staff_of(whose))
        assert answer.status_code == 200, answer.text
        listed = {one["task"]["task_id"]: one["overdue"] for one in answer.json()["tasks"]}
        return listed.get(task_id)

    async def collectors(self, store: str, order_id: str) -> dict[str, Any] | None:
        """Who may collect an order, as customer tells a store's desk; None where it tells that store nothing."""
        async with httpx.AsyncClient(base_url=self.addresses.http["customer"], timeout=10) as client:
            answer = await client.get(f"/v1/orders/{order_id}/collectors", headers=self._as_staff_of(store))
        assert answer.status_code in (200, 404), answer.text
        found: dict[str, Any] | None = answer.json() if answer.status_code == 200 else None
        return found

    def _as_staff_of(self, store: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._staff_keys[store]}"}


async def each(*doing: Awaitable[Any]) -> None:
    """Have several go on at once; fails with the first that fails."""
    await asyncio.gather(*doing)
