"""A code can't be guessed: after too many wrong ones no code of the order is looked at for a while."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import REGISTRY

from pickup.domain.codes import code_hash, kept
from pickup.domain.draft import Draft
from pickup.domain.locking import try_code
from pickup.domain.model import Work
from pickup.domain.outcomes import CodesAreLocked, Refused
from pickup.domain.scene import Scene
from pickup.settings import Settings
from tsunagu.contracts.messages import (
    CommandAccepted,
    CommandRefused,
    PickupCollected,
    PickupLocked,
    PickupReady,
)
from tsunagu.contracts.values import HandoverProof
from tsunagu.testing.harness import Harness, all_of, only

TRIES = 5
START = datetime(2026, 4, 1, 9, tzinfo=UTC)
component = pytest.mark.component


async def ready(pickup: Harness, order: Any) -> str:
    """The order waits for its shopper; returns the hash of its code."""
    await pickup.deliver(order.confirmed())
    announced = only(await pickup.deliver(order.pick()), PickupReady)
    assert announced.code_hash is not None
    return announced.code_hash


def guess(order: Any, number: int, **other: Any) -> Any:
    """Somebody tries a code that is not the order's."""
    return order.hand_over(code_hash=code_hash(f"guess-{number}"), **other)


async def locked(pickup: Harness, order: Any) -> PickupLocked:
    """All tries are used up."""
    out = await pickup.deliver(*(guess(order, number) for number in range(TRIES)))
    assert {answer.reason for answer in all_of(out, CommandRefused)} == {"wrong_code"}
    return only(out, PickupLocked)


@component
async def test_wrong_codes__one_below_the_limit__the_right_one_is_taken(pickup: Harness, a: Any) -> None:
    order = a.order()
    right = await ready(pickup, order)
    out = await pickup.deliver(*(guess(order, number) for number in range(TRIES - 1)))
    assert not all_of(out, PickupLocked)
    only(await pickup.deliver(order.hand_over(code_hash=right)), PickupCollected)


@component
async def test_wrong_codes__as_many_as_are_allowed__lock_the_order_and_say_so(
    pickup: Harness, a: Any
) -> None:
    def locks() -> float:
        return REGISTRY.get_sample_value("tsunagu_pickup_code_locks_total") or 0.0

    order, before = a.order(), locks()
    await ready(pickup, order)
    said = await locked(pickup, order)
    assert (said.order_id, said.location_id, said.tries) == (order.order_id, a.shop, TRIES)
    assert said.occurred_at <= said.until - timedelta(minutes=15) <= datetime.now(UTC)
    assert locks() == before + 1


@component
async def test_right_code__while_locked__is_refused_and_says_until_when(pickup: Harness, a: Any) -> None:
    order = a.order()
    right = await ready(pickup, order)
    said = await locked(pickup, order)
    refused = only(await pickup.deliver(order.hand_over(code_hash=right)), CommandRefused)
    assert refused.reason == "locked"
    assert f"{said.until:%Y-%m-%d %H:%M:%S} UTC" in refused.detail


@component
async def test_right_code__after_the_lock__is_taken(pickup: Harness, a: Any) -> None:
    order = a.order()
    right = await ready(pickup, order)
    await locked(pickup, order)
    await _let_the_lock_end(pickup)
    only(await pickup.deliver(order.hand_over(code_hash=right)), PickupCollected)


@component
async def test_wrong_codes__after_a_lock__lock_twice_as_long(pickup: Harness, a: Any) -> None:
    order = a.order()
    await ready(pickup, order)
    await locked(pickup, order)
    await _let_the_lock_end(pickup)
    again = await locked(pickup, order)
    assert again.occurred_at <= again.until - timedelta(minutes=30) <= datetime.now(UTC)


@component
async def test_desk_proof__while_locked__is_enough(pickup: Harness, a: Any) -> None:
    order = a.order()
    await ready(pickup, order)
    await locked(pickup, order)
    collected = only(await pickup.deliver(order.hand_over()), PickupCollected)
    assert (collected.proof, collected.unproven) == (HandoverProof.DESK, None)


@component
@pytest.mark.parametrize("is_locked", [True, False])
async def test_offline_handover__locked_or_with_a_wrong_code__is_booked_and_flagged(
    pickup: Harness, a: Any, is_locked: bool
) -> None:
    order = a.order()
    right = await ready(pickup, order)
    if is_locked:
        await locked(pickup, order)
    shown = right if is_locked else code_hash("something else")
    out = await pickup.deliver(order.hand_over(code_hash=shown, done_offline=True))
    assert only(out, PickupCollected).unproven is True


