"""The table of topics hangs together, and Kafka is told what it says."""

import pytest

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Command, Event, Fact, Message, State
from tsunagu.contracts.topics import (
    CATALOG_PRODUCTS,
    CUSTOMER_COMMANDS,
    INVENTORY_COMMANDS,
    MESSAGE_BY_WIRE_TYPE,
    ORDER_COMMANDS,
    ORDER_EVENTS,
    ORDER_LINKS,
    PICKUP_CODES,
    PICKUP_COMMANDS,
    SERVICES,
    TOPICS,
    Topic,
    dead_letters,
    topic_of,
)

DAY_MS = 86_400_000
EVERY_MESSAGE = pytest.mark.parametrize(
    "message", MESSAGE_BY_WIRE_TYPE.values(), ids=lambda message: message.__name__
)


def test_topics__names_and_wire_types__are_unique() -> None:
    assert len({topic.name for topic in TOPICS}) == len(TOPICS)
    messages = {message for topic in TOPICS for message in topic.messages}
    assert len({message.WIRE_TYPE for message in messages}) == len(messages)


def test_topics__every_message_of_the_package__travels_somewhere() -> None:
    assert {getattr(m, name) for name in m.__all__} == set(MESSAGE_BY_WIRE_TYPE.values())


@EVERY_MESSAGE
def test_messages__wire_type__is_written_on_the_class_itself(message: type[Message]) -> None:
    assert "WIRE_TYPE" in vars(message)
    assert message.WIRE_TYPE.startswith("tsunagu.")
    assert message.WIRE_TYPE.endswith(".v1")


@EVERY_MESSAGE
def test_messages__key_and_identity__are_fields(message: type[Message]) -> None:
    assert message.KEY
    for field in message.KEY:
        assert field in message.model_fields or isinstance(getattr(message, field), property)
    assert set(message.IDENTITY) <= set(message.model_fields)
    assert bool(message.IDENTITY) == issubclass(message, Command | Fact)


def test_topics__kinds__carry_what_they_say() -> None:
    expected = {
        "commands": Command | Fact,
        "facts": Fact,
        "events": Event,
        "state": State,
        "secret": State,
    }
    for topic in TOPICS:
        assert (topic.kind == "dead_letters") == (not topic.messages)
        for message in topic.messages:
            assert issubclass(message, expected[topic.kind]), f"{message.__name__} on {topic.name}"


def test_messages__the_facts_on_command_topics__are_the_agreed_ones() -> None:
    on_command_topics = {
        message for topic in TOPICS if topic.kind == "commands" for message in topic.messages
    }
    assert {message for message in on_command_topics if issubclass(message, Fact)} == {
        m.AnnounceDelivery,
        m.ReceiveStock,
        m.AdjustStock,
        m.CountStock,
        m.ReturnItems,
        m.ConfirmPick,
        m.ReportShortPick,
        m.ConfirmPutAway,
        m.ShipTransfer,
        m.ReceiveTransfer,
        m.ShipParcel,
        m.ReportTracking,
        m.ReportShipmentTracking,
        m.ConfirmDelivery,
    }


def test_topics__answers_to_commands__can_be_on_every_topic_of_a_commands_reader() -> None:
    for commands in (topic for topic in TOPICS if topic.kind == "commands"):
        answers = f"{commands.name.removesuffix('.commands')}.events"
        (events,) = (topic for topic in TOPICS if topic.name == answers)
        assert {m.CommandRefused, m.CommandAccepted} <= set(events.messages)


@pytest.mark.parametrize(
    ("message", "topic"),
    [
        (m.PlaceOrder, ORDER_COMMANDS),
        (m.OrderPlaced, ORDER_EVENTS),
        (m.HoldStock, INVENTORY_COMMANDS),
        (m.HandOver, PICKUP_COMMANDS),
        (m.Product, CATALOG_PRODUCTS),
    ],
)
def test_topic_of__a_message_of_one_topic__is_that_topic(message: type[Message], topic: object) -> None:
    assert topic_of(message) is topic


@pytest.mark.parametrize("message", [m.CommandRefused, m.CommandAccepted, m.Task])
def test_topic_of__a_message_of_several_topics__asks_for_the_topic(message: type[Message]) -> None:
    with pytest.raises(ValueError, match=r"several topics.*name the one you mean"):
        topic_of(message)


def test_topic_of__a_message_of_no_topic__says_where_to_add_it() -> None:
    with pytest.raises(ValueError, match=r"add it to one in tsunagu\.contracts\.topics"):
        topic_of(Message)


def test_dead_letters__each_service__has_its_own_topic() -> None:
    assert {dead_letters(service).name for service in SERVICES} == {f"dlq.{service}" for service in SERVICES}
    with pytest.raises(ValueError, match="no service 'billing'"):
        dead_letters("billing")


@pytest.mark.parametrize(
    ("topic", "policy", "days"),
    [
        (ORDER_EVENTS, "delete", 30),
        (ORDER_COMMANDS, "delete", 7),
        (CUSTOMER_COMMANDS, "delete", 3),
        (dead_letters("customer"), "delete", 3),
        (dead_letters("order"), "delete", 90),
        (PICKUP_CODES, "compact,delete", 14),
        (ORDER_LINKS, "compact,delete", 14),
        (CATALOG_PRODUCTS, "compact", None),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_kafka_config__retention_and_compaction__are_as_agreed(
    topic: Topic, policy: str, days: int | None
) -> None:
    config = topic.kafka_config()
    assert config["cleanup.policy"] == policy
    assert config["retention.ms"] == ("-1" if days is None else str(days * DAY_MS))
    # A dead letter has the largest record in it, and beside it the headers that say why.
    assert config["max.message.bytes"] == ("2097152" if topic.kind == "dead_letters" else "1048576")
    assert ("delete.retention.ms" in config) == ("compact" in policy)


def test_topics__pickup_codes__are_read_by_nobody_but_customer_and_the_doors_that_show_them() -> None:
    assert set(PICKUP_CODES.read_by) == {"customer", "edge-partner", "edge-shopper"}


def test_topics__order_links__are_written_by_order_and_read_by_whom_they_open_something_for() -> None:
    assert ORDER_LINKS.written_by == ("order",)
    assert set(ORDER_LINKS.read_by) == {"customer", "edge-shopper"}
    assert ORDER_LINKS.kind == "secret"
