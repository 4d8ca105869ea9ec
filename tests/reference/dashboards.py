"""deploy/grafana/dashboards: Grafana's files, made from libs/dashboards."""

from pathlib import Path

from tsunagu.dashboards import PAGES, as_json

FOLDER = Path(__file__).parents[2] / "deploy" / "grafana" / "dashboards"


def files() -> dict[Path, str]:
    """Each dashboard's file with what is to stand in it."""
    return {FOLDER / f"{page.uid}.json": as_json(page) for page in PAGES}
