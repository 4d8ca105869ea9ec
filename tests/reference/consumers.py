"""Who reads what, as the code has it: each service's handlers, and who beside the services may subscribe."""

import importlib
from dataclasses import dataclass
from functools import cache

from tsunagu.chassis import Service
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import SERVICES, TOPICS, Topic


@dataclass(frozen=True, slots=True)
class Consumer:
    """Who reads a message on a topic. `function`: which one takes it; None: an outside system, by its right to read."""

    name: str
    topic: Topic
    function: str | None

    def __str__(self) -> str:
        return self.name if self.function is None else f"{self.name} ({self.function})"


def service_of(name: str) -> Service:
    """A service by its name in the contracts."""
    service: Service = importlib.import_module(f"{name.replace('-', '.')}.app").SERVICE
    return service


def consumers_of(message: type[Message]) -> list[Consumer]:
    """Everybody who reads a message, topic by topic; a service that passes the type over does not read it."""
    return [
        consumer
        for topic in TOPICS
        if message in topic.messages
        for consumer in (*_handlers(message, topic), *_outside(topic))
    ]


def lines_of(message: type[Message]) -> list[str]:
    """The consumers of a message, a line for each topic."""
    by_topic: dict[str, list[str]] = {}
    for consumer in consumers_of(message):
        by_topic.setdefault(consumer.topic.name, []).append(str(consumer))
    return [f"{topic}: {', '.join(names)}" for topic, names in by_topic.items()]


@cache
def _services() -> dict[str, Service]:
    return {name: service_of(name) for name in SERVICES}


def _handlers(message: type[Message], topic: Topic) -> list[Consumer]:
    found = []
    for name, service in _services().items():
        subscription = service.subscription_to(topic.name)
        handler = subscription.handler_of.get(message) if subscription else None
        if handler is not None:
            function = getattr(handler.handle, "__qualname__", repr(handler.handle)).replace(".<locals>", "")
            found.append(Consumer(name, topic, f"{handler.handle.__module__}.{function}"))
    return found


def _outside(topic: Topic) -> list[Consumer]:
    return [Consumer(name, topic, None) for name in topic.read_by if name not in SERVICES]
