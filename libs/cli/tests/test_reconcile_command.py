"""How `tsunagu reconcile` says what drifts apart."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from audit.reconcile.drifts import Cause
from audit.reconcile.followed_topic import CouldNotLook
from audit.reconcile.telling import Report, Told
from tsunagu.cli.commands import reconcile as command
from tsunagu.cli.main import app
from tsunagu.stack.addresses import Addresses

AT = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)
DRIFT = Told(
    kind="ledger",
    key="ginza:coat",
    source="5, 0",
    source_of="the movements",
    copy="6, 0",
    copy_of="the stock row",
    since=AT,
    age_seconds=90.0,
    last_message=Cause("inventory.availability", "ce-1", AT),
    means="a location's stock is not what its movements add up to",
)


def run(
    monkeypatch: pytest.MonkeyPatch, outcome: Report | CouldNotLook, *arguments: str
) -> tuple[int, str, str]:
    """The command's exit code and outputs, where a system runs of which this is found."""

    async def reconciled(kafka: str, databases: Mapping[str, str]) -> Report:
        assert (kafka, databases) == ("broker:1", {"tsunagu_order": "postgresql://order"})
        if isinstance(outcome, CouldNotLook):
            raise outcome
        return outcome

    addresses = replace(
        Addresses.of({"kafka": 1, "postgres": 2}, {}, ()),
        kafka_bootstrap_servers="broker:1",
        audit_databases={"tsunagu_order": "postgresql://order"},
    )
    monkeypatch.setenv("COLUMNS", "250")
    monkeypatch.setattr(command, "running_addresses", lambda home: addresses)
    monkeypatch.setattr(command, "run_reconcile", reconciled)
    result = CliRunner().invoke(app, ["reconcile", *arguments])
    return result.exit_code, result.stdout, result.stderr


def report(*drifts: Told, not_followed: tuple[str, ...] = ()) -> Report:
    return Report(drifts, in_flight=2, keys=7, compared=("ledger",), not_followed=not_followed)


def test_reconcile__no_drift__exits_with_0_and_says_what_was_compared(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, output, _ = run(monkeypatch, report())
    assert code == 0
    assert output == "no drift: 0 drifts, 2 in flight, 7 keys compared (ledger)\n"


def test_reconcile__a_drift__exits_with_1_and_shows_both_values_since_when_and_the_last_message(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    code, output, _ = run(monkeypatch, report(DRIFT, not_followed=("ledger",)))
    assert code == 1
    for part in (
        "ginza:coat",
        "5, 0",
        "6, 0",
        "2026-04-01 09:30:00",
        "inventory.availability ce-1",
        DRIFT.means,
    ):
        assert part in output
    assert "too many to follow all: ledger" in output


def test_reconcile__more_drifts_than_are_shown__says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    drifts = [replace(DRIFT, key=f"store-{number}:coat") for number in range(command.DRIFTS_SHOWN_MAX + 3)]
    _, output, _ = run(monkeypatch, report(*drifts))
    assert "and 3 more" in output


def test_reconcile__as_json__has_every_drift(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output, _ = run(monkeypatch, report(DRIFT, replace(DRIFT, last_message=None)), "--json")
    assert code == 1
    document = json.loads(output)
    assert (document["ok"], document["in_flight"]) == (False, 2)
    first, second = document["drifts"]
    assert first["since"] == "2026-04-01T09:30:00+00:00"
    assert first["last_message"] == {
        "topic": "inventory.availability",
        "ce_id": "ce-1",
        "at": "2026-04-01T09:30:00+00:00",
    }
    assert second["last_message"] is None


def test_reconcile__it_could_not_look__exits_with_2_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output, error = run(monkeypatch, CouldNotLook("a server could not be read"))
    assert (code, output) == (2, "")
    assert "could not look: a server could not be read" in error


def test_reconcile__no_system_runs__exits_with_3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TSUNAGU_HOME", str(tmp_path / "home"))
    assert CliRunner().invoke(app, ["reconcile"]).exit_code == 3
