"""`tsunagu import` as a user types it, and what a reader of the topics finds."""

import asyncio
import csv
import json
import uuid
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, ConsumerRecord
from typer.testing import CliRunner, Result

from tsunagu.cli.importing import publisher
from tsunagu.cli.main import app
from tsunagu.contracts.envelope import decode
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import Location, Product, ReceiveStock, SetSafetyStock
from tsunagu.contracts.topics import (
    CATALOG_PRODUCTS,
    INVENTORY_COMMANDS,
    NETWORK_LANES,
    NETWORK_LOCATIONS,
    Topic,
)
from tsunagu.testing.embedded import embedded_kafka
from tsunagu.testing.toy.world import create_topics

PRODUCT_HEADER = "sku,gtins,style_id,color,size,name_ja,name_en,brand,category,price_jpy,tax_class,active"
LOCATION_HEADER = (
    "location_id,name_ja,name_en,company_id,kind,prefecture,city,address,latitude,longitude,"
    "opening_hours,pickup_enabled,pick_minutes_per_day"
)

Run = Callable[..., Awaitable[Result]]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command where no Tsunagu is running; in a thread, since the command runs a loop of its own."""
    monkeypatch.delenv("TSUNAGU_KAFKA_BOOTSTRAP_SERVERS", raising=False)
    monkeypatch.setenv("TSUNAGU_HOME", str(tmp_path / "home"))

    def run(*arguments: str) -> Awaitable[Result]:
        return asyncio.to_thread(CliRunner().invoke, app, arguments)

    return run


@pytest.fixture
def mark() -> str:
    """What this test's ids begin with: the topics are shared with other tests."""
    return uuid.uuid4().hex[:8]


@pytest_asyncio.fixture(loop_scope="session")
async def broker(kafka: str) -> str:
    """A broker with the topics that files are imported to."""
    topics = (NETWORK_LOCATIONS, NETWORK_LANES, CATALOG_PRODUCTS, INVENTORY_COMMANDS)
    await create_topics(kafka, *(topic.name for topic in topics))
    return kafka


async def records_of(kafka: str, topic: Topic, mark: str) -> list[ConsumerRecord]:
    """This test's records, by the mark in their values."""
    consumer = AIOKafkaConsumer(topic.name, bootstrap_servers=kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        ends = await consumer.end_offsets(list(consumer.assignment()))
        found: list[ConsumerRecord] = []
        while any([await consumer.position(partition) < end for partition, end in ends.items()]):
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                found += [record for record in batch if mark.encode() in (record.value or b"")]
        return found
    finally:
        await consumer.stop()


async def messages_of(kafka: str, topic: Topic, mark: str) -> dict[str, Message]:
    """This test's messages by their key, as any service decodes them."""
    decoded = [
        decode(topic, record.key, record.value, record.headers)
        for record in await records_of(kafka, topic, mark)
    ]
    return {one.key: one.message for one in decoded if one.message is not None}


def a_product(sku: str, **changes: str) -> list[str]:
    row = dict(
        zip(
            PRODUCT_HEADER.split(","),
            [
                sku,
                "4512345678906",
                "ST-1",
                "黒",
                "M",
                "綿のシャツ",
                "Cotton shirt",
                "",
                "トップス",
                "1980",
                "standard",
                "1",
            ],
            strict=True,
        )
    )
    return list((row | changes).values())


def write(path: Path, header: str, rows: Sequence[Sequence[str]], encoding: str = "utf-8") -> str:
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file).writerows([header.split(","), *rows])
    return str(path)


