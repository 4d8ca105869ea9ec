"""What evidence comes to: bits add up, more agreement never weighs less, and what must agree must agree."""

from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer.domain.evidence import LEVELS, Verdict, contradiction, weigh
from customer.matching_rules import model

RECORDS = 50_000
ORDER = {Verdict.APART: 0, Verdict.REVIEW: 1, Verdict.MERGE: 2}
ANY_LEVELS = st.fixed_dictionaries(
    {}, optional={field: st.sampled_from(names) for field, names in LEVELS.items()}
)


def levels(**changed: str) -> dict[str, str]:
    """Two records that agree in all that matters."""
    agreeing = {"family_name": "equal", "given_name": "equal", "birth_date": "equal", "address": "equal"}
    return {field: level for field, level in (agreeing | changed).items() if level}


@settings(deadline=None)  # the machine is shared
@given(ANY_LEVELS)
def test_weigh__any_levels__adds_up_to_its_bits_and_names_what_it_saw(found: Mapping[str, str]) -> None:
    weighed = weigh(model(), found, RECORDS)
    assert weighed.prior_bits + sum(part.bits for part in weighed.parts) == pytest.approx(weighed.bits)
    assert {part.field: part.level for part in weighed.parts} == found


@settings(deadline=None)  # the machine is shared
@given(ANY_LEVELS, st.data())
def test_weigh__one_field_that_agrees_more__never_weighs_less(
    found: Mapping[str, str], data: st.DataObject
) -> None:
    if not found:
        return
    field = data.draw(st.sampled_from(sorted(found)))
    names = next(names for known, names in LEVELS.items() if known == field)
    better = names[max(0, names.index(found[field]) - 1)]
    before, after = weigh(model(), found, RECORDS), weigh(model(), {**found, field: better}, RECORDS)
    assert after.bits >= before.bits - 0.05  # shares have six digits
    if after.bits >= before.bits:
        assert ORDER[after.verdict] >= ORDER[before.verdict]


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (levels(), Verdict.MERGE),
        (levels(address="else"), Verdict.MERGE),
        (levels(family_name="else", phone="equal"), Verdict.MERGE),
        (levels(birth_date="slip"), Verdict.MERGE),
        (levels(birth_date=""), Verdict.REVIEW),
        (levels(birth_date="", phone="equal"), Verdict.MERGE),
        (levels(birth_date="", family_name="reading", phone="equal"), Verdict.REVIEW),
        (levels(given_name="else"), Verdict.REVIEW),
        (levels(given_name="else", phone="equal", email="equal"), Verdict.REVIEW),
        (levels(family_name="else", address="else"), Verdict.APART),
        (levels(birth_date="", given_name="else", address="area"), Verdict.APART),
        (levels(birth_date="", address=""), Verdict.REVIEW),
        ({}, Verdict.APART),
    ],
)
def test_weigh__the_packaged_model__decides_as_its_page_says(
    found: Mapping[str, str], verdict: Verdict
) -> None:
    assert weigh(model(), found, RECORDS).verdict is verdict


@settings(deadline=None)  # the machine is shared
@given(ANY_LEVELS)
def test_weigh__without_a_given_name_that_agrees__never_merges(found: Mapping[str, str]) -> None:
    if found.get("given_name") in ("equal", "common", "reading"):
        return
    assert weigh(model(), found, 1).verdict is not Verdict.MERGE


def test_weigh__more_records__say_less_for_any_two_of_them() -> None:
    few, many = (weigh(model(), levels(), records).bits for records in (RECORDS, 64 * RECORDS))
    assert few - many == pytest.approx(6)


def test_weigh__fewer_records_than_the_least__are_judged_as_the_least() -> None:
    assert weigh(model(), levels(), 2).bits == weigh(model(), levels(), model().records_min).bits


@pytest.mark.parametrize(
    ("found", "fields"),
    [
        ({"given_name": "else", "birth_date": "else"}, ("given_name", "birth_date")),
        ({"given_name": "else"}, ("given_name",)),
        ({"given_name": "else", "birth_date": "equal"}, ()),
        ({"given_name": "else", "birth_date": "slip"}, ()),
        ({"given_name": "slip", "birth_date": "else"}, ()),
        ({"family_name": "else", "given_name": "equal", "birth_date": "else"}, ("birth_date",)),
        ({"family_name": "equal", "given_name": "equal", "birth_date": "else"}, ()),
        ({"birth_date": "else"}, ("birth_date",)),
        ({"family_name": "else", "birth_date": "equal"}, ()),
        ({}, ()),
    ],
)
def test_contradiction__names_and_birth_dates(found: Mapping[str, str], fields: tuple[str, ...]) -> None:
    assert contradiction(found) == fields
