"""What can't be read or fails in our code is kept with its reason; everything else goes on."""

import json
from typing import Any

import httpx
import pytest

from tsunagu.chassis import metrics
from tsunagu.chassis.http import build_app
from tsunagu.chassis.runtime import Runtime
from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import dead_letters
from tsunagu.testing.harness import record_of
from tsunagu.testing.toy.app import NONSENSE, POISON
from tsunagu.testing.toy.world import World, a_scan, eventually

pytestmark = pytest.mark.component


def operator(runtime: Runtime) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(build_app(runtime)), base_url="http://operator")


def with_headers(record: Record, *headers: tuple[str, Any]) -> Record:
    names = {name for name, _ in headers}
    kept = [(name, value) for name, value in record.headers if name not in names]
    return Record(record.key, record.value, [*kept, *headers])


async def test_unreadable_records__in_the_middle_of_a_batch__are_dead_letters_and_their_keys_go_on(
    world: World,
) -> None:
    good = [record_of(a_scan("v1")) for _ in range(6)]
    broken = {
        "json": Record(b"v1", b"{not json", good[0].headers),
        "header_null": with_headers(record_of(a_scan("v1")), ("ce_id", None)),
        "header_encoding": with_headers(record_of(a_scan("v1")), ("ce_type", b"\xff\xfe")),
        "header_missing": Record(b"v1", good[0].value, []),
        "type_unknown": with_headers(record_of(a_scan("v1")), ("ce_type", b"no.such.type.v1")),
    }
    records = [record for pair in zip(good, broken.values(), strict=False) for record in pair] + good[5:]
    async with world.running():
        await world.send(records)
        await world.until_visits(6)
        await world.until_sent()
        rows = await world.query("SELECT reason, parks_key, state FROM dead_letter ORDER BY dead_letter_id")
        assert [row["reason"] for row in rows] == list(broken)
        assert not any(row["parks_key"] for row in rows)
    assert await world.told() == {"v1": [1, 2, 3, 4, 5, 6]}


async def test_dead_letter__is_published_with_its_headers_and_its_reason(world: World) -> None:
    record = with_headers(record_of(a_scan("v1")), ("x-till", b"\xff"), ("ce_type", b"no.such.type.v1"))
    async with world.running():
        await world.send([record], partition=1)

        async def published() -> list[Any]:
            copies = await world.read(dead_letters("insight").name)
            return [r for r in copies if dict(r.headers).get("__dlq.errors.topic") == world.source.encode()]

        (copy,) = await eventually(published, "the dead letter is published")
    headers = dict(copy.headers)
    assert (copy.key, copy.value) == (record.key, record.value)
    assert headers["x-till"] == b"\xff"
    assert headers["__dlq.errors.partition"] == b"1"
    assert headers["__dlq.errors.offset"] == b"0"
    assert headers["__dlq.errors.group"] == f"insight.{world.source}".encode()
    assert b"type_unknown" in headers["__dlq.errors.message"]


async def test_poison__in_the_middle_of_a_batch__parks_its_key_and_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitors = ["v1", f"{POISON}-1", "v2"]
    messages = [a_scan(visitor, f"{visitor}-{number}") for number in range(4) for visitor in visitors]
    async with world.running() as runtime, operator(runtime) as client:
        await world.send([record_of(message) for message in messages])
        await world.until_visits(8)
        # What comes later under the parked key waits behind it, also when it comes twice.
        late = record_of(a_scan(f"{POISON}-1", "late"))
        await world.send([late, late, record_of(a_scan("v1", "after"))])
        await world.until_visits(9)
        waiting = (await client.get("/operator/dead-letters")).json()
        assert [letter["reason"] for letter in waiting] == ["handler_failed"] + ["follows_parked"] * 4
        assert "ZeroDivisionError" in waiting[0]["detail"]

        failed = await client.post(f"/operator/dead-letters/{waiting[0]['dead_letter_id']}/redrive")
        assert failed.status_code == 409
        assert "ZeroDivisionError" in failed.json()[0]["left"]
        assert await world.visits() == 9

        monkeypatch.setenv("TOY_POISON", "no")
        path = f"/operator/dead-letters/{waiting[0]['dead_letter_id']}/redrive"
        redriven = await client.post(path)
        assert [result["state"] for result in redriven.json()] == ["redriven"] * 5
        assert (await client.post(path)).status_code == 409, "redriving twice changes nothing"
        await world.until_visits(14)

        await world.send([record_of(a_scan(f"{POISON}-1", "free again"))])
        await world.until_visits(15)
        await world.until_sent()
    told = await world.told()
    assert told["v1"] == [1, 2, 3, 4, 5]
    assert told["v2"] == [1, 2, 3, 4]
    assert told[f"{POISON}-1"] == [1, 2, 3, 4, 5, 6]
    rows = await world.query(
        "SELECT activity_id FROM visit WHERE visitor_id = $1 ORDER BY number", f"{POISON}-1"
    )
    in_order = [f"{POISON}-1-{number}" for number in range(4)] + ["late", "free again"]
    assert [row["activity_id"] for row in rows] == in_order


