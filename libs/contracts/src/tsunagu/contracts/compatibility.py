"""The check that a message changes only compatibly: what an old writer may have written, today's reader reads.

`python -m tsunagu.contracts.compatibility` compares the stored JSON Schema of every message with today's model
and names each field that changed incompatibly, who reads the message, and how to change it safely. `--write` stores
new messages and compatible changes. It covers
the part of JSON Schema that pydantic emits; a keyword that it does not know counts as incompatible when it
changed. Rules in validators are in no schema: the golden samples watch over those.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import MESSAGE_BY_WIRE_TYPE, TOPICS

Schema = Mapping[str, Any]
Readers = Callable[[type[Message]], Sequence[str]]
"""Who reads a message, a line for each topic."""

SCHEMAS_FOLDER = Path(__file__).parents[3] / "schemas"
"""Where the stored schemas are in the repository; an installed package has none."""

_FOR_PEOPLE = frozenset({"title", "description", "examples", "default", "deprecated", "writeOnly"})
_LOWER_LIMITS = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER_LIMITS = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
_KEPT_EXACTLY = ("pattern", "format")
_KNOWN = frozenset(
    {
        *_LOWER_LIMITS,
        *_UPPER_LIMITS,
        *_KEPT_EXACTLY,
        "type",
        "properties",
        "required",
        "items",
        "enum",
        "const",
        "anyOf",
        "$ref",
        "$defs",
        "x-tsunagu",
    }
)


_ANEW = "give it a new wire type (….v2) on the same topic, and write both until nobody reads the old one"
_KEEP = "keep the field with a default, have readers stop using it, then writers stop filling it"
_DEFAULT = "give it a default: what was written before has no such field"
_OPTIONAL = "leave it optional, and have readers that need it decide what they do without it"
_BESIDE = "leave the field as it is, and add one of the new type beside it, with a default, that writers fill as well"
_WIDE = "leave it as wide as it was, and have the handler refuse what is no longer wanted"
_STORE = "run this check with --write"


@dataclass(frozen=True, slots=True)
class Problem:
    """One change that today's reader, or somebody else's, does not survive."""

    wire_type: str
    field: str
    what: str
    safe_way: str = _ANEW

    def __str__(self) -> str:
        """A line for people."""
        where = f"{self.wire_type}, field {self.field}" if self.field else self.wire_type
        return f"{where}: {self.what}"


def schema_of(message: type[Message]) -> dict[str, Any]:
    """The schema of a message as it is stored: without texts for people, with its key and identity."""
    schema: dict[str, Any] = _without_texts(message.model_json_schema())
    schema["x-tsunagu"] = {"key": list(message.KEY), "identity": list(message.IDENTITY)}
    return schema


def _without_texts(node: Any, names_are_fields: bool = False) -> Any:
    if isinstance(node, dict):
        return {
            name: _without_texts(value, not names_are_fields and name in ("properties", "$defs"))
            for name, value in node.items()
            if names_are_fields or name not in _FOR_PEOPLE
        }
    if isinstance(node, list):
        return [_without_texts(item) for item in node]
    return node


def incompatibilities(wire_type: str, old: Schema, new: Schema) -> list[Problem]:
    """What an old writer may have written and a reader of `new` can't read, and fields that were removed."""
    problems = []
    if old.get("x-tsunagu") != new.get("x-tsunagu"):
        problems.append(Problem(wire_type, "", "its record key or its identity is another"))
    comparison = _Comparison(old, new)
    problems += [Problem(wire_type, *found) for found in comparison.compare(old, new, "")]
    return problems


_Found: TypeAlias = tuple[str, str, str]
"""The field, what is wrong with it, and the safe way."""


class _Comparison:
    """A walk through two schemas side by side; definitions that contain themselves are walked once."""

    def __init__(self, old: Schema, new: Schema) -> None:
        self._old_definitions = old.get("$defs", {})
        self._new_definitions = new.get("$defs", {})
        self._walked: set[tuple[str, str]] = set()

    def compare(self, old: Schema, new: Schema, field: str) -> Iterator[_Found]:
        pair = (old.get("$ref", ""), new.get("$ref", ""))
        if all(pair):
            if pair in self._walked:
                return
            self._walked.add(pair)
        old = _resolved(old, self._old_definitions)
        new = _resolved(new, self._new_definitions)
        if "anyOf" in old or "anyOf" in new:
            yield from self._compare_alternatives(old, new, field)
        else:
            yield from self._compare_one(old, new, field)
        if all(pair):
            # Reached again under another field it shall be named there as well.
            self._walked.discard(pair)

    def _compare_alternatives(self, old: Schema, new: Schema, field: str) -> Iterator[_Found]:
        readable = _alternatives(new)
        for alternative in _alternatives(old):
            attempts = [list(self.compare(alternative, candidate, field)) for candidate in readable]
            if all(attempts):
                # The attempt with the fewest problems is the one that somebody meant to change.
                yield from min(attempts, key=len)

    def _compare_one(self, old: Schema, new: Schema, field: str) -> Iterator[_Found]:
        types = (old.get("type"), new.get("type"))
        if types[1] not in (None, types[0]) and types != ("integer", "number"):
            if types[0] == "null":
                yield field, "may no longer be null", _OPTIONAL
            else:
                yield field, f"was {types[0] or 'anything'}, is now {types[1]}", _BESIDE
            return
        yield from ((field, what, _WIDE) for what in _narrowed_values(old, new))
        yield from ((field, what, _WIDE) for what in _narrowed_limits(old, new))
        yield from self._compare_fields(old, new, field)
        if "items" in new:
            yield from self.compare(old.get("items", {}), new["items"], f"{field}[]")
        for keyword in sorted((old.keys() | new.keys()) - _KNOWN - _FOR_PEOPLE):
            if old.get(keyword) != new.get(keyword):
                yield field, f"{keyword} changed, which this check can't judge", _ANEW

    def _compare_fields(self, old: Schema, new: Schema, field: str) -> Iterator[_Found]:
        old_fields, new_fields = old.get("properties", {}), new.get("properties", {})
        prefix = f"{field}." if field else ""
        for name in old_fields:
            if name in new_fields:
                yield from self.compare(old_fields[name], new_fields[name], prefix + name)
            else:
                yield prefix + name, "was removed", _KEEP
        old_required = set(old.get("required", ()))
        for name in new.get("required", ()):
            if name not in old_required:
                what = "is now required" if name in old_fields else "is new and has no default"
                yield prefix + name, what, _DEFAULT


