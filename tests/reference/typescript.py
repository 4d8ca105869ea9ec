"""libs/channel/node/contracts.ts: the messages that channels read and write, as TypeScript has them."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic.json_schema import models_json_schema

from tsunagu.channel.rights import CHANNELS, readable, writable
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import Topic

from .catalogue import sentence_of

FILE = Path(__file__).parents[2] / "libs" / "channel" / "node" / "contracts.ts"
_HEAD = """// The messages that channels read and write. Made from the contracts by `make reference`.
// A field that is optional may be absent, and is never null when a service has written it.

"""
_SCALARS = {"string": "string", "integer": "number", "number": "number", "boolean": "boolean", "null": "null"}


def text() -> str:
    """The file as it has to be."""
    topics = list(dict.fromkeys((*writable(CHANNELS), *readable(CHANNELS))))
    messages = list(dict.fromkeys(message for topic in topics for message in topic.messages))
    schemas, shared = models_json_schema(
        [(message, "validation") for message in messages], ref_template="{model}"
    )
    parts = shared.get("$defs", {})
    names = {schemas[(message, "validation")]["$ref"]: message for message in messages}
    declared = "".join(_declaration(name, schema, names.get(name)) for name, schema in sorted(parts.items()))
    return _HEAD + declared + _index(messages) + _topics(topics)


def _declaration(name: str, schema: Mapping[str, Any], message: type[Message] | None) -> str:
    told = sentence_of(message) if message else schema.get("description", "").partition("\n\n")[0]
    head = f"/** {' '.join(told.split())} */\n" if told else ""
    if "properties" not in schema:
        return f"{head}export type {name} = {_type(schema)};\n\n"
    return f"{head}export interface {name} {{\n{''.join(_fields(schema))}}}\n\n"


def _fields(schema: Mapping[str, Any]) -> Iterator[str]:
    required = set(schema.get("required", ()))
    for name, field in schema["properties"].items():
        yield f"  {name}{'' if name in required else '?'}: {_type(field)};\n"


def _type(schema: Mapping[str, Any]) -> str:
    """The type of a value. Raises KeyError for a schema that the contracts do not have yet."""
    if "$ref" in schema:
        return str(schema["$ref"])
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"] if one != {"type": "null"})
    if "const" in schema:
        return _literal(schema["const"])
    if "enum" in schema:
        return " | ".join(map(_literal, schema["enum"]))
    if schema["type"] == "array":
        items = _type(schema["items"])
        return f"({items})[]" if "|" in items else f"{items}[]"
    return _SCALARS[schema["type"]]


def _literal(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value)


def _index(messages: list[type[Message]]) -> str:
    rows = "".join(f'  "{message.WIRE_TYPE}": {message.__name__};\n' for message in messages)
    return (
        f"/** Every message by what stands in `ce_type`. */\nexport interface Messages {{\n{rows}}}\n\n"
        "export type WireType = keyof Messages;\n\n"
    )


def _topics(topics: list[Topic]) -> str:
    rows = ""
    for topic in topics:
        types = ", ".join(f'"{message.WIRE_TYPE}"' for message in topic.messages)
        rows += f'  "{topic.name}": [{types}],\n'
    return (
        "/** What travels on which topic. */\n"
        f"export const TOPICS = {{\n{rows}}} as const satisfies Record<string, readonly WireType[]>;\n\n"
        "export type TopicName = keyof typeof TOPICS;\n"
        "export type MessageOn<T extends TopicName> = Messages[(typeof TOPICS)[T][number]];\n"
    )
