"""A message may change only so that today's reader reads what any older writer wrote."""

import json
import os
import shutil
import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

import pytest
from pydantic import BaseModel, Field, create_model
from tests.reference.consumers import consumers_of, lines_of

from tsunagu.contracts.compatibility import (
    SCHEMAS_FOLDER,
    check,
    entitled,
    incompatibilities,
    main,
    schema_of,
    told,
)
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import SaleRecorded, SaleVoided, StockReserved
from tsunagu.contracts.topics import INVENTORY_EVENTS, MESSAGE_BY_WIRE_TYPE

WIRE_TYPE = "tsunagu.parcel.weighed.v1"


class Two(StrEnum):
    A = "a"
    B = "b"


class Three(StrEnum):
    A = "a"
    B = "b"
    C = "c"


class Line(BaseModel):
    sku: str
    quantity: Annotated[int, Field(ge=1)]


class WiderLine(BaseModel):
    sku: str
    quantity: Annotated[int, Field(ge=0)]
    note: str = ""


class NarrowerLine(BaseModel):
    sku: str
    quantity: Annotated[int, Field(ge=2)]


class ShorterLine(BaseModel):
    sku: str


class Tree(BaseModel):
    name: str
    branches: tuple["Tree", ...] = ()


def a_message(
    fields: dict[str, Any], key: tuple[str, ...] = ("id",), identity: tuple[str, ...] = ("id",)
) -> type[Message]:
    """A message class with these fields beside its id."""

    class Weighed(Message):
        WIRE_TYPE: ClassVar[str] = WIRE_TYPE
        KEY: ClassVar[tuple[str, ...]] = key
        IDENTITY: ClassVar[tuple[str, ...]] = identity
        id: str

    return create_model("ParcelWeighed", __base__=Weighed, **fields)


def problems(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    found = incompatibilities(WIRE_TYPE, schema_of(a_message(old)), schema_of(a_message(new)))
    return [problem.field for problem in found]


REQUIRED = ...

COMPATIBLE: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "nothing": ({"a": (int, REQUIRED)}, {"a": (int, REQUIRED)}),
    "a field with a default is added": ({}, {"a": (int, 1)}),
    "a field becomes optional": ({"a": (int, REQUIRED)}, {"a": (int | None, None)}),
    "a default changes": ({"a": (int, 1)}, {"a": (int, 2)}),
    "an enumeration grows": ({"a": (Two, REQUIRED)}, {"a": (Three, REQUIRED)}),
    "an enumeration becomes any text": ({"a": (Two, REQUIRED)}, {"a": (str, REQUIRED)}),
    "a whole number becomes any number": ({"a": (int, REQUIRED)}, {"a": (float, REQUIRED)}),
    "a minimum falls": (
        {"a": (Annotated[int, Field(ge=1)], REQUIRED)},
        {"a": (Annotated[int, Field(ge=0)], REQUIRED)},
    ),
    "a maximum goes": (
        {"a": (Annotated[int, Field(le=9)], REQUIRED)},
        {"a": (int, REQUIRED)},
    ),
    "a text may be longer": (
        {"a": (Annotated[str, Field(max_length=9)], REQUIRED)},
        {"a": (Annotated[str, Field(max_length=10)], REQUIRED)},
    ),
    "a pattern goes": (
        {"a": (Annotated[str, Field(pattern="^x")], REQUIRED)},
        {"a": (str, REQUIRED)},
    ),
    "a list may be empty": (
        {"a": (Annotated[tuple[int, ...], Field(min_length=1)], REQUIRED)},
        {"a": (tuple[int, ...], ())},
    ),
    "a line grows": ({"a": (tuple[Line, ...], REQUIRED)}, {"a": (tuple[WiderLine, ...], REQUIRED)}),
    "another alternative": ({"a": (int, REQUIRED)}, {"a": (int | str, REQUIRED)}),
    "a tree stays": ({"a": (Tree, REQUIRED)}, {"a": (Tree, REQUIRED)}),
}

