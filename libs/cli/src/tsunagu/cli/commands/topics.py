"""`tsunagu topics`: the backbone's topics as the contracts have them, and creating them on a broker."""

import asyncio
import json
from datetime import timedelta
from typing import Annotated, Any

import typer
from aiokafka.errors import KafkaError
from pydantic import BaseModel
from rich.console import Console

from tsunagu.chassis.topics import TopicError, compare_topics, ensure_topics, local_topics, production_topics
from tsunagu.cli.exits import NOT_RUNNING, USAGE, fail
from tsunagu.cli.fields import described, parts_of
from tsunagu.cli.kafka_address import VARIABLE, kafka_address
from tsunagu.contracts.topics import EDGE_SERVICES, TOPIC_BY_NAME, TOPICS, Topic
from tsunagu.stack.addresses import NotRunning
from tsunagu.stack.errors import StackError

EXAMPLES = (
    "Examples: `tsunagu topics` · `tsunagu topics --json` · `tsunagu topics show order.events` · "
    "`tsunagu topics create` · `tsunagu topics create --production --replicas 3 --kafka broker-1:9092`"
)
SHOW_EXAMPLES = "Examples: `tsunagu topics show pos.sales` · `tsunagu topics show order.commands --json`"
CREATE_EXAMPLES = (
    "Examples: `tsunagu topics create` · `tsunagu topics create --dry-run` · "
    "`tsunagu topics create --production --replicas 3 --kafka broker-1:9092,broker-2:9092`. "
    "Exit codes: 0 the topics are there · 1 the broker refused one · 3 no Kafka"
)

app = typer.Typer(
    help="List the backbone's topics, show one with its messages, or create them on a broker.",
    epilog=EXAMPLES,
    invoke_without_command=True,
    rich_markup_mode="markdown",
    add_completion=False,
)
_console = Console(highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="JSON for programs.")]


@app.callback()
def list_topics(context: typer.Context, as_json: AsJson = False) -> None:
    """List the topics: kind, key, who writes and reads them, how long they keep what, partitions."""
    if context.invoked_subcommand is not None:
        return
    if as_json:
        print(json.dumps([_summary(topic) for topic in TOPICS], indent=2))
        return
    for topic in TOPICS:
        _say(
            f"{topic.name}: {topic.kind}, key {topic.key}, keeps {_kept(topic)}, "
            f"{topic.partitions_local} partitions on one machine, {topic.partitions_production} in production"
        )
        _say(f"    {_who(topic.written_by)} → {_who(topic.read_by)}")


@app.command("show", epilog=SHOW_EXAMPLES)
def show(name: Annotated[str, typer.Argument(help="A topic's name.")], as_json: AsJson = False) -> None:
    """Show one topic's messages: the type on the wire, the fields and what they hold."""
    topic = TOPIC_BY_NAME.get(name)
    if topic is None:
        raise fail(f"there is no topic {name!r}: `tsunagu topics` lists them", USAGE)
    if as_json:
        messages = [
            {
                "name": message.__name__,
                "type": message.WIRE_TYPE,
                "summary": _summary_of(message),
                "schema": message.model_json_schema(),
            }
            for message in topic.messages
        ]
        print(json.dumps({**_summary(topic), "messages": messages}, indent=2))
        return
    _say(f"{topic.name}: {topic.kind}, key {topic.key}, keeps {_kept(topic)}")
    _say(f"written by {_who(topic.written_by)}; read by {_who(topic.read_by)}")
    if not topic.messages:
        _say(
            "Its records keep their original key, headers and bytes; __dlq.errors.* say where they came from."
        )
    for message in topic.messages:
        _say("")
        _say(f"{message.__name__} ({message.WIRE_TYPE}): {_summary_of(message)}")
        for line in described(message):
            _say(f"  {line}")
    parts = {part: None for message in topic.messages for part in parts_of(message)}
    for part in parts:
        _say("")
        _say(f"{part.__name__}: {_summary_of(part)}")
        for line in described(part):
            _say(f"  {line}")


@app.command("create", epilog=CREATE_EXAMPLES)
def create(
    production: Annotated[
        bool, typer.Option("--production", help="The partition counts of production, not of one machine.")
    ] = False,
    replicas: Annotated[
        int, typer.Option(min=1, help="Brokers that keep each partition; with --production.")
    ] = 3,
    kafka: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", help=f"Else {VARIABLE}, else the Tsunagu on this machine."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say in what the broker's topics differ, and change nothing.")
    ] = False,
) -> None:
    """Create missing topics and correct settings that differ; says what it changed. Partitions are never added."""
    try:
        servers = kafka_address(kafka)
        plans = production_topics(replicas) if production else local_topics()
        changes = asyncio.run((compare_topics if dry_run else ensure_topics)(servers, plans))
    except NotRunning as error:
        raise fail(f"{error}, or say where Kafka is with --kafka", NOT_RUNNING) from error
    except (KafkaError, OSError) as error:
        raise fail(f"Kafka does not answer as it should: {error!r}", NOT_RUNNING) from error
    except (TopicError, StackError) as error:
        raise fail(str(error)) from error
    for change in changes:
        _say(change)
    if dry_run:
        _say("nothing was changed" if changes else f"all {len(plans)} topics are as they should be")
    else:
        _say(f"all {len(plans)} topics are there")


def _summary(topic: Topic) -> dict[str, Any]:
    return {
        "name": topic.name,
        "kind": topic.kind,
        "key": topic.key,
        "messages": [message.__name__ for message in topic.messages],
        "written_by": list(topic.written_by),
        "read_by": list(topic.read_by),
        "retention_ms": topic.retention_ms,
        "compacted": topic.compacted,
        "partitions_local": topic.partitions_local,
        "partitions_production": topic.partitions_production,
    }


def _who(names: tuple[str, ...]) -> str:
    """Names separated by commas; edge-* stands for all of edge's processes."""
    if set(EDGE_SERVICES) <= set(names):
        names = (*(name for name in names if name not in EDGE_SERVICES), "edge-*")
    return ", ".join(names)


def _kept(topic: Topic) -> str:
    kept = [] if topic.retention_ms is None else [f"{timedelta(milliseconds=topic.retention_ms).days} days"]
    return ", ".join([*(["the latest per key"] if topic.compacted else []), *kept])


def _summary_of(message: type[BaseModel]) -> str:
    return (message.__doc__ or "").strip().partition("\n")[0]


def _say(line: str) -> None:
    _console.print(line, markup=False, soft_wrap=True)
