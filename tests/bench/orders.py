"""Backlogs of placed orders: the same for all sides, made once, and written to Kafka as often as needed."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from aiokafka import AIOKafkaProducer
from aiokafka.partitioner import DefaultPartitioner

from tsunagu.contracts.envelope import Envelope, Record, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import OrderPlaced
from tsunagu.contracts.topics import ORDER_EVENTS, Topic

from .stock import is_empty, pick_stocked, sellable

LINES_PER_ORDER = 3
HOT_STORE, HOT_SKU = 1, 1
_part = DefaultPartitioner()


@dataclass(frozen=True)
class Mix:
    """Shares of orders: served by the pickup store's own shelf, sourced elsewhere, refused. They add up to 1."""

    served: float = 0.80
    sourced: float = 0.15
    refused: float = 0.05

    def without_sourced(self) -> "Mix":
        """The same for who can't source: what is left, 80 to 5."""
        left = self.served + self.refused
        return Mix(self.served / left, 0.0, self.refused / left)

    def kinds(self, count: int, chance: random.Random) -> list[str]:
        """The kind of each of `count` orders: exactly these shares, rounded, in an order by chance."""
        sourced, refused = round(count * self.sourced), round(count * self.refused)
        kinds = ["sourced"] * sourced + ["refused"] * refused
        kinds += ["served"] * (count - len(kinds))
        chance.shuffle(kinds)
        return kinds


MIXED = Mix()
SERVED = Mix(1.0, 0.0, 0.0)


@dataclass(frozen=True)
class Backlog:
    """Records of order.events, and how many of the orders will be promised something."""

    records: Sequence[Record]
    promised: int


def mixed(count: int, seed: int, stores: int, skus: int, mix: Mix = MIXED) -> Backlog:
    """Orders for pickup of three different SKUs each, in stores and with SKUs by chance."""
    chance = random.Random(seed)
    kinds = mix.kinds(count, chance)
    records = [_record(*_lines(kind, chance, stores, skus)) for kind in kinds]
    return Backlog(records, count - kinds.count("refused"))


def hot(count: int, seed: int, skus: int) -> Backlog:
    """Orders that are all served, in one store: the first line of each is the same SKU, the others are by chance."""
    chance = random.Random(seed)
    has = [sku for sku in range(1, sellable(skus) + 1) if sku != HOT_SKU and not is_empty(HOT_STORE, sku)]
    records = [
        _record(HOT_STORE, [HOT_SKU, *chance.sample(has, LINES_PER_ORDER - 1)], chance) for _ in range(count)
    ]
    return Backlog(records, count)


def one_piece(count: int, store: int, sku: int, pieces: int) -> Backlog:
    """Orders for one piece of one SKU in one store, of which there are `pieces`."""
    return Backlog([_order(store, [(sku, 1)]) for _ in range(count)], min(count, pieces))


def _lines(kind: str, chance: random.Random, stores: int, skus: int) -> tuple[int, list[int], random.Random]:
    store = chance.randint(1, stores)
    has = pick_stocked(chance, store, skus, LINES_PER_ORDER - (kind != "served"))
    if kind == "sourced":
        has.append(chance.choice([sku for sku in range(1, sellable(skus) + 1) if is_empty(store, sku)]))
    if kind == "refused":
        has.append(chance.randint(sellable(skus) + 1, skus))
    return store, has, chance


def _record(store: int, skus: Sequence[int], chance: random.Random) -> Record:
    return _order(store, [(sku, chance.choice((1, 1, 1, 2))) for sku in skus])


def _order(store: int, lines: Sequence[tuple[int, int]]) -> Record:
    now = datetime.now(UTC)
    placed = OrderPlaced.model_validate(
        {
            "order_id": uuid7(),
            "version": 1,
            "occurred_at": now,
            "placed_at": now,
            "channel": "ec",
            "groups": [{"group_id": "g1", "method": "pickup", "location_id": f"S{store}"}],
            "lines": [
                {
                    "line_id": str(place),
                    "group_id": "g1",
                    "sku": f"K{sku}",
                    "quantity": quantity,
                    "unit_price_jpy": 1990,
                    "tax_percent": 10,
                }
                for place, (sku, quantity) in enumerate(lines, 1)
            ],
            "payment": "prepaid",
        }
    )
    return encode(Envelope.for_message(placed, id=uuid7(), source="bench", time=now), placed)


async def produce(kafka: str, records: Iterable[Record], topic: Topic = ORDER_EVENTS) -> None:
    """Write records, each to the partition that its key says; they are there when this returns."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all", linger_ms=5)
    await producer.start()
    try:
        partitions = list(range(topic.partitions_local))
        batches = {partition: producer.create_batch() for partition in partitions}
        for record in records:
            partition = _part(record.key, partitions, partitions)
            while (
                batches[partition].append(
                    key=record.key, value=record.value, timestamp=None, headers=record.headers
                )
                is None
            ):
                await producer.send_batch(batches[partition], topic.name, partition=partition)
                batches[partition] = producer.create_batch()
        for partition, batch in batches.items():
            if batch.record_count():
                await producer.send_batch(batch, topic.name, partition=partition)
        await producer.flush()
    finally:
        await producer.stop()
