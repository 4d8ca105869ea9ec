"""Whatever a record's bytes are, reading it ends in a message, a delete or `Unreadable`, and says why."""

import base64
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tsunagu.contracts.envelope import (
    Decoded,
    Envelope,
    InvalidValues,
    Unreadable,
    decode,
    encode,
    encode_delete,
)
from tsunagu.contracts.messages import Availability, CancelOrder, EraseCustomer, Heartbeat, Product
from tsunagu.contracts.topics import (
    BACKBONE_HEARTBEAT,
    CATALOG_PRODUCTS,
    CUSTOMER_COMMANDS,
    INVENTORY_AVAILABILITY,
    ORDER_COMMANDS,
    PICKUP_CODES,
    POS_SALES,
    TOPICS,
    Topic,
)

from .samples import Sample, golden, golden_samples

Headers = Sequence[tuple[str, bytes | None]]

SAMPLES = golden_samples()
CANCEL = golden(CancelOrder.WIRE_TYPE)
PRODUCT = golden(Product.WIRE_TYPE)
HEARTBEAT = golden(Heartbeat.WIRE_TYPE)


def with_header(sample: Sample, name: str, value: bytes | None) -> Headers:
    """The sample's headers with another value for one of them."""
    return [(header, value if header == name else old) for header, old in sample.headers]


def without_header(sample: Sample, name: str) -> Headers:
    return [(header, value) for header, value in sample.headers if header != name]


def with_values(sample: Sample, **values: Any) -> bytes:
    """The sample's value with other or more fields."""
    return json.dumps({**json.loads(sample.value), **values}).encode()


def reason(topic: Topic, key: bytes | None, value: bytes | None, headers: Headers) -> str:
    with pytest.raises(Unreadable) as unreadable:
        decode(topic, key, value, headers)
    return unreadable.value.reason


def structured(sample: Sample, **attributes: Any) -> bytes:
    """The sample as a structured CloudEvent."""
    headers = {name.removeprefix("ce_"): value.decode() for name, value in sample.headers}
    content_type = headers.pop("content-type")
    event = {**headers, "datacontenttype": content_type, "data": json.loads(sample.value), **attributes}
    return json.dumps({name: value for name, value in event.items() if value is not ...}).encode()


STRUCTURED: Headers = [("content-type", b"application/cloudevents+json; charset=utf-8")]


@pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time"])
def test_decode__a_required_header_is_missing__names_it(name: str) -> None:
    with pytest.raises(Unreadable, match=name) as unreadable:
        decode(ORDER_COMMANDS, CANCEL.key, CANCEL.value, without_header(CANCEL, name))
    assert unreadable.value.reason == "header_missing"


CE_HEADERS = [name for name, _ in CANCEL.headers if name.startswith("ce_")]


@pytest.mark.parametrize("name", [*CE_HEADERS, "content-type"])
def test_decode__a_header_is_null_not_utf8_or_there_twice__names_it(name: str) -> None:
    for headers, expected in [
        (with_header(CANCEL, name, None), "header_null"),
        (with_header(CANCEL, name, b"\xff\xfe"), "header_encoding"),
        ([*CANCEL.headers, (name, b"again")], "header_duplicate"),
    ]:
        with pytest.raises(Unreadable, match=name) as unreadable:
            decode(ORDER_COMMANDS, CANCEL.key, CANCEL.value, headers)
        assert unreadable.value.reason == expected


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("ce_id", b"", "header_invalid"),
        ("ce_id", b"a" * 101, "header_invalid"),
        ("ce_id", b"a\nb", "header_invalid"),
        ("ce_source", b"s" * 513, "header_invalid"),
        ("ce_specversion", b"0.3", "specversion"),
        ("ce_time", b"yesterday", "header_invalid"),
        ("ce_time", b"2026-04-01T03:15:00", "header_invalid"),
        ("ce_time", b"1969-12-31T23:59:59Z", "header_invalid"),
        ("ce_time", b"1970-01-01T08:59:59+09:00", "header_invalid"),
        ("ce_time", b"9999-12-31T23:59:59-12:00", "header_invalid"),
        ("ce_time", b"0001-01-01T00:00:00+09:00", "header_invalid"),
        ("ce_time", b"2026-04-01T09:30:00+99:00", "header_invalid"),
        ("ce_time", b"2026-04-01T09:30:00 Asia/Nowhere", "header_invalid"),
        ("ce_type", b"tsunagu.order.burn.v1", "type_unknown"),
        ("ce_type", b"tsunagu.product.v1", "type_not_of_topic"),
        ("ce_partitionkey", b"another", "key_mismatch"),
        ("content-type", b"application/avro", "content_type"),
    ],
)
def test_decode__a_header_says_something_else__is_unreadable(name: str, value: bytes, expected: str) -> None:
    headers = with_header(CANCEL, name, value)
    assert reason(ORDER_COMMANDS, CANCEL.key, CANCEL.value, headers) == expected


