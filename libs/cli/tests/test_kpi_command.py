"""`tsunagu kpi` against insight's real operator port, and KPIs as spreadsheets."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from insight.app import SERVICE
from insight.handlers.figures import PUBLISH_KPIS
from tsunagu.cli.kpis.spreadsheet import HEADINGS, values_csv
from tsunagu.cli.spreadsheet import BOM
from tsunagu.contracts import messages as m
from tsunagu.testing.harness import harness
from tsunagu.testing.plugin import NewDatabase

from .operated import Command, migrated

NOW = datetime.now(UTC)
DAYS = ("--from", f"{NOW - timedelta(days=2):%Y-%m-%d}", "--to", f"{NOW + timedelta(days=1):%Y-%m-%d}")
PICK = {
    "order_id": "o", "version": 1, "occurred_at": NOW, "location_id": "S1", "line_id": "1", "sku": "A",
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def counted(new_database: NewDatabase) -> str:
    """The database of an insight that knows of ten pieces to pick, one of which was short, and of a measure."""
    url = await new_database(SERVICE.migrations)
    async with harness(SERVICE, url) as running:
        await running.deliver(
            m.PickCompleted.model_validate({**PICK, "pick_id": "p", "quantity": 9}),
            m.PickShorted.model_validate({**PICK, "short_pick_id": "s", "quantity": 1, "kind": "missing"}),
            m.RecordMeasure.model_validate(
                {
                    "measure_id": "m-1", "kpi": "short_pick_rate", "scope": "S1", "title": "Count in the morning",
                    "owner": "store:1", "starts_on": NOW.date(), "occurred_at": NOW,
                }
            ),
        )  # fmt: skip
        await running.make_due(PUBLISH_KPIS)
    return url


@pytest_asyncio.fixture(loop_scope="session")
async def kpi(kafka: str, counted: str) -> AsyncIterator[Command]:
    """The command."""
    async with migrated(SERVICE, counted, kafka, ["kpi"], columns=200) as command:
        yield command


@pytest.mark.wide
@pytest.mark.component
async def test_kpi__list_show_and_behind__say_what_it_is_and_where_it_comes_from(kpi: Command) -> None:
    listed = await kpi("list")
    shown = await kpi("show", "short_pick_rate", "--scope", "S1", *DAYS)
    behind = await kpi("behind", "short_pick_rate", "--scope", "S1")
    without = await kpi("show", "fill_rate")

    rows = {line.split("│")[1].strip(): line for line in listed.stdout.splitlines() if "│" in line}
    assert "10" in rows["short_pick_rate"] and "stores" in rows["short_pick_rate"]
    assert "no data" in rows["fill_rate"] and "no data" in without.stdout
    assert "units_short / (units_picked + units_short) in percent, stores answers, target 2" in shown.stdout
    assert "counted from PickShorted, PickCompleted" in shown.stdout
    assert "pick:p" in behind.stdout and "short_pick:s" in behind.stdout


@pytest.mark.wide
@pytest.mark.component
async def test_kpi__csv__is_utf_8_with_bom_and_has_a_line_for_each_scope(
    kpi: Command, tmp_path: Path
) -> None:
    file = tmp_path / "rate.csv"
    written = await kpi("csv", "short_pick_rate", "--scope", "*", *DAYS, "--file", str(file))

    assert written.exit_code == 0, written.output
    raw = file.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf") and raw.count(b"\r\n") == 3
    rows = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert {(row["scope"], row["value"], row["unit"]) for row in rows} == {
        ("all", "10.0", "percent"), ("S1", "10.0", "percent"),
    }  # fmt: skip


@pytest.mark.wide
@pytest.mark.component
async def test_kpi__measure__says_in_plain_words_what_it_moved(kpi: Command) -> None:
    listed, judged = await kpi("measure"), await kpi("measure", "m-1")
    as_json = await kpi("measure", "m-1", "--json")
    unknown = await kpi("measure", "m-2")

    assert "Count in the morning" in listed.stdout
    assert "too few days to tell" in judged.stdout
    assert json.loads(as_json.stdout)["effect"]["word"] == "too few days to tell"
    assert unknown.exit_code == 1 and "there is no measure m-2 on record" in unknown.output


@pytest.mark.wide
@pytest.mark.component
async def test_kpi__that_is_none__is_refused_with_those_that_are(kpi: Command) -> None:
    refused = await kpi("show", "nonsense")
    half = await kpi("show", "fill_rate", "--from", "2026-04-01")

    assert refused.exit_code == 1 and "there is no KPI nonsense; there are" in refused.output
    assert half.exit_code == 2 and "--from and --to go together" in half.output


@pytest.mark.wide
@pytest.mark.component
async def test_kpi__asked_half__says_what_is_missing_instead_of_0(kpi: Command) -> None:
    by_week = await kpi("show", "fill_rate", "--by", "week")
    everywhere = await kpi("csv", "fill_rate", "--scope", "*")
    nowhere = await kpi("show", "fill_rate", "--scope", "S77", *DAYS)

    assert by_week.exit_code == 2 and "--by goes with --from and --to" in by_week.output
    assert everywhere.exit_code == 1 and "scope * goes with from and to" in everywhere.output
    assert nowhere.exit_code == 1 and "nothing is counted for S77" in nowhere.output


def an_answer(owner: str, value: float | None, scope: str = "all") -> dict[str, object]:
    row = {
        "scope": scope,
        "period": "total",
        "value": value,
        "no_data": None if value else "no data: nothing",
    }
    return {
        "name": "share", "unit": "percent", "target": None, "owner": owner, "due": None, "values": [row],
    }  # fmt: skip


def test_spreadsheet__no_data__is_an_empty_cell_and_its_reason() -> None:
    text = values_csv(an_answer("ec", None))
    assert text == f"{BOM}{','.join(HEADINGS)}\r\nshare,all,total,,percent,,ec,,no data: nothing\r\n"


@given(text=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20), value=st.floats(-1e6, 1e6))
def test_spreadsheet__whatever_somebody_is_called__no_cell_is_a_formula(text: str, value: float) -> None:
    for beginning in ("", "=", "+", "-", "@", "\t", "\r"):
        written = values_csv(an_answer(beginning + text, value, scope=beginning + text))
        (row,) = csv.DictReader(io.StringIO(written.removeprefix(BOM), newline=""))
        for cell in (row["owner"], row["scope"]):
            assert not cell.startswith(("=", "+", "-", "@", "\t", "\r"))
            assert cell.endswith(text)
        assert float(row["value"]) == value