@pytest.mark.component
async def test_import__bad_lines_among_good_ones__are_reported_and_the_good_ones_can_be_read(
    run: Run, broker: str, tmp_path: Path, mark: str
) -> None:
    rows = [
        a_product(f"{mark}-1"),
        a_product(f"{mark}-2", price_jpy="¥1,980", active="perhaps"),
        a_product(f"{mark}-3", gtins="4.51E+12"),
        a_product(f"{mark}-4"),
        a_product(f"{mark}-1"),
    ]
    done = await run("import", "products", write(tmp_path / "p.csv", PRODUCT_HEADER, rows), "--kafka", broker)
    assert done.exit_code == 1, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines[:-1]] == [
        "line 3, price_jpy",
        "line 3, active",
        "line 4, gtins",
        "line 6, sku",
    ]
    assert "2 lines good, 3 bad; 2 messages sent and acknowledged" in lines[-1]
    found = await messages_of(broker, CATALOG_PRODUCTS, mark)
    assert sorted(found) == [f"{mark}-1", f"{mark}-4"]


@pytest.mark.component
async def test_import__a_shift_jis_file__arrives_as_it_was_meant(
    run: Run, broker: str, tmp_path: Path, mark: str
) -> None:
    row = [
        f"{mark}-S1", "つなぐ①号店～髙島", "Tsunagu 1", "tsunagu", "store", "大阪府", "大阪市", "梅田1-1",
        "34.7", "135.5", "月-金 10:00-20:00", "○", "480",
    ]  # fmt: skip
    file = write(tmp_path / "l.csv", LOCATION_HEADER, [row], "cp932")
    done = await run("import", "locations", file, "--kafka", broker, "--json")
    assert done.exit_code == 0, done.stderr
    totals = json.loads(done.stdout)
    assert (totals["encoding"], totals["good_lines"], totals["messages"]) == ("cp932", 1, 1)
    found = (await messages_of(broker, NETWORK_LOCATIONS, mark))[f"{mark}-S1"]
    assert isinstance(found, Location)
    assert (found.name_ja, found.prefecture, len(found.opening_hours)) == ("つなぐ①号店～髙島", "JP-27", 5)


@pytest.mark.component
async def test_import__products_twice__the_second_has_the_higher_version(
    run: Run, broker: str, tmp_path: Path, mark: str
) -> None:
    rows = [a_product(f"{mark}-{number}") for number in range(3)]
    file = write(tmp_path / "p.csv", PRODUCT_HEADER, rows)
    versions = []
    for _ in range(2):
        assert (await run("import", "products", file, "--kafka", broker)).exit_code == 0
        found = await messages_of(broker, CATALOG_PRODUCTS, mark)
        versions.append({product.version for product in found.values() if isinstance(product, Product)})
    (first,), (second,) = versions
    assert first < second


async def deliveries_of(kafka: str, mark: str) -> list[tuple[bytes | None, bytes, bytes | None]]:
    """What tells this test's deliveries apart for a service: key, id and body."""
    found = [
        (record.key, dict(record.headers)["ce_id"], record.value)
        for record in await records_of(kafka, INVENTORY_COMMANDS, mark)
    ]
    return [one for one in found if (one[0] or b"").startswith(b"opening-")]


@pytest.mark.component
async def test_import__stock_twice_the_second_time_mended__repeats_its_deliveries_and_adds_what_was_missing(
    run: Run, broker: str, tmp_path: Path, mark: str
) -> None:
    header = "location_id,sku,quantity,safety_stock"
    rows = [[mark, "A", "12", "2"], [mark, "B", "a dozen", ""], [mark, "C", "0", ""]]
    file = write(tmp_path / "s.csv", header, rows)
    first = await run("import", "stock", file, "--kafka", broker, "--as-of", "2026-04-01")
    assert first.exit_code == 1
    (delivery,) = await deliveries_of(broker, mark)
    rows[1][2] = "12"
    write(tmp_path / "s.csv", header, rows)
    second = await run("import", "stock", file, "--kafka", broker, "--as-of", "2026-04-01")
    assert second.exit_code == 0
    both = await deliveries_of(broker, mark)
    assert len(both) == 3
    assert both.count(delivery) == 2
    found = (await messages_of(broker, INVENTORY_COMMANDS, mark)).values()
    booked = [
        (line.sku, line.quantity) for one in found if isinstance(one, ReceiveStock) for line in one.lines
    ]
    assert sorted(booked) == [("A", 12), ("B", 12)]
    # A setting that was refused for an unknown SKU comes again under an id of its own, with the same moment.
    settings = [one for one in found if isinstance(one, SetSafetyStock)]
    assert len({setting.setting_id for setting in settings}) == 2
    assert len({(setting.set_at, setting.lines) for setting in settings}) == 1


