"""docs/kpis.md: what is between its marks is made from the packaged file of KPIs and from the figures."""

from pathlib import Path

from insight.domain.kpis import MEANS, Kpi, events_of, unit_of
from insight.settings import Settings
from insight.store.definitions import read_definitions

PAGE = Path(__file__).parents[2] / "docs" / "kpis.md"
BEGINS = "<!-- made from the code by `make reference` -->\n"
ENDS = "<!-- end -->\n"


def page() -> str:
    """The page as it has to be: what people wrote, with the tables anew."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGINS)
    _, _, after = rest.partition(ENDS)
    return f"{before}{BEGINS}{_kpis()}\n{_figures()}{ENDS}{after}"


def _kpis() -> str:
    rows = ["| KPI | what it is | formula | unit | owner | target | by |\n|---|---|---|---|---|---|---|\n"]
    for one in read_definitions(Settings.model_fields["kpi_file"].default).defined:
        target = "" if one.target is None else f"{'≥' if one.better == 'higher' else '≤'} {one.target:g}"
        cells = (f"`{one.name}`", one.title, f"`{one.formula}`", one.unit, one.owner, target, one.due or "")
        rows.append(f"| {' | '.join(str(cell) for cell in cells)} |\n")
    return "".join(rows)


def _figures() -> str:
    rows = ["| figure | unit | counted from |\n|---|---|---|\n"]
    for kpi in Kpi:
        unit = f"{unit_of(kpi)}, a mean" if kpi in MEANS else unit_of(kpi)
        rows.append(f"| `{kpi}` | {unit} | {', '.join(f'`{event}`' for event in events_of(kpi))} |\n")
    return "".join(rows)
