"""The end of a run: its figures and its audit, as a table for people and as an object for programs."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from rich.console import Console
from rich.table import Table

from audit.report import HEADINGS, Finding, Heading, Report
from tsunagu.retailer.board import Credit, Customers, ShownKpi
from tsunagu.retailer.figures import Figures

_FINDINGS_SHOWN = 20  # of each kind; `--json` has all
_PATHS_SHOWN = 8
_STORES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Result:
    """What a run has come to."""

    figures: Figures
    report: Report | None
    """None where the audit could not be done."""
    problems: Sequence[str] = ()
    """Other reasons why the run is no success, such as work that did not end."""

    @property
    def is_clean(self) -> bool:
        """Whether nothing is wrong."""
        return self.report is not None and self.report.ok and not self.problems

    def as_json(self) -> dict[str, object]:
        """The one object of `--json`."""
        report = self.report or Report()
        counts = {heading: len(report.of(heading)) for heading in HEADINGS}
        return {
            **self.figures.as_json(),
            "audit": dict.fromkeys(HEADINGS) if self.report is None else counts,
            "findings": {
                heading: [finding._asdict() for finding in report.of(heading)] for heading in HEADINGS
            },
            "audited": dict(report.counts),
            "problems": list(self.problems),
        }

    def write(self, path: Path) -> None:
        """Write the object to a file."""
        path.write_text(json.dumps(self.as_json(), ensure_ascii=False, indent=2) + "\n", encoding="utf-8")

    def show_audit(self, console: Console) -> None:
        """Print the audit, every finding with its reason, and the other problems."""
        if self.report is not None:
            console.print(_audit_table(self.report))
            for heading in HEADINGS:
                _show_findings(heading, self.report.of(heading), console)
        for problem in self.problems:
            console.print(f"problem: {problem}", markup=False, soft_wrap=True)


def figures_table(figures: Figures) -> Table:
    """The figures for people."""
    table = Table(title="What the minute has brought", title_justify="left", show_header=False)
    table.add_row("orders", _named(figures.orders))
    table.add_row("order → confirmation", _named(figures.latency_ms, " ms"))
    for what, by_channel in figures.stock.items():
        table.add_row(f"pieces {what}", _named(by_channel) or "none")
    minutes = figures.pickup_minutes
    table.add_row(
        "pickup work",
        f"{minutes['tasks']} tasks, {minutes['total']} minutes, {minutes['per_task']} each "
        f"({_named(figures.minutes_by_kind)})",
    )
    table.add_row("tasks left open", _named(figures.tasks_left) or "none")
    table.add_row("also", _named(figures.kinds))
    return table


def customers_table(customers: Customers) -> Table:
    """Who the customers are: how many, from what they were known by, and how far they came."""
    table = Table(title="Customers", title_justify="left", show_header=False)
    table.add_row("people", f"{customers.known}, from {customers.refs} refs; {customers.merged} merged")
    table.add_row("segments", _named(customers.by_segment) or "none")
    table.add_row("journey", _named(customers.by_stage) or "none")
    shown = list(customers.paths.items())[:_PATHS_SHOWN]
    table.add_row("paths", "\n".join(f"{path}: {people}" for path, people in shown) or "none told")
    return table


def credit_table(credit: Credit) -> Table:
    """Who has earned what; a sale's parts add up to its yen, so that both columns do as well."""
    table = Table(title="Credit", title_justify="left")
    table.add_column("store")
    table.add_column("yen", justify="right")
    table.add_column("department")
    table.add_column("yen", justify="right")
    ranked = sorted(credit.by_store_jpy.items(), key=lambda one: -one[1])
    stores = [(store, _yen(jpy)) for store, jpy in ranked[:_STORES_SHOWN]]
    if len(ranked) > _STORES_SHOWN:
        rest = sum(jpy for _, jpy in ranked[_STORES_SHOWN:])
        stores.append((f"{len(ranked) - _STORES_SHOWN} others", _yen(rest)))
    stores.append(("all stores", _yen(credit.stores_jpy)))
    departments = [(name, _yen(jpy)) for name, jpy in credit.by_department_jpy.items()]
    for store, department in zip_longest(stores, departments, fillvalue=("", "")):
        table.add_row(*store, *department)
    return table


def kpis_table(kpis: Mapping[str, ShownKpi]) -> Table:
    """The KPIs of the company, with what they should be and who answers for them."""
    table = Table(title="KPIs", title_justify="left")
    for column in ("KPI", "value", "target", "owner"):
        table.add_column(column, justify="right" if column in ("value", "target") else "left")
    for name, kpi in kpis.items():
        value = "no data" if kpi.value is None else f"{kpi.value:,.1f} {kpi.unit}"
        target = "" if kpi.target is None else f"{kpi.target:,.10g}"
        table.add_row(name.replace("_", " "), value, target, kpi.owner or "")
    return table


def _audit_table(report: Report) -> Table:
    table = Table(title="audit", title_justify="left")
    for heading in HEADINGS:
        table.add_column(heading.replace("_", " "), justify="right")
    counts = [len(report.of(heading)) for heading in HEADINGS]
    table.add_row(*(f"[{'red' if count else 'green'}]{count}[/]" for count in counts))
    return table


def _show_findings(heading: Heading, found: Sequence[Finding], console: Console) -> None:
    for finding in found[:_FINDINGS_SHOWN]:
        console.print(f"{heading}: {finding.subject}: {finding.why}", markup=False, soft_wrap=True)
    if len(found) > _FINDINGS_SHOWN:
        console.print(f"{heading}: {len(found) - _FINDINGS_SHOWN} more; --json FILE has them all")


def _named(figures: Mapping[str, object], unit: str = "") -> str:
    return ", ".join(
        f"{name.replace('_', ' ')} {'–' if value is None else value}{unit if value is not None else ''}"
        for name, value in figures.items()
    )


def _yen(value: object) -> str:
    return f"¥{value:,}" if isinstance(value, int) else "–"
