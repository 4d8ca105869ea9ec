"""Today's models read every record that was ever published, and write it back unchanged."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagu.contracts.envelope import Envelope, decode, encode
from tsunagu.contracts.topics import MESSAGE_BY_WIRE_TYPE

from .samples import Sample, golden_samples, messages

SAMPLES = golden_samples()
EVERY_SAMPLE = pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)


def test_golden__every_message__has_a_sample() -> None:
    sampled = {sample.message_type for sample in SAMPLES}
    missing = [message.__name__ for message in MESSAGE_BY_WIRE_TYPE.values() if message not in sampled]
    assert not missing, f"write a golden sample for {', '.join(missing)}"


@EVERY_SAMPLE
def test_golden__a_published_record__is_read_on_each_of_its_topics(sample: Sample) -> None:
    for topic in sample.topics:
        decoded = decode(topic, sample.key, sample.value, sample.headers)
        assert isinstance(decoded.message, sample.message_type)
        assert decoded.key == decoded.message.record_key() == sample.key.decode()


@EVERY_SAMPLE
def test_golden__a_published_record__is_written_back_with_all_that_was_in_it(sample: Sample) -> None:
    decoded = decode(sample.topics[0], sample.key, sample.value, sample.headers)
    assert decoded.message is not None
    record = encode(decoded.envelope, decoded.message)
    assert record.key == sample.key
    assert dict(record.headers) == dict(sample.headers)
    assert record.value is not None
    published = json.loads(sample.value)
    assert _without_what_came_later(json.loads(record.value), published) == published


def _without_what_came_later(written: Any, published: Any) -> Any:
    """A value without the fields that its class was given after the sample was published: they have defaults."""
    match written, published:
        case dict(), dict():
            return {
                name: _without_what_came_later(value, published[name])
                for name, value in written.items()
                if name in published
            }
        case list(), list() if len(written) == len(published):
            return [_without_what_came_later(*pair) for pair in zip(written, published, strict=True)]
        case _:
            return written


@EVERY_SAMPLE
def test_golden__a_newer_writer_adds_a_field__is_read_all_the_same(sample: Sample) -> None:
    value = json.dumps({**json.loads(sample.value), "added_later": [{"a": 1}]}).encode()
    known = decode(sample.topics[0], sample.key, sample.value, sample.headers)
    assert decode(sample.topics[0], sample.key, value, sample.headers) == known


@pytest.mark.parametrize("wire_type", sorted(MESSAGE_BY_WIRE_TYPE))
@settings(max_examples=10, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_codec__any_message_of_the_type__comes_back_equal(wire_type: str, data: st.DataObject) -> None:
    message_type = MESSAGE_BY_WIRE_TYPE[wire_type]
    message = data.draw(messages(message_type))
    sample = next(sample for sample in SAMPLES if sample.message_type is message_type)
    template = decode(sample.topics[0], sample.key, sample.value, sample.headers).envelope
    envelope = Envelope.for_message(
        message, id=template.id, source=template.source, time=template.time, causation_id="cause"
    )
    record = encode(envelope, message)
    decoded = decode(sample.topics[0], record.key, record.value, record.headers)
    assert decoded.message == message
    assert decoded.envelope == envelope
