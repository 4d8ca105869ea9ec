"""`tsunagu stock history` against inventory's real operator port."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from inventory.app import SERVICE
from tsunagu.cli.main import app
from tsunagu.contracts.messages import AdjustStock
from tsunagu.testing.harness import harness
from tsunagu.testing.plugin import NewDatabase

from .operated import Command, migrated

HOUR = timedelta(hours=1)


def an_adjustment(change: int, hours_ago: int) -> AdjustStock:
    return AdjustStock(
        adjustment_id=f"J{hours_ago}", location_id="S1", reason="found", lines=({"sku": "A/1", "change": change},),
        occurred_at=datetime.now(UTC) - hours_ago * HOUR,
    )  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def history(kafka: str, new_database: NewDatabase) -> AsyncIterator[Command]:
    """The command, and an inventory in which three pieces, two and one were found three, two and one hour ago."""
    url = await new_database(SERVICE.migrations)
    async with harness(SERVICE, url) as running:
        for hours in (3, 2, 1):
            await running.deliver(an_adjustment(hours, hours))
    async with migrated(SERVICE, url, kafka, ["stock", "history"], columns=220) as command:
        yield command


@pytest.mark.wide
@pytest.mark.component
async def test_history__two_times_and_pages__are_shown(history: Command) -> None:
    shown = await history("S1", "A/1")
    assert shown.exit_code == 0, shown.output
    assert "on hand 6, of it staged 0; the sum of 3 movements" in shown.stdout
    assert shown.stdout.index("J1") < shown.stdout.index("J2") < shown.stdout.index("J3")

    japan = datetime.now(UTC) + 9 * HOUR - 1.5 * HOUR
    then = json.loads(
        (await history("S1", "A/1", "--happened-by", f"{japan:%Y-%m-%d %H:%M}", "--json")).stdout
    )
    assert (then["on_hand"], then["movements"]) == (5, 2)
    believed = json.loads(
        (await history("S1", "A/1", "--known-by", f"{japan:%Y-%m-%d %H:%M}", "--json")).stdout
    )
    assert (believed["on_hand"], believed["movements"]) == (0, 0)

    first = await history("S1", "A/1", "--limit", "2")
    assert "J3" not in first.stdout
    place: Any = first.stdout.split("--before ")[1].split()[0]
    rest = json.loads((await history("S1", "A/1", "--before", place, "--json")).stdout)
    assert [row["document_id"] for row in rest["history"]] == ["J3"]
    assert rest["next"] is None


@pytest.mark.wide
@pytest.mark.component
async def test_history__never_booked_or_in_the_future__says_why(history: Command) -> None:
    unknown = await history("S1", "X")
    assert (unknown.exit_code, "nothing was ever booked of X at S1" in unknown.stderr) == (1, True)
    future = await history("S1", "A/1", "--known-by", "9990-01-01")
    assert (future.exit_code, "is in the future" in future.stderr) == (1, True)


def test_history__no_time__is_wrong_usage() -> None:
    run = CliRunner().invoke(app, ["stock", "history", "S1", "A", "--known-by", "yesterday"])
    assert (run.exit_code, "is no time such as" in run.stderr) == (2, True)


def test_history__nobody_answers__is_exit_code_3() -> None:
    run = CliRunner().invoke(app, ["stock", "history", "S1", "A", "--url", "http://127.0.0.1:1"])
    assert (run.exit_code, "inventory does not answer" in run.stderr) == (3, True)
