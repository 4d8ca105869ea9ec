"""Consent per purpose and channel: the latest word counts, and every word is kept."""

import itertools
from typing import Any

import pytest

from tsunagu.contracts.messages import (
    CommandAccepted,
    CommandRefused,
    ConsentChanged,
    CustomerIdentified,
    CustomerProfile,
)
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = pytest.mark.component


async def test_consent__granted__is_said_and_stands_in_the_profile(service: Harness, a: Any) -> None:
    ref = a.ref()
    await service.deliver(a.identification(ref))

    out = await service.deliver(a.consent(ref, granted=True))

    changed = only(out, ConsentChanged)
    assert (changed.purpose, changed.channel, changed.granted) == ("newsletter", "app", True)
    assert only(out, CustomerProfile).consents == ("newsletter",)


async def test_consent__said_again__is_accepted_and_kept(service: Harness, a: Any) -> None:
    ref = a.ref()
    await service.deliver(a.consent(ref, granted=True))

    only(await service.deliver(a.consent(ref, granted=True)), CommandAccepted)

    assert await service.connection.fetchval("SELECT count(*) FROM consent") == 2


async def test_consent__an_older_word_that_comes_late__is_history_only(service: Harness, a: Any) -> None:
    ref = a.ref()
    await service.deliver(a.consent(ref, granted=False))

    out = await service.deliver(a.consent(ref, granted=True, at=a.ago(hours=1)))

    assert not all_of(out, ConsentChanged)
    only(out, CommandAccepted)


async def test_consent__under_a_ref_nobody_knows__is_never_lost(service: Harness, a: Any) -> None:
    out = await service.deliver(a.consent(a.ref(), granted=False))

    identified, changed = only(out, CustomerIdentified), only(out, ConsentChanged)
    assert identified.is_new
    assert changed.customer_id == identified.customer_id
    assert not all_of(out, CommandRefused)


async def test_consent__allowed_over_one_channel_and_forbidden_over_another__is_not_allowed_at_large(
    service: Harness, a: Any
) -> None:
    ref = a.ref()
    await service.deliver(a.consent(ref, granted=True, channel="app"))

    out = await service.deliver(a.consent(ref, granted=False, channel="ec"))

    assert only(out, ConsentChanged).channel == "ec"
    assert only(out, CustomerProfile).consents == ()


async def test_consent__in_any_order_over_merged_refs__ends_the_same(service: Harness, a: Any) -> None:
    ends = set()
    for order in itertools.permutations(range(3)):
        one, other = a.ref(), a.ref("card")
        messages = [
            a.consent(one, granted=True, at=a.ago(hours=2)),
            a.consent(other, granted=False, at=a.ago(hours=1)),
            a.identification(one, others=[other]),
        ]
        for place in order:
            await service.deliver(messages[place])
        out = await service.deliver(a.identification(one, others=[a.ref("ec")]))
        ends.add(only(out, CustomerProfile).consents)
    assert ends == {()}


async def test_consent__forbidden_and_later_allowed__is_allowed_whichever_arrives_first(
    service: Harness, a: Any
) -> None:
    for turned in (False, True):
        ref = a.ref()
        said = [
            a.consent(ref, granted=False, at=a.ago(hours=2)),
            a.consent(ref, granted=True, at=a.ago(hours=1)),
        ]
        await service.deliver(a.identification(ref))
        for message in reversed(said) if turned else said:
            await service.deliver(message)
        assert await _allowed(service, a, ref) == ("newsletter",)


async def _allowed(service: Harness, a: Any, ref: str) -> tuple[str, ...]:
    return only(await service.deliver(a.sale(ref)), CustomerProfile).consents


async def test_consent__its_history__tells_when_it_was_said_by_whom_and_over_which_wording(
    service: Harness, a: Any
) -> None:
    ref = a.ref()
    given = a.consent(ref, granted=True, at=a.ago(days=1))
    taken_back = a.consent(ref, granted=False).model_copy(
        update={"staff_ref": "staff:7", "device_id": "till-1"}
    )
    await service.deliver(given, taken_back)

    rows = await service.connection.fetch("SELECT * FROM consent ORDER BY said_at")

    assert [(row["purpose"], row["channel"], row["granted"]) for row in rows] == [
        ("newsletter", "app", True),
        ("newsletter", "app", False),
    ]
    assert [row["said_at"] for row in rows] == [given.occurred_at, taken_back.occurred_at]
    assert [(row["wording"], row["staff_ref"], row["device_id"]) for row in rows] == [
        ("2026-04", None, None),
        ("2026-04", "staff:7", "till-1"),
    ]


async def test_merge__that_changes_which_consent_is_in_force__says_so_once(service: Harness, a: Any) -> None:
    """The customer who stays had allowed it; the one who is them too had forbidden it later."""
    stays, joins = a.ref(), a.ref()
    await service.deliver(a.identification(stays))
    await service.deliver(a.consent(stays, granted=True), a.consent(stays, granted=True, purpose="sms"))
    await service.deliver(a.consent(joins, granted=False))

    out = await service.deliver(a.merge(stays, joins))
    again = await service.deliver(a.consent(stays, granted=True, purpose="sms"))

    changed = only(out, ConsentChanged)
    assert (changed.purpose, changed.channel, changed.granted) == ("newsletter", "app", False)
    assert changed.customer_id == only(out, CustomerProfile).customer_id
    assert not all_of(again, ConsentChanged)


async def test_identification__that_merges__says_which_consent_is_in_force_now(
    service: Harness, a: Any
) -> None:
    known, other = a.ref(), a.ref()
    await service.deliver(a.identification(known))
    await service.deliver(a.consent(other, granted=True))

    out = await service.deliver(a.identification(other, others=[known]))

    assert only(out, ConsentChanged).granted


async def test_split__takes_a_consent_along__it_is_allowed_there_and_not_here_any_more(
    service: Harness, a: Any
) -> None:
    stays, leaves = a.ref(), a.ref()
    await service.deliver(a.identification(stays, others=[leaves]))
    before = only(await service.deliver(a.consent(leaves, granted=True)), ConsentChanged)

    out = await service.deliver(a.split(stays, leaves))

    granted = {one.customer_id: one.granted for one in all_of(out, ConsentChanged)}
    assert granted.pop(before.customer_id) is False
    assert list(granted.values()) == [True]


async def test_erase__nothing_is_left_of_what_was_told_of_consents(service: Harness, a: Any) -> None:
    ref = a.ref()
    await service.deliver(a.identification(ref), a.consent(ref, granted=True))
    await service.deliver(a.erasure(ref))

    rows = await service.connection.fetch("SELECT consents_told FROM customer")

    assert [row["consents_told"] for row in rows] == [{}]
    assert await service.connection.fetchval("SELECT count(*) FROM consent") == 0
