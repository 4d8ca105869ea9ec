"""A tutorial's page as steps. Every fenced block of it is one: a block that nobody runs is an error."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

FIRST = "First terminal"
INTERRUPT = "^C"
ANYTHING = "…"

_BLOCK = re.compile(r"^```(?P<info>\S[^\n]*)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FENCES = re.compile(r"^```", re.MULTILINE)
_INFO = re.compile(r'(?P<language>\w+)(?P<fails> fails)?(?: title="(?P<title>[^"]+)")?')
_FILES = frozenset({"python", "toml", "csv"})


@dataclass(frozen=True)
class File:
    """Something to write, by its path in the folder where the first terminal is."""

    path: str
    text: str


@dataclass(frozen=True)
class Command:
    """A line that is typed, and what the page says it prints. None: the page promises nothing."""

    terminal: str
    line: str
    output: str | None
    fails: bool


@dataclass(frozen=True)
class Shown:
    """What a terminal shows after what it has shown so far."""

    terminal: str
    output: str


Step: TypeAlias = File | Command | Shown


def steps_of(page: Path) -> list[Step]:
    """The page's blocks in their order. Raises ValueError for one that can't be run."""
    text = page.read_text(encoding="utf-8")
    blocks = list(_BLOCK.finditer(text))
    if len(_FENCES.findall(text)) != 2 * len(blocks):
        raise ValueError(f"{page.name} has a block without a language: nobody would run it")
    return [step for block in blocks for step in _steps(block["info"], block["text"])]


def _steps(info: str, text: str) -> list[Step]:
    found = _INFO.fullmatch(info)
    language, title = (found["language"], found["title"]) if found else (info, None)
    if found and language in _FILES and title:
        return [File(title, text)]
    if found and language == "text" and title:
        return [Shown(title, text)]
    if found and language == "console":
        return _commands(title or FIRST, text, bool(found["fails"]))
    raise ValueError(f"nobody would run a block that begins with ```{info}")


def _commands(terminal: str, text: str, fails: bool) -> list[Step]:
    if text.strip() == INTERRUPT:
        return [Command(terminal, INTERRUPT, None, fails)]
    before, *commands = re.split(r"^\$ ", text, flags=re.MULTILINE)
    if before or not commands:
        raise ValueError(f"a block for a terminal begins with a command, not with {text.splitlines()[0]}")
    made: list[Step] = []
    for command in commands:
        line, _, output = command.partition("\n")
        made.append(Command(terminal, line, output or None, fails))
    return made


def pattern_of(promised: str) -> re.Pattern[str]:
    """What a promised output matches: `…` is any text of a line, and on a line of its own any lines."""
    pattern = ""
    for line in promised.splitlines():
        if line == ANYTHING:
            pattern += r"(?:.*\n)*?"
        else:
            pattern += re.escape(line).replace(re.escape(ANYTHING), ".*") + r"\n"
    return re.compile(pattern)