@pytest.mark.parametrize(
    ("key", "expected"),
    [(None, "key_missing"), (b"", "key_missing"), (b"\xff", "key_encoding"), (b"a\x00b", "key_invalid")],
)
def test_decode__no_key_that_can_be_read__is_unreadable(key: bytes | None, expected: str) -> None:
    assert reason(ORDER_COMMANDS, key, CANCEL.value, CANCEL.headers) == expected


def test_decode__the_key_is_not_the_messages__is_unreadable() -> None:
    headers = without_header(CANCEL, "ce_partitionkey")
    assert reason(ORDER_COMMANDS, b"another-order", CANCEL.value, headers) == "key_mismatch"


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"{",
        b"\x00\x01",
        b"[]",
        b'"text"',
        b"null",
        b"{}{}",
        b"\xff{}",
        b'{"a":' * 100_000,
        with_values(HEARTBEAT, unknown=float("nan")),
        with_values(HEARTBEAT, unknown=[float("-inf")]),
        HEARTBEAT.value[:-1] + b',"unknown":' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    ],
    ids=lambda value: repr(value)[:40],
)
def test_decode__the_value_is_no_json_object__is_unreadable(value: bytes) -> None:
    assert reason(BACKBONE_HEARTBEAT, HEARTBEAT.key, value, HEARTBEAT.headers) == "json"


def test_decode__the_words_nan_and_infinity_in_a_text__are_only_words() -> None:
    value = with_values(HEARTBEAT, unknown="NaN Infinity")
    assert decode(BACKBONE_HEARTBEAT, HEARTBEAT.key, value, HEARTBEAT.headers).message is not None


def test_decode__a_value_of_two_megabytes__is_unreadable() -> None:
    value = with_values(HEARTBEAT, unknown="x" * 2_000_000)
    assert reason(BACKBONE_HEARTBEAT, HEARTBEAT.key, value, HEARTBEAT.headers) == "too_large"


def test_decode__a_null_value__deletes_on_state_topics_only() -> None:
    assert reason(ORDER_COMMANDS, CANCEL.key, None, CANCEL.headers) == "null_value"
    decoded = decode(CATALOG_PRODUCTS, PRODUCT.key, None, PRODUCT.headers)
    assert decoded.message is None
    assert decoded.key == PRODUCT.key.decode()
    code = golden("tsunagu.pickup.code.v1")
    assert decode(PICKUP_CODES, code.key, None, code.headers).message is None


