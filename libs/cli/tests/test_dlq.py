"""`tsunagu dlq` against a real service process's operator port."""

import json
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from tsunagu.chassis import headers
from tsunagu.cli.main import app
from tsunagu.contracts.envelope import Record
from tsunagu.testing.harness import record_of
from tsunagu.testing.plugin import NewTestTopic
from tsunagu.testing.toy.app import POISON
from tsunagu.testing.toy.world import World, a_scan, create_topics, eventually

from .operated import Command, served

BROKEN = POISON + "-1"


@pytest_asyncio.fixture(loop_scope="session")
async def world(kafka: str, database: str, new_topic: NewTestTopic) -> World:
    await create_topics(kafka)
    return World(kafka, database, await new_topic("toy.in"), await new_topic("toy.out"))


async def listed(dlq: Command, count: int) -> dict[str, Any]:
    """What `dlq list` says, once so many wait."""

    async def there() -> dict[str, Any] | None:
        document: dict[str, Any] = json.loads((await dlq("list", "insight", "--json")).stdout)
        return document if document["waiting"] == count else None

    found: dict[str, Any] = await eventually(there, f"{count} dead letters wait")
    return found


@pytest.mark.wide
@pytest.mark.component
async def test_dlq__a_parked_key__is_listed_shown_and_redriven_in_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with served(world, "dlq") as dlq:
        empty = await dlq("list", "insight")
        assert (empty.exit_code, empty.stdout) == (0, "nothing waits\n")
        await world.send([record_of(a_scan(BROKEN, f"a{number}")) for number in range(3)])
        letters = (await listed(dlq, 3))["dead_letters"]
        assert [(row["service"], row["reason"]) for row in letters] == [
            ("insight", "handler_failed"),
            ("insight", "follows_parked"),
            ("insight", "follows_parked"),
        ]
        first = str(letters[0]["dead_letter_id"])

        shown = await dlq("list")
        assert shown.exit_code == 1
        for word in ("key parked", BROKEN, f"{world.source} @ ", "ZeroDivisionError"):
            assert word in shown.stdout
        one = await dlq("show", "insight", first)
        assert one.exit_code == 1
        assert '"activity_id": "a0"' in one.stdout

        failed = await dlq("redrive", "insight", first)
        assert failed.exit_code == 1
        assert f"{first} still waits: ZeroDivisionError" in failed.stdout
        assert await world.visits() == 0

        monkeypatch.setenv("TOY_POISON", "no")
        done = await dlq("redrive", "insight", first, "--json")
        assert done.exit_code == 0, done.output
        assert [row["state"] for row in json.loads(done.stdout)] == ["redriven"] * 3
        again = await dlq("redrive", "insight", first)
        assert again.exit_code == 1
        assert "waits" in again.stderr
        assert (await dlq("list")).exit_code == 0
        assert (await dlq("show", "insight", first)).exit_code == 0
    rows = await world.query("SELECT activity_id FROM visit ORDER BY number")
    assert [row["activity_id"] for row in rows] == ["a0", "a1", "a2"]


