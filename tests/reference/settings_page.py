"""docs/settings.md: every limit, interval and threshold, with its unit, its default and the reason for that."""

import ast
import importlib
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from annotated_types import Ge, Gt, Le, Lt
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "settings.md"
_BOUNDS = {Ge: ("≥", "ge"), Gt: (">", "gt"), Le: ("≤", "le"), Lt: ("<", "lt")}
_HEAD = """# Settings and limits
Made from the code by `make reference`. A setting is an environment variable of the process; one that can't be
read, or lies outside its range, ends the process at once with a message that names it.
"""
_CONTRACTS = """
## Limits of messages
Part of the contracts, so the same everywhere and no settings: what exceeds one is refused (a command) or becomes a
dead letter (a fact), with the field and the limit in the reason. They may be widened later, never narrowed.

| limit | value | why |
|---|---|---|
"""


def page() -> str:
    """The page as it has to be."""
    parts = [_HEAD]
    for settings in sorted(set(_settings()), key=_place):
        parts.append(f"\n## {_name(settings)}\n{_first_sentence(settings)}\n\n")
        parts.append("| variable | default | range | why |\n|---|---|---|---|\n")
        parts.extend(_row(settings, name, field) for name, field in settings.model_fields.items())
    parts.append(_CONTRACTS)
    parts.extend(f"| `{name}` | {value:,} | {why} |\n" for name, value, why in _contract_limits())
    return "".join(parts)


def _settings() -> Iterator[type[BaseSettings]]:
    """Every settings class that a process reads: those with a prefix."""
    for path in sorted([*ROOT.glob("libs/*/src/**/*.py"), *ROOT.glob("services/*/src/**/*.py")]):
        if "BaseSettings" in path.read_text(encoding="utf-8") or path.name == "settings.py":
            for value in vars(_module(path)).values():
                if (
                    isinstance(value, type)
                    and issubclass(value, BaseSettings)
                    and value.model_config.get("env_prefix")
                ):
                    yield value


def _module(path: Path) -> ModuleType:
    parts = path.relative_to(ROOT).parts
    return importlib.import_module(".".join(parts[parts.index("src") + 1 :]).removesuffix(".py"))


def _name(settings: type[BaseSettings]) -> str:
    package = settings.__module__.removesuffix(".settings").removesuffix(".__main__")
    return "Every process" if package == "tsunagu.chassis" else package


def _place(settings: type[BaseSettings]) -> tuple[bool, str, str]:
    """What every process has comes first."""
    return not settings.__module__.startswith("tsunagu.chassis."), _name(settings), settings.__qualname__


def _first_sentence(settings: type[BaseSettings]) -> str:
    return (settings.__doc__ or "").strip().split("\n\n")[0].replace("\n", " ")


def _row(settings: type[BaseSettings], name: str, field: FieldInfo) -> str:
    variable = f"{settings.model_config['env_prefix']}{name}".upper()
    bounds = ", ".join(
        f"{sign} {getattr(limit, attribute)}"
        for limit in field.metadata
        for kind, (sign, attribute) in _BOUNDS.items()
        if isinstance(limit, kind)
    )
    return (
        f"| `{variable}` | {_default(field)} | {bounds} | {' '.join((field.description or '').split())} |\n"
    )


def _default(field: FieldInfo) -> str:
    value = field.get_default(call_default_factory=True)
    if field.is_required():
        return "must be given"
    if value is None:
        return "none"
    if isinstance(value, Path):
        value = value.name
    if isinstance(value, tuple | list | frozenset):
        value = ", ".join(str(each) for each in value)
    return f"`{value}`".replace("|", "\\|") if str(value) else "empty"


def _contract_limits() -> Iterator[tuple[str, int, str]]:
    """The constants `…_MAX` of the contracts, each with the sentence below it or beside it."""
    for path in sorted(ROOT.glob("libs/contracts/src/**/*.py")):
        source = path.read_text(encoding="utf-8")
        module = None
        body = ast.parse(source).body
        for statement, following in zip(body, [*body[1:], None], strict=True):
            if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
                continue
            name = statement.targets[0].id
            if not name.endswith("_MAX") or name.startswith("_"):
                continue
            module = module or _module(path)
            yield name, getattr(module, name), _said(following, source.splitlines()[statement.lineno - 1])


def _said(following: ast.stmt | None, line: str) -> str:
    match following:
        case ast.Expr(value=ast.Constant(value=str(text))):
            return " ".join(text.split())
    return line.partition("#")[2].strip()
