"""Files of orders in a folder: taken once, order by order, and acknowledged in the sender's own encoding."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.testing.harness import all_of

pytestmark = [pytest.mark.component, pytest.mark.wide]

HEADER = "order_id,ordered_at,line_id,sku,quantity,unit_price_jpy,tax_percent,payment,method,location_id,備考"


def line(order: str, line_id: str = "1", quantity: str = "1", note: str = "のし紙") -> str:
    return f"{order},2026-11-01 10:00,{line_id},SKU-1,{quantity},1980,10,prepaid,pickup,S001,{note}"


def a_file(*lines: str, encoding: str = "cp932") -> bytes:
    return "\r\n".join([HEADER, *lines, ""]).encode(encoding)


@pytest.fixture
def drop(open_site: Any, tmp_path: Path) -> Any:
    """`open_site` with a folder, which is `tmp_path / "drop"`."""
    (tmp_path / "drop").mkdir()

    def opened(**limits: Any) -> Any:
        return open_site(f'[channels.ec.files_in]\nfolder = "{tmp_path / "drop"}"\n', **limits)

    return opened


async def collect(door: Any) -> None:
    (collector,) = [one for one in door.service.service.periodic if one.name == "files from ec"]
    await collector.run(door.runtime)


def reports(folder: Path, kind: str, encoding: str = "cp932") -> list[list[dict[str, str]]]:
    return [
        list(csv.DictReader(io.StringIO(path.read_bytes().decode(encoding))))
        for path in sorted((folder / "reports").glob(f"*.{kind}.csv"))
    ]


async def test_file__a_broken_line_in_the_middle__its_order_goes_back_whole_and_all_others_are_taken(
    drop: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "drop"
    lines = [line("1"), line("2"), line("2", "2", quantity="二つ"), line("2", "3"), line("3", note="髙島屋")]
    (folder / "orders.csv").write_bytes(a_file(*lines))
    async with drop() as (door, _):
        await collect(door)
        placed = all_of(await door.service.sent(), m.PlaceOrder)
    assert [(order.order_id, order.channel) for order in placed] == [("ec:1", "ec"), ("ec:3", "ec")]
    (report,) = reports(folder, "report")
    assert [(row["order_id"], row["outcome"], row["line"], row["column"]) for row in report] == [
        ("1", "taken", "2", ""),
        ("2", "rejected", "4", "quantity"),
        ("3", "taken", "6", ""),
    ]
    assert "二つ" in report[1]["reason"]
    (back,) = (folder / "reports").glob("*.rejected.csv")
    assert back.read_bytes() == a_file(*lines[1:4])
    assert [path.name for path in folder.glob("*.csv")] == []
    assert len(list((folder / "taken").iterdir())) == 1


async def test_file__that_came_back_mended__is_taken(drop: Any, tmp_path: Path) -> None:
    folder = tmp_path / "drop"
    (folder / "orders.csv").write_bytes(a_file(line("1"), line("2", quantity="二つ"), encoding="utf-8"))
    async with drop() as (door, _):
        await collect(door)
        (back,) = (folder / "reports").glob("*.rejected.csv")
        mended = back.read_bytes().replace("二つ".encode(), b"2")
        (folder / "orders.csv").write_bytes(mended)
        await collect(door)
        placed = all_of(await door.service.sent(), m.PlaceOrder)
    assert [order.order_id for order in placed] == ["ec:1", "ec:2"]


async def test_file__the_same_again_under_another_name__is_taken_once_and_reported_alike(
    drop: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "drop"
    async with drop() as (door, _):
        for name in ("monday.csv", "tuesday.CSV"):
            (folder / name).write_bytes(a_file(line("1")))
            await collect(door)
        placed = all_of(await door.service.sent(), m.PlaceOrder)
    assert len(placed) == 1
    first, second = reports(folder, "report")
    assert first == second
    assert [row["outcome"] for row in first] == ["taken"]


async def test_file__an_order_that_came_by_webhook__is_known(
    drop: Any, tmp_path: Path, shopify_order: Any
) -> None:
    folder = tmp_path / "drop"
    (folder / "orders.csv").write_bytes(a_file(line("1001")))
    async with drop() as (door, site):
        await site.say("orders/create", shopify_order(1001))
        await collect(door)
        assert len(all_of(await door.service.sent(), m.PlaceOrder)) == 1
    assert [row["outcome"] for row in reports(folder, "report")[0]] == ["known"]


@pytest.mark.parametrize("name", ["orders.csv.part", "orders.tmp", ".orders.csv", "orders"])
async def test_file__that_is_not_finished__is_left_alone(drop: Any, tmp_path: Path, name: str) -> None:
    path = tmp_path / "drop" / name
    path.write_bytes(a_file(line("1"))[:-30])
    async with drop() as (door, _):
        await collect(door)
        assert await door.service.sent() == []
    assert path.exists()


async def test_file__that_grew_while_it_was_taken__stays_to_be_taken_again(
    drop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edge.channels.files_in import folder

    path = tmp_path / "drop" / "orders.csv"
    path.write_bytes(a_file(line("1")))
    acknowledge = folder.acknowledge

    def grown_meanwhile(*arguments: Any) -> None:
        path.write_bytes(a_file(line("1"), line("2")))
        acknowledge(*arguments)

    async with drop() as (door, _):
        with monkeypatch.context() as patched:
            patched.setattr(folder, "acknowledge", grown_meanwhile)
            await collect(door)
        assert path.exists()
        await collect(door)
        placed = all_of(await door.service.sent(), m.PlaceOrder)
    assert [order.order_id for order in placed] == ["ec:1", "ec:2"]


async def test_file__whose_taker_died_in_the_middle__the_rest_is_taken_and_the_report_is_whole(
    drop: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edge.channels.files_in import taking_files
    from edge.channels.taking import take

    folder = tmp_path / "drop"
    (folder / "orders.csv").write_bytes(a_file(line("1"), line("2"), line("3")))
    taken: list[Any] = []

    async def dies_at_the_third(transaction: Any, command: Any) -> Any:
        taken.append(command)
        if len(taken) == 3:
            raise RuntimeError("the process ends here")
        return await take(transaction, command)

    async with drop(file_orders_at_once=1) as (door, _):
        with monkeypatch.context() as patched:
            patched.setattr(taking_files, "take", dies_at_the_third)
            with pytest.raises(RuntimeError):
                await collect(door)
        await collect(door)
        while_leased = len(all_of(await door.service.sent(), m.PlaceOrder))
        await door.service.connection.execute("UPDATE dropped_file SET leased_until = begun_at")
        await collect(door)
        placed = all_of(await door.service.sent(), m.PlaceOrder)
    assert while_leased == 2
    assert [order.order_id for order in placed] == ["ec:3"]
    assert [row["outcome"] for row in reports(folder, "report")[0]] == ["taken"] * 3


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"),
        (b"a,b\r\n1,2\r\n", "lacks order_id"),
        (a_file(line("1"), encoding="utf-16"), "UTF-16"),
        (a_file(*(line(str(number)) for number in range(20))), "at most 1024"),
    ],
)
async def test_file__that_can_not_be_read_at_all__goes_back_with_the_reason(
    drop: Any, tmp_path: Path, content: bytes, said: str
) -> None:
    folder = tmp_path / "drop"
    (folder / "orders.csv").write_bytes(content)
    async with drop(file_bytes_max=1_024) as (door, _):
        await collect(door)
        assert await door.service.sent() == []
    (report,) = reports(folder, "report", "utf-8")
    assert said in report[0]["reason"]
    assert not (folder / "orders.csv").exists()
