"""What was put together or parted wrongly is taken back, with all that was bought and said."""

from typing import Any

import pytest

from tsunagu.contracts.messages import (
    CommandAccepted,
    CommandRefused,
    CustomerIdentified,
    CustomerProfile,
    CustomersMerged,
    CustomerSplit,
    Purchase,
)
from tsunagu.contracts.messages.customer import WhoIsWho
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def _merged_by_phone(service: Harness, a: Any, older: str, newer: str) -> CustomersMerged:
    await service.deliver(a.identification(older, phones=("03-1234-5678",)))
    await service.deliver(a.identification(newer))
    return only(await service.deliver(a.identification(newer, phones=("03-1234-5678",))), CustomersMerged)


async def test_undo_merge__each_holds_again_what_they_held_with_purchases_and_profile(
    service: Harness, a: Any
) -> None:
    older, newer = a.ref(), a.ref()
    merged = await _merged_by_phone(service, a, older, newer)
    await service.deliver(a.sale(older), a.sale(newer), a.sale(newer))
    await service.work_due()

    out = await service.deliver(a.undo(merged))

    split = only(out, CustomerSplit)
    assert (split.customer_id, split.new_customer_id) == (merged.customer_id, merged.merged_customer_id)
    assert (split.refs, split.moved_refs) == ((older,), (newer,))
    counts = {one.customer_id: one.purchases_by_channel[0].count for one in all_of(out, CustomerProfile)}
    assert counts == {merged.customer_id: 1, merged.merged_customer_id: 2}
    late = all_of(await service.work_due(), Purchase)
    assert [one.customer_id for one in late] == [merged.merged_customer_id] * 2


async def test_undo_merge__a_profile_that_is_as_before_the_merge__is_published_again(
    service: Harness, a: Any
) -> None:
    one, other = a.ref(), a.ref()
    before = all_of(await service.deliver(a.identification(one), a.identification(other)), CustomerProfile)
    merged = only(await service.deliver(a.merge(one, other)), CustomersMerged)

    out = await service.deliver(a.undo(merged))

    back = {profile.customer_id: profile for profile in all_of(out, CustomerProfile)}
    assert {profile.refs for profile in back.values()} == {profile.refs for profile in before}
    assert back[merged.merged_customer_id].version > max(
        profile.version for profile in before if profile.customer_id == merged.merged_customer_id
    )


async def test_undo_merge__the_shared_key_named_again__does_not_merge_them(service: Harness, a: Any) -> None:
    older, newer = a.ref(), a.ref()
    merged = await _merged_by_phone(service, a, older, newer)
    await service.deliver(a.undo(merged))

    again = await service.deliver(a.identification(newer, phones=("03-1234-5678",)))

    assert not all_of(again, CustomersMerged)
    assert only(again, CustomerIdentified).customer_id == merged.merged_customer_id


async def test_undo_merge__what_came_since__goes_with_the_side_that_it_was_named_with(
    service: Harness, a: Any
) -> None:
    older, newer, card, device, both = (a.ref() for _ in range(5))
    merged = await _merged_by_phone(service, a, older, newer)
    await service.deliver(a.identification(older, others=[card]))
    await service.deliver(a.identification(device, others=[newer]))
    await service.deliver(a.identification(both, others=[newer, older]))

    split = only(await service.deliver(a.undo(merged)), CustomerSplit)

    assert set(split.moved_refs) == {newer, device}
    assert set(split.refs) == {older, card, both}


async def test_undo_merge__whoever_stayed_was_merged_on__parts_them_from_the_one_who_is_left(
    service: Harness, a: Any
) -> None:
    oldest, older, newer = a.ref(), a.ref(), a.ref()
    first = only(await service.deliver(a.identification(oldest)), CustomerIdentified)
    merged = await _merged_by_phone(service, a, older, newer)
    onward = only(await service.deliver(a.merge(oldest, older)), CustomersMerged)

    split = only(await service.deliver(a.undo(merged)), CustomerSplit)
    onward_undone = only(await service.deliver(a.undo(onward)), CustomerSplit)

    assert (split.customer_id, split.moved_refs) == (first.customer_id, (newer,))
    assert (onward_undone.customer_id, onward_undone.moved_refs) == (first.customer_id, (older,))
    assert onward_undone.new_customer_id == merged.customer_id


async def test_undo_split__is_one_customer_again_and_exact_keys_join_them_again(
    service: Harness, a: Any
) -> None:
    stays, leaves = a.ref(), a.ref()
    await service.deliver(a.identification(stays, others=[leaves]), a.sale(stays), a.sale(leaves))
    split = only(await service.deliver(a.split(stays, leaves)), CustomerSplit)
    await service.work_due()

    out = await service.deliver(a.undo(split))

    merged = only(out, CustomersMerged)
    assert (merged.customer_id, merged.merged_customer_id) == (split.customer_id, split.new_customer_id)
    assert merged.reason == "split_undone"
    assert only(out, CustomerProfile).purchases_by_channel[0].count == 2
    assert only(await service.work_due(), Purchase).customer_id == split.customer_id
    assert await service.connection.fetchval("SELECT count(*) FROM kept_apart") == 0


