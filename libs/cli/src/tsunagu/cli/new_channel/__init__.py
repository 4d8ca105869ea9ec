"""A new channel's project, made of the files in `template`: `__channel__` in them is its name."""

import keyword
import re
from pathlib import Path

TEMPLATE = Path(__file__).with_name("template")
PLACEHOLDER = "__channel__"
SUFFIX = ".tmpl"  # so that no tool takes the template for a part of this project

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_TAKEN = frozenset({"tsunagu", "tests", "test", "src"})


class NotMade(Exception):  # noqa: N818 - a state of affairs, not a fault
    """The project can't be made; nothing was written."""


def make_project(name: str, folder: Path) -> list[Path]:
    """Write the project of a channel into a folder that is not there yet; the files, in their order.

    Raises NotMade for a name that can't be a channel's and a package's, or for a folder that is there.
    """
    if _NAME.fullmatch(name) is None or keyword.iskeyword(name) or name in _TAKEN:
        raise NotMade(
            f"{name!r} can't be a channel's name: lower case letters, digits and _, at most 40, a letter first, "
            "and no word of Python's"
        )
    if folder.exists():
        raise NotMade(f"{folder} is there already: name another folder with --folder, or another channel")
    made = []
    for source in sorted(TEMPLATE.rglob(f"*{SUFFIX}")):
        relative = str(source.relative_to(TEMPLATE)).removesuffix(SUFFIX).replace(PLACEHOLDER, name)
        target = folder / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text(encoding="utf-8").replace(PLACEHOLDER, name), encoding="utf-8")
        made.append(target)
    return made