def test_encode_delete__comes_back_as_a_delete_of_its_key() -> None:
    envelope = decode(CATALOG_PRODUCTS, PRODUCT.key, PRODUCT.value, PRODUCT.headers).envelope
    record = encode_delete(envelope, PRODUCT.key.decode())
    assert record.value is None
    assert decode(CATALOG_PRODUCTS, record.key, record.value, record.headers) == Decoded(
        envelope, PRODUCT.key.decode(), None
    )


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"lines": [{"line_id": "1", "quantity": 0}]}, "lines.0.quantity"),
        ({"lines": [{"line_id": "1", "quantity": "2"}]}, "lines.0.quantity"),
        ({"lines": [{"line_id": "1", "quantity": 2_000_000}]}, "lines.0.quantity"),
        ({"occurred_at": "2026-04-01T03:15:00"}, "occurred_at"),
        ({"occurred_at": 1_775_000_000}, "occurred_at"),
        ({"reason": None}, "reason"),
        ({"staff_ref": "someone@example.com"}, "staff_ref"),
    ],
    ids=str,
)
def test_decode__forbidden_values__are_refusable_and_name_the_field(
    values: dict[str, Any], field: str
) -> None:
    with pytest.raises(InvalidValues, match=field) as invalid:
        decode(ORDER_COMMANDS, CANCEL.key, with_values(CANCEL, **values), CANCEL.headers)
    assert invalid.value.reason == "invalid"
    assert invalid.value.message_type is CancelOrder
    assert invalid.value.envelope.id == dict(CANCEL.headers)["ce_id"].decode()
    assert invalid.value.key == CANCEL.key.decode()
    assert invalid.value.identity == json.loads(CANCEL.value)["cancel_id"]


@pytest.mark.parametrize("cancel_id", [None, 7, "", "x" * 101, "a\x00b"], ids=repr)
def test_decode__forbidden_values_and_no_id_that_can_be_read__has_no_identity(cancel_id: Any) -> None:
    with pytest.raises(InvalidValues) as invalid:
        decode(ORDER_COMMANDS, CANCEL.key, with_values(CANCEL, cancel_id=cancel_id), CANCEL.headers)
    assert invalid.value.identity is None


@pytest.mark.parametrize("secret", ["090-1234-5678", "2026-13-45T99:99:99Z", "x@y"])
def test_decode__what_is_wrong__never_shows_the_contents(secret: str) -> None:
    for field in ("occurred_at", "staff_ref", "lines", "reason"):
        with pytest.raises(Unreadable) as unreadable:
            decode(ORDER_COMMANDS, CANCEL.key, with_values(CANCEL, **{field: f"{secret}@"}), CANCEL.headers)
        assert secret not in str(unreadable.value)


def test_decode__only_what_cloudevents_requires__fills_the_rest() -> None:
    required = {"ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time"}
    headers = [(name, value) for name, value in CANCEL.headers if name in required]
    envelope = decode(ORDER_COMMANDS, CANCEL.key, CANCEL.value, headers).envelope
    assert envelope.correlation_id == envelope.id
    assert envelope.subject == envelope.partition_key == CANCEL.key.decode()
    assert envelope.causation_id is None
    assert envelope.traceparent is None


@pytest.mark.parametrize("traceparent", [None, b"", b"\xff", b"00-zz", b"x" * 10_000])
def test_decode__a_broken_trace__loses_the_trace_and_not_the_message(traceparent: bytes | None) -> None:
    headers = with_header(CANCEL, "traceparent", traceparent)
    decoded = decode(ORDER_COMMANDS, CANCEL.key, CANCEL.value, headers)
    assert decoded.envelope.traceparent is None
    assert decoded.message is not None


