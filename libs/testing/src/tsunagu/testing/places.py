"""The places at which the machinery can be struck, read from its source: none is known that is not there."""

import ast
from pathlib import Path

from tsunagu.chassis import faults

_CHASSIS = Path(faults.__file__).parent


def places(package: Path = _CHASSIS) -> tuple[str, ...]:
    """The name of each `await point("…")` of a package, by file and line.

    A name that is made while the program runs is a pattern, such as `relay_acknowledged {topic}`. Raises ValueError
    for one that can't be read.
    """
    found: list[str] = []
    for path in sorted(package.glob("**/*.py")):
        calls = [
            node
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name | ast.Attribute)
            and (node.func.id if isinstance(node.func, ast.Name) else node.func.attr) == faults.point.__name__
        ]
        found += [_name(call, path) for call in sorted(calls, key=lambda call: call.lineno)]
    return tuple(found)


def _name(call: ast.Call, path: Path) -> str:
    match call.args:
        case [ast.Constant(value=str(name))]:
            return name
        case [ast.JoinedStr(values=parts)]:
            return "".join(
                "{" + ast.unparse(part.value) + "}"
                if isinstance(part, ast.FormattedValue)
                else str(ast.literal_eval(part))
                for part in parts
            )
    raise ValueError(f"{path.name}:{call.lineno}: a place is named by a text, so that tests find it")
