"""A shared family card or a shop's tablet does not glue hundreds of people into one."""

from collections.abc import Sequence
from typing import Any

import pytest

from customer.identifiers import digest_of_ref
from customer.store import people
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    CommandRefused,
    ConsentChanged,
    CustomerIdentified,
    CustomersMerged,
    CustomerSplit,
    IdentifierShared,
    IdentifierTiesAgain,
)
from tsunagu.contracts.values import IdentifierKind
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = pytest.mark.component

TABLET = IdentifierKind.APP_DEVICE


async def _all_name(service: Harness, a: Any, device: str, refs: Sequence[str]) -> list[list[Message]]:
    return [await service.deliver(a.identification(ref, others=[device], kind=TABLET)) for ref in refs]


async def _customers(service: Harness) -> int:
    count = await service.connection.fetchval("SELECT count(*) FROM customer WHERE ended_at IS NULL")
    return int(count)


async def test_shared__a_tablet_that_a_hundred_accounts_name__joins_three_and_is_told_once(
    service: Harness, a: Any
) -> None:
    tablet, refs = a.ref("device"), [a.ref("ec") for _ in range(100)]

    outs = await _all_name(service, a, tablet, refs)

    told = [event for out in outs for event in all_of(out, IdentifierShared)]
    assert [(event.kind, event.tied) for event in told] == [("app_device", 4)]
    assert all(len(all_of(out, CustomerIdentified)) == 1 for out in outs)
    assert await _customers(service) == 1 + 97


async def test_shared__hundred_in_one_batch__is_the_same(service: Harness, a: Any) -> None:
    tablet = a.ref("device")

    out = await service.deliver(
        *(a.identification(a.ref("ec"), others=[tablet], kind=TABLET) for _ in range(100))
    )

    only(out, IdentifierShared)
    assert await _customers(service) == 1 + 97


async def test_shared__its_event__offers_what_nothing_else_ties_and_names_no_identifier(
    service: Harness, a: Any
) -> None:
    tablet, (one, two, three, four) = a.ref("device"), [a.ref("ec") for _ in range(4)]
    await service.deliver(a.identification(one, emails=("family@example.jp",)))
    await service.deliver(a.identification(two, emails=("family@example.jp",)))

    outs = await _all_name(service, a, tablet, [one, two, three, four])

    shared = only(outs[-1], IdentifierShared)
    assert {frozenset(part) for part in shared.parts} == {frozenset((one, two)), frozenset((three,))}
    assert tablet not in shared.model_dump_json()
    out = await service.deliver(a.split(one, *shared.parts[1]))
    assert only(out, CustomerSplit).moved_refs == (three,)
    again = await service.deliver(a.identification(three, others=[tablet], kind=TABLET))
    assert not all_of(again, CustomersMerged)


async def test_shared__what_a_person_merged__is_not_offered_to_be_split(service: Harness, a: Any) -> None:
    tablet, (one, two, three, four) = a.ref("device"), [a.ref("ec") for _ in range(4)]
    await service.deliver(a.identification(one), a.identification(two))
    await service.deliver(a.merge(one, two))

    outs = await _all_name(service, a, tablet, [one, two, three, four])

    assert {frozenset(part) for part in only(outs[-1], IdentifierShared).parts} == {
        frozenset((one, two)),
        frozenset((three,)),
    }


async def test_shared__a_late_statement_that_names_it__still_ties_its_other_keys(
    service: Harness, a: Any
) -> None:
    tablet, card = a.ref("device"), a.ref("card")
    await _all_name(service, a, tablet, [a.ref("ec") for _ in range(4)])
    holder = only(await service.deliver(a.identification(card)), CustomerIdentified)
    ref = a.ref("ec")
    await service.deliver(a.identification(ref, others=[tablet], kind=TABLET))

    out = await service.deliver(
        a.identification(ref, others=[tablet], kind=TABLET), a.identification(ref, others=[card])
    )

    assert only(out, CustomersMerged).customer_id == holder.customer_id
    assert set(all_of(out, CustomerIdentified)[-1].refs) == {ref, card}


