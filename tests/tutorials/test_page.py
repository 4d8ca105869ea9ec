"""A page whose blocks are not all run is refused."""

from pathlib import Path

import pytest

from .page import FIRST, INTERRUPT, Command, File, Shown, pattern_of, steps_of

RUN = """
```console
$ one
printed
$ two
```
```csv title="a.csv"
a,b
```
```console fails title="Second terminal"
$ three
```
```text title="Second terminal"
seen
```
```console title="Second terminal"
^C
```
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    return tmp_path / "page.md"


def test_steps__of_a_page__are_its_blocks_in_their_order(page: Path) -> None:
    page.write_text(RUN)
    second = "Second terminal"
    assert steps_of(page) == [
        Command(FIRST, "one", "printed\n", False),
        Command(FIRST, "two", None, False),
        File("a.csv", "a,b\n"),
        Command(second, "three", None, True),
        Shown(second, "seen\n"),
        Command(second, INTERRUPT, None, False),
    ]


@pytest.mark.parametrize(
    "block",
    [
        "```\n$ something\n```\n",
        "```python\nprint(1)\n```\n",
        "```sh\nsomething\n```\n",
        "```console\nprinted\n$ something\n```\n",
        "```text\nprinted\n```\n",
    ],
)
def test_steps__a_block_that_nobody_would_run__is_refused(page: Path, block: str) -> None:
    page.write_text(RUN + block)
    with pytest.raises(ValueError, match=r"nobody would run|begins with a command"):
        steps_of(page)


def test_pattern__of_a_promise__is_exact_but_for_its_dots() -> None:
    pattern = pattern_of("…\nready on …:1\n")
    assert pattern.fullmatch("a\nb\nready on x:1\n") and pattern.fullmatch("ready on x:1\n")
    assert not pattern.fullmatch("ready on x:2\n") and not pattern.fullmatch("ready on x:1\nmore\n")
