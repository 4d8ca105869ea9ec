"""What a dead letter says of the business, and what of it may be shown."""

import json
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from tsunagu.chassis.affected import affected
from tsunagu.chassis.masking import masked
from tsunagu.contracts.topics import CUSTOMER_COMMANDS, ORDER_EVENTS, POS_SALES
from tsunagu.contracts.values.scalars import TEXT_CHARACTERS_MAX, YEN_MAX

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda parts: st.lists(parts) | st.dictionaries(st.text(), parts),
    max_leaves=20,
)


def bytes_of(value: object) -> bytes:
    return json.dumps(value).encode()


def test_affected__an_order__is_named_with_its_places_and_the_yen_of_its_lines() -> None:
    event = {
        "order_id": "order-1",
        "lines": [{"quantity": 2, "unit_price_jpy": 1_000}],
        "allocations": [{"location_id": "S001"}, {"from_location_id": "S002"}, {"location_id": "S001"}],
    }
    assert affected(ORDER_EVENTS, b"order-1", bytes_of(event)) == {
        "orders": {"order-1": 2_000},
        "location_ids": ["S001", "S002"],
        "amount_jpy": 0,
    }


def test_affected__a_receipt__counts_what_belongs_to_no_order() -> None:
    receipt = {
        "receipt_id": "r1",
        "location_id": "S001",
        "lines": [{"amount_jpy": 500}, {"amount_jpy": 700, "order_id": "order-1"}, {"amount_jpy": 30}],
    }
    found = affected(POS_SALES, b"r1", bytes_of(receipt))
    assert found == {"orders": {"order-1": 700}, "location_ids": ["S001"], "amount_jpy": 530}


def test_affected__a_record_that_cant_be_read__is_about_the_order_of_its_key() -> None:
    assert affected(ORDER_EVENTS, b"order-1", b"{no json")["orders"] == {"order-1": 0}
    assert affected(POS_SALES, b"r1", b"{no json")["orders"] == {}


@given(st.none() | st.binary(max_size=20), JSON.map(bytes_of) | st.binary())
def test_affected__whatever_the_bytes_are__says_what_the_database_takes(
    key: bytes | None, value: bytes
) -> None:
    found = affected(ORDER_EVENTS, key, value)
    assert all(0 <= yen <= YEN_MAX for yen in (found["amount_jpy"], *found["orders"].values()))
    for name in (*found["orders"], *found["location_ids"]):
        assert name.isprintable()
        assert "@" not in name


def test_masked__personal_data__is_hidden_wherever_it_stands() -> None:
    body = {
        "order_id": "order-1",
        "name": "山田太郎",
        "phone": 9012345678,
        "taro@example.com": "x",
        "location_id": "taro@example.com",
        "note": {"status": "ready", "text": "call me"},
        "lines": [{"sku": "SKU-1", "quantity": 2, "amount_jpy": 1980}] * 5,
        "occurred_at": datetime(2026, 4, 1, tzinfo=UTC).isoformat(),
    }
    shown = masked(bytes_of(body)) or ""
    for hidden in ("山田", "9012345678", "taro", "call me"):
        assert hidden not in shown
    for kept in ("order-1", '"quantity": 2', '"amount_jpy": 1980', '"status": "ready"', "2026-04-01"):
        assert kept in shown
    assert shown.count("SKU-1") == 3, "a list's first items show what it holds"


@given(JSON.map(bytes_of) | st.binary())
def test_masked__whatever_the_bytes_are__is_one_short_line_or_nothing(value: bytes) -> None:
    shown = masked(value)
    assert shown is None or (shown.isprintable() and len(shown) <= TEXT_CHARACTERS_MAX)


@given(st.text(min_size=5).filter(lambda text: text.isprintable() and text.strip()))
def test_masked__a_value_of_a_field_that_is_not_known_as_harmless__is_never_shown(text: str) -> None:
    secret = f"secret-{text}"
    for body in ({"given_name": secret}, {"refs": [secret]}, {secret: 1}, {"a": {"b": secret}}):
        assert "secret-" not in (masked(bytes_of(body)) or "")


def test_affected__of_customer_commands__names_no_person() -> None:
    command = {"customer_ref": "card:4005", "recipient_ref": "ec:7"}
    found = affected(CUSTOMER_COMMANDS, b"card:4005", bytes_of(command))
    assert found == {"orders": {}, "location_ids": [], "amount_jpy": 0}
