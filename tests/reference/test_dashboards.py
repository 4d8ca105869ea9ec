"""Grafana's files say what libs/dashboards says, and each panel tells what it shows and what to do."""

import json
from typing import Any

import pytest
from tests.deploy.test_alerts import ROOT, anchors

from tsunagu.dashboards import PAGES
from tsunagu.dashboards.panels import Page, Panel

from .dashboards import FOLDER, files

PANELS = [(page, panel) for page in PAGES for panel in page.panels]
each_panel = pytest.mark.parametrize(
    ("page", "panel"), PANELS, ids=[f"{page.uid} {panel.title}" for page, panel in PANELS]
)


def shown(page: Page) -> list[dict[str, Any]]:
    """The panels of a page's file that show something."""
    board = json.loads((FOLDER / f"{page.uid}.json").read_text(encoding="utf-8"))
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def test_dashboards__are_what_the_code_says() -> None:
    there = {path: path.read_text(encoding="utf-8") for path in FOLDER.glob("*.json")}
    assert there == files(), "make reference brings them up to date"


@each_panel
def test_panel__says_what_it_shows_and_what_to_do_in_its_file(page: Page, panel: Panel) -> None:
    [found] = [
        each for each in shown(page) if each["title"] == panel.title and panel.shows in each["description"]
    ]
    assert panel.to_do in found["description"]
    assert found["fieldConfig"]["defaults"]["unit"] == panel.unit
    assert [target["expr"] for target in found["targets"]] == list(panel.queries.values())


@each_panel
def test_panel__leads_to_pages_and_headings_that_there_are(page: Page, panel: Panel) -> None:
    for word in panel.to_do.replace(",", " ").replace(")", " ").replace("(", " ").split():
        if word.startswith("docs/"):
            path, _, anchor = word.rstrip(".;:?").partition("#")
            assert (ROOT / path).is_file()
            assert not anchor or anchor in anchors(ROOT / path)
