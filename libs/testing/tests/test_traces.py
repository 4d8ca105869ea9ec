"""What is planted is found in whichever form it stands."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tsunagu.testing.traces import found_in

VALUE = "鶴見川 太郎"


@pytest.mark.parametrize(
    "text",
    [
        VALUE.encode(),
        json.dumps({"name": VALUE}).encode(),
        VALUE.encode("utf-16"),
        VALUE.encode("utf-16-be"),
        VALUE.encode().hex().encode(),
        base64.b64encode(f"a{VALUE}b".encode()),
    ],
)
def test_found__in_each_form(text: bytes) -> None:
    assert found_in(b"before " + text + b" after", (VALUE, "other")) == {VALUE}


@given(st.binary(max_size=5), st.text(min_size=4, max_size=20), st.binary(max_size=5))
def test_found__in_base64__whatever_stands_around(before: bytes, value: str, after: bytes) -> None:
    value = value.encode("utf-8", "ignore").decode()
    planted = before + value.encode() + after
    assert found_in(base64.b64encode(planted), (value,)) == {value}
    assert found_in(base64.urlsafe_b64encode(planted), (value,)) == {value}
