"""A person decides: two customers are one, or one is two."""

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
from tsunagu.contracts.messages.customer import CustomerEvent
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]


async def test_merge__two_customers__the_older_stays_with_the_purchases_of_both(
    service: Harness, a: Any
) -> None:
    one, other = a.ref(), a.ref()
    older = only(await service.deliver(a.identification(one)), CustomerIdentified)
    await service.deliver(a.identification(other), a.sale(one), a.sale(other))
    await service.work_due()

    out = await service.deliver(a.merge(other, one))

    merged = only(out, CustomersMerged)
    assert (merged.customer_id, merged.reason) == (older.customer_id, "person_decided")
    profile = only(out, CustomerProfile)
    assert profile.purchases_by_channel[0].count == 2
    assert only(await service.work_due(), Purchase).customer_id == older.customer_id


async def test_merge__a_ref_nobody_knows__is_refused(service: Harness, a: Any) -> None:
    ref = a.ref()
    await service.deliver(a.identification(ref))

    assert only(await service.deliver(a.merge(ref, a.ref())), CommandRefused).reason == "unknown_customer"


async def test_merge__one_customer_with_itself__is_accepted(service: Harness, a: Any) -> None:
    one, other = a.ref(), a.ref("card")
    await service.deliver(a.identification(one, others=[other]))

    only(await service.deliver(a.merge(one, other)), CommandAccepted)


async def test_split__refs_leave_with_their_purchases_and_contacts(service: Harness, a: Any) -> None:
    stays, leaves = a.ref(), a.ref()
    await service.deliver(a.identification(stays, phones=("03-1234-5678",)))
    await service.deliver(a.identification(leaves, phones=("03-1234-5678",), emails=("leaves@example.jp",)))
    await service.deliver(a.sale(stays), a.sale(leaves), a.sale(leaves))

    out = await service.deliver(a.split(stays, leaves))

    split = only(out, CustomerSplit)
    assert (split.refs, split.moved_refs) == ((stays,), (leaves,))
    counts = {one.customer_id: one.purchases_by_channel[0].count for one in all_of(out, CustomerProfile)}
    assert counts == {split.customer_id: 1, split.new_customer_id: 2}
    late = await service.work_due()
    assert {one.customer_id for one in all_of(late, Purchase)} == {split.new_customer_id}
    # What only the leaving ref had given goes with it.
    again = only(
        await service.deliver(a.identification(a.ref(), emails=("leaves@example.jp",))), CustomerIdentified
    )
    assert again.customer_id == split.new_customer_id


async def test_split__the_new_customer__all_versions_from_the_first_are_told(
    service: Harness, a: Any
) -> None:
    stays, leaves = a.ref(), a.ref()
    await service.deliver(a.identification(stays, others=[leaves]))

    out = await service.deliver(a.split(stays, leaves))

    new_id = only(out, CustomerSplit).new_customer_id
    told = [
        one.version
        for one in out
        if isinstance(one, CustomerEvent | CustomerProfile) and one.customer_id == new_id
    ]
    assert sorted(told) == list(range(1, len(told) + 1))
    version = await service.connection.fetchval("SELECT version FROM customer WHERE customer_id = $1", new_id)
    assert version == len(told)


async def test_split__the_shared_key_named_again__does_not_merge_what_a_person_keeps_apart(
    service: Harness, a: Any
) -> None:
    stays, leaves = a.ref(), a.ref()
    await service.deliver(
        a.identification(stays, phones=("03-1234-5678",)), a.identification(leaves, phones=("03-1234-5678",))
    )
    split = only(await service.deliver(a.split(stays, leaves)), CustomerSplit)

    again = await service.deliver(a.identification(leaves, phones=("03-1234-5678",)))

    assert not all_of(again, CustomersMerged)
    assert only(again, CustomerIdentified).customer_id == split.new_customer_id


async def test_split__a_third_customer_tied_to_both__is_not_the_bridge_over_which_they_merge(
    service: Harness, a: Any
) -> None:
    stays, leaves, third = a.ref(), a.ref(), a.ref()
    await service.deliver(a.identification(stays, others=[leaves]))
    split = only(await service.deliver(a.split(stays, leaves)), CustomerSplit)
    await service.deliver(a.identification(third, others=[stays]))

    out = await service.deliver(a.identification(third, others=[leaves]))

    assert not all_of(out, CustomersMerged)
    assert only(out, CustomerIdentified).customer_id == split.customer_id


async def test_split__then_merged_by_a_person__is_one_again_and_stays_so(service: Harness, a: Any) -> None:
    stays, leaves = a.ref(), a.ref()
    await service.deliver(a.identification(stays, others=[leaves]))
    split = only(await service.deliver(a.split(stays, leaves)), CustomerSplit)

    merged = only(await service.deliver(a.merge(leaves, stays)), CustomersMerged)

    assert {merged.customer_id, merged.merged_customer_id} == {split.customer_id, split.new_customer_id}
    assert await service.connection.fetchval("SELECT count(*) FROM kept_apart") == 0


@pytest.mark.parametrize("moved", ["its_own_ref", "a_stranger"])
async def test_split__refs_that_cannot_leave__is_refused(service: Harness, a: Any, moved: str) -> None:
    ref, stranger = a.ref(), a.ref()
    await service.deliver(a.identification(ref), a.identification(stranger))

    out = await service.deliver(a.split(ref, ref if moved == "its_own_ref" else stranger))

    assert only(out, CommandRefused).reason == "refs_not_of_customer"
