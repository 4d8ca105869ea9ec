"""KPIs, their values, and what measures moved, as people read them."""

from rich.console import Console
from rich.table import Table

from tsunagu.cli.operators.port import Row
from tsunagu.cli.printable import printable

NO_DATA = "no data"


def show_list(console: Console, answer: Row) -> None:
    """A row for each KPI: what it is in total, and what it shall be."""
    table = _table(("KPI", "in total", "unit", "target", "by", "owner", "what it is"))
    for kpi in answer["kpis"]:
        target = "" if kpi["target"] is None else plain(kpi["target"])
        cells = (kpi["name"], _number(kpi["value"]), kpi["unit"], target, kpi["due"], kpi["owner"])
        table.add_row(*(printable(str(cell or "")) for cell in (*cells, kpi["title"])))
    console.print(table)


def show_values(console: Console, answer: Row) -> None:
    """The definition, and a row for each scope and period."""
    target = "" if answer["target"] is None else f", target {plain(answer['target'])} by {answer['due']}"
    console.print(printable(f"{answer['name']}: {answer['title']}"), markup=False, soft_wrap=True)
    about = f"{answer['formula']} in {answer['unit']}, {answer['owner'] or 'nobody'} answers{target}"
    console.print(printable(about), markup=False, soft_wrap=True)
    console.print(printable(f"counted from {', '.join(answer['events'])}"), markup=False, soft_wrap=True)
    figures = list(dict.fromkeys(figure for row in answer["values"] for figure in row["figures"]))
    table = _table(("scope", "period", "value", *figures))
    for row in answer["values"]:
        amounts = (_number(row["figures"][figure]["amount"]) for figure in figures)
        table.add_row(
            *(printable(cell) for cell in (row["scope"], row["period"], _number(row["value"]), *amounts))
        )
    console.print(table)


def show_behind(console: Console, answer: Row) -> None:
    """A row for each order, pick, count and so on that makes the KPI."""
    table = _table(("day", "what", "figure", "amount"))
    for row in answer["behind"]:
        cells = (row["day"], row["subject_id"], row["figure"], _number(row["amount"]))
        table.add_row(*(printable(cell) for cell in cells))
    console.print(table)
    if answer["next_after"] is not None:
        more = f"There may be more: --after {answer['next_after']}"
        console.print(printable(more), markup=False, soft_wrap=True)


def show_measures(console: Console, answer: Row) -> None:
    """A row for each measure on record."""
    table = _table(("measure", "KPI", "of", "from", "by", "who", "what"))
    for one in answer["measures"]:
        cells = (one["measure_id"], one["kpi"], one["scope"], one["starts_on"], one.get("due"), one["owner"])
        table.add_row(*(printable(str(cell or "")) for cell in (*cells, one["title"])))
    console.print(table)


def show_effect(console: Console, answer: Row) -> None:
    """What was done, what the KPI was before and after, and whether the difference is more than noise."""
    measure, effect = answer["measure"], answer["effect"]
    expected = "" if measure.get("expected") is None else f", {measure['expected']:+g} expected"
    line = f"{measure['title']}: {measure['kpi']} of {measure['scope']} from {measure['starts_on']}{expected}"
    console.print(printable(line), markup=False, soft_wrap=True)
    if effect is None:
        console.print(printable(f"There is no KPI {measure['kpi']} any more."), markup=False, soft_wrap=True)
        return
    table = _table(("", "before", "after"))
    table.add_row("here", _number(effect["before"]), _number(effect["after"]))
    if answer["compared_with"]:
        table.add_row(
            f"{len(answer['compared_with'])} other stores",
            _number(effect["others_before"]),
            _number(effect["others_after"]),
        )
    table.add_row(
        "days", f"{effect['days_before']} (and {effect['days_earlier']})", str(effect["days_after"])
    )
    console.print(table)
    console.print(printable(_verdict(effect)), markup=False, soft_wrap=True)


def _verdict(effect: Row) -> str:
    if effect["chance"] is None:
        return f"{effect['word']}"
    return (
        f"{effect['difference']:+,g}, beside {effect['trend']:+,g} that it was moving anyway: {effect['word']}"
        f" (without any effect, a difference like this has a chance of {effect['chance']:.0%})"
    )


def _table(headings: tuple[str, ...]) -> Table:
    table = Table()
    for heading in headings:
        table.add_column(heading, overflow="fold")
    return table


def _number(value: float | None) -> str:
    return NO_DATA if value is None else plain(value)


def plain(value: float) -> str:
    """A number as it is written, yen to the last digit; two places behind the point."""
    return f"{value:,.2f}".rstrip("0").rstrip(".")
