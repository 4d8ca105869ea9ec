"""A panel as the pages here declare it, and how it becomes Grafana's. Start reading at `__init__.py`."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.builders.common import VizLegendOptions
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DataSourceRef

SOURCE = DataSourceRef(type_val="prometheus", uid="tsunagu")
"""The data source that deploy/grafana/provisioning makes."""

_COLUMNS = 24
_HEIGHT = 8
_NUMBER_HEIGHT = 4


class Unit(StrEnum):
    """What a panel counts, in Grafana's words."""

    COUNT = "short"
    PER_SECOND = "cps"
    SECONDS = "s"
    SHARE = "percentunit"
    YEN = "currencyJPY"
    MINUTES = "m"


@dataclass(frozen=True)
class Panel:
    """One picture: what it shows, and what somebody does who does not like what they see.

    `queries`: legend → PromQL. A panel with one query without a legend is shown as a number, others as lines.
    """

    title: str
    unit: Unit
    shows: str
    to_do: str
    queries: dict[str, str]

    @property
    def is_number(self) -> bool:
        """Whether it is one figure."""
        return list(self.queries) == [""]


@dataclass(frozen=True)
class Row:
    """Panels that belong together."""

    title: str
    panels: Sequence[Panel]


@dataclass(frozen=True)
class Page:
    """A dashboard. `uid` is its file and its address in Grafana."""

    uid: str
    title: str
    about: str
    rows: Sequence[Row]

    @property
    def panels(self) -> list[Panel]:
        """All of its panels, in order."""
        return [panel for row in self.rows for panel in row.panels]


def as_dashboard(page: Page) -> dashboard.Dashboard:
    """The page as Grafana's dashboard, which renews itself and looks back an hour."""
    built = (
        dashboard.Dashboard(page.title)
        .uid(page.uid)
        .description(page.about)
        .tags(["tsunagu"])
        .refresh("15s")
        .time("now-1h", "now")
        .timezone("browser")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .readonly()
    )
    for row in page.rows:
        built = built.with_row(dashboard.Row(row.title))
        span = _COLUMNS // min(len(row.panels), 3)
        for panel in row.panels:
            built = built.with_panel((_number if panel.is_number else _lines)(panel, span))
    return built


def _lines(panel: Panel, span: int) -> timeseries.Panel:
    legend = VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
    built = timeseries.Panel().legend(legend.show_legend(True)).min(0).height(_HEIGHT).span(span)
    built = built.title(panel.title).description(_words(panel)).unit(panel.unit).datasource(SOURCE)
    for number, (name, expression) in enumerate(panel.queries.items()):
        built = built.with_target(_query(number, name, expression))
    return built


def _number(panel: Panel, span: int) -> stat.Panel:
    built = stat.Panel().height(_NUMBER_HEIGHT).span(span)
    built = built.title(panel.title).description(_words(panel)).unit(panel.unit).datasource(SOURCE)
    return built.with_target(_query(0, "", panel.queries[""]))


def _words(panel: Panel) -> str:
    return f"{panel.shows}\n\n**What to do:** {panel.to_do}"


def _query(number: int, name: str, expression: str) -> prometheus.Dataquery:
    query = prometheus.Dataquery().expr(expression).ref_id(chr(ord("A") + number)).datasource(SOURCE)
    return query.legend_format(name) if name else query.instant()
