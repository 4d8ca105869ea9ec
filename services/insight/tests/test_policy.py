"""Who has which part of a sale, by the policies that are shipped and by others."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from insight.domain.basis import Basis, Method, Source, Touch
from insight.domain.places import Place
from insight.domain.policy import Adoption, Role, policy_on, store
from insight.domain.shares import shares
from insight.settings import Settings
from insight.store.policies import PolicyFileError, policy_files, require_default
from tsunagu.contracts.values import LocationKind, TouchpointKind

AT = datetime(2026, 4, 1, 3, tzinfo=UTC)
PLACES = {
    "a": Place(LocationKind.STORE, "own"),
    "b": Place(LocationKind.STORE, "own"),
    "depot": Place(LocationKind.WAREHOUSE, "own"),
}
FILES = policy_files(Settings().policy_folder)
BOTH = FILES["both-earn-v2"].policy
PICKUP = Basis("app", Method.PICKUP, "a", AT)


def weights(basis: Any, policy: Any = BOTH, places: Any = PLACES) -> Any:
    """Percent of each role and party, among the parts that apply."""
    divided = shares(policy, basis, places)
    pieces = sum(source.quantity for source in basis.sources) or 1
    return {(share.role.value, share.party.party_id): share.weight / pieces for share in divided}


def touch(location_id: Any = "b", days: Any = 1, kind: Any = TouchpointKind.STORE_SCAN) -> Any:
    return Touch(kind, location_id, "staff:7", AT - timedelta(days=days))


def test_shares__all_that_can_be_done_for_an_order__every_role_earns_its_percent() -> None:
    advice = touch("a", kind=TouchpointKind.STAFF_ADVICE)
    sent = Basis("app", Method.SHIP, "b", AT, touches=(touch(), advice), sources=(Source("b", 1),))
    collected = replace(sent, method=Method.PICKUP, location_id="a")

    assert weights(sent) == {
        ("ordered", "ec"): 30, ("seen", "b"): 15, ("advised", "a"): 10, ("picked", "b"): 10,
        ("delivered", "logistics"): 5,
    }  # fmt: skip
    assert weights(collected) == {
        ("handed_over", "a"): 30, ("ordered", "ec"): 30, ("seen", "b"): 15, ("advised", "a"): 10,
        ("picked", "b"): 10,
    }  # fmt: skip


def test_shares__a_till_sale__is_its_stores_alone_under_every_policy() -> None:
    till = Basis("store", Method.TILL, "a", AT, paid_at="a")

    for file in FILES.values():
        assert [share.party for share in shares(file.policy, till, PLACES)] == [store("a")]


@pytest.mark.parametrize("days", [31, -1])
def test_shares__a_scan_outside_the_window__earns_nothing(days: Any) -> None:
    assert ("seen", "b") not in weights(replace(PICKUP, touches=(touch(days=days),)))


def test_shares__two_stores_showed_it__the_last_one_earns() -> None:
    found = weights(replace(PICKUP, touches=(touch("b", days=1), touch("a", days=2))))

    assert ("seen", "b") in found and ("seen", "a") not in found


@pytest.mark.parametrize("kind", [TouchpointKind.WEB_VIEW, TouchpointKind.CAMPAIGN])
def test_shares__a_touchpoint_that_the_policy_does_not_name__earns_nothing(kind: Any) -> None:
    assert weights(replace(PICKUP, touches=(touch(kind=kind),))) == weights(PICKUP)


def test_shares__a_touchpoint_of_no_location__earns_nothing() -> None:
    assert weights(replace(PICKUP, touches=(touch(None),))) == weights(PICKUP)


def test_shares__ordered_at_a_stores_counter__the_store_that_took_it_earns_and_ec_does_not() -> None:
    counter = replace(PICKUP, channel="store", touches=(touch("b", kind=TouchpointKind.ORDER_TAKEN, days=0),))

    assert weights(counter) == {("handed_over", "a"): 30, ("ordered", "b"): 30}
    assert ("ordered", "b") not in weights(replace(counter, channel="app")), "the channel took the order"


def test_shares__sent_from_a_warehouse__logistics_has_the_pick() -> None:
    assert weights(Basis("ec", Method.SHIP, "depot", AT)) == {
        ("ordered", "ec"): 30, ("picked", "logistics"): 10, ("delivered", "logistics"): 5,
    }  # fmt: skip


def test_shares__pieces_from_a_store_and_a_warehouse__each_has_the_pick_by_its_pieces() -> None:
    basis = Basis("ec", Method.SHIP, "depot", AT, sources=(Source("b", 1), Source("depot", 3)))

    found = weights(basis)

    assert (found["picked", "b"], found["picked", "logistics"]) == (10 / 4, 10 * 3 / 4)


def test_shares__a_pickup_of_unknown_origin__nobody_has_picked_it() -> None:
    assert not [role for role, _ in weights(PICKUP) if role == "picked"]


def test_shares__an_unknown_location__counts_as_a_store() -> None:
    assert ("picked", "new") in weights(Basis("ec", Method.SHIP, "new", AT), places={})


def test_shares__no_part_applies__the_store_that_handed_it_over_else_the_department_for_the_rest() -> None:
    only_ec = FILES["channel-only-v2"].policy

    assert weights(replace(PICKUP, channel="store"), only_ec) == {("handed_over", "a"): 1}
    assert weights(Basis("store", Method.SHIP, "a", AT), only_ec) == {("ordered", "ec"): 1}


def test_policy_on__adoptions__the_latest_begun_holds_and_of_two_for_one_day_the_later_made() -> None:
    adoptions = [
        Adoption("may", date(2026, 5, 1)),
        Adoption("april", date(2026, 4, 1)),
        Adoption("may-2", date(2026, 5, 1)),
    ]

    found = [policy_on(date(2026, month, 1), adoptions, "default") for month in (3, 4, 5)]
    assert found == ["default", "april", "may-2"]


def test_policy_files__those_that_are_shipped__name_every_role_once_at_most_and_add_up() -> None:
    assert set(FILES) == {"both-earn-v2", "channel-only-v2", "handover-only-v2"}
    assert {part.role for part in BOTH.parts} == set(Role)
    assert all(sum(part.percent for part in file.policy.parts) == 100 for file in FILES.values())


def test_policy_files__a_file_that_is_no_policy__is_named_with_the_line(tmp_path: Any) -> None:
    (tmp_path / "broken.toml").write_text("\npolicy_id = 3\n")

    with pytest.raises(PolicyFileError, match=r"broken\.toml line \d+: .*part"):
        policy_files(tmp_path)


def test_policy_files__a_file_in_another_encoding__is_named(tmp_path: Any) -> None:
    (tmp_path / "sjis.toml").write_bytes("title = '店'".encode("shift_jis"))

    with pytest.raises(PolicyFileError, match=r"sjis\.toml: is not UTF-8"):
        policy_files(tmp_path)


def test_policy_files__one_policy_in_two_files__is_refused(tmp_path: Any) -> None:
    text = (Settings().policy_folder / "channel-only-v2.toml").read_text(encoding="utf-8")
    for name in ("one.toml", "two.toml"):
        (tmp_path / name).write_text(text, encoding="utf-8")

    with pytest.raises(PolicyFileError, match=r"two\.toml: policy channel-only-v2 is there twice"):
        policy_files(tmp_path)


def test_require_default__a_policy_that_is_not_there__is_said_at_the_start() -> None:
    with pytest.raises(PolicyFileError, match="there is no policy nobody"):
        require_default(Settings().policy_folder, "nobody")
