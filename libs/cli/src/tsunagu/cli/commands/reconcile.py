"""`tsunagu reconcile`: what differs now between two places that should say the same."""

import asyncio
import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from audit.reconcile.app import reconcile as run_reconcile
from audit.reconcile.followed_topic import CouldNotLook
from audit.reconcile.telling import Report
from tsunagu.cli.exits import COULD_NOT_LOOK, FAILED, NOT_RUNNING, fail
from tsunagu.stack.addresses import NotRunning, running_addresses
from tsunagu.stack.errors import StackError
from tsunagu.stack.paths import state_dir

EXAMPLES = (
    "Examples: `tsunagu reconcile` · `tsunagu reconcile --json`. The system may be at work: what differs is looked at "
    "again after TSUNAGU_RECONCILE_DRIFT_GRACE_SECONDS. Exit code 0 means that there is no drift, 1 that there is one, "
    "2 that it could not look."
)

DRIFTS_SHOWN_MAX = 50
"""Drifts printed, oldest first: the first tell what is wrong; `--json` has them all."""

_console = Console(highlight=False)


def reconcile(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for programs.")] = False,
) -> None:
    """Compare what services hold of the same thing, while they work, and say what drifts apart; nothing is written."""
    try:
        addresses = running_addresses(state_dir())
        report = asyncio.run(run_reconcile(addresses.kafka_bootstrap_servers, addresses.audit_databases))
    except NotRunning as error:
        raise fail(str(error), NOT_RUNNING) from error
    except (StackError, CouldNotLook) as error:
        raise fail(f"could not look: {error}; see `tsunagu status`", COULD_NOT_LOOK) from error
    if as_json:
        print(json.dumps(report.as_json(), indent=2, ensure_ascii=False))
    else:
        _print(report)
    if not report.ok:
        raise typer.Exit(FAILED)


def _print(report: Report) -> None:
    counts = f"{len(report.drifts)} drifts, {report.in_flight} in flight, {report.keys} keys compared"
    if report.not_followed:
        counts += f"; too many to follow all: {', '.join(report.not_followed)}"
    if not report.drifts:
        _console.print(f"no drift: {counts} ({', '.join(report.compared)})", markup=False, soft_wrap=True)
        return
    table = Table(title="reconcile", title_justify="left", caption=counts, caption_justify="left")
    for heading in ("kind", "key", "source", "copy", "since", "age s", "last message"):
        table.add_column(heading, justify="right" if heading == "age s" else "left", overflow="fold")
    for told in report.drifts[:DRIFTS_SHOWN_MAX]:
        last = told.last_message
        table.add_row(
            told.kind,
            told.key,
            told.source,
            told.copy,
            f"{told.since:%Y-%m-%d %H:%M:%S}",
            f"{told.age_seconds:.0f}",
            f"{last.topic} {last.message_id} {last.at:%H:%M:%S}" if last is not None else "not found",
        )
    _console.print(table)
    for kind, told in {told.kind: told for told in report.drifts}.items():
        text = f"{kind}: {told.means}. Source: {told.source_of}; copy: {told.copy_of}."
        _console.print(text, markup=False, soft_wrap=True)
    if len(report.drifts) > DRIFTS_SHOWN_MAX:
        more = len(report.drifts) - DRIFTS_SHOWN_MAX
        _console.print(f"and {more} more; see `tsunagu reconcile --json`", markup=False)
