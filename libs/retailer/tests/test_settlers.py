"""Who settles money and discrepancies: which tasks are theirs, and that each is answered once."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from aiokafka import ConsumerRecord

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import INVENTORY_TASKS, ORDER_TASKS, PICKUP_TASKS, Topic
from tsunagu.contracts.values import TaskState
from tsunagu.retailer.clock import Clock
from tsunagu.retailer.desk import Desk
from tsunagu.retailer.newsfeed import Newsfeed
from tsunagu.retailer.observer import Observer
from tsunagu.retailer.players.settlers import Settlers
from tsunagu.retailer.sender import record_of
from tsunagu.retailer.stage import Stage

NOW = datetime.now(UTC)


class Topics:
    """In the place of a consumer: what a test says on a topic is what is read next."""

    def __init__(self, **_: object) -> None:
        self._said: list[ConsumerRecord] = []

    def say(self, topic: Topic, message: Message) -> None:
        record = record_of(message, "a service")
        self._said.append(
            ConsumerRecord(topic.name, 0, 0, 0, 0, record.key, record.value, None, 0, 0, record.headers)
        )

    async def getmany(self, **_: object) -> dict[str, list[ConsumerRecord]]:
        said, self._said = self._said, []
        if not said:
            raise asyncio.CancelledError
        return {"all": said}


class Post:
    """What was sent, in its order."""

    def __init__(self) -> None:
        self.sent: asyncio.Queue[Any] = asyncio.Queue()

    async def send(self, message: Message, _: str) -> None:
        self.sent.put_nowait(message)


class Shop:
    """Settlers with what they need, and an observer who hears the same."""

    def __init__(self, news: Newsfeed, topics: Topics) -> None:
        self._news, self._topics = news, topics
        self.post, self.desk = Post(), Desk()
        self.stage = Stage("run", Clock(), self.post, news, self.desk)  # type: ignore[arg-type]  # it sends
        self.observer = Observer(news)
        Settlers(self.stage)

    async def hear(self, *said: tuple[Topic, Message]) -> None:
        for topic, message in said:
            self._topics.say(topic, message)
        with pytest.raises(asyncio.CancelledError):
            await self._news.run()

    async def sent(self, commands: int) -> list[Any]:
        """The next commands; no more of them are about to be given."""
        sent = [await self.post.sent.get() for _ in range(commands)]
        assert self.post.sent.empty()
        assert self.stage.busy == self.desk.waiting
        return sent


@pytest.fixture
async def shop(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr("tsunagu.retailer.players.settlers.SETTLES_AFTER_SECONDS", 0.0)
    topics = Topics()
    monkeypatch.setattr("tsunagu.retailer.newsfeed.AIOKafkaConsumer", lambda **_: topics)
    shop = Shop(Newsfeed("nowhere", ()), topics)
    yield shop
    await shop.stage.leave()


def task(kind: str, **fields: Any) -> m.Task:
    body = {
        "task_id": f"{kind}-1", "version": 1, "kind": kind, "subject": "…", "order_id": "o1", "location_id": "S001",
        "due_at": NOW, "state": TaskState.OPEN, "created_at": NOW,
    }  # fmt: skip
    return m.Task.model_validate(body | fields)


async def test_money__with_and_without_a_place__is_settled_under_the_tasks_order(shop: Shop) -> None:
    await shop.hear(
        (ORDER_TASKS, task("settle_money")), (ORDER_TASKS, task("return_unmatched", location_id=None))
    )
    assert [(type(one), one.order_id, one.task_id) for one in await shop.sent(2)] == [
        (m.SettleMoney, "o1", "settle_money-1"),
        (m.SettleMoney, "o1", "return_unmatched-1"),
    ]


async def test_discrepancy__of_inventory_and_of_pickup__only_inventorys_is_settled(shop: Shop) -> None:
    await shop.hear(
        (PICKUP_TASKS, task("discrepancy", task_id="pickups")),
        (INVENTORY_TASKS, task("discrepancy", task_id="inventorys")),
    )
    assert [(type(one), one.discrepancy_id, one.location_id) for one in await shop.sent(1)] == [
        (m.SettleDiscrepancy, "inventorys", "S001")
    ]


async def test_task__told_again__is_settled_once_and_again_when_it_opens_again(shop: Shop) -> None:
    one, done = task("discrepancy"), task("discrepancy", version=2, state=TaskState.DONE)
    await shop.hear((INVENTORY_TASKS, one), (INVENTORY_TASKS, one), (INVENTORY_TASKS, done))
    (first,) = await shop.sent(1)
    await shop.hear((INVENTORY_TASKS, task("discrepancy", version=3)))
    (second,) = await shop.sent(1)
    assert first.settlement_id != second.settlement_id


async def test_count__which_nobody_can_do__is_left_and_named(shop: Shop) -> None:
    await shop.hear((INVENTORY_TASKS, task("count")), (INVENTORY_TASKS, task("discrepancy")))
    await shop.sent(1)
    assert [open_task.kind for open_task in shop.observer.open_tasks()] == ["discrepancy"]
    assert shop.observer.figures().tasks_left == {"count": 1}
