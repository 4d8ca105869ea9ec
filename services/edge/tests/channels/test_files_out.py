"""What becomes of orders, as files: numbered without gaps, each event in one of them, whole or not there at all."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tsunagu.contracts import messages as m
from tsunagu.testing.harness import only

pytestmark = [pytest.mark.component, pytest.mark.wide]


@pytest.fixture
def filed(open_site: Any, tmp_path: Path) -> Any:
    """`open_site` with a folder for files out, which is `tmp_path / "out"`."""
    (tmp_path / "out").mkdir()

    def opened(more: str = "", **limits: Any) -> Any:
        return open_site(
            f'[channels.ec.files_out]\nfolder = "{tmp_path / "out"}"\nencoding = "cp932"\n{more}', **limits
        )

    return opened


async def placed(door: Any, site: Any, order: dict[str, Any]) -> m.PlaceOrder:
    await site.say("orders/create", order)
    return only(await door.service.sent(), m.PlaceOrder)


async def write(door: Any) -> None:
    (writer,) = [one for one in door.service.service.periodic if one.name == "orders by file to ec"]
    await writer.run(door.runtime)


def files(tmp_path: Path) -> dict[str, list[dict[str, str]]]:
    """What is in each file."""
    return {
        path.name: list(csv.DictReader(io.StringIO(path.read_bytes().decode("cp932"))))
        for path in sorted((tmp_path / "out").iterdir())
    }


async def test_file__what_has_happened_since_the_last__in_order(
    filed: Any, tmp_path: Path, shopify_order: Any, a: Any
) -> None:
    async with filed() as (door, site):
        command = await placed(door, site, shopify_order())
        await door.service.deliver(a.placed(command), a.confirmed(command))
        await write(door)
        await write(door)
        await door.service.deliver(a.cancelled(command))
        await write(door)
    first, second = files(tmp_path).values()
    assert list(files(tmp_path)) == ["orders-00000001.csv", "orders-00000002.csv"]
    assert [row["type"] for row in first] == ["order.placed", "order.confirmed"]
    assert [(row["type"], row["channel_order_id"], row["reason"]) for row in second] == [
        ("order.cancelled", "1001", "customer_request")
    ]
    assert json.loads(second[0]["data"])["order_id"] == "ec:1001"


async def test_file__more_than_one_may_hold__the_rest_is_in_the_next(
    filed: Any, tmp_path: Path, shopify_order: Any, a: Any
) -> None:
    async with filed(files_out_rows_max=2) as (door, site):
        for number in range(3):
            await door.service.deliver(a.placed(await placed(door, site, shopify_order(number))))
        await write(door)
    assert [len(rows) for rows in files(tmp_path).values()] == [2, 1]


async def test_file__whose_writer_died_before_it_was_noted__is_written_again_under_its_number(
    filed: Any, tmp_path: Path, shopify_order: Any, a: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from edge.channels.outbound import files as module

    def dies(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the process ends here")

    async with filed() as (door, site):
        command = await placed(door, site, shopify_order())
        await door.service.deliver(a.placed(command))
        with monkeypatch.context() as patched:
            patched.setattr(module, "transaction", dies)
            with pytest.raises(RuntimeError):
                await write(door)
        await door.service.deliver(a.confirmed(command))
        await write(door)
    (rows,) = files(tmp_path).values()
    assert [row["type"] for row in rows] == ["order.placed", "order.confirmed"]


async def test_file__while_another_process_writes__nothing_is_written(
    filed: Any, tmp_path: Path, shopify_order: Any, a: Any
) -> None:
    from edge.channels.outbound.turns import ORDERS_BY_FILE, turn
    from edge.channels.settings import Settings

    async with filed() as (door, site):
        command = await placed(door, site, shopify_order())
        await door.service.deliver(a.placed(command))
        async with turn(door.runtime, "ec", ORDERS_BY_FILE, Settings()) as theirs:
            await write(door)
            assert theirs is not None
            assert files(tmp_path) == {}
        await write(door)
    assert len(files(tmp_path)) == 1