@pytest.mark.wide
@pytest.mark.component
async def test_dlq_redrive__all__works_off_what_it_can_and_says_what_still_waits(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable = Record(b"v1", b"{not json", record_of(a_scan("v1")).headers)
    async with served(world, "dlq") as dlq:
        await world.send([record_of(a_scan(BROKEN, f"a{number}")) for number in range(2)], partition=0)
        await world.send([unreadable, record_of(a_scan(f"{POISON}-2", "b0"))], partition=1)
        await listed(dlq, 4)
        dry = await dlq("redrive", "insight", "--all", "--dry-run", "--reason", "handler_failed")
        assert dry.exit_code == 1
        assert "3 would be redriven (reason handler_failed)" in dry.stdout
        tried = await dlq("redrive", "insight", "--all", "--rate", "500", "--by", "mori", "--json")
        assert tried.exit_code == 1
        # One try per key and one for the record; a follower is not tried behind its leader.
        [told] = json.loads(tried.stdout)
        assert (told["state"], told["matched"], told["redriven"], told["failed"]) == ("done", 4, 0, 3)
        assert told["asked_by"] == "mori"

        monkeypatch.setenv("TOY_POISON", "no")
        done = await dlq("redrive", "insight", "--all", "--topic", world.source)
        assert done.exit_code == 1
        assert "3 of 4 redriven, 1 failed again" in done.stdout
        assert "by mori" in (await dlq("redrives", "insight")).stdout
        ended = await dlq("cancel", "insight", told["redrive_id"])
        assert ended.exit_code == 1
        assert "no redrive" in ended.stderr
        await world.until_visits(3)
        (left,) = (await listed(dlq, 1))["dead_letters"]
        assert left["reason"] == "json"


@pytest.mark.wide
@pytest.mark.component
async def test_dlq_discard__needs_a_reason_and_keeps_it(world: World) -> None:
    async with served(world, "dlq") as dlq:
        await world.send([Record(b"v1", b"{not json", record_of(a_scan("v1")).headers)])
        (letter,) = (await listed(dlq, 1))["dead_letters"]
        id = str(letter["dead_letter_id"])
        assert (await dlq("discard", "insight", id)).exit_code == 2
        discarded = await dlq("discard", "insight", id, "--note", "a test till")
        assert (discarded.exit_code, discarded.stdout) == (0, f"{id} discarded\n")
        assert (await dlq("list")).exit_code == 0
        (settled,) = json.loads((await dlq("list", "--settled", "--json")).stdout)["dead_letters"]
        assert settled["settled_note"] == "a test till"


@pytest.mark.wide
@pytest.mark.component
async def test_dlq__what_kafka_refuses__is_listed_and_sent_after_its_release(world: World) -> None:
    record = record_of(a_scan("v1"))
    async with served(world, "dlq") as dlq:
        connection = await asyncpg.connect(world.database_url)
        try:
            # As the relay leaves it, here for a reason that has gone already.
            set_aside_id = await connection.fetchval(
                "INSERT INTO set_aside (topic, key, value, headers, reason)"
                " VALUES ($1, $2, $3, $4, 'too large') RETURNING set_aside_id",
                world.target, record.key, record.value, headers.pack(record.headers),
            )  # fmt: skip
        finally:
            await connection.close()
        shown = await dlq("list", "insight")
        assert shown.exit_code == 1
        assert "too large" in shown.stdout
        released = await dlq("release", "insight", str(set_aside_id))
        assert released.exit_code == 0, released.output
        await world.until_sent()
        assert [r.key for r in await world.read()] == [b"v1"]
        again = await dlq("release", "insight", str(set_aside_id))
        assert again.exit_code == 1
        assert f"no message {set_aside_id} is set aside" in again.stderr


def test_dlq__nobody_answers__is_exit_code_3_and_says_where() -> None:
    listed = CliRunner().invoke(app, ["dlq", "list", "order", "--url", "http://127.0.0.1:1"])
    assert listed.exit_code == 3
    assert "order does not answer at http://127.0.0.1:1" in listed.stderr


def test_dlq__nothing_runs__is_exit_code_3(tmp_path: Any) -> None:
    listed = CliRunner().invoke(app, ["dlq", "list"], env={"TSUNAGU_HOME": str(tmp_path)})
    assert listed.exit_code == 3
    assert "tsunagu up" in listed.stderr


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["list", "orders"], "there is no service 'orders'"),
        (["redrive", "order"], "say which one"),
        (["redrive", "order", "1", "--all"], "say which one"),
        (["redrive", "order", "1", "--dry-run"], "go with --all"),
    ],
)
def test_dlq__wrong_usage__is_exit_code_2(arguments: list[str], reason: str) -> None:
    run = CliRunner().invoke(app, ["dlq", *arguments])
    assert run.exit_code == 2
    assert reason in run.stderr


@pytest.mark.parametrize("command", ["list", "show", "redrive", "redrives", "cancel", "discard", "release"])
def test_dlq_help__has_an_example(command: str) -> None:
    assert f"tsunagu dlq {command}" in CliRunner().invoke(app, ["dlq", command, "--help"]).stdout


@pytest.mark.wide
@pytest.mark.component
async def test_dlq_list__more_than_one_page__lists_and_redrives_all(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.overrides["dead_letters_listed_max"] = 2
    async with served(world, "dlq") as dlq:
        await world.send([record_of(a_scan(f"{POISON}-{number}")) for number in range(5)])
        assert len((await listed(dlq, 5))["dead_letters"]) == 5
        monkeypatch.setenv("TOY_POISON", "no")
        done = await dlq("redrive", "insight", "--all")
        assert done.exit_code == 0
        assert "5 of 5 redriven" in done.stdout
