"""What the fields of a message hold, in words."""

import types
from collections.abc import Iterator
from enum import StrEnum
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel

_WORDS: dict[Any, str] = {str: "text", int: "whole number", float: "number", bool: "yes or no"}
_NAMES = {"datetime": "time", "date": "day", AwareDatetime.__name__: "time"}


def described(model: type[BaseModel]) -> Iterator[str]:
    """A line per field: its name, what it holds, and whether it may be left out."""
    for name, info in model.model_fields.items():
        yield f"{name}: {_sort(info.annotation)}{'' if info.is_required() else ' (optional)'}"


def parts_of(model: type[BaseModel]) -> list[type[BaseModel]]:
    """The models that its fields are made of, and theirs, each once."""
    found: dict[type[BaseModel], None] = {}
    for info in model.model_fields.values():
        for part in _models_in(info.annotation):
            found |= dict.fromkeys([part, *parts_of(part)])
    return list(found)


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for argument in get_args(annotation):
        yield from _models_in(argument)


def _sort(annotation: Any) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _sort(arguments[0])
    if origin in (Union, types.UnionType):
        return " or ".join(_sort(argument) for argument in arguments if argument is not types.NoneType)
    if origin is tuple:
        return f"list of {_sort(arguments[0])}"
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return " | ".join(annotation)
    name = getattr(annotation, "__name__", str(annotation))
    return _WORDS.get(annotation) or _NAMES.get(name, name)
