"""The site's source: all pages of the repository at their places, with what is made of the code beside them.

Links from page to page stay as they are. A link to anything else that is in the repository (a module, a folder without
a README) becomes its path: the site does not carry the code.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tests.reference import asyncapi, message_pages

ROOT = Path(__file__).parents[2]
PARTS = ("docs", "libs", "services", "deploy", "tests")
MAP = "docs/README.md"
TOPICS = "docs/topics"
NOT_PAGES = frozenset({"node_modules", "template"})
FRONT = '<!doctype html><meta http-equiv="refresh" content="0; url=README.html"><title>Tsunagu</title>\n'

_LINK = re.compile(r"(?<!!)\[(?P<text>(?:[^\[\]]|\[[^\]]*\])*)\]\((?P<target>[^()\s]+)\)")
_CODE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^## (?P<title>.+)$", re.MULTILINE)


def pages() -> list[str]:
    """Every page of the repository, by its path."""
    found = ["README.md", "CHANGELOG.md"]
    for part in PARTS:
        for folder, folders, files in os.walk(ROOT / part):
            folders[:] = sorted(name for name in folders if name not in NOT_PAGES)
            here = Path(folder).relative_to(ROOT).as_posix()
            found += sorted(f"{here}/{name}" for name in files if name.endswith(".md"))
    return found


def links_of(text: str) -> Iterator[re.Match[str]]:
    """The links of a page that lead to something in the repository, code blocks left out."""
    code = [(block.start(), block.end()) for block in _CODE.finditer(text)]
    for link in _LINK.finditer(text):
        inside = any(start <= link.start() < end for start, end in code)
        if not inside and not re.match(r"[a-z]+:|#", link["target"]):
            yield link


def target_of(page: str, link: re.Match[str]) -> PurePosixPath:
    """Where a link leads, as a path in the repository."""
    path = link["target"].partition("#")[0]
    return PurePosixPath(os.path.normpath(PurePosixPath(page).parent / path))


def assemble(folder: Path) -> None:
    """Write the source into a folder, which is emptied first."""
    shutil.rmtree(folder, ignore_errors=True)
    known = frozenset(pages())
    for page in known:
        text = on_the_site(page, (ROOT / page).read_text(encoding="utf-8"), known)
        _write(folder / page, text + (navigation(known) if page == "README.md" else ""))
    for name, text in message_pages.pages().items():
        _write(folder / TOPICS / name, text + (_tree(None, _topics()) if name == "index.md" else ""))
    _write(folder / "files" / "asyncapi.json", json.dumps(asyncapi.document(), ensure_ascii=False, indent=1))
    _write(folder / "files" / "index.html", FRONT)


def on_the_site(page: str, text: str, known: frozenset[str]) -> str:
    """A page's text with the links that the site can't follow as paths."""
    made, done = "", 0
    for link in links_of(text):
        made += text[done : link.start()] + _link(page, link, known)
        done = link.end()
    return made + text[done:]


def _link(page: str, link: re.Match[str], known: frozenset[str]) -> str:
    target = target_of(page, link).as_posix()
    if target in known:
        return link[0]
    if f"{target}/README.md" in known:
        return f"[{link['text']}]({link['target'].rstrip('/')}/README.md)"
    said = link["text"] if f"`{target}`" != link["text"] else ""
    return f"{said} (`{target}`)".strip() if said else f"`{target}`"


def navigation(known: frozenset[str]) -> str:
    """What the site lists at its side: the map's sections with the pages that they name, then all others."""
    text = (ROOT / MAP).read_text(encoding="utf-8")
    _, *parts = _SECTION.split(text)
    listed = {"README.md", MAP}
    made = _tree(None, [MAP])
    for title, section in zip(parts[::2], parts[1::2], strict=True):
        named = [target_of(MAP, link).as_posix() for link in links_of(section)]
        found = [page for page in dict.fromkeys(named) if page in known and page not in listed]
        listed.update(found)
        made += _tree(title, [*found, f"{TOPICS}/index.md"] if title == "Reference" else found)
    decisions = sorted(page for page in known - listed if page.startswith("docs/decisions/"))
    made += _tree("Decisions", decisions)
    return made + _tree("Parts", sorted(known - listed - set(decisions)))


def _topics() -> list[str]:
    return [name for name in message_pages.pages() if name != "index.md"]


def _tree(caption: str | None, listed: list[str]) -> str:
    options = ":hidden:\n:maxdepth: 1\n" + (f":caption: {caption}\n" if caption else "")
    names = "".join(f"{PurePosixPath(page).with_suffix('')}\n" for page in listed)
    return f"\n```{{toctree}}\n{options}\n{names}```\n"


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
