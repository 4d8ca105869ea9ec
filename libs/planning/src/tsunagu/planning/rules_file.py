"""The file of the rules for tasks: the one that the packages of Tsunagu come with, or a retailer's own like it."""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tsunagu.contracts.values import Code, Minutes, Name
from tsunagu.planning.escalation import Level, Step, TaskRule, TaskRules

PACKAGED = Path(__file__).with_name("task_rules.toml")


class BadTaskRules(ValueError):  # noqa: N818 - the name says what is wrong
    """A file holds no rules for tasks; the text names the file, and what is wrong in it."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Step(_Part):
    after_minutes: Annotated[float, Field(gt=0)]
    to: Level


class _Rule(_Part):
    kinds: Annotated[tuple[Code, ...], Field(min_length=1)]
    department: Name
    standard_minutes: Minutes | None = None
    steps: Annotated[tuple[_Step, ...], Field(min_length=1)]


class _File(_Part):
    rule: tuple[_Rule, ...]


@cache
def task_rules(file: Path | None = None) -> TaskRules:
    """The rules of a file, without one the packaged ones; each file is read once. Raises BadTaskRules."""
    file = file or PACKAGED
    try:
        content = _File.model_validate(tomllib.loads(file.read_text(encoding="utf-8")))
        return TaskRules(
            (
                (kind, TaskRule(rule.department, rule.standard_minutes, _steps(rule)))
                for rule in content.rule
                for kind in rule.kinds
            ),
            source=str(file),
        )
    except ValidationError as error:
        raise BadTaskRules(f"{file} holds no rules for tasks: {_first(error)}") from None
    except (OSError, ValueError) as error:
        raise BadTaskRules(f"{file} holds no rules for tasks: {error}") from None


def _steps(rule: _Rule) -> tuple[Step, ...]:
    return tuple(Step(step.after_minutes, step.to) for step in rule.steps)


def _first(error: ValidationError) -> str:
    found = error.errors()[0]
    return f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}"
