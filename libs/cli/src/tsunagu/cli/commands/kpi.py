"""`tsunagu kpi`: what effect can be shown in numbers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from tsunagu.cli.exits import EXIT_CODES, fail
from tsunagu.cli.kpis.spreadsheet import values_csv
from tsunagu.cli.kpis.view import show_behind, show_effect, show_list, show_measures, show_values
from tsunagu.cli.operators.addresses import operator_addresses
from tsunagu.cli.operators.port import OperatorPort, Row
from tsunagu.cli.operators.problems import told_problems
from tsunagu.cli.spreadsheet import write

_EXAMPLES = (
    "Examples: `tsunagu kpi list` · `tsunagu kpi show pickup_share --scope S001 --from 2026-04-01 --to 2026-04-30` · "
    "`tsunagu kpi behind short_pick_rate --scope S001 --day 2026-04-01` · "
    "`tsunagu kpi csv fill_rate --scope '*' --from 2026-01-01 --to 2026-06-30 --by month > fill-rate.csv` · "
    "`tsunagu kpi measure 0197bf52-d291-7e72-9273-1b4ba9757f67`\n\n" + EXIT_CODES
)
_ANSWER_TIMEOUT_SECONDS = 60.0
"""A year of every store takes seconds."""

app = typer.Typer(
    help="KPIs: how they are defined, what they are, what stands behind them, what measures moved.",
    epilog=_EXAMPLES,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    add_completion=False,
)
_console = Console(highlight=False)

Kpi = Annotated[str, typer.Argument(metavar="KPI", help="Its name, or that of a figure.")]
Scope = Annotated[
    str, typer.Option(metavar="SCOPE", help="`all`, a location, a channel, dept-… ; `*`: each of them.")
]
First = Annotated[
    str | None, typer.Option("--from", metavar="DAY", help="First business day; else in total.")
]
Last = Annotated[str | None, typer.Option("--to", metavar="DAY", help="Last business day.")]
By = Annotated[
    str | None, typer.Option(metavar="day|week|month", help="How long each period is; else a day.")
]
Url = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Insight's address for operators; else TSUNAGU_OPERATOR_URL_INSIGHT, else the Tsunagu here.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs.")]


@app.command("list", epilog=_EXAMPLES)
def list_(url: Url = None, as_json: AsJson = False) -> None:
    """List the KPIs with what they are in total, and what they shall be by when."""
    _show(_ask(url, "/kpis", {}), show_list, as_json)


@app.command(epilog=_EXAMPLES)
def show(
    name: Kpi,
    scope: Scope = "all",
    first_day: First = None,
    last_day: Last = None,
    by: By = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show how a KPI is defined, and its values with the figures that they are made of."""
    _show(_ask(url, f"/kpis/{name}", _period(scope, first_day, last_day, by)), show_values, as_json)


@app.command(epilog=_EXAMPLES)
def behind(
    name: Kpi,
    scope: Scope = "all",
    day: Annotated[str | None, typer.Option(metavar="DAY", help="The business day; else all.")] = None,
    after: Annotated[str, typer.Option(metavar="ID", help="After which the page begins.")] = "",
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show the orders, picks, counts, tasks and sales that make a KPI."""
    asked = {"scope": scope, "after": after, **({"day": day} if day else {})}
    _show(_ask(url, f"/kpis/{name}/behind", asked), show_behind, as_json)


@app.command(epilog=_EXAMPLES)
def csv(
    name: Kpi,
    scope: Scope = "all",
    first_day: First = None,
    last_day: Last = None,
    by: By = None,
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="Where to; else the standard output.")
    ] = None,
    url: Url = None,
) -> None:
    """Write the values of a KPI for spreadsheets: CSV in UTF-8 with BOM."""
    text = values_csv(_ask(url, f"/kpis/{name}", _period(scope, first_day, last_day, by)))
    if file is None:
        write(text)
        return
    try:
        file.write_text(text, encoding="utf-8", newline="")
    except OSError as error:
        raise fail(f"{file}: {error}") from error


@app.command(epilog=_EXAMPLES)
def measure(
    measure_id: Annotated[
        str | None, typer.Argument(metavar="MEASURE", help="Its id; without, all are listed.")
    ] = None,
    url: Url = None,
    as_json: AsJson = False,
) -> None:
    """Show what a measure has moved: its KPI before and after, beside other stores, and whether it is only noise."""
    if measure_id is None:
        _show(_ask(url, "/measures", {}), show_measures, as_json)
    else:
        _show(_ask(url, f"/measures/{measure_id}", {}), show_effect, as_json)


def _period(scope: str, first_day: str | None, last_day: str | None, by: str | None) -> dict[str, str]:
    if (first_day is None) != (last_day is None):
        raise typer.BadParameter("--from and --to go together")
    if first_day is None or last_day is None:
        if by is not None:
            raise typer.BadParameter("--by goes with --from and --to: without them, a KPI is told in total")
        return {"scope": scope}
    return {"scope": scope, "from": first_day, "to": last_day, "by": by or "day"}


def _ask(url: str | None, path: str, parameters: dict[str, str]) -> Row:
    with told_problems():
        (named,) = operator_addresses("insight", url).items()
        with OperatorPort(*named) as port:
            answer: Row = port.ask("GET", path, parameters, timeout_seconds=_ANSWER_TIMEOUT_SECONDS)
    return answer


def _show(answer: Row, view: Callable[[Console, Any], None], as_json: bool) -> None:
    if as_json:
        print(json.dumps(answer, indent=2))
    else:
        view(_console, answer)
