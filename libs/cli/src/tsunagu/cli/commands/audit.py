"""`tsunagu audit`: whether anything was oversold, lost, doubled, or does not add up."""

import asyncio
import json
from typing import Annotated

import typer
from aiokafka.errors import KafkaError
from asyncpg import PostgresError
from rich.console import Console
from rich.table import Table

from audit.app import audit as run_audit
from audit.replay import IncompleteTopics
from audit.report import HEADINGS, Report
from tsunagu.cli.exits import FAILED, NOT_RUNNING, fail
from tsunagu.stack.addresses import NotRunning, running_addresses
from tsunagu.stack.errors import StackError
from tsunagu.stack.paths import state_dir

EXAMPLES = (
    "Examples: `tsunagu audit` · `tsunagu audit --json`. Let the system come to rest first: what is under way "
    "counts as lost. Exit code 0 means that nothing was found, 1 that something was."
)

FINDINGS_SHOWN_MAX = 20
"""Findings printed per heading: the first tell what is wrong; `--json` has them all."""

_console = Console(highlight=False)


def audit(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for programs.")] = False,
) -> None:
    """Replay every topic, hold every database against it, and say what does not hold; nothing is written."""
    try:
        addresses = running_addresses(state_dir())
        report = asyncio.run(run_audit(addresses.kafka_bootstrap_servers, addresses.audit_databases))
    except NotRunning as error:
        raise fail(str(error), NOT_RUNNING) from error
    except (StackError, IncompleteTopics) as error:
        raise fail(str(error)) from error
    except (OSError, KafkaError, PostgresError) as error:
        raise fail(f"a server did not let itself be audited: {error}; see `tsunagu status`") from error
    if as_json:
        print(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        _print(report)
    if not report.ok:
        raise typer.Exit(FAILED)


def _print(report: Report) -> None:
    counts = ", ".join(f"{number} {what.replace('_', ' ')}" for what, number in report.counts.items())
    table = Table(title="audit", title_justify="left", caption=counts, caption_justify="left")
    for heading in HEADINGS:
        table.add_column(heading.replace("_", " "), justify="right")
    table.add_row(
        *(f"[{'red' if report.of(heading) else 'green'}]{len(report.of(heading))}[/]" for heading in HEADINGS)
    )
    _console.print(table)
    for heading in report.red:
        findings = report.of(heading)
        for finding in findings[:FINDINGS_SHOWN_MAX]:
            _console.print(f"{heading}: {finding.subject}: {finding.why}", markup=False, soft_wrap=True)
        if len(findings) > FINDINGS_SHOWN_MAX:
            more = len(findings) - FINDINGS_SHOWN_MAX
            _console.print(f"{heading}: and {more} more; see `tsunagu audit --json`", markup=False)
