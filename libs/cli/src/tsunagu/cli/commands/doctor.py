"""`tsunagu doctor`: what is wrong with this machine, and what to do about it."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from tsunagu.cli.exits import FAILED
from tsunagu.stack.diagnosis import diagnose
from tsunagu.stack.paths import state_dir

EXAMPLES = "Examples: `tsunagu doctor` · `tsunagu doctor --json`. Exit code 1 when a check fails."

_console = Console(highlight=False)


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array for programs.")] = False,
) -> None:
    """Check Python, memory, disk, Java, Kafka, PostgreSQL, ports, services and topics; say what to do."""
    findings = diagnose(state_dir())
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        for finding in findings:
            mark = "[green]ok  [/]" if finding.ok else "[red]FAIL[/]"
            _console.print(f"{mark} {finding.name:<11}", end=" ")
            _console.print(finding.found, markup=False, soft_wrap=True)
            if not finding.ok:
                _console.print(f"     → {finding.advice}", markup=False, soft_wrap=True)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(FAILED)
