"""`tsunagu dlq`: what could not be handled, and what becomes of it."""

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console

from tsunagu.cli.dead_letters.operator_port import DeadLetterPort
from tsunagu.cli.dead_letters.redriving import followed
from tsunagu.cli.dead_letters.view import (
    show_dead_letter,
    show_dead_letters,
    show_redrive,
    show_result,
    show_set_aside,
)
from tsunagu.cli.exits import NOT_RUNNING
from tsunagu.cli.operators.addresses import operator_addresses
from tsunagu.cli.operators.port import NoAnswer, Row
from tsunagu.cli.operators.problems import told_problems
from tsunagu.cli.operators.user_name import user_name

WAITING = 1
EXIT_CODES = (
    "Exit codes: 0 nothing waits · 1 something waits, or was refused · 2 wrong usage · 3 no answer. "
    "`docs/dead-letters.md` says what to do about what."
)
EXAMPLES = (
    "Examples: `tsunagu dlq list` · `tsunagu dlq show order 17` · `tsunagu dlq redrive order 17` · "
    '`tsunagu dlq discard order 17 --note "a test till"`\n\n' + EXIT_CODES
)
_LIST = (
    "Examples: `tsunagu dlq list` · `tsunagu dlq list order --topic pos.sales` · "
    "`tsunagu dlq list --settled --json` · `tsunagu dlq list --url http://order.internal:8000`\n\n"
    + EXIT_CODES
)
_SHOW = "Examples: `tsunagu dlq show order 17` · `tsunagu dlq show order 17 --json`\n\n" + EXIT_CODES
_REDRIVE = (
    "Examples: `tsunagu dlq redrive order 17` · `tsunagu dlq redrive order --all` · "
    "`tsunagu dlq redrive order --all --reason handler_failed --rate 50 --dry-run`\n\n" + EXIT_CODES
)
_REDRIVES = "Example: `tsunagu dlq redrives order`\n\n" + EXIT_CODES
_CANCEL = "Example: `tsunagu dlq cancel order 0197d605-1111-7dbe-935d-d4479959190c`\n\n" + EXIT_CODES
_DISCARD = 'Example: `tsunagu dlq discard order 17 --note "a test till, no sale"`\n\n' + EXIT_CODES
_RELEASE = "Example: `tsunagu dlq release order 4711`\n\n" + EXIT_CODES

app = typer.Typer(
    help="Dead letters and parked keys: list, show, redrive, discard; release what Kafka refused.",
    epilog=EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
)
_console = Console(highlight=False)
_errors = Console(stderr=True, highlight=False)

Service = Annotated[str, typer.Argument(metavar="SERVICE", help="order, inventory, edge-partner …")]
Id = Annotated[int, typer.Argument(metavar="ID", help="As `tsunagu dlq list` shows it.")]
Topic = Annotated[str | None, typer.Option(help="Only those of this topic.")]
Url = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="The process's address for operators; else TSUNAGU_OPERATOR_URL_ORDER or the like, else the Tsunagu here.",
    ),
]
By = Annotated[str | None, typer.Option(help="Who asks, for the record; else this machine's user.")]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs.")]


