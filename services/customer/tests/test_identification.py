"""Exact keys join statements of channels into customers."""

import random
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tsunagu.contracts.messages import (
    CommandAccepted,
    CommandRefused,
    CustomerErased,
    CustomerIdentified,
    CustomerProfile,
    CustomersMerged,
    SegmentChanged,
)
from tsunagu.contracts.topics import CUSTOMER_COMMANDS
from tsunagu.contracts.values import IdentifierKind, Segment
from tsunagu.testing.harness import Harness, all_of, only, record_of

pytestmark = pytest.mark.component


async def test_identify__an_unknown_ref__becomes_a_customer_and_a_prospect(service: Harness, a: Any) -> None:
    ref, card = a.ref(), a.ref("card")

    out = await service.deliver(a.identification(ref, others=[card], family_name="山田"))

    identified = only(out, CustomerIdentified)
    assert identified.is_new
    assert identified.customer_ref == ref
    assert set(identified.refs) == {ref, card}
    assert only(out, SegmentChanged).segment is Segment.PROSPECT
    profile = only(out, CustomerProfile)
    assert profile.customer_id == identified.customer_id
    assert set(profile.refs) == {ref, card}


async def test_identify__again_with_nothing_new__is_the_same_customer_and_the_profile_stays(
    service: Harness, a: Any
) -> None:
    ref = a.ref()
    first = only(await service.deliver(a.identification(ref)), CustomerIdentified)

    out = await service.deliver(a.identification(ref))

    again = only(out, CustomerIdentified)
    assert (again.customer_id, again.is_new) == (first.customer_id, False)
    assert again.version > first.version
    assert not all_of(out, CustomerProfile)


@pytest.mark.parametrize(
    ("one", "other", "reason"),
    [
        ({"emails": ("Taro@Example.co.jp",)}, {"emails": ("ｔａｒｏ@example.co.jp",)}, "email"),
        ({"phones": ("090-1234-5678",)}, {"phones": ("+81 90 1234 5678",)}, "phone"),
        ({"phones": ("０９０ー１２３４ー５６７９",)}, {"phones": ("09012345679",)}, "phone"),
    ],
)
async def test_identify__same_contact_in_another_spelling__merges(
    service: Harness, a: Any, one: Any, other: Any, reason: str
) -> None:
    first = only(await service.deliver(a.identification(a.ref(), **one)), CustomerIdentified)

    second_ref = a.ref()
    await service.deliver(a.identification(second_ref))
    out = await service.deliver(a.identification(second_ref, **other))

    merged = only(out, CustomersMerged)
    assert merged.customer_id == first.customer_id
    assert merged.reason == reason


async def test_identify__a_dummy_phone_number__ties_nobody_together(service: Harness, a: Any) -> None:
    out = await service.deliver(
        a.identification(a.ref(), phones=("000-0000-0000",)),
        a.identification(a.ref(), phones=("00000000000",)),
    )

    assert not all_of(out, CustomersMerged)
    assert len({event.customer_id for event in all_of(out, CustomerIdentified)}) == 2


async def test_identify__card_and_account_named_together__merges_into_the_older_customer(
    service: Harness, a: Any
) -> None:
    card, account = a.ref("card"), a.ref("ec")
    older = only(await service.deliver(a.identification(card)), CustomerIdentified)
    newer = only(await service.deliver(a.identification(account)), CustomerIdentified)

    out = await service.deliver(a.identification(account, others=[card]))

    merged = only(out, CustomersMerged)
    assert (merged.customer_id, merged.merged_customer_id) == (older.customer_id, newer.customer_id)
    assert merged.reason == IdentifierKind.MEMBER_CARD
    identified = only(out, CustomerIdentified)
    assert set(identified.refs) == {card, account}
    assert identified.version > merged.version > older.version


async def test_identify__what_was_not_sealed_for_us__is_refused_and_nothing_is_kept(
    service: Harness, a: Any
) -> None:
    ref = a.ref()
    command = a.identification(ref).model_copy(update={"sealed": "eyJhbGciOiJFQ0RILUVTIn0..YQ.YQ.YQ"})

    out = await service.deliver(command)

    assert only(out, CommandRefused).reason == "not_sealed_for_us"
    assert await service.connection.fetchval("SELECT count(*) FROM customer") == 0


async def test_identify__more_refs_than_one_person_has__is_refused(
    service: Harness, a: Any, use_settings: Any
) -> None:
    use_settings.use(identifiers_per_ref_max=200)
    ref = a.ref()
    await service.deliver(a.identification(ref, others=[a.ref("card") for _ in range(199)]))

    out = await service.deliver(a.identification(ref, others=[a.ref("card")]))

    assert only(out, CommandRefused).reason == "too_many_refs"


async def test_recipient__is_accepted_and_joins_nobody(service: Harness, a: Any) -> None:
    ref = a.ref()
    await service.deliver(a.identification(ref, emails=("hana@example.jp",)))

    out = await service.deliver(a.recipient(a.ref("to"), ref, emails=("hana@example.jp",)))

    only(out, CommandAccepted)
    assert await service.connection.fetchval("SELECT count(*) FROM customer") == 1