INCOMPATIBLE: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "a field is removed": ({"a": (int, 1)}, {}, "a"),
    "a required field is added": ({}, {"a": (int, REQUIRED)}, "a"),
    "a field becomes required": ({"a": (int, 1)}, {"a": (int, REQUIRED)}, "a"),
    "null is forbidden": ({"a": (int | None, None)}, {"a": (int, 1)}, "a"),
    "an alternative goes": ({"a": (int | str, REQUIRED)}, {"a": (int, REQUIRED)}, "a"),
    "another type": ({"a": (int, REQUIRED)}, {"a": (str, REQUIRED)}, "a"),
    "any number becomes a whole number": ({"a": (float, REQUIRED)}, {"a": (int, REQUIRED)}, "a"),
    "anything becomes a text": ({"a": (Any, REQUIRED)}, {"a": (str, REQUIRED)}, "a"),
    "an enumeration shrinks": ({"a": (Three, REQUIRED)}, {"a": (Two, REQUIRED)}, "a"),
    "any text becomes an enumeration": ({"a": (str, REQUIRED)}, {"a": (Two, REQUIRED)}, "a"),
    "a literal changes": ({"a": (Literal["x"], REQUIRED)}, {"a": (Literal["y"], REQUIRED)}, "a"),
    "a minimum appears": (
        {"a": (int, REQUIRED)},
        {"a": (Annotated[int, Field(ge=0)], REQUIRED)},
        "a",
    ),
    "a maximum falls": (
        {"a": (Annotated[int, Field(le=9)], REQUIRED)},
        {"a": (Annotated[int, Field(le=8)], REQUIRED)},
        "a",
    ),
    "a text must be longer": (
        {"a": (Annotated[str, Field(min_length=1)], REQUIRED)},
        {"a": (Annotated[str, Field(min_length=2)], REQUIRED)},
        "a",
    ),
    "a pattern changes": (
        {"a": (Annotated[str, Field(pattern="^x")], REQUIRED)},
        {"a": (Annotated[str, Field(pattern="^y")], REQUIRED)},
        "a",
    ),
    "fewer items": (
        {"a": (tuple[int, ...], REQUIRED)},
        {"a": (Annotated[tuple[int, ...], Field(max_length=3)], REQUIRED)},
        "a",
    ),
    "a line's limit narrows": (
        {"a": (tuple[Line, ...], REQUIRED)},
        {"a": (tuple[NarrowerLine, ...], REQUIRED)},
        "a[].quantity",
    ),
    "a line's field is removed": (
        {"a": (tuple[Line, ...], REQUIRED)},
        {"a": (tuple[ShorterLine, ...], REQUIRED)},
        "a[].quantity",
    ),
    "an optional line's limit narrows": (
        {"a": (Line | None, None)},
        {"a": (NarrowerLine | None, None)},
        "a.quantity",
    ),
    "a keyword that the check does not know": (
        {"a": (int, REQUIRED)},
        {"a": (Annotated[int, Field(multiple_of=2)], REQUIRED)},
        "a",
    ),
}


@pytest.mark.parametrize("change", COMPATIBLE)
def test_incompatibilities__a_compatible_change__is_none(change: str) -> None:
    old, new = COMPATIBLE[change]
    assert problems(old, new) == []


@pytest.mark.parametrize("change", INCOMPATIBLE)
def test_incompatibilities__an_incompatible_change__names_the_field(change: str) -> None:
    old, new, field = INCOMPATIBLE[change]
    assert problems(old, new) == [field]


def test_incompatibilities__another_key_or_identity__is_one() -> None:
    old = schema_of(a_message({"a": (str, REQUIRED)}))
    for new in (
        a_message({"a": (str, REQUIRED)}, key=("a",)),
        a_message({"a": (str, REQUIRED)}, identity=("a",)),
    ):
        (problem,) = incompatibilities(WIRE_TYPE, old, schema_of(new))
        assert "record key or its identity" in str(problem)


