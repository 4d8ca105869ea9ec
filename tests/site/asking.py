"""What the pages of a built site ask for when they are opened: nothing but the site's own files."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

_ASKS = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href", "object": "data"}
_RELATIONS_ASKED_FOR = frozenset({"stylesheet", "icon", "preload", "prefetch", "preconnect", "manifest"})
_FOREIGN = re.compile(r"(?:[a-z][a-z0-9+.-]*:)?//", re.IGNORECASE)
_IN_STYLES = re.compile(r"""(?:url\(\s*['"]?|@import\s+['"])(?P<target>[^'")\s]+)""")


def foreign(site: Path) -> list[str]:
    """Whatever the site's pages and styles ask of somebody else, each with the file that asks."""
    return [
        f"{path.relative_to(site)} asks {target}"
        for path in sorted(site.rglob("*"))
        for target in _asked(path)
        if _FOREIGN.match(target)
    ]


def _asked(path: Path) -> Iterator[str]:
    if path.suffix == ".html":
        page = _Page()
        page.feed(path.read_text(encoding="utf-8"))
        yield from page.asked
    elif path.suffix == ".css":
        for found in _IN_STYLES.finditer(path.read_text(encoding="utf-8")):
            yield found["target"]


class _Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        target = given.get(_ASKS.get(tag, ""))
        relations = set((given.get("rel") or "").split())
        if target and (tag != "link" or relations & _RELATIONS_ASKED_FOR):
            self.asked.append(target)
