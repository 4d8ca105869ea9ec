"""The AsyncAPI document and the pages of messages say what the contracts, the samples and the code say."""

import json
import re
from typing import Any

import pytest
from faststream.specification.asyncapi.v3_0_0.schema import ApplicationSchema

from tsunagu.contracts import messages as m
from tsunagu.contracts.message import Message
from tsunagu.contracts.topics import CUSTOMER_COMMANDS, MESSAGE_BY_WIRE_TYPE, PICKUP_CODES, TOPICS, topic_of

from .asyncapi import document
from .catalogue import personal_data_of
from .message_pages import pages


@pytest.fixture(scope="module")
def whole() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(document()))
    return made


def references(node: Any) -> list[str]:
    """All references in a document; a field that is called $ref there is none."""
    if isinstance(node, list):
        return [found for item in node for found in references(item)]
    if not isinstance(node, dict):
        return []
    mine = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
    return mine + [found for value in node.values() for found in references(value)]


def test_document__is_asyncapi_3(whole: dict[str, Any]) -> None:
    assert ApplicationSchema.model_validate(whole).asyncapi == "3.0.0"


def test_document__every_reference_leads_somewhere(whole: dict[str, Any]) -> None:
    for reference in set(references(whole)):
        node: Any = whole
        for name in reference.removeprefix("#/").split("/"):
            assert name in node, reference
            node = node[name]


def test_document__has_every_message_with_examples_that_its_readers_read(whole: dict[str, Any]) -> None:
    told = whole["components"]["messages"]
    assert {one["name"] for one in told.values()} == set(MESSAGE_BY_WIRE_TYPE)
    for one in told.values():
        assert one["examples"]
        for example in one["examples"]:
            MESSAGE_BY_WIRE_TYPE[one["name"]].model_validate_json(json.dumps(example["payload"]))


def test_document__who_receives__takes_the_message_and_not_all_of_the_topic(whole: dict[str, Any]) -> None:
    received = whole["operations"]["order.receives.inventory.events"]["messages"]
    names = {reference["$ref"].rpartition("/")[2] for reference in received}
    assert names == {"StockReserved", "StockRejected"}
    assert "order.sends.order.events" in whole["operations"]


def test_pages__each_message_has_its_section_with_all_that_a_reader_asks() -> None:
    made = pages()
    for topic in TOPICS:
        if not topic.messages:
            continue
        assert f"[{topic.name}]({topic.name}.md)" in made["index.md"]
        sections = re.split(r"^## ", made[f"{topic.name}.md"], flags=re.MULTILINE)[1:]
        assert [section.split("\n", 1)[0] for section in sections] == [one.__name__ for one in topic.messages]
        for section in sections:
            for row in ("type", "key", "producers", "consumers", "personal data", "kept", "grew by"):
                assert f"\n| {row} | " in section
            assert "```json\n" in section


@pytest.mark.parametrize(
    ("message", "personal"),
    [
        (m.IdentifyCustomer, "sealed"),
        (m.PickupCode, "secret"),
        (m.OrderPlaced, "refs"),
        (m.CountStock, "staff"),
        (m.Availability, "none"),
    ],
)
def test_personal_data__is_the_strongest_class_in_a_message(message: type[Message], personal: str) -> None:
    assert personal_data_of(message, topic_of(message)).split(":")[0] == personal


def test_personal_data__topics_for_few__carry_it() -> None:
    for topic in (CUSTOMER_COMMANDS, PICKUP_CODES):
        assert any(personal_data_of(one, topic) != "none" for one in topic.messages)