@component
async def test_offline_handover__with_the_right_code__is_booked_without_a_flag(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    right = await ready(pickup, order)
    out = await pickup.deliver(order.hand_over(code_hash=right, done_offline=True))
    assert only(out, PickupCollected).unproven is None


@component
async def test_wrong_code__the_same_command_again_and_again__counts_once(pickup: Harness, a: Any) -> None:
    order = a.order()
    right = await ready(pickup, order)
    wrong = guess(order, 1)
    for _ in range(TRIES):
        # Each time in an envelope of its own, as a device sends what it had no answer to.
        assert not all_of(await pickup.deliver(wrong), PickupLocked)
    only(await pickup.deliver(order.hand_over(code_hash=right)), PickupCollected)


@component
async def test_wrong_codes__of_one_order__leave_others_alone(pickup: Harness, a: Any) -> None:
    order, other = a.order(), a.order()
    await ready(pickup, order)
    right = await ready(pickup, other)
    await locked(pickup, order)
    only(await pickup.deliver(other.hand_over(code_hash=right)), PickupCollected)


@component
async def test_wrong_codes__where_nothing_of_the_order_waits__are_not_looked_at(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed())
    early = await pickup.deliver(*(guess(order, number) for number in range(TRIES)))
    right = only(await pickup.deliver(order.pick()), PickupReady).code_hash
    elsewhere = await pickup.deliver(
        *(guess(order, number, location_id=a.other) for number in range(TRIES)),
        order.hand_over(code_hash=right, location_id=a.other),
    )
    assert {answer.reason for answer in all_of(early, CommandRefused)} == {"not_ready"}
    assert {answer.reason for answer in all_of(elsewhere, CommandRefused)} == {"not_here"}
    only(await pickup.deliver(order.hand_over(code_hash=right)), PickupCollected)
    late = await pickup.deliver(*(guess(order, number) for number in range(TRIES)))
    assert {answer.reason for answer in all_of(late, CommandRefused)} == {"already_collected"}
    assert not all_of([*early, *elsewhere, *late], PickupLocked)


@component
async def test_lock__the_goods_paid_at_the_till__are_collected_all_the_same(pickup: Harness, a: Any) -> None:
    order = a.order()
    await ready(pickup, order)
    await locked(pickup, order)
    assert only(await pickup.deliver(order.receipt()), PickupCollected).proof is HandoverProof.RECEIPT
    only(await pickup.deliver(order.hand_over()), CommandAccepted)


async def _let_the_lock_end(pickup: Harness) -> None:
    await pickup.connection.execute(
        "UPDATE work SET locked_until = $1", datetime.now(UTC) - timedelta(seconds=1)
    )


_steps = st.lists(
    st.tuples(st.integers(0, 40), st.sampled_from(["wrong", "wrong", "wrong", "right"])), max_size=60
)


@given(steps=_steps, tries_max=st.integers(1, 6))
def test_try_code__any_sequence_of_guesses__never_has_more_tries_than_allowed_between_locks(
    steps: list[tuple[int, str]], tries_max: int
) -> None:
    policy = Settings(code_tries_max=tries_max, code_locked_minutes=10, code_locked_minutes_max=35).policy()
    work = Work("o1", codes=(kept("g1", "the token", "salt"),))
    now, tries, locked_until, lengths = START, 0, START, list[float]()
    for minutes, shown in steps:
        now += timedelta(minutes=minutes)
        draft = Draft(work, Scene(now, now, policy))
        refused = try_code(draft, code_hash("the token" if shown == "right" else "another"), "S001")
        said, work = draft.outcomes, draft.decided().work
        if now < locked_until:
            assert isinstance(refused, Refused)
            assert (refused.reason, said) == ("locked", [])
            continue
        if shown == "right":
            assert refused is None
            tries, lengths = 0, []
            continue
        assert isinstance(refused, Refused)
        assert refused.reason == "wrong_code"
        tries += 1
        assert tries <= tries_max
        if tries == tries_max:
            (lock,) = said
            assert isinstance(lock, CodesAreLocked)
            lengths.append((lock.until - now).total_seconds() / 60)
            assert lengths == [10.0, 20.0, *[35.0] * len(lengths)][: len(lengths)]
            assert lock.tries == tries_max
            tries, locked_until = 0, lock.until
        else:
            assert said == []
