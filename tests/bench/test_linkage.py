"""The linkage without a measurement: scores, what ties and what does not, evidence, and how weights are counted."""

from collections.abc import Iterator, Sequence
from datetime import date
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customer.matching_rules import model
from tsunagu.contracts.values import Identifier, IdentifierKind, PersonalData, PostalAddress
from tsunagu.retailer.name_pool import own_names
from tsunagu.retailer.statements import Statement, labelled_set

from .linkage_training import descending, shares
from .pairs import Score, score, score_of
from .resolution import (
    Customers,
    Resolved,
    by_exact_keys,
    by_keys_that_tie,
    reachable,
    records_of,
    resolve,
    temporary_keys,
)
from .splink_side import Clusters
from .workloads.linkage import best_of

HOME = PostalAddress(postal_code="2310001", prefecture="JP-14", city="横浜市", street="本町1-2-3")
KENTA = PersonalData(
    family_name="勅使河原",
    given_name="健太",
    family_name_kana="テシガワラ",
    given_name_kana="ケンタ",
    birth_date=date(1990, 5, 4),
    addresses=(HOME,),
)
KENJI = KENTA.model_copy(update={"given_name": "健二", "given_name_kana": "ケンジ"})
HANAKO = KENTA.model_copy(
    update={"given_name": "華子", "given_name_kana": "ハナコ", "birth_date": date(1992, 2, 1)}
)
EMAIL, MOBILE, LANDLINE = "home@example.com", "090-1234-5678", "045-222-3333"


@pytest.fixture(autouse=True)
def _keys() -> Iterator[None]:
    with temporary_keys():
        yield


def said(*records: PersonalData, named: str | None = None) -> list[Statement]:
    """A statement of each record, under a ref of its own; `named`: a device that all of them name."""
    device = () if named is None else (Identifier(kind=IdentifierKind.APP_DEVICE, value=named),)
    return [
        Statement(f"P{number}", f"card:{number}", IdentifierKind.MEMBER_CARD, device, record)
        for number, record in enumerate(records)
    ]


def resolved(*statements: Statement) -> Resolved:
    return resolve(records_of(statements), model())


def groups(customers: Customers) -> list[set[int]]:
    return sorted(map(set, customers.members.values()), key=min)


def test_resolve__a_couple_with_one_e_mail_address__stays_two_and_evidence_ties_what_that_parts() -> None:
    found = resolved(*said(*(one.model_copy(update={"emails": (EMAIL,)}) for one in (KENTA, HANAKO, KENTA))))
    assert groups(found.customers) == [{0, 2}, {1}]
    assert found.shared_keys == {"contested": 1}


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_by_keys_that_tie__a_contested_key__ties_nobody_in_whatever_order(order: Sequence[int]) -> None:
    everybody = [
        one.model_copy(update={"emails": (EMAIL,), "addresses": ()}) for one in (KENTA, HANAKO, KENTA)
    ]
    records = records_of([said(*everybody)[place] for place in order])
    assert len(groups(by_keys_that_tie(records).customers)) == 3


def test_by_keys_that_tie__a_landline__ties_nobody_and_a_mobile_does() -> None:
    for phone, customers in ((LANDLINE, 2), (MOBILE, 1)):
        someone = PersonalData(given_name="健太", phones=(phone,))
        records = records_of(said(someone, someone))
        assert len(groups(by_keys_that_tie(records).customers)) == customers


def test_by_keys_that_tie__a_tablet__ties_nobody_and_a_device_at_home_does() -> None:
    for people, customers in ((4, 1), (5, 5)):
        records = records_of(said(*[PersonalData()] * people, named="device:1"))
        assert len(groups(by_keys_that_tie(records).customers)) == customers
        assert len(groups(by_exact_keys(records))) == 1


def test_resolve__twins__stay_two_and_are_put_before_a_person() -> None:
    found = resolved(*said(KENTA, KENJI))
    assert groups(found.customers) == [{0}, {1}]
    assert found.open_reviews() == {frozenset((0, 1))}


def test_resolve__a_name_and_an_address_alone__are_put_before_a_person() -> None:
    found = resolved(*said(KENTA, KENTA.model_copy(update={"birth_date": None})))
    assert groups(found.customers) == [{0}, {1}]
    assert found.open_reviews() == {frozenset((0, 1))}


