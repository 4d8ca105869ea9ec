"""The pages of topics and messages in the documentation's site: a page for each topic, a section for each message."""

import json
from collections.abc import Iterator

from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import TOPICS, Topic

from .catalogue import (
    Example,
    examples_of,
    kept,
    kind_of,
    owner_of,
    personal_data_of,
    sentence_of,
)
from .consumers import consumers_of

_INDEX = """# Messages
Every topic with its messages, made from the contracts, the published samples and the services' code. The same as one
document for programs: <a href="../../asyncapi.json">asyncapi.json</a> (AsyncAPI 3).

| topic | owner | key | kept | messages |
|---|---|---|---|---|
"""


def pages() -> dict[str, str]:
    """The pages by their file name; `index.md` lists the others."""
    made = {"index.md": _INDEX + "".join(_row(topic) for topic in TOPICS)}
    return made | {f"{topic.name}.md": _page(topic) for topic in TOPICS if topic.messages}


def _row(topic: Topic) -> str:
    name = f"[{topic.name}]({topic.name}.md)" if topic.messages else topic.name
    messages = (
        ", ".join(message.__name__ for message in topic.messages) or "what its service could not handle"
    )
    return f"| {name} | {owner_of(topic)} | {topic.key} | {kept(topic)} | {messages} |\n"


def _page(topic: Topic) -> str:
    head = (
        f"# {topic.name}\n\n"
        "| | |\n|---|---|\n"
        f"| kind | {topic.kind.replace('_', ' ')} |\n"
        f"| owner | {owner_of(topic)} |\n"
        f"| may write it | {', '.join(topic.written_by)} |\n"
        f"| may read it | {', '.join(topic.read_by)} |\n"
        f"| record key | {topic.key} |\n"
        f"| kept | {kept(topic)} |\n"
        f"| partitions | {topic.partitions_production}; {topic.partitions_local} on one machine |\n"
    )
    return head + "".join(_section(message, topic) for message in topic.messages)


def _section(message: type[Message], topic: Topic) -> str:
    first, *later = examples_of(message)
    lines = [
        f"\n## {message.__name__}\n{sentence_of(message)}\n\n| | |\n|---|---|\n",
        f"| type | `{message.WIRE_TYPE}` |\n",
        f"| is a | {kind_of(message)} |\n",
        f"| key | {' or else '.join(f'`{field}`' for field in message.KEY)} |\n",
        f"| identity | {_identity(message)} |\n",
        f"| producers | {', '.join(topic.written_by)} |\n",
        f"| consumers | {', '.join(_consumers(message, topic)) or 'nobody yet'} |\n",
        f"| personal data | {personal_data_of(message, topic)} |\n",
        f"| kept | {kept(topic)} |\n",
        f"| grew by | {', '.join(example.shows for example in later) or 'nothing since it was published'} |\n\n",
        *_fields(message),
        *_example(first, "An example"),
    ]
    for example in later:
        lines += _example(example, f"With what came later: {example.shows}")
    return "".join(lines)


def _identity(message: type[Message]) -> str:
    if not message.IDENTITY:
        return "none: its `ce_id`"
    return f"{' and '.join(f'`{field}`' for field in message.IDENTITY)}: the same again is the same message"


def _consumers(message: type[Message], topic: Topic) -> Iterator[str]:
    for consumer in consumers_of(message):
        if consumer.topic is topic:
            yield consumer.name if consumer.function is None else f"{consumer.name} (`{consumer.function}`)"


def _fields(message: type[Message]) -> Iterator[str]:
    yield "| field | type | |\n|---|---|---|\n"
    schema = message.model_json_schema()
    required = set(schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        need = "required" if name in required else "optional"
        told = message.model_fields[name].description if name in message.model_fields else None
        yield f"| `{name}` | {_type(field)} | {need}{f': {told}' if told else ''} |\n"
    yield "\n"


def _type(field: dict[str, object]) -> str:
    """A field's type in words."""
    match field:
        case {"$ref": str(reference)}:
            return reference.rpartition("/")[2]
        case {"anyOf": list(alternatives)}:
            return " or ".join(_type(one) for one in alternatives if one != {"type": "null"})
        case {"type": "array", "items": dict(items)}:
            return f"list of {_type(items)}"
        case {"enum": list(values)}:
            return ", ".join(map(str, values))
        case {"format": str(word)} | {"type": str(word)}:
            return word
        case _:
            return "any"


def _example(example: Example, title: str) -> Iterator[str]:
    headers = {name: value for name, value in example.headers.items() if name.startswith("ce_")}
    yield f"{title}, under the key `{example.key}`:\n\n```json\n"
    yield json.dumps(example.value, ensure_ascii=False, indent=2)
    yield "\n```\n"
    yield f"with the headers {', '.join(f'`{name}: {value}`' for name, value in headers.items())}.\n\n"