@pytest.mark.component
async def test_import__dry_run__sends_nothing(run: Run, broker: str, tmp_path: Path, mark: str) -> None:
    file = write(tmp_path / "p.csv", PRODUCT_HEADER, [a_product(f"{mark}-1"), a_product("")])
    done = await run("import", "products", file, "--dry-run", "--kafka", broker)
    assert done.exit_code == 1
    assert "1 messages would be sent" in done.stdout
    assert await records_of(broker, CATALOG_PRODUCTS, mark) == []


async def test_import__json__is_one_object_with_every_problem(run: Run, tmp_path: Path) -> None:
    rows = [a_product("1", price_jpy=""), a_product("2"), a_product("3", tax_class="none")]
    done = await run(
        "import", "products", write(tmp_path / "p.csv", PRODUCT_HEADER, rows), "--dry-run", "--json"
    )
    assert done.exit_code == 1
    document = json.loads(done.stdout)
    assert [(problem["line"], problem["column"]) for problem in document["problems"]] == [
        (2, "price_jpy"),
        (4, "tax_class"),
    ]
    assert (document["good_lines"], document["bad_lines"], document["dry_run"]) == (1, 2, True)


async def test_import__nothing_runs__says_so_with_exit_code_3(run: Run, tmp_path: Path) -> None:
    file = write(tmp_path / "p.csv", PRODUCT_HEADER, [a_product("1")])
    done = await run("import", "products", file)
    assert done.exit_code == 3
    assert "tsunagu up" in done.stderr
    done = await run("import", "products", file, "--kafka", "127.0.0.1:1")
    assert done.exit_code == 3
    assert "127.0.0.1:1 does not answer" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("import", "stores", "FILE"), "stores"),
        (("import", "products", "no-such-file.csv"), "does not exist"),
        (("import", "stock", "FILE", "--dry-run"), "the header lacks location_id"),
        (("import", "products", "FILE", "--dry-run", "--as-of", "2026-04-01"), "--as-of is for stock"),
    ],
)
async def test_import__wrong_usage_or_another_file__is_exit_code_2_and_says_why(
    run: Run, tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    file = write(tmp_path / "p.csv", PRODUCT_HEADER, [a_product("1")])
    done = await run(*(file if argument == "FILE" else argument for argument in arguments))
    assert done.exit_code == 2
    assert reason in done.stderr


@pytest.mark.fault
async def test_import__kafka_freezes_part_way__is_exit_code_4_and_the_same_file_again_completes_it(
    run: Run, tmp_path: Path, mark: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publisher, "ACKNOWLEDGE_TIMEOUT_SECONDS", 1.0)
    send = publisher.Publisher.send
    async with embedded_kafka() as broker:
        await create_topics(broker.address, CATALOG_PRODUCTS.name)

        async def send_to_a_frozen_broker(self: publisher.Publisher, message: Message) -> None:
            broker.freeze()
            await send(self, message)

        file = write(
            tmp_path / "p.csv", PRODUCT_HEADER, [a_product(f"{mark}-{number}") for number in range(3)]
        )
        with monkeypatch.context() as frozen:
            frozen.setattr(publisher.Publisher, "send", send_to_a_frozen_broker)
            stopped = await run("import", "products", file, "--kafka", broker.address)
        assert stopped.exit_code == 4
        assert "0 messages sent and acknowledged" in stopped.stdout
        assert "Import the same file again" in stopped.stderr
        broker.thaw()
        monkeypatch.setattr(publisher, "ACKNOWLEDGE_TIMEOUT_SECONDS", 30.0)
        again = await run("import", "products", file, "--kafka", broker.address)
        assert again.exit_code == 0, again.output
        assert len(await messages_of(broker.address, CATALOG_PRODUCTS, mark)) == 3
