"""How `tsunagu audit` says what an audit found."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from audit.report import Finding, Report
from tsunagu.cli.commands import audit as command
from tsunagu.cli.main import app
from tsunagu.stack.addresses import Addresses


def run(monkeypatch: pytest.MonkeyPatch, report: Report, *arguments: str) -> tuple[int, str]:
    """The command's exit code and output, where a system runs whose audit gives this report."""

    async def audited(kafka: str, databases: Mapping[str, str]) -> Report:
        assert (kafka, databases) == ("broker:1", {"tsunagu_order": "postgresql://order"})
        return report

    addresses = replace(
        Addresses.of({"kafka": 1, "postgres": 2}, {}, ()),
        kafka_bootstrap_servers="broker:1",
        audit_databases={"tsunagu_order": "postgresql://order"},
    )
    monkeypatch.setattr(command, "running_addresses", lambda home: addresses)
    monkeypatch.setattr(command, "run_audit", audited)
    result = CliRunner().invoke(app, ["audit", *arguments])
    return result.exit_code, result.stdout


def test_audit__nothing_was_found__exits_with_0(monkeypatch: pytest.MonkeyPatch) -> None:
    code, output = run(monkeypatch, Report(counts={"records": 3}))
    assert code == 0
    assert "3 records" in output


def test_audit__something_was_found__exits_with_1_and_says_what_and_why(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = Report(lost=(Finding("receipt-1", "it was never booked"),))
    code, output = run(monkeypatch, report)
    assert code == 1
    assert "lost: receipt-1: it was never booked" in output


def test_audit__as_json__has_the_five_numbers_and_every_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    findings = tuple(Finding(f"receipt-{number}", "why") for number in range(30))
    code, output = run(monkeypatch, Report(doubled=findings), "--json")
    document = json.loads(output)
    assert code == 1
    assert [document[name] for name in ("oversold", "lost", "doubled", "unbalanced", "dead_letters")] == [
        0, 0, 30, 0, 0,
    ]  # fmt: skip
    assert len(document["findings"]["doubled"]) == 30


def test_audit__no_system_runs__exits_with_3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("TSUNAGU_HOME", str(tmp_path / "home"))
    assert CliRunner().invoke(app, ["audit"]).exit_code == 3
