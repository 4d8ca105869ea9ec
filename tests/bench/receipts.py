"""Backlogs of till receipts: records of pos.sales."""

import random
from datetime import UTC, datetime

from tsunagu.contracts.envelope import Envelope, Record, encode
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import SaleRecorded

from .stock import pick_stocked

LINES_PER_RECEIPT = 3
REGISTERS = 4  # in a store


def sales(count: int, seed: int, stores: int, skus: int) -> list[Record]:
    """Sales of three different SKUs each, one piece a line, in stores by chance.

    Receipts are named as tills do it, by store, register, day and number; the number's last four digits are left to
    `with_fresh_ids`.
    """
    chance = random.Random(seed)
    now = datetime.now(UTC)
    numbers: dict[tuple[int, int], int] = {}
    records = []
    for _ in range(count):
        register = (chance.randint(1, stores), chance.randint(1, REGISTERS))
        numbers[register] = numbers.get(register, 0) + 1
        sale = SaleRecorded.model_validate(
            {
                "receipt_id": f"S{register[0]}-R{register[1]}-{now:%Y%m%d}-{numbers[register]:05d}0000",
                "location_id": f"S{register[0]}",
                "register_id": f"R{register[1]}",
                "receipt_number": numbers[register],
                "business_date": now.date(),
                "occurred_at": now,
                "lines": [
                    {
                        "line_id": str(place),
                        "sku": f"K{sku}",
                        "quantity": 1,
                        "amount_jpy": 1990,
                        "tax_percent": 10,
                    }
                    for place, sku in enumerate(pick_stocked(chance, register[0], skus, LINES_PER_RECEIPT), 1)
                ],
            }
        )
        records.append(encode(Envelope.for_message(sale, id=uuid7(), source="bench", time=now), sale))
    return records