async def test_unusable__in_the_middle_of_a_batch__is_a_dead_letter_and_its_key_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitors = ["v1", f"{NONSENSE}-1", "v2"]
    messages = [a_scan(visitor, f"{visitor}-{number}") for number in range(2) for visitor in visitors]
    async with world.running() as runtime, operator(runtime) as client:
        await world.send([record_of(message) for message in messages])
        await world.until_visits(4)

        async def kept() -> list[Any]:
            letters = (await client.get("/operator/dead-letters")).json()
            return letters if len(letters) == 2 else []

        letters = await eventually(kept, "both are kept")
        assert [(row["reason"], row["detail"], row["parks_key"]) for row in letters] == [
            ("nonsense", "nobody visits like this", False)
        ] * 2
        first, second = (f"/operator/dead-letters/{row['dead_letter_id']}/redrive" for row in letters)
        assert "nonsense: nobody visits like this" in (await client.post(first)).json()[0]["left"]

        monkeypatch.setenv("TOY_NONSENSE", "no")
        await world.send([record_of(a_scan(f"{NONSENSE}-1", "later"))])
        await world.until_visits(5)
        for path in (second, first):
            assert (await client.post(path)).json()[0]["state"] == "redriven"
        await world.until_visits(7)
    rows = await world.query(
        "SELECT activity_id FROM visit WHERE visitor_id = $1 ORDER BY number", f"{NONSENSE}-1"
    )
    assert [row["activity_id"] for row in rows] == ["later", f"{NONSENSE}-1-1", f"{NONSENSE}-1-0"]


async def test_discard__first_of_a_parked_key__lets_the_followers_be_redriven(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.running() as runtime, operator(runtime) as client:
        await world.send([record_of(a_scan(f"{POISON}-1", f"a{number}")) for number in range(3)])

        async def parked() -> list[Any]:
            letters = (await client.get("/operator/dead-letters")).json()
            return letters if len(letters) == 3 else []

        first, second, _ = await eventually(parked, "three messages wait")
        discard = f"/operator/dead-letters/{first['dead_letter_id']}/discard"
        assert (await client.post(discard)).status_code == 422, "a reason is needed"
        not_first = f"/operator/dead-letters/{second['dead_letter_id']}/discard?note=why"
        assert (await client.post(not_first)).status_code == 409
        assert (await client.post(f"{discard}?note=the+till+was+a+test")).json()["state"] == "discarded"
        assert (await client.post(f"{discard}?note=again")).status_code == 409
        monkeypatch.setenv("TOY_POISON", "no")
        await client.post(f"/operator/dead-letters/{second['dead_letter_id']}/redrive")
        await world.until_visits(2)
    rows = await world.query("SELECT activity_id FROM visit ORDER BY number")
    assert [row["activity_id"] for row in rows] == ["a1", "a2"]
    shown = await world.query("SELECT settled_note FROM dead_letter WHERE state = 'discarded'")
    assert shown[0]["settled_note"] == "the till was a test"
    kept = await world.query("SELECT key, value, headers FROM dead_letter")
    assert {tuple(row) for row in kept} == {(None, None, b"")}  # what was settled is told, not what it said


async def test_too_many_parked_keys__reading_stops_and_goes_on_when_they_are_gone(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped = metrics.STOPPED.labels(world.source)._value
    async with world.running(parked_keys_max=2, batch_records_max=1) as runtime, operator(runtime) as client:
        await world.send([record_of(a_scan(f"{POISON}-{n}")) for n in range(3)], partition=0)

        async def stands() -> bool:
            return bool(stopped.get() > 0)

        await eventually(stands, "the partition stops")
        assert len((await client.get("/operator/dead-letters")).json()) == 2
        monkeypatch.setenv("TOY_POISON", "no")
        for letter in (await client.get("/operator/dead-letters")).json():
            await client.post(f"/operator/dead-letters/{letter['dead_letter_id']}/redrive")
        await world.until_visits(3)

        async def goes_on() -> bool:
            return bool(stopped.get() == 0)

        await eventually(goes_on, "operators see that it goes on")


async def test_same_natural_id__another_body__the_first_stands_and_its_key_goes_on(world: World) -> None:
    first = a_scan("v1", "a1")
    other = first.model_copy(update={"location_id": "S999"})
    async with world.running():
        await world.send(
            [record_of(first), record_of(other), record_of(first), record_of(a_scan("v1", "a2"))]
        )
        await world.until_visits(2)
        rows = await world.query("SELECT reason, convert_from(value, 'UTF8') AS body FROM dead_letter")
    assert [row["reason"] for row in rows] == ["conflicting_body"]
    assert json.loads(rows[0]["body"])["location_id"] == "S999"


async def test_dead_letter_that_reads_better_later__is_redriven_once(world: World) -> None:
    record = Record(b"v1", b"{not json", record_of(a_scan("v1")).headers)
    async with world.running() as runtime, operator(runtime) as client:
        await world.send([record])

        async def waiting() -> list[Any]:
            return list((await client.get("/operator/dead-letters")).json())

        (letter,) = await eventually(waiting, "the record is a dead letter")
        path = f"/operator/dead-letters/{letter['dead_letter_id']}"
        assert "can't be read" in (await client.post(f"{path}/redrive")).json()[0]["left"]
        # A release that can read it: here its bytes are what changes.
        mended = record_of(a_scan("v1", "mended"))
        await runtime.pool.execute("UPDATE dead_letter SET value = $1", mended.value)  # type: ignore[union-attr]
        assert (await client.post(f"{path}/redrive")).status_code == 200
        assert (await client.post(f"{path}/redrive")).status_code == 409
        assert (await client.get(path)).json()["state"] == "redriven"
        await world.until_visits(1)
