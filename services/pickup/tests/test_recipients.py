"""Who may collect follows the order, whenever it says so, and so does what opens it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pickup.domain.codes import code_hash, kept
from pickup.domain.draft import Draft
from pickup.domain.locking import proves
from pickup.domain.model import Group, GroupState, Work
from pickup.domain.outcomes import CodeIsReplaced
from pickup.domain.recipients import name_recipient
from pickup.domain.scene import Scene
from pickup.settings import Settings
from tsunagu.contracts.ids import uuid7
from tsunagu.contracts.messages import (
    CommandRefused,
    OrderChanged,
    PickupCode,
    PickupCodeReplaced,
    PickupCollected,
    PickupLocked,
    PickupReady,
)
from tsunagu.contracts.values import FulfilmentMethod, LineQuantity
from tsunagu.testing.harness import Harness, all_of, only

START = datetime(2026, 4, 1, 9, tzinfo=UTC)
component = pytest.mark.component


async def ready(pickup: Harness, order: Any, recipient_ref: str | None) -> PickupCode:
    """The order waits for its shopper, or for this recipient; returns its code."""
    await pickup.deliver(order.confirmed())
    if recipient_ref is not None:
        await pickup.deliver(order.recipient_changed(recipient_ref))
    return only(await pickup.deliver(order.pick()), PickupCode)


def shown(order: Any, code: PickupCode, **other: Any) -> Any:
    """Somebody shows this code at the desk."""
    return order.hand_over(code_hash=code_hash(code.token), **other)


@pytest.mark.wide
@component
async def test_recipient__changed_before_the_goods_are_ready__is_named_in_the_notice(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await pickup.deliver(order.confirmed(), order.recipient_changed("recipient:2"))
    assert only(await pickup.deliver(order.pick()), PickupReady).recipient_ref == "recipient:2"


@pytest.mark.wide
@component
async def test_recipient__taken_back_while_the_goods_wait__is_not_named_any_more(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    await ready(pickup, order, "recipient:2")
    await pickup.deliver(order.recipient_changed(None))
    assert only(await pickup.deliver(order.hand_over()), PickupCollected).recipient_ref is None


@pytest.mark.wide
@component
async def test_recipient__changed_before_pickup_knows_the_order__the_confirmation_names_them(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    assert await pickup.deliver(order.recipient_changed("recipient:2")) == []
    confirmed = order.confirmed().model_copy(update={"recipient_ref": "recipient:2"})
    await pickup.deliver(confirmed)
    assert only(await pickup.deliver(order.pick()), PickupReady).recipient_ref == "recipient:2"


@pytest.mark.wide
@component
@pytest.mark.parametrize("after", ["recipient:2", None])
async def test_code__of_a_recipient_whose_place_is_taken__is_void_and_a_new_one_is_good(
    pickup: Harness, a: Any, after: str | None
) -> None:
    order = a.order()
    old = await ready(pickup, order, "recipient:1")
    changed = order.recipient_changed(after)
    out = await pickup.deliver(changed)
    new, said = only(out, PickupCode), only(out, PickupCodeReplaced)
    assert (said.code_hash, said.recipient_ref) == (code_hash(new.token), after)
    assert (new.version, new.recipient_version) == (old.version + 1, changed.version)
    assert new.valid_until == old.valid_until

    refused = only(await pickup.deliver(shown(order, old)), CommandRefused)
    assert refused.reason == "code_replaced"
    assert "check at the desk who may collect" in refused.detail
    only(await pickup.deliver(shown(order, new)), PickupCollected)


@pytest.mark.wide
@component
async def test_code__that_only_the_shopper_had__goes_on_when_they_name_somebody(
    pickup: Harness, a: Any
) -> None:
    order = a.order()
    code = await ready(pickup, order, None)
    assert await pickup.deliver(order.recipient_changed("recipient:1")) == []
    collected = only(await pickup.deliver(shown(order, code)), PickupCollected)
    assert collected.recipient_ref == "recipient:1"


@pytest.mark.wide
@component
async def test_replaced_code__shown_again_and_again__counts_as_no_guess(pickup: Harness, a: Any) -> None:
    order = a.order()
    old = await ready(pickup, order, "recipient:1")
    new = only(await pickup.deliver(order.recipient_changed("recipient:2")), PickupCode)
    out = await pickup.deliver(*(shown(order, old) for _ in range(10)))
    assert {answer.reason for answer in all_of(out, CommandRefused)} == {"code_replaced"}
    assert not all_of(out, PickupLocked)
    only(await pickup.deliver(shown(order, new)), PickupCollected)


@pytest.mark.wide
@component
async def test_replaced_code__that_was_taken_offline__is_booked_and_flagged(pickup: Harness, a: Any) -> None:
    order = a.order()
    old = await ready(pickup, order, "recipient:1")
    await pickup.deliver(order.recipient_changed("recipient:2"))
    out = await pickup.deliver(shown(order, old, done_offline=True))
    assert only(out, PickupCollected).unproven is True


@pytest.mark.wide
@component
async def test_recipient__changed_by_a_change_of_the_way__voids_the_code_too(pickup: Harness, a: Any) -> None:
    order = a.order(skus=("SHIRT", "SHOE"))
    await pickup.deliver(order.confirmed(), order.recipient_changed("recipient:1"))
    await pickup.deliver(order.pick())
    old = only(await pickup.deliver(order.pick(1)), PickupCode)
    changed = OrderChanged(
        **{**order.head(), "recipient_ref": "recipient:2"},
        change_id=uuid7(),
        groups=order.groups,
        lines=order.lines(),
        changed_line_ids=("l2",),
        ended_allocations=order.allocations()[1:],
    )
    new = only(await pickup.deliver(changed), PickupCode)
    assert new.recipient_version == changed.version
    refused = await pickup.deliver(shown(order, old, lines=(LineQuantity(line_id="l1", quantity=1),)))
    assert only(refused, CommandRefused).reason == "code_replaced"


_who = st.sampled_from([None, "recipient:1", "recipient:2", "recipient:3"])


@given(first=_who, steps=st.lists(st.one_of(_who, st.just("another group is ready")), max_size=12))
def test_codes__any_sequence_of_recipients__open_the_order_unless_a_former_one_knows_them(
    first: str | None, steps: list[str | None]
) -> None:
    policy = Settings().policy()
    group = Group("g1", FulfilmentMethod.PICKUP, "S001", GroupState.READY, START + timedelta(days=3))
    work = Work("o1", known=True, recipient_ref=first, code_published=True, groups={"g1": group})
    known_to: dict[str, set[str | None]] = {}
    void = set[str]()

    def issue(draft: Draft) -> None:
        token = f"token {len(known_to)}"
        known_to[token] = {draft.recipient_ref}
        draft.codes = (*draft.codes, kept("g1", token, f"salt {len(known_to)}"))

    draft = Draft(work, Scene(START, START, policy))
    issue(draft)
    for version, step in enumerate(steps, start=2):
        work = draft.decided().work
        draft = Draft(work, Scene(START, START, policy))
        if step == "another group is ready":
            issue(draft)
        else:
            name_recipient(draft, step, version)
            if any(isinstance(said, CodeIsReplaced) for said in draft.outcomes):
                issue(draft)
        for token, people in known_to.items():
            if people - {None, draft.recipient_ref}:
                void.add(token)
            assert proves(draft, code_hash(token)) == (token not in void)
            people.add(draft.recipient_ref)
        assert known_to.keys() - void
