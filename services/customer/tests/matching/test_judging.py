"""What becomes of two customers by all that their records say of each other."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer.domain.evidence import LEVELS, Verdict, contradiction, weigh
from customer.domain.matching import judge
from customer.matching_rules import model

RECORDS = 50_000
SURE = {"family_name": "equal", "given_name": "equal", "birth_date": "equal"}
LIKELY = {"family_name": "equal", "given_name": "equal", "address": "equal"}
STRANGER = {"family_name": "equal", "given_name": "else", "birth_date": "else", "address": "equal"}
UNLIKELY = {"family_name": "else", "given_name": "equal", "address": "else"}

ANY_LEVELS = st.fixed_dictionaries({}, optional={field: st.sampled_from(LEVELS[field]) for field in LEVELS})
ANY_AGREEMENTS = st.lists(ANY_LEVELS, min_size=1, max_size=6)


@pytest.mark.parametrize(
    ("agreements", "verdict"),
    [
        ([SURE], Verdict.MERGE),
        ([UNLIKELY, SURE], Verdict.MERGE),
        ([LIKELY], Verdict.REVIEW),
        ([UNLIKELY], Verdict.APART),
        ([SURE, STRANGER], Verdict.APART),
        ([STRANGER, LIKELY], Verdict.APART),
    ],
)
def test_judge__the_packaged_model__the_best_pair_decides_unless_one_contradicts(
    agreements: Sequence[Mapping[str, str]], verdict: Verdict
) -> None:
    assert judge(model(), agreements, RECORDS).verdict is verdict


@settings(deadline=None)  # the machine is shared
@given(ANY_AGREEMENTS)
def test_judge__where_any_two_records_contradict__never_merges_and_never_asks(
    agreements: list[Mapping[str, str]],
) -> None:
    judgement = judge(model(), agreements, RECORDS)

    if any(map(contradiction, agreements)):
        assert judgement.verdict is Verdict.APART
    assert not judgement.is_contradicted or any(map(contradiction, agreements))


@settings(deadline=None)  # the machine is shared
@given(ANY_AGREEMENTS, st.randoms())
def test_judge__records_in_any_order__come_to_the_same(
    agreements: list[Mapping[str, str]], chance: object
) -> None:
    shuffled = list(agreements)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]

    one, other = (judge(model(), order, RECORDS) for order in (agreements, shuffled))

    assert (one.verdict, one.strength) == (other.verdict, other.strength)


@settings(deadline=None)  # the machine is shared
@given(ANY_AGREEMENTS, ANY_LEVELS)
def test_judge__one_more_record__unless_it_contradicts_takes_no_evidence_away(
    agreements: list[Mapping[str, str]], more: Mapping[str, str]
) -> None:
    before = judge(model(), agreements, RECORDS)
    after = judge(model(), [*agreements, more], RECORDS)

    assert bool(contradiction(more)) or after.strength >= before.strength


@settings(deadline=None)  # the machine is shared
@given(ANY_LEVELS)
def test_judge__two_records_without_a_contradiction__are_what_they_weigh(levels: Mapping[str, str]) -> None:
    if not contradiction(levels):
        assert judge(model(), [levels], RECORDS).weighed == weigh(model(), levels, RECORDS)
        assert judge(model(), [levels], RECORDS).verdict is weigh(model(), levels, RECORDS).verdict


def test_judge__of_records_that_say_as_much__the_first_are_what_it_rests_on() -> None:
    assert judge(model(), [UNLIKELY, SURE, LIKELY, SURE], RECORDS).place == 1
