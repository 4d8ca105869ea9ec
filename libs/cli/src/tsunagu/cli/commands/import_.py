"""`tsunagu import`: master data and opening stock from a retailer's CSV exports."""

import asyncio
import time
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from tsunagu.cli.exits import NOT_RUNNING, USAGE, fail
from tsunagu.cli.importing.publisher import KafkaUnreachable
from tsunagu.cli.importing.report import ForPeople, ForPrograms, Report, Totals
from tsunagu.cli.importing.running import run
from tsunagu.cli.kafka_address import VARIABLE, kafka_address
from tsunagu.importing import KINDS, Encoding, Import, NotImportable, detect
from tsunagu.importing.cells import instant
from tsunagu.stack.addresses import NotRunning
from tsunagu.stack.errors import StackError

EXAMPLES = (
    "Examples: `tsunagu import locations stores.csv` · `tsunagu import products items.csv --dry-run` · "
    "`tsunagu import stock opening.csv --as-of 2026-04-01` · `tsunagu import lanes lanes.csv --json`. "
    "The columns are in `docs/import.md`.\n\n"
    "Exit codes: 0 every line is good · 1 some lines are bad, the good ones are imported · "
    "2 wrong usage, or a file that can't be read at all · 3 no Kafka · "
    "4 Kafka stopped taking records part-way: import the same file again"
)

SOME_BAD = 1
PART_WAY = 4

# The enum is made from the kinds, so that --help and usage errors name them.
KindName = StrEnum("KindName", list(KINDS))  # type: ignore[misc]  # its members are known at run time only

_console = Console(highlight=False)


def import_(
    kind: Annotated[KindName, typer.Argument(help="What the file holds.")],
    file: Annotated[
        Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="A CSV file with a header.")
    ],
    as_of: Annotated[
        str | None,
        typer.Option(
            metavar="TIME",
            help="stock and safety-stock: the moment of all lines, for a file without that column.",
        ),
    ] = None,
    encoding: Annotated[
        Encoding | None, typer.Option(help="Of the file; found out by reading it when not given.")
    ] = None,
    kafka: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help=f"Else {VARIABLE}, else the Tsunagu on this machine."),
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check; needs no Kafka.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object for programs.")] = False,
) -> None:
    """Read a CSV export, publish its good lines, and report each bad one with its column and the reason.

    The same file may be imported again at any time: it changes nothing that it has changed before.
    """
    report: Report = ForPrograms() if as_json else ForPeople(_console)
    try:
        bootstrap_servers = None if dry_run else kafka_address(kafka)
        with file.open("rb") as content:
            found = encoding or detect(content)
            source = Import(
                KINDS[kind], content, found, version=time.time_ns() // 1_000_000, as_of=_as_of(kind, as_of)
            )
            totals = Totals(kind, str(file), found, dry_run, ignored_columns=list(source.ignored_columns))
            asyncio.run(run(source, content, totals, report, bootstrap_servers))
    except NotRunning as error:
        raise fail(f"{error}, or say where Kafka is with --kafka", NOT_RUNNING) from error
    except (StackError, KafkaUnreachable) as error:
        raise fail(str(error), NOT_RUNNING) from error
    except NotImportable as error:
        raise fail(f"{file}: {error}", USAGE) from error
    except OSError as error:
        raise fail(f"{file} can't be read: {error}", USAGE) from error
    report.end(totals)
    if totals.stopped is not None:
        raise fail(
            f"Kafka stopped taking records after {totals.messages} messages ({totals.stopped}). "
            "Import the same file again: what is there already changes nothing",
            PART_WAY,
        )
    if totals.bad_lines:
        raise typer.Exit(SOME_BAD)


def _as_of(kind: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    if "as_of" not in {column.name for column in KINDS[kind].columns}:
        raise typer.BadParameter(f"{kind} have no column as_of: --as-of is for stock and safety-stock")
    try:
        return instant(text)
    except ValueError as error:
        raise typer.BadParameter(f"--as-of {error}") from error
