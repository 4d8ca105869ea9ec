"""`tsunagu credit what-if` against insight's real operator port."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from typer.testing import CliRunner

from insight.app import SERVICE
from tsunagu.cli.main import app
from tsunagu.contracts.messages import OrderCompleted
from tsunagu.testing.harness import harness
from tsunagu.testing.plugin import NewDatabase

from .operated import Command, migrated

NOW = datetime.now(UTC)
DAYS = ("--from", f"{NOW - timedelta(days=2):%Y-%m-%d}", "--to", f"{NOW + timedelta(days=1):%Y-%m-%d}")
ALL_TO_THE_STORE = """\
policy_id = "draft"
version = 1
title = "Draft"
store_channels = ["store"]
otherwise = "ec"
[[department]]
department_id = "ec"
title = "EC"
[[part]]
role = "handed_over"
percent = 100
reason = "To see who loses."
"""


def a_pickup(order_id: str, amount_jpy: int) -> OrderCompleted:
    line = {"line_id": "1", "group_id": "g", "sku": "A", "quantity": 1, "tax_percent": 10}
    return OrderCompleted.model_validate(
        {
            "order_id": order_id, "version": 3, "channel": "app", "occurred_at": NOW, "group_id": "g",
            "method": "pickup", "location_id": "S1", "lines": [{**line, "amount_jpy": amount_jpy}],
            "payment": "prepaid", "placed_at": NOW, "order_finished": True,
        }
    )  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def books(new_database: NewDatabase) -> str:
    """The database of an insight that has credited two pickups."""
    url = await new_database(SERVICE.migrations)
    async with harness(SERVICE, url) as running:
        await running.deliver(a_pickup("o-1", 1000), a_pickup("o-2", 501))
    return url


@pytest_asyncio.fixture(loop_scope="session")
async def what_if(kafka: str, books: str) -> AsyncIterator[Command]:
    """The command."""
    async with migrated(SERVICE, books, kafka, ["credit", "what-if"], columns=160) as command:
        yield lambda *arguments: command(*arguments, *DAYS)


@pytest.mark.wide
@pytest.mark.component
async def test_what_if__a_policy_of_the_folder__shows_who_gains_and_who_loses(what_if: Command) -> None:
    shown = await what_if("channel-only-v2")

    assert shown.exit_code == 0, shown.output
    assert "channel-only-v2" in shown.stdout and "2 sales, 1,501 yen" in shown.stdout
    rows = {line.split("│")[1].strip(): line for line in shown.stdout.splitlines() if "│" in line}
    assert "1,501" in rows["department ec"] and "+751" in rows["department ec"]
    assert "-751" in rows["store S1"]


@pytest.mark.wide
@pytest.mark.component
async def test_what_if__a_file_of_the_callers__is_tried_out(what_if: Command, tmp_path: Path) -> None:
    draft = tmp_path / "draft.toml"
    draft.write_text(ALL_TO_THE_STORE, encoding="utf-8")

    answer: Any = json.loads((await what_if(str(draft), "--json")).stdout)

    assert answer["policy_id"] == "draft"
    assert {row["party_id"]: row["would_be_jpy"] for row in answer["parties"]} == {"ec": 0, "S1": 1501}


@pytest.mark.wide
@pytest.mark.component
async def test_what_if__a_file_that_does_not_add_up__is_refused_with_the_line(
    what_if: Command, tmp_path: Path
) -> None:
    draft = tmp_path / "draft.toml"
    draft.write_text(ALL_TO_THE_STORE.replace("100", "95"), encoding="utf-8")

    refused = await what_if(str(draft))
    missing = await what_if(str(tmp_path / "none.toml"))

    assert (refused.exit_code, "line 11: the parts add up to 95, not 100" in refused.stderr) == (1, True)
    assert (missing.exit_code, "none.toml" in missing.stderr) == (1, True)


@pytest.mark.wide
@pytest.mark.component
async def test_what_if__current__is_0_when_the_books_come_out_and_1_when_not(
    what_if: Command, books: str
) -> None:
    right = await what_if("current")
    connection = await asyncpg.connect(books)
    await connection.execute("UPDATE credit_entry SET party_id = 'S2' WHERE party_id = 'S1'")
    await connection.close()
    wrong = await what_if("current")

    assert (right.exit_code, "to the yen" in right.stdout) == (0, True), right.output
    assert (wrong.exit_code, "the books are not what" in wrong.stderr) == (1, True)
    assert "store S2" in wrong.stdout


def test_what_if__no_day__is_wrong_usage() -> None:
    run = CliRunner().invoke(app, ["credit", "what-if", "current", "--from", "April", "--to", "May"])
    assert (run.exit_code, "is a business day such as" in run.stderr) == (2, True)


def test_what_if__nobody_answers__is_exit_code_3() -> None:
    run = CliRunner().invoke(app, ["credit", "what-if", "current", *DAYS, "--url", "http://127.0.0.1:1"])
    assert (run.exit_code, "insight does not answer" in run.stderr) == (3, True)
