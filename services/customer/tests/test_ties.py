"""What merges tie: on what they rest, until an undo takes apart what they had put together."""

from datetime import date
from typing import Any

import pytest

from customer.identifiers import digest_of_ref
from tsunagu.contracts.messages import (
    CommandAccepted,
    CommandRefused,
    CustomerIdentified,
    CustomersMerged,
    CustomerSplit,
    IdentifierShared,
    IdentifierTiesAgain,
)
from tsunagu.contracts.values import IdentifierKind
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = [pytest.mark.component, pytest.mark.wide]

TABLET = IdentifierKind.APP_DEVICE
KEN = {
    "family_name": "勅使河原",
    "given_name": "健一",
    "family_name_kana": "テシガワラ",
    "given_name_kana": "ケンイチ",
    "birth_date": date(1980, 5, 4),
}


async def _in_force(service: Harness) -> set[frozenset[str]]:
    rows = await service.connection.fetch("SELECT digest, other_digest FROM tie WHERE cut_version IS NULL")
    return {frozenset(row) for row in rows}


def _pair(*refs: str) -> frozenset[str]:
    return frozenset(map(digest_of_ref, refs))


async def _by_evidence(service: Harness, a: Any) -> tuple[CustomersMerged, list[str]]:
    """Two who are one by evidence: `app` and `card` have data, each has a device besides, of which nothing is said."""
    app, phone, card, pad = a.ref("app"), a.ref("device"), a.ref("card"), a.ref("device")
    await service.deliver(a.identification(app, others=[phone], kind=TABLET, **KEN))
    await service.deliver(a.identification(card, others=[pad], kind=TABLET, **KEN))
    return only(await service.work_due(), CustomersMerged), [app, phone, card, pad]


async def test_tie__of_evidence__is_between_the_refs_whose_records_say_so(service: Harness, a: Any) -> None:
    merged, (app, _, card, _) = await _by_evidence(service, a)

    assert merged.reason == "evidence"
    assert await _in_force(service) == {_pair(app, card)}


async def test_tie__of_keys__is_none_as_they_were_named_together(service: Harness, a: Any) -> None:
    one, other = a.ref(), a.ref()
    await service.deliver(a.identification(one), a.identification(other))

    only(await service.deliver(a.identification(one, others=[other])), CustomersMerged)

    assert await _in_force(service) == set()


async def test_undo__of_a_merge_by_evidence__unties_them_and_its_own_undo_ties_them_again(
    service: Harness, a: Any
) -> None:
    merged, (app, phone, card, pad) = await _by_evidence(service, a)

    split = only(await service.deliver(a.undo(merged)), CustomerSplit)

    assert (set(split.refs), set(split.moved_refs)) == ({app, phone}, {card, pad})
    assert await _in_force(service) == set()
    assert not all_of(await service.work_due(), CustomersMerged)
    again = only(await service.deliver(a.undo(split)), CustomersMerged)
    assert await _in_force(service) == {_pair(app, card)}
    only(await service.deliver(a.undo(again)), CustomerSplit)
    assert await _in_force(service) == set()


async def test_undo__of_evidence__what_was_tied_to_either_side_since__goes_with_that_side(
    service: Harness, a: Any
) -> None:
    merged, (app, phone, card, pad) = await _by_evidence(service, a)
    found, lost = a.ref(), a.ref()
    await service.deliver(a.identification(found), a.identification(lost))
    await service.deliver(a.merge(found, card))
    await service.deliver(a.merge(lost, app))

    split = only(await service.deliver(a.undo(merged)), CustomerSplit)

    assert set(split.moved_refs) == {card, pad, found}
    assert set(split.refs) == {app, phone, lost}


async def test_shared__a_device_of_which_a_merge_by_evidence_is_left__parts_say_what_the_evidence_ties(
    service: Harness, a: Any, use_settings: Any
) -> None:
    use_settings.use(refs_per_device_max=1)
    _, (app, phone, card, pad) = await _by_evidence(service, a)

    shared = only(
        await service.deliver(a.identification(a.ref("ec"), others=[pad], kind=TABLET)), IdentifierShared
    )

    assert {frozenset(part) for part in shared.parts} == {frozenset((app, phone, card))}


async def test_shared__merges_that_people_asked_for__count_towards_no_limit(
    service: Harness, a: Any, use_settings: Any
) -> None:
    use_settings.use(refs_per_card_max=2, identifiers_per_ref_max=2)
    card, refs = a.ref("card"), [a.ref() for _ in range(4)]
    await service.deliver(a.identification(card), *(a.identification(ref) for ref in refs))
    for ref in refs:
        merged = only(await service.deliver(a.merge(card, ref)), CustomersMerged)
    only(await service.deliver(a.undo(merged)), CustomerSplit)

    out = await service.deliver(
        a.identification(refs[0], others=[card]), a.identification(card, others=[refs[1]])
    )

    assert not all_of(out, IdentifierShared)


async def test_erase__whoever_was_tied__is_tied_no_more(service: Harness, a: Any) -> None:
    _, (app, *_) = await _by_evidence(service, a)

    await service.deliver(a.erasure(app))

    assert await service.connection.fetchval("SELECT count(*) FROM tie") == 0


async def _shared_and_erased(service: Harness, a: Any) -> tuple[IdentifierShared, str, list[str]]:
    tablet, refs = a.ref("device"), [a.ref("ec") for _ in range(4)]
    outs = [await service.deliver(a.identification(ref, others=[tablet], kind=TABLET)) for ref in refs]
    shared = only(outs[-1], IdentifierShared)
    await service.deliver(a.erasure(refs[0]))
    return shared, tablet, refs


async def test_undo__of_a_mark_whose_holder_was_erased__lets_the_identifier_tie_again(
    service: Harness, a: Any
) -> None:
    shared, tablet, _ = await _shared_and_erased(service, a)

    out = await service.deliver(a.undo(shared))

    lifted = only(out, IdentifierTiesAgain)
    assert (lifted.customer_id, lifted.kind) == (shared.customer_id, "app_device")
    assert lifted.version > shared.version
    assert len(out) == 1, "whoever was erased has no profile and no segment again"
    one, other = a.ref("ec"), a.ref("ec")
    first = only(
        await service.deliver(a.identification(one, others=[tablet], kind=TABLET)), CustomerIdentified
    )
    second = only(
        await service.deliver(a.identification(other, others=[tablet], kind=TABLET)), CustomerIdentified
    )
    assert (first.is_new, second.customer_id) == (True, first.customer_id)
    only(await service.deliver(a.undo(shared)), CommandAccepted)
    left = await service.connection.fetchval(
        "SELECT count(*) FROM changed_key WHERE digest = $1", digest_of_ref(tablet)
    )
    assert left == 0


async def test_undo__of_a_mark_whose_holder_was_erased__what_was_said_before_brings_nobody_back(
    service: Harness, a: Any
) -> None:
    shared, tablet, _ = await _shared_and_erased(service, a)
    await service.deliver(a.undo(shared))

    out = await service.deliver(
        a.identification(a.ref("ec"), others=[tablet], kind=TABLET, at=a.ago(minutes=5))
    )

    assert only(out, CommandRefused).reason == "erased"
