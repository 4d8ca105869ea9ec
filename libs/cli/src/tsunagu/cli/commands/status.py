"""`tsunagu status`: what runs, and whether it works."""

import asyncio
import json
import time
from typing import Annotated, Any

import psutil
import typer
from rich.console import Console
from rich.table import Table

from tsunagu.cli.exits import FAILED, NOT_RUNNING, fail
from tsunagu.stack.health import check_system
from tsunagu.stack.paths import state_dir
from tsunagu.stack.state import ProcessState, StateFile

EXAMPLES = (
    "Examples: `tsunagu status` · `tsunagu status --json`. "
    "Exit code 0 means that every process answers, 1 that one does not."
)

_console = Console(highlight=False)


def status(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for programs.")] = False,
) -> None:
    """Show every process with its pid, port and memory, and ask each whether it is ready now."""
    home = state_dir()
    file = StateFile(home)
    if not file.is_locked():
        if as_json:
            print(json.dumps({"running": False, "home": str(home), "processes": []}))
            raise typer.Exit(NOT_RUNNING)
        raise fail(f"no Tsunagu is running in {home}: start one with `tsunagu up`", NOT_RUNNING)
    state = file.read()
    ready = asyncio.run(check_system(home, state))
    rows = [_row(process, ready.get(process.name, False)) for process in state.processes]
    if as_json:
        document = {"running": True, "home": str(home), "phase": state.phase, "processes": rows}
        print(json.dumps(document, indent=2))
    else:
        _print_table(rows, f"Tsunagu in {home}: {state.phase}")
        for note in state.notes:
            _console.print(f"note: {note}", markup=False)
    if not all(row["ready"] for row in rows):
        raise typer.Exit(FAILED)


def _row(process: ProcessState, ready: bool) -> dict[str, Any]:
    megabytes = None
    up_seconds = None
    if process.pid is not None:
        try:
            running = psutil.Process(process.pid)
            family = [running, *running.children(recursive=True)]
            megabytes = round(sum(member.memory_info().rss for member in family) / 1e6)
            up_seconds = round(time.time() - running.create_time())
        except psutil.NoSuchProcess:
            ready = False
    return {
        "name": process.name,
        "ready": ready,
        "pid": process.pid,
        "port": process.port,
        "memory_mb": megabytes,
        "up_seconds": up_seconds,
        "restarts": process.restarts,
        "log": str(process.log),
    }


def _print_table(rows: list[dict[str, Any]], title: str) -> None:
    table = Table(title=title, title_justify="left")
    table.add_column("process")
    table.add_column("ready")
    for heading in ("pid", "port", "memory MB", "up s", "restarts"):
        table.add_column(heading, justify="right")
    for row in rows:
        table.add_row(
            row["name"],
            "[green]yes[/]" if row["ready"] else "[red]no[/]",
            *(_cell(row[key]) for key in ("pid", "port", "memory_mb", "up_seconds", "restarts")),
        )
    _console.print(table)


def _cell(value: object) -> str:
    return "–" if value is None else str(value)