async def test_recipient__named_after_their_customer_was_erased__is_erased_with_the_customer_once_more(
    service: Harness, a: Any
) -> None:
    ref, to = a.ref(), a.ref("to")
    await service.deliver(a.identification(ref))
    await service.deliver(a.erasure(ref))
    await service.work_due()
    await service.deliver(a.recipient(to, ref, emails=("hana@example.jp",)))
    assert await service.connection.fetchval("SELECT count(*) FROM personal_data") == 1

    erased = only(await service.deliver(a.erasure(ref)), CustomerErased)
    await service.work_due()

    assert erased.refs == (ref,)
    assert await service.connection.fetchval("SELECT count(*) FROM personal_data") == 0


async def test_identify__customer_and_commands_about_them_in_one_batch__all_find_the_customer(
    service: Harness, a: Any
) -> None:
    ref, other = a.ref(), a.ref()

    out = await service.deliver(
        a.identification(ref),
        a.consent(ref, granted=True),
        a.identification(other),
        a.merge(ref, other),
        a.erasure(ref),
    )

    assert not all_of(out, CommandRefused)
    assert await service.connection.fetchval("SELECT count(*) FROM customer WHERE ended_at IS NULL") == 0


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    statements=st.lists(st.frozensets(st.integers(0, 9), min_size=1, max_size=3), min_size=1, max_size=8),
    seed=st.integers(0, 2**32),
)
async def test_identify__in_any_order_doubled_and_in_any_batches__groups_like_union_find(
    service: Harness, a: Any, statements: list[frozenset[int]], seed: int
) -> None:
    chance = random.Random(seed)
    prefix = uuid.uuid4().hex
    commands = []
    for numbers in statements:
        first, *others = chance.sample(sorted(numbers), len(numbers))
        refs = [f"{prefix}-{number}" for number in others if number < 5]
        emails = tuple(f"{prefix}{number}@example.jp" for number in others if number >= 5)
        commands.append(
            a.identification(f"{prefix}-{first}", others=refs, **({"emails": emails} if emails else {}))
        )
    # Number n ≥ 5 is an e-mail address where it is given as a contact, and a ref where it leads a statement.
    nodes = [
        {f"r{command.customer_ref.removeprefix(prefix + '-')}"}
        | {f"r{one.value.removeprefix(prefix + '-')}" for one in command.identifiers}
        | {f"e{number}" for number in numbers if number >= 5 and f"{prefix}-{number}" != command.customer_ref}
        for command, numbers in zip(commands, statements, strict=True)
    ]
    deliveries = [*commands, *chance.choices(commands, k=2)]
    chance.shuffle(deliveries)
    while deliveries:
        size = chance.randint(1, len(deliveries))
        await service.deliver(*deliveries[:size])
        del deliveries[:size]

    assert await _groups(service, prefix) == _union_find(nodes)


def _union_find(statements: list[set[str]]) -> set[frozenset[str]]:
    """Connected components over all nodes, seen through the refs in them."""
    groups: list[set[str]] = []
    for statement in statements:
        touched = [one for one in groups if one & statement]
        groups = [one for one in groups if not one & statement] + [statement.union(*touched)]
    return {frozenset(node[1:] for node in one if node[0] == "r") for one in groups}


async def _groups(service: Harness, prefix: str) -> set[frozenset[str]]:
    rows = await service.connection.fetch(
        "SELECT i.customer_id, r.ref FROM known_ref AS r JOIN identifier AS i USING (digest) WHERE r.ref LIKE $1",
        f"{prefix}-%",
    )
    groups: dict[str, set[str]] = {}
    for row in rows:
        groups.setdefault(row["customer_id"], set()).add(row["ref"].removeprefix(f"{prefix}-"))
    return {frozenset(group) for group in groups.values()}


async def test_identify__every_way_to_write_a_ref__is_one_ref_and_one_customer(
    service: Harness, a: Any
) -> None:
    ref = a.ref("card")
    record = record_of(a.identification(ref))
    written = ref.upper().replace(":", "：").encode()
    await service.deliver(a.sale(ref))

    as_written = record._replace(
        key=written,
        value=(record.value or b"").replace(ref.encode(), written),
        headers=[one for one in record.headers if one[0] not in ("ce_subject", "ce_partitionkey")],
    )
    await service.deliver_records(CUSTOMER_COMMANDS, [as_written])
    out = await service.sent()

    assert only(out, CustomerIdentified).refs == (ref,)
    assert only(out, CustomerProfile).purchases_by_channel[0].count == 1
    again = only(await service.deliver(a.identification(f" {ref.upper()}")), CustomerIdentified)
    assert (again.is_new, again.refs) == (False, (ref,))
    assert only(await service.deliver(a.erasure(ref.upper())), CustomerErased).refs == (ref,)
