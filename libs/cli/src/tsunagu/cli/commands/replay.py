"""`tsunagu replay`: a service reads topics again, for what it passed over when it first read them."""

import json
from typing import Annotated, Any

import typer
from rich.console import Console

from tsunagu.cli.operators.addresses import operator_addresses
from tsunagu.cli.operators.port import OperatorPort
from tsunagu.cli.operators.problems import told_problems
from tsunagu.cli.operators.user_name import user_name

EXAMPLES = (
    "Examples: `tsunagu replay insight --dry-run` · `tsunagu replay insight --topic pickup.events` · "
    "`tsunagu replay insight --since 2026-11-28T09:00+09:00 --json`. "
    "`docs/replay.md` says what is handled, and what is not.\n\n"
    "Exit codes: 0 it is read again · 1 the service refuses · 2 wrong usage · 3 no answer."
)

ASKING_SECONDS_MAX = 60.0
"""Kafka is asked about each topic, one after the other, each for `kafka_call_timeout_seconds` at most."""

_console = Console(highlight=False)


def replay(
    service: Annotated[str, typer.Argument(metavar="SERVICE", help="order, inventory, insight …")],
    topic: Annotated[
        list[str] | None, typer.Option(metavar="TOPIC", help="Only this one; may be said several times.")
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="From this time on, with its zone; else as far back as nothing is handled twice.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how much would be read, and change nothing.")
    ] = False,
    by: Annotated[str | None, typer.Option(help="Who asks, for the log; else your user name.")] = None,
    url: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="The process's address for operators; else TSUNAGU_OPERATOR_URL_INSIGHT or the like, else the "
            "Tsunagu here.",
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON for programs.")] = False,
) -> None:
    """Have a service read topics again: what nothing handled then is handled, the rest is passed over."""
    asked = {"topic": topic or [], "by": by or user_name()}
    asked |= {"since": since} if since is not None else {}
    asked |= {"dry_run": "true"} if dry_run else {}
    with told_problems():
        [(name, address)] = operator_addresses(service, url).items()
        with OperatorPort(name, address) as port:
            told: dict[str, Any] = port.ask("POST", "/operator/replay", asked, ASKING_SECONDS_MAX)
    if as_json:
        print(json.dumps(told, indent=2))
        return
    verb = "would be read" if dry_run else "are read"
    for read_again, counted in sorted(told["topics"].items()):
        _say(f"{read_again}: {counted['records']} records {verb} again")
    if not told["topics"]:
        _say("there is nothing to read again")


def _say(line: str) -> None:
    _console.print(line, markup=False, soft_wrap=True)