def test_check__today__every_message_is_stored_and_compatible() -> None:
    problems = check(SCHEMAS_FOLDER, MESSAGE_BY_WIRE_TYPE)
    assert not problems, told(problems, lines_of)


def test_check__write__stores_what_is_new_and_compatible_and_nothing_else(tmp_path: Path) -> None:
    first = {WIRE_TYPE: a_message({"a": (int, 1)})}
    assert "not stored yet" in str(check(tmp_path, first)[0])
    assert check(tmp_path, first, write=True) == []
    assert check(tmp_path, first) == []

    wider = {WIRE_TYPE: a_message({"a": (int, 1), "b": (str, "")})}
    assert "not stored yet" in str(check(tmp_path, wider)[0])
    assert check(tmp_path, wider, write=True) == []

    before = (tmp_path / f"{WIRE_TYPE}.json").read_text()
    (problem,) = check(tmp_path, first, write=True)
    assert str(problem) == f"{WIRE_TYPE}, field b: was removed"
    assert (tmp_path / f"{WIRE_TYPE}.json").read_text() == before

    (removed,) = check(tmp_path, {})
    assert "the message was removed" in str(removed)


def test_main__a_field_that_a_stored_schema_has_and_the_model_lacks__fails_and_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["--schemas", str(tmp_path), "--write"]) == 0
    assert main(["--schemas", str(tmp_path)]) == 0
    path = tmp_path / "tsunagu.sale.recorded.v1.json"
    schema = json.loads(path.read_text())
    schema["$defs"]["SaleLine"]["properties"]["serial_number"] = {"type": "string"}
    path.write_text(json.dumps(schema))
    assert main(["--schemas", str(tmp_path)]) == 1
    assert "tsunagu.sale.recorded.v1, field lines[].serial_number: was removed" in capsys.readouterr().err


REASON = "    reason: Name | None = None\n"
BREAKS = {
    "a field is removed": ("", "reason: was removed", "keep the field with a default"),
    "a field becomes required": ("    reason: Name\n", "reason: may no longer be null", "leave it optional"),
    "a field has another type": (
        "    reason: Version | None = None\n",
        "reason: was string, is now integer",
        "leave the field as it is, and add one of the new type beside it",
    ),
}


@pytest.mark.parametrize("broken", BREAKS)
def test_check__a_copy_of_the_contracts_is_broken__says_the_field_who_reads_it_and_the_safe_way(
    broken: str, tmp_path: Path
) -> None:
    reason, field, safe_way = BREAKS[broken]
    copy = tmp_path / "contracts"
    shutil.copytree(SCHEMAS_FOLDER.parent, copy)
    path = copy / "src" / "tsunagu" / "contracts" / "messages" / "pos.py"
    text = path.read_text(encoding="utf-8")
    assert text.count(REASON) == 1  # that of SaleVoided
    path.write_text(text.replace(REASON, reason), encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "tests.contracts"],
        cwd=Path(__file__).parents[2],
        env={**os.environ, "PYTHONPATH": str(copy / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 1, checked.stderr
    first, read, last, *_ = checked.stderr.splitlines()
    assert first == f"tsunagu.sale.voided.v1, field {field}"
    assert [read] == [f"  read on {line}" for line in lines_of(SaleVoided)]
    assert "order (order.handlers.returning.till_void)" in read and "audit" in read
    assert last.startswith(f"  the safe way: {safe_way}")


def test_readers__by_the_contracts_alone__are_who_may_read() -> None:
    (line,) = entitled(SaleRecorded)
    assert line.startswith("pos.sales: inventory, pickup, order,")


def test_consumers__of_an_event__are_the_functions_that_take_it() -> None:
    found = {str(consumer) for consumer in consumers_of(StockReserved)}
    assert "order (order.handlers.stock.reserved)" in found and "audit" in found
    # Whoever may read the topic and passes the type over is not said to read it.
    assert "insight" in INVENTORY_EVENTS.read_by and not [one for one in found if one.startswith("insight")]
