"""The AsyncAPI 3 document of the whole system: every topic, every message, who sends and who receives."""

from typing import Any

from pydantic.json_schema import models_json_schema

from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import MESSAGE_BY_WIRE_TYPE, TOPICS, Topic

from .catalogue import examples_of, kept, owner_of, personal_data_of, sentence_of
from .consumers import consumers_of

_CLOUD_EVENT = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "content-type"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "With ce_source it identifies the message for ever."},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string", "description": "Who says it."},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_subject": {"type": "string"},
        "ce_partitionkey": {"type": "string"},
        "ce_correlationid": {"type": "string"},
        "ce_causationid": {"type": "string", "description": "The message that this one follows from."},
        "traceparent": {"type": "string"},
        "content-type": {"const": "application/json"},
    },
}


def document() -> dict[str, Any]:
    """The document, ready for JSON."""
    messages = list(MESSAGE_BY_WIRE_TYPE.values())
    payloads, definitions = models_json_schema(
        [(message, "validation") for message in messages], ref_template="#/components/schemas/{model}"
    )
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Tsunagu",
            "version": "1.0.0",
            "description": "The event backbone of a retailer: topics are the only link between systems.",
            "license": {"name": "Apache-2.0"},
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in TOPICS if topic.messages},
        "operations": dict(
            operation for topic in TOPICS if topic.messages for operation in _operations(topic)
        ),
        "components": {
            "messages": {
                message.__name__: _message(message, payloads[(message, "validation")]) for message in messages
            },
            "schemas": {"CloudEvent": _CLOUD_EVENT, **definitions.get("$defs", {})},
        },
    }


def _channel(topic: Topic) -> dict[str, Any]:
    config = topic.kafka_config()
    return {
        "address": topic.name,
        "title": topic.name,
        "description": f"Owner: {owner_of(topic)}. Key: {topic.key}. Kept: {kept(topic)}.",
        "messages": {
            one.__name__: {"$ref": f"#/components/messages/{one.__name__}"} for one in topic.messages
        },
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions_production,
                "topicConfiguration": {
                    "cleanup.policy": config["cleanup.policy"].split(","),
                    "retention.ms": int(config["retention.ms"]),
                    "max.message.bytes": int(config["max.message.bytes"]),
                },
                "bindingVersion": "0.5.0",
            }
        },
    }


def _operations(topic: Topic) -> list[tuple[str, dict[str, Any]]]:
    """What each system does with a topic: `order.sends.order.events`."""
    found = [
        (f"{who}.sends.{topic.name}", _operation(topic, "send", topic.messages)) for who in topic.written_by
    ]
    for who in topic.read_by:
        taken = [
            message
            for message in topic.messages
            if any(one.name == who and one.topic is topic for one in consumers_of(message))
        ]
        found.append((f"{who}.receives.{topic.name}", _operation(topic, "receive", taken)))
    return [(name, operation) for name, operation in found if operation["messages"]]


def _operation(topic: Topic, action: str, messages: Any) -> dict[str, Any]:
    channel = f"#/channels/{topic.name}"
    return {
        "action": action,
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{message.__name__}"} for message in messages],
    }


def _message(message: type[Message], payload: Any) -> dict[str, Any]:
    topics = [topic for topic in TOPICS if message in topic.messages]
    return {
        "name": message.WIRE_TYPE,
        "title": message.__name__,
        "summary": sentence_of(message),
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEvent"},
        "payload": payload,
        "bindings": {"kafka": {"key": {"type": "string"}, "bindingVersion": "0.5.0"}},
        "examples": [
            {"name": example.shows or "first", "headers": example.headers, "payload": example.value}
            for example in examples_of(message)
        ],
        "x-tsunagu": {
            "key": list(message.KEY),
            "identity": list(message.IDENTITY),
            "personal-data": personal_data_of(message, topics[0]),
            "consumers": sorted({consumer.name for consumer in consumers_of(message)}),
        },
    }
