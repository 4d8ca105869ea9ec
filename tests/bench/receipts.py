"""The backlog of the tills: receipts as they stand on pos.sales."""

import random
from datetime import UTC, datetime

from tsunagu.contracts.envelope import Envelope, Record, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import SaleRecorded
from tsunagu.contracts.values import SaleLine

from .stock import is_empty, sellable

LINES_PER_RECEIPT = 3
REGISTERS_PER_STORE = 3


def receipts(count: int, stores: int, skus: int, seed: int) -> list[Record]:
    """Receipts of `count` sales, each of three SKUs in one of `stores`, as the tills number them.

    The last four digits of a receipt's number are left to `with_fresh_ids`.
    """
    chance = random.Random(seed)
    now = datetime.now(UTC)
    return [_receipt(number, stores, skus, chance, now) for number in range(count)]


def _receipt(number: int, stores: int, skus: int, chance: random.Random, now: datetime) -> Record:
    store = chance.randint(1, stores)
    location_id = f"S{store}"
    has = [sku for sku in range(1, sellable(skus) + 1) if not is_empty(store, sku)]
    register_id = f"R{chance.randint(1, REGISTERS_PER_STORE)}"
    sale = SaleRecorded(
        receipt_id=f"{location_id}-{register_id}-{now:%Y%m%d}-{number:05d}0000",
        location_id=location_id,
        register_id=register_id,
        receipt_number=number + 1,
        business_date=now.date(),
        occurred_at=now,
        lines=tuple(
            SaleLine(line_id=str(place), sku=f"K{sku}", quantity=1, amount_jpy=1990, tax_percent=10)
            for place, sku in enumerate(chance.sample(has, LINES_PER_RECEIPT), 1)
        ),
    )
    return encode(Envelope.for_message(sale, id=uuid7(), source="bench", time=now), sale)
