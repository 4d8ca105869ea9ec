from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from insight.domain.basis import Basis, Method, Source, Touch
from insight.domain.policy import Adoption, Party, PartyKind, Role, policy_on, read_policy, shares
from insight.settings import Settings
from insight.store.policies import PolicyFileError, policy_files, require_default
from tsunagu.contracts.values import LocationKind, TouchpointKind

AT = datetime(2026, 4, 1, 3, tzinfo=UTC)
KINDS = {"a": LocationKind.STORE, "b": LocationKind.STORE, "depot": LocationKind.WAREHOUSE}
FILES = policy_files(Settings().policy_folder)
BOTH = FILES["both-earn-v1"].policy
PICKUP = Basis("app", Method.PICKUP, "a", AT)


def weights(policy: Any, basis: Any, kinds: Any = KINDS) -> Any:
    """Share of each role and party, out of the whole."""
    divided = shares(policy, basis, kinds)
    total = sum(share.weight for share in divided)
    return {(share.role.value, share.party.party_id): share.weight / total for share in divided}


def touch(location_id: Any = "b", days: Any = 1, kind: Any = TouchpointKind.STORE_SCAN) -> Any:
    return Touch(kind, location_id, AT - timedelta(days=days))


def test_shares__a_pickup_that_another_store_showed__all_three_earn() -> None:
    found = weights(BOTH, replace(PICKUP, touches=(touch(),)))

    assert found == {("handed_over", "a"): 0.4, ("shown", "b"): 0.3, ("ec", "ec"): 0.3}


def test_shares__a_till_sale__is_its_stores_alone_under_every_policy() -> None:
    till = Basis("store", Method.TILL, "a", AT)

    for file in FILES.values():
        assert list(weights(file.policy, till).values()) == [1.0]
        assert shares(file.policy, till, KINDS)[0].party == Party(PartyKind.STORE, "a")


@pytest.mark.parametrize("days", [31, -1])
def test_shares__a_scan_outside_the_window__earns_nothing(days: Any) -> None:
    assert ("shown", "b") not in weights(BOTH, replace(PICKUP, touches=(touch(days=days),)))


def test_shares__two_stores_showed_it__the_last_one_earns() -> None:
    found = weights(BOTH, replace(PICKUP, touches=(touch("b", days=1), touch("a", days=2))))

    assert ("shown", "b") in found and ("shown", "a") not in found


def test_shares__a_web_view_with_a_location__is_no_showing() -> None:
    assert ("shown", "b") not in weights(
        BOTH, replace(PICKUP, touches=(touch(kind=TouchpointKind.WEB_VIEW),))
    )


def test_shares__shipped_from_a_warehouse__the_warehouse_is_no_store() -> None:
    assert weights(BOTH, Basis("ec", Method.SHIP, "depot", AT)) == {("ec", "ec"): 1.0}


def test_shares__pieces_from_a_store_and_a_warehouse__the_store_earns_by_its_pieces() -> None:
    basis = Basis("ec", Method.SHIP, "depot", AT, sources=(Source("b", 1), Source("depot", 3)))

    # A quarter of the weight 20 against EC's 30.
    assert weights(BOTH, basis) == {("shipped", "b"): 5 / 35, ("ec", "ec"): 30 / 35}


def test_shares__picked_in_the_store_of_the_pickup__is_no_shipping() -> None:
    assert not [
        share
        for share in shares(BOTH, replace(PICKUP, sources=(Source("a", 2),)), KINDS)
        if share.role is Role.SHIPPED
    ]


def test_shares__an_unknown_location__counts_as_a_store() -> None:
    assert ("shipped", "new") in weights(BOTH, Basis("ec", Method.SHIP, "new", AT), {})


def test_shares__no_part_applies__the_store_that_handed_it_over_else_ec() -> None:
    only_ec = FILES["channel-only-v1"].policy

    assert shares(only_ec, replace(PICKUP, channel="store"), KINDS)[0].party.party_id == "a"
    assert shares(only_ec, Basis("store", Method.SHIP, "a", AT), KINDS)[0].party.party_id == "ec"


def test_policy_on__adoptions__the_latest_begun_holds_and_of_two_for_one_day_the_later_made() -> None:
    adoptions = [
        Adoption("may", date(2026, 5, 1)),
        Adoption("april", date(2026, 4, 1)),
        Adoption("may-2", date(2026, 5, 1)),
    ]

    found = [policy_on(date(2026, month, 1), adoptions, "default") for month in (3, 4, 5)]
    assert found == ["default", "april", "may-2"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"part": []}, "at least one part"),
        ({"title": None, "part": [{"role": "ec", "weight": 0, "reason": ""}]}, "must lie between 1"),
        ({"part": [{"role": "king", "weight": 1, "reason": ""}]}, "king"),
        ({"part": [{"role": "ec", "reason": ""}]}, "weight is missing"),
        ({"policy_id": ""}, "needs a policy_id"),
        ({"part": [{"role": "ec", "weight": 1, "reason": ""}] * 2}, "each role at most once"),
    ],
)
def test_read_policy__a_wrong_file__says_what_is_wrong(change: Any, said: Any) -> None:
    with pytest.raises(ValueError, match=said):
        read_policy(dict(FILES["channel-only-v1"].body) | change)


def test_policy_files__a_file_that_is_no_policy__is_named(tmp_path: Any) -> None:
    (tmp_path / "broken.toml").write_text("policy_id = 3\n")

    with pytest.raises(PolicyFileError, match=r"broken\.toml: a policy needs a policy_id"):
        policy_files(tmp_path)


def test_require_default__a_policy_that_is_not_there__is_said_at_the_start() -> None:
    with pytest.raises(PolicyFileError, match="there is no policy nobody"):
        require_default(Settings().policy_folder, "nobody")
