"""`tsunagu customer` against customer's real operator port."""

import csv
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from typer.testing import CliRunner

from customer import keyring, settings
from customer.app import SERVICE
from tsunagu.cli.main import app
from tsunagu.contracts.messages import IdentifyCustomer, RecordConsent, SaleRecorded
from tsunagu.testing.harness import harness
from tsunagu.testing.plugin import NewDatabase

from .operated import Command, migrated

NOW = datetime.now(UTC)
DAYS = ("--from", f"{NOW - timedelta(days=9):%Y-%m-%d}", "--to", f"{NOW + timedelta(days=1):%Y-%m-%d}")


def a_card(number: int) -> IdentifyCustomer:
    return IdentifyCustomer(
        identification_id=f"I{number}", customer_ref=f"card:{number}", channel="app", occurred_at=NOW
    )


def a_sale(number: int, card: int, pieces: int) -> SaleRecorded:
    line = {"line_id": "1", "sku": "A/1", "quantity": pieces, "amount_jpy": pieces * 1000, "tax_percent": 10}
    return SaleRecorded.model_validate(
        {
            "receipt_id": f"R{number}", "location_id": "S1", "register_id": "1", "receipt_number": number,
            "business_date": NOW.date(), "occurred_at": NOW - timedelta(hours=number), "lines": [line],
            "customer_ref": f"card:{card}",
        }
    )  # fmt: skip


def a_word(number: int, card: int, *, granted: bool) -> RecordConsent:
    return RecordConsent(
        consent_id=f"C{number}", customer_ref=f"card:{card}", channel="app", purpose="newsletter", granted=granted,
        wording=f"2026-0{number}", occurred_at=NOW - timedelta(days=9 - number),
    )  # fmt: skip


@pytest_asyncio.fixture(loop_scope="session")
async def customer(
    kafka: str, new_database: NewDatabase, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Command]:
    """The command, and a customer service that knows two cards: one bought twice and takes back a consent, the other
    bought once.
    """
    keyring.create(tmp_path / "keys.json")
    monkeypatch.setenv("TSUNAGU_CUSTOMER_KEYS_FILE", str(tmp_path / "keys.json"))
    settings.settings.cache_clear()
    keyring.keyring.cache_clear()
    url = await new_database(SERVICE.migrations)
    async with harness(SERVICE, url) as running:
        await running.deliver(a_card(1), a_card(2))
        await running.deliver(a_sale(1, 1, 1), a_sale(2, 1, 2), a_sale(3, 2, 4))
        await running.deliver(a_word(1, 1, granted=True), a_word(2, 1, granted=False))
    async with migrated(SERVICE, url, kafka, ["customer"], columns=220) as command:
        yield command
    monkeypatch.undo()
    settings.settings.cache_clear()
    keyring.keyring.cache_clear()


def rows_of(text: str) -> list[dict[str, str]]:
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.wide
@pytest.mark.component
async def test_history__of_a_card__shows_its_purchases_in_pages(customer: Command) -> None:
    shown = await customer("history", "card:1")
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.index("R1") < shown.stdout.index("R2")
    assert "R3" not in shown.stdout

    first = await customer("history", "card:1", "--limit", "1")
    assert "R2" not in first.stdout
    place = first.stdout.split("--before '")[1].split("'")[0]
    rest = json.loads((await customer("history", "card:1", "--before", place, "--json")).stdout)
    assert [one["purchase_id"] for one in rest["purchases"]] == ["R2"]
    table = rows_of((await customer("history", "card:1", "--csv")).stdout)
    assert [(row["purchase_id"], row["sku"], row["quantity"]) for row in table] == [
        ("R1", "A/1", "1"),
        ("R2", "A/1", "2"),
    ]


@pytest.mark.wide
@pytest.mark.component
async def test_bought__a_sku__shows_who_and_how_many(customer: Command) -> None:
    shown = await customer("bought", "A/1", *DAYS)
    assert shown.exit_code == 0, shown.output
    assert "card:1" in shown.stdout and "card:2" in shown.stdout and "7,000" in shown.stdout

    answer: Any = json.loads((await customer("bought", "A/1", *DAYS, "--json")).stdout)
    assert [(row["channel"], row["customers"], row["pieces"]) for row in answer["counts"]] == [
        (None, 2, 7),
        ("store", 2, 7),
    ]
    assert sorted(row["pieces"] for row in answer["customers"]) == [3, 4]
    table = rows_of((await customer("bought", "A/1", *DAYS, "--csv")).stdout)
    assert sorted((row["refs"], row["pieces"]) for row in table) == [("card:1", "3"), ("card:2", "4")]

    by_month = rows_of((await customer("bought", "A/1", *DAYS, "--by", "month", "--csv")).stdout)
    assert sum(int(row["pieces"]) for row in by_month if row["channel"] == "store") == 7
    elsewhere = json.loads((await customer("bought", "A/1", *DAYS, "--channel", "ec", "--json")).stdout)
    assert (elsewhere["counts"], elsewhere["customers"]) == ([], [])


@pytest.mark.wide
@pytest.mark.component
async def test_bought__unknown_ref_or_a_period_that_is_none__says_why(customer: Command) -> None:
    unknown = await customer("history", "card:9")
    assert (unknown.exit_code, "nothing is known of card:9" in unknown.stderr) == (1, True)
    upside_down = await customer("bought", "A/1", "--from", "2026-04-02", "--to", "2026-04-01")
    assert (upside_down.exit_code, "before from" in upside_down.stderr) == (1, True)


@pytest.mark.wide
@pytest.mark.component
async def test_consents__taken_back__shows_what_is_in_force_and_both_words(customer: Command) -> None:
    shown = await customer("consents", "card:1")
    assert shown.exit_code == 0, shown.output
    assert shown.stdout.index("In force") < shown.stdout.index("2026-02") < shown.stdout.index("2026-01")

    answer = json.loads((await customer("consents", "card:1", "--json", "--limit", "1")).stdout)
    assert [(one["purpose"], one["channel"], one["granted"]) for one in answer["in_force"]] == [
        ("newsletter", "app", False)
    ]
    assert [one["consent_id"] for one in answer["history"]] == ["C2"]
    rest = rows_of((await customer("consents", "card:1", "--before", answer["next"], "--csv")).stdout)
    assert [(row["consent_id"], row["granted"], row["wording"]) for row in rest] == [
        ("C1", "True", "2026-01")
    ]

    silent = await customer("consents", "card:2")
    assert (silent.exit_code, "nothing is allowed" in silent.stdout) == (0, True)
    assert (await customer("consents", "card:9")).exit_code == 1


@pytest.mark.wide
@pytest.mark.component
async def test_funnel__of_two_customers__tells_few(customer: Command) -> None:
    shown = await customer("funnel", *DAYS)
    assert shown.exit_code == 0, shown.output
    assert "bought in store" in shown.stdout and "few" in shown.stdout and "other paths" in shown.stdout

    answer = json.loads((await customer("funnel", *DAYS, "--json")).stdout)
    assert {row["stage"] for row in answer["funnel"]} == {"bought_in_store", "returning"}


def test_bought__no_day__is_wrong_usage() -> None:
    run = CliRunner().invoke(app, ["customer", "bought", "A", "--from", "April", "--to", "May"])
    assert (run.exit_code, "is a day such as" in run.stderr) == (2, True)


def test_history__nobody_answers__is_exit_code_3() -> None:
    run = CliRunner().invoke(app, ["customer", "history", "card:1", "--url", "http://127.0.0.1:1"])
    assert (run.exit_code, "customer does not answer" in run.stderr) == (3, True)
