"""What hangs together because it was named together, as a rule by itself."""

from hypothesis import given, settings
from hypothesis import strategies as st

from customer.domain.ties import Tie, between, components, followers

_NODES = "abcdef"
_TIES = st.lists(st.tuples(st.sampled_from(_NODES), st.sampled_from(_NODES)), max_size=8)


@settings(deadline=None)  # the machine is shared
@given(st.sets(st.sampled_from(_NODES)), _TIES)
def test_components__are_the_reachable_ones_and_every_member_is_in_one(
    members: set[str], ties: list[tuple[str, str]]
) -> None:
    groups = components(members, ties)

    assert sorted(key for group in groups for key in group) == sorted(members)
    inside = [tie for tie in ties if members.issuperset(tie)]
    assert all(any(one in group and other in group for group in groups) for one, other in inside)
    for group in groups:  # nothing is in one group that no tie leads to
        reached = {min(group)}
        while grown := {key for tie in inside for key in tie if reached.intersection(tie)} - reached:
            reached |= grown
        assert reached == group


def test_followers__what_came_under_the_leaving_side__leaves_and_what_both_named_stays() -> None:
    ties = [("mail", "leaves"), ("device", "mail"), ("phone", "leaves"), ("phone", "stays"), ("lone", "lone")]
    assert followers({"mail", "device", "phone", "lone"}, {"leaves"}, {"stays"}, ties) == {"mail", "device"}


@settings(deadline=None)  # the machine is shared
@given(st.sets(st.sampled_from(_NODES)), st.sets(st.sampled_from(_NODES)), _TIES)
def test_between__are_the_ties_that_lead_from_one_side_to_the_other_in_either_direction(
    one: set[str], other: set[str], pairs: list[tuple[str, str]]
) -> None:
    one -= other
    ties = [Tie("customer", version, ends) for version, ends in enumerate(pairs)]

    found = between(ties, one, other)

    assert found == {
        tie for tie in ties if len(one.intersection(tie.ends)) == len(other.intersection(tie.ends)) == 1
    }
