"""Headers, offsets and queries: the parts that need no server."""

from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from tsunagu.chassis.error_text import safe_text
from tsunagu.chassis.headers import pack, unpack
from tsunagu.chassis.offsets import BeginLog, GoOn, LogId, NewsLost, Recorded, where_to_read
from tsunagu.chassis.queries import Queries

LOG, OTHER = LogId("c1", UUID(int=1)), LogId("c1", UUID(int=2))
names = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(names, st.none() | st.binary(max_size=30)), max_size=8))
def test_headers__any_names_and_values__come_back(headers: list[tuple[str, bytes | None]]) -> None:
    assert unpack(pack(headers)) == headers


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