def _resolved(schema: Schema, definitions: Mapping[str, Schema]) -> Schema:
    while "$ref" in schema:
        beside = {name: value for name, value in schema.items() if name != "$ref"}
        schema = {**definitions[schema["$ref"].removeprefix("#/$defs/")], **beside}
    return schema


def _alternatives(schema: Schema) -> Sequence[Schema]:
    alternatives: Sequence[Schema] = schema.get("anyOf", [schema])
    return alternatives


def _narrowed_values(old: Schema, new: Schema) -> Iterator[str]:
    old_values, new_values = _values(old), _values(new)
    if new_values is None:
        return
    if old_values is None:
        yield f"could be anything, is now one of {', '.join(map(str, new_values))}"
        return
    gone = [value for value in old_values if value not in new_values]
    if gone:
        yield f"may no longer be {', '.join(map(str, gone))}"


def _values(schema: Schema) -> Sequence[Any] | None:
    """The values of an enumeration; None where any value of the type goes."""
    return [schema["const"]] if "const" in schema else schema.get("enum")


def _narrowed_limits(old: Schema, new: Schema) -> Iterator[str]:
    def narrowed(keyword: str, is_wider: Callable[[Any, Any], bool]) -> Iterator[str]:
        limit, before = new.get(keyword), old.get(keyword)
        if limit is not None and (before is None or not is_wider(limit, before)):
            yield f"{keyword} was {before if before is not None else 'free'}, is now {limit}"

    for keyword in _LOWER_LIMITS:
        yield from narrowed(keyword, lambda limit, before: limit <= before)
    for keyword in _UPPER_LIMITS:
        yield from narrowed(keyword, lambda limit, before: limit >= before)
    for keyword in _KEPT_EXACTLY:
        yield from narrowed(keyword, lambda limit, before: limit == before)


def check(folder: Path, messages: Mapping[str, type[Message]], write: bool = False) -> list[Problem]:
    """Compare the stored schemas in `folder` with `messages` by wire type; `write` stores what is compatible.

    Without `write`, a schema that is missing or older than its model is a problem too: a later change would
    be compared with the wrong state.
    """
    problems: list[Problem] = []
    for path in sorted(folder.glob("*.json")):
        if path.stem not in messages:
            problems.append(
                Problem(
                    path.stem,
                    "",
                    "the message was removed",
                    "keep its class: what was published stays readable",
                )
            )
    for wire_type, message in sorted(messages.items()):
        path = folder / f"{wire_type}.json"
        schema = schema_of(message)
        if path.exists():
            stored = json.loads(path.read_text(encoding="utf-8"))
            if stored == schema:
                continue
            found = incompatibilities(wire_type, stored, schema)
            if found:
                problems += found
                continue
        if write:
            folder.mkdir(parents=True, exist_ok=True)
            text = json.dumps(schema, ensure_ascii=False, indent=2, sort_keys=True)
            path.write_text(text + "\n", encoding="utf-8")
        else:
            what = "changed compatibly" if path.exists() else "is new"
            problems.append(Problem(wire_type, "", f"{what} and is not stored yet", _STORE))
    return problems


def entitled(message: type[Message]) -> list[str]:
    """Who may read a message, by the contracts: they know no service's code."""
    return [
        f"{topic.name}: {', '.join(topic.read_by)}, by their rights"
        for topic in TOPICS
        if message in topic.messages
    ]


def told(problems: Sequence[Problem], readers: Readers = entitled) -> str:
    """Problems for people: the field, who reads the message, and the safe way; empty where there are none."""
    lines = []
    for problem in problems:
        message = MESSAGE_BY_WIRE_TYPE.get(problem.wire_type)
        lines.append(str(problem))
        lines += [f"  read on {who}" for who in (readers(message) if message else ())]
        lines.append(f"  the safe way: {problem.safe_way}")
    return "".join(f"{line}\n" for line in lines)


def main(arguments: Sequence[str] | None = None, readers: Readers = entitled) -> int:
    """Run the check; the exit code is 1 when it found a problem."""
    parser = argparse.ArgumentParser(
        prog="python -m tsunagu.contracts.compatibility",
        description="Check that every message still reads what older writers may have written.",
    )
    parser.add_argument("--schemas", type=Path, default=SCHEMAS_FOLDER, help="folder with the stored schemas")
    parser.add_argument("--write", action="store_true", help="store new messages and compatible changes")
    options = parser.parse_args(arguments)
    problems = check(options.schemas, MESSAGE_BY_WIRE_TYPE, options.write)
    if problems:
        sys.stderr.write(told(problems, readers))
        return 1
    sys.stdout.write(f"{len(MESSAGE_BY_WIRE_TYPE)} messages are compatible with their stored schemas.\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
