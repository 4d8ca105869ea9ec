"""Availability for channels: exact, less the buffer; all of it, then what has changed, and nothing is missed."""

import csv
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.channels.availability.feed import keep_stock, shown
from tsunagu.chassis import transaction
from tsunagu.contracts.topics import INVENTORY_AVAILABILITY
from tsunagu.testing.harness import delete_of

component = pytest.mark.component

FEED = "[channels.ec.feed]\nbuffer = 2\n"


@given(available=st.integers(0, 10**9), buffer=st.integers(0, 10**6))
def test_shown__whatever_there_is__never_more_than_there_is_nor_less_than_none(
    available: int, buffer: int
) -> None:
    told = shown(available, buffer)
    assert 0 <= told <= available
    assert told in (0, available - buffer)


async def levels(door: Any, after: int | None = None, **query: Any) -> dict[str, Any]:
    parameters = {**query, **({} if after is None else {"after": after})}
    answer = await door.client.get("/v1/availability", params=parameters, headers=door.headers("ec"))
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def told(body: dict[str, Any]) -> dict[str, int]:
    return {f"{level['location_id']} {level['sku']}": level["available"] for level in body["levels"]}


@pytest.mark.wide
@component
async def test_feed__all_of_it_then_what_has_changed__less_the_buffer(open_site: Any, a: Any) -> None:
    async with open_site(FEED) as (door, _):
        await door.service.deliver(a.stock("S1", 5), a.stock("S2", 1), a.stock("S3", 3))
        everything = await levels(door)
        nothing = await levels(door, everything["next"])
        await door.service.deliver(a.stock("S2", 9, version=2))
        changed = await levels(door, nothing["next"])
    assert told(everything) == {"S1 SKU-1": 3, "S2 SKU-1": 0, "S3 SKU-1": 1}
    assert (told(nothing), nothing["more"]) == ({}, False)
    assert told(changed) == {"S2 SKU-1": 7}


@pytest.mark.wide
@component
async def test_feed__in_pages__every_level_once(open_site: Any, a: Any) -> None:
    async with open_site(FEED, feed_rows_max=3) as (door, _):
        await door.service.deliver(*(a.stock(f"S{number}", 10) for number in range(7)))
        pages: list[dict[str, Any]] = []
        after = None
        while not pages or pages[-1]["more"]:
            pages.append(await levels(door, after, limit=100))
            after = pages[-1]["next"]
    assert [len(page["levels"]) for page in pages] == [3, 3, 1]
    assert len({key for page in pages for key in told(page)}) == 7


@pytest.mark.wide
@component
async def test_feed__an_older_version_or_a_delete__is_passed_over_or_none(open_site: Any, a: Any) -> None:
    async with open_site(FEED) as (door, _):
        await door.service.deliver(a.stock("S1", 5, version=7))
        await door.service.deliver(a.stock("S1", 9, version=6))
        before = await levels(door)
        await door.service.deliver_records(INVENTORY_AVAILABILITY, [delete_of(a.stock("S1", 5))])
        gone = await levels(door, before["next"])
    assert told(before) == {"S1 SKU-1": 3}
    assert told(gone) == {"S1 SKU-1": 0}


@pytest.mark.wide
@component
async def test_feed__until_a_change_has_committed__no_later_one_gets_a_number(open_site: Any, a: Any) -> None:
    async with open_site(FEED) as (door, _):
        stock = a.stock("S1", 5)
        received: Any = SimpleNamespace(key=stock.record_key(), message=stock)
        async with transaction(door.runtime) as late:
            await keep_stock(late, [received])
            # A reader that saw a later number first would be past this one for good.
            others_may = await door.service.connection.fetchval(
                "SELECT pg_try_advisory_lock(hashtextextended('channel stock changes', 0))"
            )
        assert told(await levels(door)) == {"S1 SKU-1": 3}
    assert others_may is False


@pytest.mark.wide
@component
async def test_feed__of_a_channel_that_has_none_or_without_a_key__404_401(open_site: Any) -> None:
    async with open_site(FEED) as (door, _):
        none = await door.get("/v1/availability", "mall")
        nobody = await door.client.get("/v1/availability")
        gone = await door.client.get("/v1/availability?after=99", headers=door.headers("ec"))
    assert (none.status_code, nobody.status_code, gone.status_code) == (404, 401, 410)


@pytest.mark.wide
@component
async def test_feed__by_webhook__changes_once_and_none_more_until_they_have_arrived(
    open_site: Any, receivers: Any, a: Any
) -> None:
    receiver = await receivers()
    more = f"""
[channels.ec.webhooks_out]
url = "{receiver.url}"
secret_variables = ["EC_OUT_SECRET"]
[channels.ec.feed]
webhooks = true
"""
    async with open_site(more) as (door, _):
        run = {one.name: one.run for one in door.service.service.periodic}
        await door.service.deliver(a.stock("S1", 5))
        await run["availability to ec"](door.runtime)
        await door.service.deliver(a.stock("S1", 4, version=2))
        await door.service.deliver(a.stock("S1", 3, version=3))
        await run["availability to ec"](door.runtime)
        await run["webhooks to ec 1"](door.runtime)
        await run["availability to ec"](door.runtime)
        await run["webhooks to ec 1"](door.runtime)
        await run["availability to ec"](door.runtime)
        await run["webhooks to ec 1"](door.runtime)
    assert [body["type"] for body in receiver.bodies()] == ["availability.changed"] * 2
    assert [told(body["data"]) for body in receiver.bodies()] == [{"S1 SKU-1": 5}, {"S1 SKU-1": 3}]


@pytest.mark.wide
@component
async def test_feed__by_file__all_of_it_once_a_day_and_changes_between(
    open_site: Any, a: Any, tmp_path: Path
) -> None:
    folder = tmp_path / "out"
    folder.mkdir()
    more = f"""
[channels.ec.files_out]
folder = "{folder}"
[channels.ec.feed]
files = true
"""
    async with open_site(more) as (door, _):
        run = {one.name: one.run for one in door.service.service.periodic}
        write = run["availability by file to ec"]
        await door.service.deliver(a.stock("S1", 5), a.stock("S2", 6))
        await write(door.runtime)
        await write(door.runtime)
        await door.service.deliver(a.stock("S1", 4, version=2))
        await write(door.runtime)
        await door.service.connection.execute("UPDATE told_so_far SET full_at = now() - interval '25 hours'")
        await write(door.runtime)
    found = {
        path.name: list(csv.DictReader(path.read_text().splitlines())) for path in sorted(folder.iterdir())
    }
    assert {
        name: [(row["location_id"], row["available"]) for row in rows] for name, rows in found.items()
    } == {
        "availability-00000001.full.csv": [("S1", "5"), ("S2", "6")],
        "availability-00000002.changes.csv": [("S1", "4")],
        "availability-00000003.full.csv": [("S2", "6"), ("S1", "4")],
    }
