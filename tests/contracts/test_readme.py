"""The example in the README of the contracts does what it says."""

import re
from pathlib import Path

import tsunagu.contracts

README = Path(tsunagu.contracts.__path__[0]).parents[2] / "README.md"


def test_readme__its_examples__run() -> None:
    examples = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert examples
    for example in examples:
        exec(compile(example, str(README), "exec"), {})