def test_resolve__a_name_and_a_landline_without_a_birth_date__are_one() -> None:
    here = KENTA.model_copy(update={"phones": (LANDLINE,)})
    found = resolved(*said(here, here.model_copy(update={"birth_date": None, "addresses": ()})))
    assert groups(found.customers) == [{0, 1}]


def test_resolve__one_who_would_join_two_that_contradict__joins_one_of_them() -> None:
    # The middle one fits either: its birth date is a year off from both. Theirs are not, nor are their family names.
    first = KENTA.model_copy(update={"birth_date": date(1989, 5, 4), "phones": (LANDLINE,)})
    middle = first.model_copy(update={"birth_date": date(1990, 5, 4)})
    last = first.model_copy(
        update={"birth_date": date(1991, 5, 4), "family_name": "佐藤", "family_name_kana": "サトウ"}
    )
    assert groups(resolved(*said(middle, last)).customers) == [{0, 1}]
    found = resolved(*said(first, middle, last))
    assert groups(found.customers) == [{0, 1}, {2}]
    assert found.withheld > 0


def test_resolve__invented_people__are_told_apart_as_the_bar_asks() -> None:
    statements = labelled_set(5, 1_000, own_names()).statements
    records = records_of(statements)
    people = [one.person_id for one in statements]
    customers = resolve(records, model()).customers
    found = score([customers.customer(record) for record in range(len(records))], people)
    assert found.precision >= 0.995
    assert found.recall >= 0.95
    can_be = reachable(records)
    assert score([can_be.customer(record) for record in range(len(records))], people).precision == 1.0


LABELS = st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("xyz")), max_size=12)


@settings(deadline=None)  # the machine is shared
@given(LABELS)
def test_score__any_records__counts_the_pairs(labels: list[tuple[str, str]]) -> None:
    pairs = list(combinations(labels, 2))
    found = {place for place, (one, other) in enumerate(pairs) if one[0] == other[0]}
    true = {place for place, (one, other) in enumerate(pairs) if one[1] == other[1]}
    counted = score([label[0] for label in labels], [label[1] for label in labels])
    assert counted == Score(len(found), len(found & true), len(true))


@settings(deadline=None)  # the machine is shared
@given(LABELS)
def test_score_of__a_kind_of_people__counts_the_pairs_that_have_one_of_them(
    labels: list[tuple[str, str]],
) -> None:
    pairs = [(one, other) for one, other in combinations(labels, 2) if "x" in (one[1], other[1])]
    counted = score_of({"x"}, [label[0] for label in labels], [label[1] for label in labels])
    assert counted.found == sum(one[0] == other[0] for one, other in pairs)
    assert counted.true == sum(one[1] == other[1] for one, other in pairs)
    assert counted.right == sum(one == other for one, other in pairs)


def test_score__nothing_found__is_precise_and_recalls_nothing() -> None:
    assert (score("ab", "xx").precision, score("ab", "xx").recall) == (1.0, 0.0)


def test_best_of__several_thresholds__is_the_one_with_most_recall_that_is_precise() -> None:
    people = "xxyyz"
    loose, right, strict = (
        Clusters(0, [1, 1, 1, 1, 5]),
        Clusters(5, [1, 1, 3, 3, 5]),
        Clusters(9, [1, 1, 3, 4, 5]),
    )
    assert best_of([loose, right, strict], people)[0] == 5
    assert best_of([loose], people)[0] == 0


@settings(deadline=None)  # the machine is shared
@given(st.lists(st.tuples(st.floats(0.001, 1), st.floats(0.001, 1)), min_size=1, max_size=6))
def test_descending__any_shares__weighs_no_level_less_than_the_next(
    counts: list[tuple[float, float]],
) -> None:
    names = [f"level{place}" for place in range(len(counts))]
    m, u = ({name: count[side] for name, count in zip(names, counts, strict=True)} for side in (0, 1))
    pooled = descending(m, u, names)
    weights = [pooled[name] / u[name] for name in names]
    assert all(one >= other * (1 - 1e-9) for one, other in pairwise(weights))
    assert sum(pooled.values()) == pytest.approx(sum(m.values()))


def test_shares__a_level_that_was_not_seen__is_rare_and_not_impossible() -> None:
    found = shares([{"phone": "equal"}] * 9 + [{}], "phone", ["equal", "else"])
    assert found == {"equal": 0.95, "else": 0.05}
