"""`tsunagu rebuild`: Kafka is gone for good, and the services tell another one what they know."""

import json
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from typing import Annotated, Any

import typer
from rich.console import Console

from tsunagu.cli.exits import FAILED
from tsunagu.cli.operators.addresses import operator_addresses
from tsunagu.cli.operators.problems import told_problems
from tsunagu.cli.rebuilding.asking import Left, RebuildPort

EXAMPLES = (
    "Examples: `tsunagu rebuild --dry-run` · `tsunagu rebuild` · `tsunagu rebuild --service order --json`. "
    "`docs/rebuild.md` says what to do before and after.\n\n"
    "Exit codes: 0 everything is told · 1 something is still to be told · 2 wrong usage · 3 no answer."
)

WAIT_SECONDS = 600.0
"""A state topic of a million keys is told in some minutes; whoever has more waits with `--wait-seconds`."""

_LOOK_AGAIN_SECONDS = 1.0
_console = Console(highlight=False)


def rebuild(
    service: Annotated[
        str | None, typer.Option(metavar="SERVICE", help="Only this one: order, inventory, edge-partner …")
    ] = None,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The process's address for operators; else TSUNAGU_OPERATOR_URL_ORDER or the like, else the "
            "Tsunagu here.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be told, and change nothing.")
    ] = False,
    wait_seconds: Annotated[
        float, typer.Option(min=0, help="How long to wait until everything is told.")
    ] = WAIT_SECONDS,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
) -> None:
    """Have the services tell a new, empty Kafka cluster what they have said, and their state; again is harmless."""
    with told_problems(), ExitStack() as stack:
        ports = [
            stack.enter_context(RebuildPort(*named)) for named in operator_addresses(service, url).items()
        ]
        told = {port.service: port.plan() if dry_run else port.begin() for port in ports}
        if not as_json:
            _show(told, dry_run)
        left = {} if dry_run else _wait(ports, wait_seconds)
    if as_json:
        print(
            json.dumps({"told": told, "left": {name: _as_json(one) for name, one in left.items()}}, indent=2)
        )
    elif left:
        for name, one in left.items():
            _say(f"{name}: still to be told: {json.dumps(_as_json(one))}")
    elif not dry_run:
        _say("everything is told")
    if left:
        raise typer.Exit(FAILED)


def _wait(ports: Sequence[RebuildPort], wait_seconds: float) -> dict[str, Left]:
    """Wait until everything is told; what is left when the time is over, by service."""
    end = time.monotonic() + wait_seconds
    while True:
        left = {port.service: port.left() for port in ports}
        left = {name: one for name, one in left.items() if not one.is_told}
        if not left or time.monotonic() >= end:
            return left
        time.sleep(_LOOK_AGAIN_SECONDS)


def _show(told: Mapping[str, Mapping[str, Mapping[str, int]]], dry_run: bool) -> None:
    verb = "would tell" if dry_run else "tells"
    for name, plan in told.items():
        parts = [f"{number} events of {topic}" for topic, number in plan["said"].items()]
        parts += [f"{number} keys of {topic}" for topic, number in plan["state"].items()]
        _say(f"{name} {verb} {', '.join(parts) or 'nothing but commands that wait for an answer'}")


def _as_json(left: Left) -> dict[str, Any]:
    return {"to_send": left.to_send, "telling": list(left.telling), "errors": list(left.errors)}


def _say(line: str) -> None:
    _console.print(line, markup=False, soft_wrap=True)
