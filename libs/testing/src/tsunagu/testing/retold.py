"""What every service with state topics promises for the day on which Kafka is gone."""

import json
from typing import Any

from tsunagu.contracts.envelope import Record
from tsunagu.contracts.topics import TOPICS
from tsunagu.testing.harness import Harness

_WHEN_IT_WAS_SAID = {"as_of", "updated_at"}


async def assert_state_is_retold(service: Harness) -> None:
    """Every state topic that the service owns is told again as it was: the same keys, each with what it held.

    Of a secret topic the values are new ones, so only the keys are compared. A version may be higher, never lower, and
    when something was said may be another time. Fails where a topic of the service has nothing to tell.
    """
    before = {
        topic: {key: record for key, record in records.items() if record.value is not None}
        for topic, records in service.compacted.items()
    }
    owned = {retelling.topic.name for retelling in service.service.retellings}
    assert set(before) == owned, (
        "the test lets every topic of the service have something, and there is no other"
    )
    told = _latest(await service.retell())
    for topic, records in before.items():
        assert records, f"{topic} holds something"
        assert told[topic].keys() == records.keys(), topic
        for key, was in records.items():
            _assert_same(topic, was, told[topic][key])


def _latest(sent: list[tuple[str, Record]]) -> dict[str, dict[bytes, Record]]:
    told: dict[str, dict[bytes, Record]] = {}
    for topic, record in sent:
        told.setdefault(topic, {})[record.key] = record
    return told


def _assert_same(topic: str, was: Record, told: Record) -> None:
    old, new = _body(was), _body(told)
    assert new["version"] >= old["version"], topic
    if topic not in _SECRET:
        said = {"version", *_WHEN_IT_WAS_SAID}
        assert {n: v for n, v in new.items() if n not in said} == {
            n: v for n, v in old.items() if n not in said
        }, topic


def _body(record: Record) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(record.value or b"{}")
    return body


_SECRET = {topic.name for topic in TOPICS if topic.kind == "secret"}