async def test_shared__a_tablet_that_logs_in_visitors_one_by_one__ties_none_of_them_any_more(
    service: Harness, a: Any, use_settings: Any
) -> None:
    use_settings.use(identifiers_per_ref_max=2)
    tablet, accounts = a.ref("app"), [a.ref("ec") for _ in range(5)]
    outs = [
        await service.deliver(
            a.identification(tablet, others=[account], kind=IdentifierKind.EC_ACCOUNT, family_name="客")
        )
        for account in accounts
    ]

    shared = [event for out in outs for event in all_of(out, IdentifierShared)]
    assert [(one.kind, one.tied) for one in shared] == [("customer_ref", 3)]
    identified = [only(out, CustomerIdentified) for out in outs]
    assert [one.customer_ref for one in identified] == [tablet] * 5
    assert [one.refs for one in identified[2:]] == [(account,) for account in accounts[2:]]
    # What is said of a visitor is kept as theirs, so that it is erased with them.
    await service.deliver(a.erasure(accounts[4]))
    left = await service.connection.fetchval("SELECT count(*) FROM personal_data")
    assert left == 3


async def test_shared__an_email_that_staff_type_for_everybody__merges_no_more(
    service: Harness, a: Any, use_settings: Any
) -> None:
    use_settings.use(refs_per_email_max=2)
    outs = [
        await service.deliver(a.identification(a.ref("card"), emails=("shop@example.jp",))) for _ in range(5)
    ]

    assert [len(all_of(out, IdentifierShared)) for out in outs] == [0, 0, 1, 0, 0]
    assert await _customers(service) == 4


async def test_shared__its_holder_is_erased__ties_nobody_still_and_refuses_nobody(
    service: Harness, a: Any
) -> None:
    tablet, refs = a.ref("device"), [a.ref("ec") for _ in range(4)]
    await _all_name(service, a, tablet, refs)
    before = a.ago(minutes=1)
    await service.deliver(a.erasure(refs[0]))

    out = await service.deliver(a.identification(a.ref("ec"), others=[tablet], kind=TABLET, at=before))

    assert not all_of(out, CommandRefused)
    assert only(out, CustomerIdentified).is_new


async def test_shared__lifted_by_a_person__ties_however_many_and_is_not_marked_again(
    service: Harness, a: Any
) -> None:
    card_of_many_phones, refs = a.ref("device"), [a.ref("ec") for _ in range(6)]
    outs = await _all_name(service, a, card_of_many_phones, refs[:4])
    shared = only(outs[-1], IdentifierShared)

    lifted = only(await service.deliver(a.undo(shared)), IdentifierTiesAgain)
    later = await _all_name(service, a, card_of_many_phones, refs[3:])

    assert (lifted.customer_id, lifted.kind) == (shared.customer_id, "app_device")
    assert lifted.version > shared.version
    assert not [event for out in later for event in all_of(out, IdentifierShared)]
    assert await _customers(service) == 1


async def _shared_app(service: Harness, a: Any) -> tuple[str, str]:
    """An app's ref that three accounts have logged in to where two are allowed, and its holder's e-mail address."""
    tablet, email = a.ref("app"), f"{a.ref('mail')[-12:]}@example.jp"
    await service.deliver(a.identification(tablet, family_name="持主", emails=(email,)))
    for _ in range(3):
        account = a.ref("ec")
        await service.deliver(
            a.identification(tablet, others=[account], kind=IdentifierKind.EC_ACCOUNT, family_name="客")
        )
    return tablet, email


async def test_shared__a_visitor_who_gives_an_email_only__is_refused_and_stands_in_nobodys_way(
    service: Harness, a: Any, use_settings: Any
) -> None:
    """Kept under an e-mail alone nobody could name them again, not even to be erased."""
    use_settings.use(identifiers_per_ref_max=2)
    tablet, _ = await _shared_app(service, a)
    visitors = [
        a.identification(tablet, family_name="客", given_name=name, emails=("visitor@example.jp",))
        for name in ("花", "太郎")
    ]
    account = a.ref("ec")

    out = await service.deliver(
        *visitors, a.identification(tablet, others=[account], kind=IdentifierKind.EC_ACCOUNT)
    )

    assert [one.reason for one in all_of(out, CommandRefused)] == ["shared_ref"] * 2
    assert only(out, CustomerIdentified).refs == (account,)


async def test_shared__says_neither_who_is_written_to_nor_whose_consent_it_is(
    service: Harness, a: Any, use_settings: Any
) -> None:
    use_settings.use(identifiers_per_ref_max=2)
    tablet, _ = await _shared_app(service, a)

    assert await people.addressees(service.connection, None, digest_of_ref(tablet)) == []
    granted = await service.deliver(a.consent(tablet, granted=True))
    assert only(granted, CommandRefused).reason == "shared_ref"
    withdrawn = await service.deliver(a.consent(tablet, granted=False))
    assert only(withdrawn, ConsentChanged).granted is False
