"""Headers, offsets and queries: the parts that need no server."""

from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.record.default_records import DefaultRecordBatch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from tsunagu.chassis.error_text import safe_text
from tsunagu.chassis.headers import pack, unpack
from tsunagu.chassis.offsets import BeginLog, GoOn, LogId, NewsLost, Recorded, where_to_read
from tsunagu.chassis.partitioning import partition_of
from tsunagu.chassis.queries import Queries
from tsunagu.chassis.record_batch import pack as pack_batch
from tsunagu.chassis.record_batch import pack_parted, stamp
from tsunagu.chassis.record_batch import unpack as unpack_batch
from tsunagu.contracts.envelope import Record

LOG, OTHER = LogId("c1", UUID(int=1)), LogId("c1", UUID(int=2))
names = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(names, st.none() | st.binary(max_size=30)), max_size=8))
def test_headers__any_names_and_values__come_back(headers: list[tuple[str, bytes | None]]) -> None:
    assert unpack(pack(headers)) == headers


outgoing = st.builds(
    Record,
    st.binary(min_size=1, max_size=20),
    st.none() | st.binary(max_size=200),
    st.lists(st.tuples(names, st.none() | st.binary(max_size=30)), max_size=4),
)


@given(st.lists(outgoing, min_size=1, max_size=20), st.integers(100, 2_000))
def test_record_batch__any_messages__come_back_in_order_whole_and_in_parts(
    messages: list[Record], bytes_max: int
) -> None:
    assert unpack_batch(pack_batch(messages)) == messages
    parts = list(pack_parted(messages, bytes_max))
    assert [message for _, batch in parts for message in unpack_batch(batch)] == messages
    for count, batch in parts:
        assert len(unpack_batch(batch)) == count
        assert count == 1 or len(batch) <= bytes_max


@given(st.lists(outgoing, min_size=1, max_size=20))
def test_stamp__a_packed_batch__is_whole_and_says_who_sends_it_and_when(messages: list[Record]) -> None:
    batch = bytearray(pack_batch(messages))
    stamp(batch, time_ms=1_800_000_000_000, producer_id=2**40, producer_epoch=7, base_sequence=99)
    read = DefaultRecordBatch(bytes(batch))
    assert read.validate_crc()
    assert (read.producer_id, read.producer_epoch, read.base_sequence) == (2**40, 7, 99)
    assert {record.timestamp for record in read} == {1_800_000_000_000}
    assert unpack_batch(bytes(batch)) == messages


@given(st.binary(max_size=60), st.integers(1, 30))
def test_partition_of__any_key__is_that_of_every_kafka_client(key: bytes, partitions: int) -> None:
    numbers = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, numbers, numbers)


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_where_to_read__same_log__never_passes_over_a_record_in_silence(
    next_offset: int, beginning: int, length: int
) -> None:
    end = beginning + length
    match where_to_read(Recorded(LOG, next_offset), LOG, beginning, end):
        case GoOn(offset):
            assert offset == next_offset
            assert beginning <= offset <= end
        case BeginLog(offset):
            assert next_offset > end, "only a log that is shorter than what was read is another one"
            assert offset == beginning
        case NewsLost():
            assert next_offset < beginning


@given(st.integers(0, 50), st.integers(0, 50))
def test_where_to_read__another_log_or_none_recorded__from_the_beginning(beginning: int, length: int) -> None:
    end = beginning + length
    assert where_to_read(None, LOG, beginning, end) == BeginLog(beginning)
    assert where_to_read(Recorded(OTHER, beginning), LOG, beginning, end) == BeginLog(beginning)


def test_queries__named_with_a_purpose__are_attributes(tmp_path: Path) -> None:
    path = tmp_path / "queries.sql"
    path.write_text("-- name: one\n-- Says one.\nSELECT 1;\n\n-- name: two\n-- Says two.\nSELECT 2;\n")
    queries = Queries(path)
    assert queries.one.endswith("SELECT 1")
    assert set(queries.all()) == {"one", "two"}
    with pytest.raises(AttributeError, match="no query named three"):
        queries.three  # noqa: B018


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("-- name: one\nSELECT 1;\n", "sentence of purpose"),
        ("-- name: one\n-- A.\nSELECT 1;\n-- name: one\n-- B.\nSELECT 2;\n", "twice"),
    ],
)
def test_queries__without_purpose_or_twice__are_refused(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "queries.sql"
    path.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        Queries(path)


def test_safe_text__errors_that_quote_values__say_where_and_not_what() -> None:
    class Person(BaseModel):
        age: int

    with pytest.raises(ValidationError) as wrong:
        Person.model_validate({"age": "canary"})
    said = safe_text(wrong.value)
    assert "age: int_parsing" in said
    assert "canary" not in said
    refused = asyncpg.UniqueViolationError("duplicate key: canary")
    assert "canary" not in safe_text(refused)
    assert safe_text(ZeroDivisionError("why")) == "ZeroDivisionError: why"
