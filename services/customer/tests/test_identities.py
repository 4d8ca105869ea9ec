"""The working copy of a batch's identities, by itself."""

from collections.abc import Iterator

import pytest

from customer.domain.identity import Change, ChangeKind, Key
from customer.domain.ties import Tie
from customer.store.identities import Identities


class Counted(dict[str, str]):
    """A mapping that counts how often one of its entries was passed by."""

    passed = 0

    def __iter__(self) -> Iterator[str]:
        for key in super().__iter__():
            self.passed += 1
            yield key

    def items(self):  # type: ignore[no-untyped-def]
        """The entries, counted."""
        return [(key, self[key]) for key in self]


def _of(customers: int, keys_each: int = 3) -> Identities:
    identities = Identities()
    for number in range(customers):
        customer_id = f"c{number:04}"
        identities.begin(customer_id)
        keys = [Key("card", f"{customer_id}-{place}", f"ref-{number}-{place}") for place in range(keys_each)]
        identities.note(keys)
        identities.hold(customer_id, [key.digest for key in keys])
    return identities


@pytest.mark.parametrize("customers", [10, 1000])
def test_identities__what_one_customer_holds__is_found_without_a_look_at_the_others(customers: int) -> None:
    identities = _of(customers)
    for name in ("holders", "refs", "claims", "named", "ties"):
        setattr(identities, name, Counted(getattr(identities, name)))

    identities.members("c0003")
    identities.refs_of("c0003")
    identities.contact_claims(identities.members("c0003"))
    identities.held_together(identities.members("c0003"))
    identities.merge("c0003", "c0004")

    for name in ("holders", "refs", "claims", "named", "ties"):
        assert getattr(identities, name).passed == 0, name


def test_identities__whatever_is_held_or_merged__members_are_those_whom_holders_name() -> None:
    identities = _of(4)

    identities.hold("c0000", ["c0001-0", "free"])
    identities.merge("c0002", "c0000")

    for customer_id in ("c0000", "c0001", "c0002", "c0003"):
        held = {digest for digest, holder in identities.holders.items() if holder == customer_id}
        assert identities.members(customer_id) == held
    assert identities.members("c0000") == set()


def test_identities__a_split__parts_the_ties_between_its_sides_and_no_others() -> None:
    identities = _of(1, keys_each=4)
    one, two, three, four = (f"c0000-{place}" for place in range(4))
    across, inside = Tie("c0000", 7, (one, three)), Tie("c0000", 8, (three, four))
    identities.tie(across)
    identities.tie(inside)

    identities.cut(
        Change("c0000", 9, ChangeKind.SPLIT, "c0001", frozenset((three, four)), frozenset((one, two)))
    )

    assert across.ends not in identities.held_together({one, two, three, four})
    assert inside.ends in identities.held_together({one, two, three, four})


def test_identities__a_tie_to_a_shared_identifier__holds_nothing_together() -> None:
    identities = _of(2, keys_each=1)
    identities.tie(Tie("c0000", 7, ("c0000-0", "c0001-0")))

    assert identities.held_together({"c0000-0", "c0001-0"}) == [("c0000-0", "c0001-0")]
    identities.share("c0001-0", "card")
    assert identities.held_together({"c0000-0", "c0001-0"}) == []
