"""Looking at a page: everybody must be able to use it, and a picture of it is kept."""

from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page

AXE = (
    Path(__file__).resolve().parents[2]
    / "services"
    / "edge"
    / "web"
    / "node_modules"
    / "axe-core"
    / "axe.min.js"
)
"""axe-core, which `make web` has installed; it is only run."""

RULES = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
_RUN = "rules => axe.run(document, { runOnly: rules }).then(found => found.violations)"


@dataclass(frozen=True)
class Looking:
    """Where pictures go: their names say app, page and language."""

    folder: Path

    async def at(self, page: Page, name: str) -> None:
        """Keep a picture. Fails where axe-core finds that somebody can't use the page."""
        self.folder.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=self.folder / f"{name}.png", full_page=True)
        violations = await page.evaluate(_RUN, list(RULES))
        assert [_said(one) for one in violations] == [], name


def _said(violation: dict[str, object]) -> str:
    nodes = violation["nodes"]
    assert isinstance(nodes, list)
    return f"{violation['id']}: {violation['help']}: {'; '.join(node['html'] for node in nodes)}"
