"""One spelling per identifier, and hashes that say nothing."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from customer.identifiers import digest_of_ref, normal_email, normal_phone, open_keys
from tsunagu.contracts.values import Email, Phone


@pytest.mark.parametrize("typed", ["card:4005", "CARD:4005", "ｃａｒｄ：４００５", " card:4005 "])
def test_ref__width_and_case__do_not_matter(a: Any, typed: str) -> None:
    assert digest_of_ref(typed) == digest_of_ref("card:4005")
    one, other = (open_keys(a.identification(ref, others=["EC:1"])) for ref in (typed, "card:4005"))
    assert one == other


def test_ref__another_one__has_another_hash_in_which_it_cannot_be_read() -> None:
    assert digest_of_ref("card:4005") != digest_of_ref("card:4006")
    assert "4005" not in digest_of_ref("card:4005")


@pytest.mark.parametrize("typed", ["taro@example.co.jp", "Taro@EXAMPLE.co.jp", "ｔａｒｏ＠example.co.jp"])
def test_email__in_any_spelling__is_one(typed: str) -> None:
    assert normal_email(typed) == "taro@example.co.jp"


@pytest.mark.parametrize("typed", ["taro@localhost", "taro@@example.jp", "@example.jp", "a b@example.jp"])
def test_email__that_no_mail_reaches__is_no_key(typed: str) -> None:
    assert normal_email(typed) is None


@pytest.mark.parametrize(
    "typed",
    ["090-1234-5678", "09012345678", "+81 90 1234 5678", "０９０ー１２３４－５６７８", "(090)1234−5678"],
)
def test_phone__in_any_spelling__is_one(typed: str) -> None:
    assert normal_phone(typed) == "+819012345678"


@pytest.mark.parametrize("typed", ["000-0000-0000", "110", "12", "+", "()"])
def test_phone__that_cannot_exist__is_no_key(typed: str) -> None:
    assert normal_phone(typed) is None


@settings(deadline=None)  # the machine is shared
@given(
    st.text(min_size=1, max_size=12),
    st.sampled_from(["@", "＠", "@xn--", "@münchen.", ""]),
    st.text(max_size=12),
)
def test_email__whatever_the_contract_lets_through__is_a_key_in_one_spelling_or_none(
    local: str, at: str, domain: str
) -> None:
    try:
        email = TypeAdapter(Email).validate_python(local + at + domain)
    except ValidationError:
        return
    normal = normal_email(email)
    assert normal is None or normal_email(normal) == normal


@settings(deadline=None)  # the machine is shared
@given(st.text("0123456789０９+＋()（）.-−－ー 　", max_size=32))
def test_phone__whatever_the_contract_lets_through__is_a_key_in_one_spelling_or_none(typed: str) -> None:
    try:
        phone = TypeAdapter(Phone).validate_python(typed)
    except ValidationError:
        return
    normal = normal_phone(phone)
    assert normal is None or normal_phone(normal) == normal