@app.command("list", epilog=_LIST)
def list_(
    service: Annotated[str | None, typer.Argument(metavar="SERVICE", help="All services without it.")] = None,
    topic: Topic = None,
    settled: Annotated[
        bool, typer.Option("--settled", help="Also those that were redriven or discarded.")
    ] = False,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """List what waits, oldest first, and what Kafka refuses to take; the exit code says whether anything does."""
    letters: list[Row] = []
    aside: list[Row] = []
    unanswered: list[str] = []
    with told_problems():
        for port in _ports(service, url):
            with port:
                try:
                    letters += _named(port, port.dead_letters(topic, settled_too=settled))
                    aside += [row for row in _named(port, port.set_aside()) if topic in (None, row["topic"])]
                except NoAnswer as error:
                    unanswered.append(str(error))
    waiting = sum(letter["state"] == "waiting" for letter in letters) + len(aside)
    if as_json:
        document = {"waiting": waiting, "dead_letters": letters, "set_aside": aside, "unanswered": unanswered}
        print(json.dumps(document, indent=2))
    else:
        _show_list(letters, aside)
    for reason in unanswered:
        _errors.print(reason, markup=False, soft_wrap=True)
    if waiting:
        raise typer.Exit(WAITING)
    if unanswered:
        raise typer.Exit(NOT_RUNNING)


@app.command("show", epilog=_SHOW)
def show(service: Service, id: Id, url: Url = None, as_json: AsJson = False) -> None:
    """Show one dead letter, whole: where it came from, why it could not be handled, and its value."""
    with told_problems(), _port(service, url) as port:
        letter = port.dead_letter(id)
    if as_json:
        print(json.dumps(letter, indent=2))
    else:
        show_dead_letter(_console, letter, datetime.now(UTC))
    if letter["state"] == "waiting":
        raise typer.Exit(WAITING)


@app.command("redrive", epilog=_REDRIVE)
def redrive(
    service: Service,
    id: Annotated[int | None, typer.Argument(metavar="ID", help="One of them; or say --all.")] = None,
    everything: Annotated[
        bool, typer.Option("--all", help="All that waits in the service, in the background, at a rate.")
    ] = False,
    topic: Topic = None,
    reason: Annotated[str | None, typer.Option(help="Only those with this reason.")] = None,
    type: Annotated[str | None, typer.Option(help="Only those of this message type.")] = None,
    rate: Annotated[float, typer.Option(help="Messages a second at most.")] = 10.0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count what would be redriven.")] = False,
    by: By = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Handle it again, inside the service. Of a parked key all that waits is worked off in order, up to the first
    that fails again; redriving what is settled changes nothing. With --all the service does it by itself, also when
    this command is gone or the service restarts; `tsunagu dlq cancel` ends it.
    """
    if (id is None) == (not everything):
        raise typer.BadParameter("say which one, or --all")
    if id is not None and (topic or reason or type or dry_run):
        raise typer.BadParameter("--topic, --reason, --type and --dry-run go with --all")
    if id is not None:
        _redrive_one(service, id, url, as_json)
        return
    named = {"topic": topic, "reason": reason, "message_type": type}
    terms = {name: text for name, text in named.items() if text is not None}
    terms |= {"rate": str(rate), "dry_run": str(dry_run).lower(), "by": by or user_name()}
    with told_problems(), _port(service, url) as port:
        for now in followed(port, port.begin_redrive(terms)):
            last = now
    _show_redrives([last], as_json)
    if last["failed"] or last["state"] == "cancelled" or (dry_run and last["matched"]):
        raise typer.Exit(WAITING)


@app.command("redrives", epilog=_REDRIVES)
def redrives(service: Service, url: Url = None, as_json: AsJson = False) -> None:
    """List the latest redrives of a service: who asked for what and when, and how far they are."""
    with told_problems(), _port(service, url) as port:
        found = port.redrives()
    _show_redrives(found, as_json)


@app.command("cancel", epilog=_CANCEL)
def cancel(
    service: Service,
    redrive_id: Annotated[str, typer.Argument(metavar="REDRIVE", help="As `tsunagu dlq redrives` shows it.")],
    by: By = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """End a redrive that runs. What it has handled stays handled, the rest waits on."""
    with told_problems(), _port(service, url) as port:
        ended = port.cancel_redrive(redrive_id, by or user_name())
    _show_redrives([ended], as_json)


@app.command("discard", epilog=_DISCARD)
def discard(
    service: Service,
    id: Id,
    note: Annotated[str, typer.Option(help="Why; it is kept with the dead letter.")],
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Give one up for good. Of a parked key that is the first that waits; then redrive what waits behind it."""
    with told_problems(), _port(service, url) as port:
        result = port.discard(id, note)
    if as_json:
        print(json.dumps(result, indent=2))
    else:
        show_result(_console, result)


@app.command("release", epilog=_RELEASE)
def release(service: Service, id: Id, url: Url = None, as_json: AsJson = False) -> None:
    """Send again what Kafka refused and was set aside, with all that waits behind it, in order."""
    with told_problems(), _port(service, url) as port:
        released = port.release(id)
    if as_json:
        print(json.dumps({"released": released}))
    else:
        _say(
            f"released {len(released)}; if Kafka refuses again, they are back in `tsunagu dlq list` in a second"
        )


def _redrive_one(service: str, id: int, url: str | None, as_json: bool) -> None:
    with told_problems(), _port(service, url) as port:
        results = port.redrive(id)
    if as_json:
        print(json.dumps(results, indent=2))
    else:
        for result in results:
            show_result(_console, result)
    if any(result["left"] is not None for result in results):
        raise typer.Exit(WAITING)


def _show_redrives(found: list[Row], as_json: bool) -> None:
    if as_json:
        print(json.dumps(found, indent=2))
        return
    for one in found:
        show_redrive(_console, one)
    if not found:
        _say("no redrive was asked for")


def _port(service: str, url: str | None) -> DeadLetterPort:
    return _ports(service, url)[0]


def _ports(service: str | None, url: str | None) -> list[DeadLetterPort]:
    return [DeadLetterPort(*named) for named in operator_addresses(service, url).items()]


def _named(port: DeadLetterPort, rows: Iterable[Row]) -> list[dict[str, Any]]:
    return [{"service": port.service, **row} for row in rows]


def _show_list(letters: list[Row], aside: list[Row]) -> None:
    now = datetime.now(UTC)
    if letters:
        show_dead_letters(_console, letters, now)
    if aside:
        show_set_aside(_console, aside, now)
    if not letters and not aside:
        _say("nothing waits")


def _say(line: str) -> None:
    _console.print(line, markup=False, soft_wrap=True)
