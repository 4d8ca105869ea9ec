"""Grafana's dashboards. Start reading here: each page is a module that says what it shows, in `panels.Panel`s.

`make reference` writes them to deploy/grafana/dashboards, from where Grafana reads them.
"""

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from tsunagu.dashboards import backbone, business, front_door, services
from tsunagu.dashboards.panels import Page, as_dashboard

PAGES: tuple[Page, ...] = (business.PAGE, front_door.PAGE, backbone.PAGE, *services.PAGES)


def as_json(page: Page) -> str:
    """The page as Grafana reads it."""
    return JSONEncoder(sort_keys=True, indent=2, ensure_ascii=False).encode(as_dashboard(page).build()) + "\n"