def test_decode__headers_of_others__do_not_matter() -> None:
    others: Headers = [
        ("__dlq.errors.topic", b"pos.sales"),
        ("x", None),
        ("x", b"\xff"),
        ("ce_other", None),
        ("ce_other", b""),
    ]
    decoded = decode(ORDER_COMMANDS, CANCEL.key, CANCEL.value, [*others, *CANCEL.headers])
    assert decoded == decode(ORDER_COMMANDS, CANCEL.key, CANCEL.value, CANCEL.headers)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_decode__structured_mode__reads_the_same(sample: Sample) -> None:
    topic = sample.topics[0]
    binary = decode(topic, sample.key, sample.value, sample.headers)
    assert decode(topic, sample.key, structured(sample), STRUCTURED) == binary
    assert decode(topic, sample.key, structured(sample, extension="", other=7), STRUCTURED) == binary
    data = base64.b64encode(sample.value).decode()
    assert decode(topic, sample.key, structured(sample, data=..., data_base64=data), STRUCTURED) == binary


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "null_value"),
        (b"[]", "json"),
        (b"{", "json"),
        (structured(CANCEL, data=...), "json"),
        (structured(CANCEL, data=[1]), "json"),
        (structured(CANCEL, data=..., data_base64="?"), "json"),
        (structured(CANCEL, data=..., data_base64=7), "json"),
        (structured(CANCEL, id=7), "header_encoding"),
        (structured(CANCEL, id=...), "header_missing"),
        (structured(CANCEL, type="tsunagu.product.v1"), "type_not_of_topic"),
        (structured(CANCEL, partitionkey="another"), "key_mismatch"),
        (structured(CANCEL, datacontenttype="text/plain"), "content_type"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_decode__structured_mode_that_is_wrong__is_unreadable(value: bytes | None, expected: str) -> None:
    assert reason(ORDER_COMMANDS, CANCEL.key, value, STRUCTURED) == expected


def test_decode__a_persons_ref_in_the_key__may_be_spelt_as_its_writer_does() -> None:
    sample = golden(EraseCustomer.WIRE_TYPE)
    value = with_values(sample, customer_ref="ＣＡＲＤ:4005 ")
    headers = [header for header in sample.headers if header[0] not in ("ce_subject", "ce_partitionkey")]

    decoded = decode(CUSTOMER_COMMANDS, "ＣＡＲＤ:4005 ".encode(), value, headers)

    assert isinstance(decoded.message, EraseCustomer)
    assert decoded.message.customer_ref == "card:4005"
    assert reason(CUSTOMER_COMMANDS, b"card:4006", value, headers) == "key_mismatch"


def test_decode__a_key_of_several_fields_that_is_another__is_unreadable() -> None:
    sample = golden(Availability.WIRE_TYPE)
    headers = [header for header in sample.headers if header[0] not in ("ce_subject", "ce_partitionkey")]

    assert reason(INVENTORY_AVAILABILITY, b"S999:of-another", sample.value, headers) == "key_mismatch"


def test_decode__an_order_id_in_the_key__is_compared_exactly() -> None:
    headers = [header for header in CANCEL.headers if header[0] not in ("ce_subject", "ce_partitionkey")]
    value = with_values(CANCEL, order_id="Order-1")

    assert reason(ORDER_COMMANDS, b"order-1", value, headers) == "key_mismatch"


def test_encode__a_message_that_the_broker_would_refuse__is_refused_before_it_is_sent() -> None:
    task = golden("tsunagu.task.v1")
    decoded = decode(task.topics[0], task.key, task.value, task.headers)
    assert decoded.message is not None
    line = json.loads(task.value)["lines"][0] | {"allocation_id": "x" * 100, "line_id": "y" * 100}
    large = type(decoded.message).model_validate(json.loads(task.value) | {"lines": [line] * 5_000})
    with pytest.raises(ValueError, match=r"Split it into several messages"):
        encode(decoded.envelope, large)


@pytest.mark.parametrize(
    "values",
    [{"id": ""}, {"id": "x" * 101}, {"source": "a\nb"}, {"causation_id": ""}, {"correlation_id": "x" * 600}],
    ids=str,
)
def test_encode__an_envelope_that_no_reader_would_take__is_refused(values: dict[str, Any]) -> None:
    cancel = decode(ORDER_COMMANDS, CANCEL.key, CANCEL.value, CANCEL.headers)
    assert cancel.message is not None
    with pytest.raises(ValueError, match="no reader would take"):
        encode(cancel.envelope._replace(**values), cancel.message)


def test_encode__a_naive_time__is_refused() -> None:
    cancel = decode(ORDER_COMMANDS, CANCEL.key, CANCEL.value, CANCEL.headers)
    assert cancel.message is not None
    with pytest.raises(ValueError, match="offset from UTC"):
        encode(cancel.envelope._replace(time=cancel.envelope.time.replace(tzinfo=None)), cancel.message)


def test_encode__an_envelope_of_another_message__is_refused() -> None:
    cancel = decode(ORDER_COMMANDS, CANCEL.key, CANCEL.value, CANCEL.headers)
    product = decode(CATALOG_PRODUCTS, PRODUCT.key, PRODUCT.value, PRODUCT.headers)
    assert product.message is not None
    with pytest.raises(ValueError, match="can't carry"):
        encode(cancel.envelope, product.message)
    other_key = Envelope.for_message(
        product.message.model_copy(update={"sku": "another"}),
        id="1",
        source="test",
        time=cancel.envelope.time,
    )
    with pytest.raises(ValueError, match="partition key"):
        encode(other_key, product.message)


ANY_HEADERS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from([*CE_HEADERS, "content-type", "traceparent"]), st.text(max_size=20)),
        st.one_of(st.none(), st.binary(max_size=50), st.sampled_from([value for _, value in CANCEL.headers])),
    ),
    max_size=14,
)
ANY_JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def read_or_refused(topic: Topic, key: bytes | None, value: bytes | None, headers: Headers) -> None:
    """The rule: nothing but Unreadable is ever raised, and it says why."""
    try:
        decoded = decode(topic, key, value, headers)
    except Unreadable as unreadable:
        assert unreadable.reason
        assert unreadable.detail
    else:
        assert decoded.message is None or decoded.message.record_key() == decoded.key