async def test_undo__of_an_undo__does_it_again(service: Harness, a: Any) -> None:
    one, other = a.ref(), a.ref()
    await service.deliver(a.identification(one), a.identification(other))
    merged = only(await service.deliver(a.merge(one, other)), CustomersMerged)
    split = only(await service.deliver(a.undo(merged)), CustomerSplit)

    again = only(await service.deliver(a.undo(split)), CustomersMerged)

    assert (again.customer_id, again.merged_customer_id) == (merged.customer_id, merged.merged_customer_id)
    undone = only(await service.deliver(a.undo(again)), CustomerSplit)
    assert undone.new_customer_id == merged.merged_customer_id


async def test_undo__twice__is_accepted_and_nothing_happens(service: Harness, a: Any) -> None:
    one, other = a.ref(), a.ref()
    await service.deliver(a.identification(one), a.identification(other))
    merged = only(await service.deliver(a.merge(one, other)), CustomersMerged)

    out = await service.deliver(a.undo(merged), a.undo(merged))

    assert len(all_of(out, CustomerSplit)) == 1
    only(out, CommandAccepted)


async def test_undo__an_event_that_changed_no_identity__is_refused(service: Harness, a: Any) -> None:
    identified = only(await service.deliver(a.identification(a.ref())), CustomerIdentified)

    out = await service.deliver(a.undo(identified))

    assert only(out, CommandRefused).reason == "unknown_change"


@pytest.mark.parametrize("undone", ["a_merge", "a_split"])
async def test_undo__erased_since__is_refused(service: Harness, a: Any, undone: str) -> None:
    one, other = a.ref(), a.ref()
    await service.deliver(a.identification(one), a.identification(other))
    change: Any = only(await service.deliver(a.merge(one, other)), CustomersMerged)
    if undone == "a_split":
        change = only(await service.deliver(a.split(one, other)), CustomerSplit)
    await service.deliver(a.erasure(one))

    out = await service.deliver(a.undo(change))

    assert only(out, CommandRefused).reason == "erased"
    assert (
        await service.connection.fetchval(
            "SELECT count(*) FROM changed_key JOIN identifier USING (digest) WHERE suppressed_at IS NOT NULL"
        )
        == 0
    )


async def test_undo_merge__split_otherwise_since__is_refused(service: Harness, a: Any) -> None:
    one, other = a.ref(), a.ref()
    await service.deliver(a.identification(one), a.identification(other))
    merged = only(await service.deliver(a.merge(one, other)), CustomersMerged)
    await service.deliver(a.split(one, other))

    out = await service.deliver(a.undo(merged))

    assert only(out, CommandRefused).reason == "changed_since"


async def test_undo_split__merged_by_a_person_since__is_refused(service: Harness, a: Any) -> None:
    one, other = a.ref(), a.ref()
    await service.deliver(a.identification(one, others=[other]))
    split = only(await service.deliver(a.split(one, other)), CustomerSplit)
    await service.deliver(a.merge(one, other))

    out = await service.deliver(a.undo(split))

    assert only(out, CommandRefused).reason == "changed_since"


async def test_undo__in_either_order__comes_to_the_same(service: Harness, a: Any) -> None:
    async def groups(*, first_newest: bool) -> set[frozenset[int]]:
        refs = [a.ref() for _ in range(3)]
        await service.deliver(*(a.identification(ref) for ref in refs))
        changes = [
            only(await service.deliver(a.merge(refs[1], refs[2])), CustomersMerged),
            only(await service.deliver(a.merge(refs[0], refs[1])), CustomersMerged),
        ]
        for change in reversed(changes) if first_newest else changes:
            only(await service.deliver(a.undo(change)), CustomerSplit)
        identified = [only(await service.deliver(a.identification(ref)), CustomerIdentified) for ref in refs]
        return {frozenset(refs.index(ref) for ref in one.refs) for one in identified}

    alone = {frozenset((0,)), frozenset((1,)), frozenset((2,))}
    assert await groups(first_newest=True) == await groups(first_newest=False) == alone


async def test_undo__guessed_in_the_batch_of_the_merge__is_done(service: Harness, a: Any) -> None:
    one, other = a.ref(), a.ref()
    older = only(await service.deliver(a.identification(one)), CustomerIdentified)
    await service.deliver(a.identification(other))
    version = await service.connection.fetchval(
        "SELECT version FROM customer WHERE customer_id = $1", older.customer_id
    )
    merge = a.merge(one, other)
    guessed = a.undo(older.model_copy(update={"version": version + 1}))

    out = await service.deliver(merge, guessed)

    assert only(out, CustomersMerged).version == version + 1
    only(out, CustomerSplit)


async def test_who_is_who__changes_of_one_moment_and_by_clocks_that_differ__have_a_certain_order(
    service: Harness, a: Any, hours: Any
) -> None:
    one, other = a.ref(), a.ref()
    older = only(await service.deliver(a.identification(one)), CustomerIdentified)
    await service.deliver(a.identification(other))
    version = await service.connection.fetchval(
        "SELECT version FROM customer WHERE customer_id = $1", older.customer_id
    )
    guessed = a.undo(older.model_copy(update={"version": version + 1}))
    at_once = await service.deliver(a.merge(one, other), guessed)
    hours.pass_by(seconds=-30)

    later = await service.deliver(a.identification(other))

    said = [event for event in (*at_once, *later) if isinstance(event, WhoIsWho)]
    assert [type(event) for event in said] == [CustomersMerged, CustomerSplit, CustomerIdentified]
    assert said[0].occurred_at == said[1].occurred_at > said[-1].occurred_at
    assert [event.sequence for event in said] == sorted({event.sequence for event in said})
    assert said[0].sequence > older.sequence
