"""Grouping by exact keys, as a rule by itself."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from customer.domain.identity import Grouping, Key, Suppressed, group, moved_keys

NOW = datetime(2026, 4, 1, tzinfo=UTC)


def _keys(*digests: str) -> list[Key]:
    return [Key("email", digest) for digest in digests]


def _group(keys: list[Key], holders: dict[str, str], apart: set[frozenset[str]] | None = None) -> Grouping:
    decided = group(keys, holders, {}, apart or set(), candidate_id="new", said_at=NOW)
    assert isinstance(decided, Grouping)
    return decided


@settings(deadline=None)  # the machine is shared
@given(
    st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["c1", "c2", "c3"])), st.permutations("abcde")
)
def test_group__the_order_of_keys__does_not_decide_who_stays(
    holders: dict[str, str], order: list[str]
) -> None:
    decided = _group(_keys(*order), holders)

    involved = set(holders.values())
    assert decided.customer_id == min(involved, default="new")
    assert {merge.merged_id for merge in decided.merges} == involved - {decided.customer_id}
    assert decided.is_new is not bool(involved)


@settings(deadline=None)  # the machine is shared
@given(
    st.dictionaries(st.sampled_from("abcde"), st.sampled_from(["c1", "c2", "c3"]), min_size=1),
    st.sets(st.sampled_from([frozenset(pair) for pair in (("c1", "c2"), ("c2", "c3"), ("c1", "c3"))])),
)
def test_group__who_is_kept_apart__is_never_put_together(
    holders: dict[str, str], apart: set[frozenset[str]]
) -> None:
    decided = _group(_keys(*"abcde"), holders, apart)

    one = {decided.customer_id, *(merge.merged_id for merge in decided.merges)}
    assert not any(pair <= one for pair in apart)
    assert len(one) + decided.withheld == len(set(holders.values()))


def test_group__said_before_the_erasure__is_suppressed_and_after_it_begins_anew() -> None:
    def decide(said_at: datetime) -> Grouping | Suppressed:
        return group(_keys("a", "b"), {}, {"b": NOW}, set(), candidate_id="new", said_at=said_at)

    assert decide(NOW - timedelta(seconds=1)) == Suppressed()
    assert decide(NOW) == Suppressed()
    assert decide(NOW + timedelta(seconds=1)) == Grouping("new", is_new=True)


def test_moved_keys__only_what_leaving_refs_alone_had_given__leaves() -> None:
    claims = {"mail": {"leaves"}, "phone": {"leaves", "stays"}}
    members = {"stays", "leaves", "mail", "phone", "unclaimed"}

    assert moved_keys(members, {"leaves"}, claims) == {"leaves", "mail"}