@settings(max_examples=300, deadline=None)
@given(
    topic=st.sampled_from(TOPICS),
    key=st.one_of(st.none(), st.binary(max_size=30)),
    value=st.one_of(st.none(), st.binary(max_size=200)),
    headers=ANY_HEADERS,
)
def test_decode__any_bytes__never_raises_anything_else(
    topic: Topic, key: bytes | None, value: bytes | None, headers: Headers
) -> None:
    read_or_refused(topic, key, value, headers)


@settings(max_examples=400, deadline=None)
@given(sample=st.sampled_from(SAMPLES), data=st.data())
def test_decode__any_damage_to_a_good_record__never_raises_anything_else(
    sample: Sample, data: st.DataObject
) -> None:
    value, headers = bytearray(sample.value), list[tuple[str, bytes | None]](sample.headers)
    for position in data.draw(st.lists(st.integers(0, len(value) - 1), max_size=4)):
        value[position] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        position = data.draw(st.integers(0, len(headers) - 1))
        headers[position] = (headers[position][0], data.draw(st.one_of(st.none(), st.binary(max_size=40))))
    read_or_refused(sample.topics[0], sample.key, bytes(value), headers)


@settings(max_examples=400, deadline=None)
@given(sample=st.sampled_from(SAMPLES), data=st.data(), content=ANY_JSON, as_event=st.booleans())
def test_decode__any_json_in_any_field__never_raises_anything_else(
    sample: Sample, data: st.DataObject, content: Any, as_event: bool
) -> None:
    value = json.loads(sample.value)
    value[data.draw(st.sampled_from(sorted(value)))] = content
    if as_event:
        read_or_refused(sample.topics[0], sample.key, structured(sample, data=value), STRUCTURED)
    else:
        read_or_refused(sample.topics[0], sample.key, json.dumps(value).encode(), sample.headers)


@settings(max_examples=200, deadline=None)
@given(attribute=st.sampled_from(["id", "type", "time", "subject", "data", "x"]), content=ANY_JSON)
def test_decode__any_json_in_any_attribute__never_raises_anything_else(attribute: str, content: Any) -> None:
    read_or_refused(ORDER_COMMANDS, CANCEL.key, structured(CANCEL, **{attribute: content}), STRUCTURED)


def test_decode__a_sale_with_two_lines_of_one_id__is_invalid() -> None:
    sale = golden("tsunagu.sale.recorded.v1")
    line = json.loads(sale.value)["lines"][0]
    with pytest.raises(InvalidValues, match="same line_id"):
        decode(POS_SALES, sale.key, with_values(sale, lines=[line, line]), sale.headers)
