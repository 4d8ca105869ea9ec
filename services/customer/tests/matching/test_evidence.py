"""Who is the same person by evidence becomes one customer; of whom it is not sure enough, a person is asked."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import date
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from prometheus_client import REGISTRY

from customer.app import SERVICE
from customer.identifiers import digest_of_ref
from tsunagu.contracts.message import Message
from tsunagu.contracts.messages import (
    CommandAccepted,
    CommandRefused,
    CustomerIdentified,
    CustomerProfile,
    CustomersMerged,
    CustomerSplit,
    DismissReview,
    Purchase,
    Task,
)
from tsunagu.contracts.topics import CUSTOMER_COMMANDS
from tsunagu.contracts.values import PostalAddress, TaskState
from tsunagu.testing.harness import Harness, all_of, harness, only, record_of

pytestmark = [pytest.mark.component, pytest.mark.wide]

HOME = PostalAddress(postal_code="2310001", prefecture="JP-14", city="横浜市", street="本町1-2-3")
KEN = {
    "family_name": "勅使河原",
    "given_name": "健一",
    "family_name_kana": "テシガワラ",
    "given_name_kana": "ケンイチ",
}
BORN = {"birth_date": date(1980, 5, 4)}
KENTO = KEN | {"given_name": "賢人", "given_name_kana": "ケント", "birth_date": date(2009, 1, 9)}
LIVES = {"addresses": (HOME,)}
_WAITING = """
SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
"""


def dismissal(a: Any, ref: str, task: Task) -> DismissReview:
    return DismissReview(
        dismissal_id=a.ref("no"),
        customer_ref=ref,
        task_id=task.task_id,
        staff_ref="staff:7",
        occurred_at=a.ago(),
    )


async def _two(service: Harness, a: Any, one: dict[str, Any], other: dict[str, Any]) -> tuple[str, str]:
    """The refs of two customers who have no key in common; the first is the older one."""
    refs = (a.ref("app"), a.ref("card"))
    for ref, personal in zip(refs, (one, other), strict=True):
        await service.deliver(a.identification(ref, **personal))
    return refs


async def _asked(service: Harness, a: Any) -> tuple[tuple[str, str], Task]:
    """Two customers with the same name and address, neither with a birth date, and the question about them."""
    refs = await _two(service, a, KEN | LIVES, KEN | LIVES)
    return refs, only(await service.work_due(), Task)


async def _customers(service: Harness) -> int:
    return int(await service.connection.fetchval("SELECT count(*) FROM customer WHERE ended_at IS NULL"))


def _said(out: list[Message]) -> list[Message]:
    """What was said of evidence."""
    return [one for one in out if isinstance(one, CustomersMerged | Task)]


def _matches(verdict: str) -> float:
    return REGISTRY.get_sample_value("tsunagu_customer_matches_total", {"verdict": verdict}) or 0.0


async def test_evidence__a_name_and_a_birth_date_in_common__are_one_customer_with_the_purchases_of_both(
    service: Harness, a: Any
) -> None:
    merges = _matches("merge")
    app, card = await _two(service, a, KEN | BORN, KEN | BORN | LIVES)
    await service.deliver(a.sale(app), a.sale(card))

    out = await service.work_due()

    merged = only(out, CustomersMerged)
    assert merged.reason == "evidence"
    assert merged.refs == tuple(sorted((app, card)))
    assert merged.evidence is not None
    assert {part.field: part.level for part in merged.evidence.parts} == dict.fromkeys(
        ("family_name", "given_name", "birth_date"), "equal"
    )
    parts = sum(part.bits for part in merged.evidence.parts)
    assert merged.evidence.bits == pytest.approx(merged.evidence.prior_bits + parts, abs=0.05)
    assert all_of(out, CustomerProfile)[-1].purchases_by_channel[0].count == 2
    assert {one.customer_id for one in all_of(out, Purchase)} == {merged.customer_id}
    assert not all_of(out, Task)
    assert _matches("merge") == merges + 1


async def test_evidence__slips_of_a_keyboard__do_not_hide_the_person(service: Harness, a: Any) -> None:
    typed = KEN | {"family_name": "勅使川原", "given_name_kana": "けんいち", "birth_date": date(1980, 4, 5)}
    await _two(service, a, KEN | BORN | LIVES, typed | LIVES)

    only(await service.work_due(), CustomersMerged)


async def test_evidence__three_records_said_at_once__are_one(service: Harness, a: Any) -> None:
    await service.deliver(*[a.identification(a.ref(), **KEN, **BORN) for _ in range(3)])

    assert len(all_of(await service.work_due(), CustomersMerged)) == 2
    assert await _customers(service) == 1


async def test_evidence__a_stranger__costs_one_look_and_changes_nothing(service: Harness, a: Any) -> None:
    await _two(service, a, KEN | BORN, KENTO | LIVES)

    assert await service.work_due() == []
    assert await _customers(service) == 2


async def test_evidence__two_who_are_told_apart_by_another_record_of_one__stay_two(
    service: Harness, a: Any
) -> None:
    app, card, other_card = a.ref("app"), a.ref("card"), a.ref("card")
    contradicted = _matches("contradicted")
    await service.deliver(a.identification(app, others=[card], **KENTO))
    await service.deliver(a.identification(card, **KEN, **BORN))

    await service.deliver(a.identification(other_card, **KEN, **BORN))

    assert not _said(await service.work_due())
    assert await _customers(service) == 2
    assert _matches("contradicted") > contradicted


async def test_evidence__a_block_of_too_many__is_not_looked_through(
    service: Harness, a: Any, use_settings: Any
) -> None:
    use_settings.use(match_block_max=2)

    await service.deliver(*[a.identification(a.ref(), **KEN, **BORN) for _ in range(3)])

    assert await service.work_due() == []


async def test_evidence__a_customer_of_too_many_records__is_no_case_for_it(
    service: Harness, a: Any, use_settings: Any
) -> None:
    use_settings.use(match_records_max=2)
    card = a.ref("card")
    for _ in range(3):
        await service.deliver(a.identification(a.ref(), others=[card], **KEN, **BORN))

    await service.deliver(a.identification(a.ref(), **KEN, **BORN))

    assert not all_of(await service.work_due(), CustomersMerged)
    assert await _customers(service) == 2


async def test_review__a_name_and_an_address_only__a_person_is_asked_without_a_word_of_who_they_are(
    service: Harness, a: Any
) -> None:
    (app, card), task = await _asked(service, a)

    assert (task.kind, task.owner, task.department) == ("merge_review", "dept:customer-care", "customer-care")
    assert app in task.detail
    assert card in task.detail
    assert "address equal +14.3" in task.detail
    assert set(task.customer_refs) == {app, card}
    assert task.evidence is not None
    assert ("address", "equal") in {(part.field, part.level) for part in task.evidence.parts}
    assert not [trace for trace in (*KEN.values(), "2310001", "本町") if trace in task.model_dump_json()]
    assert await _customers(service) == 2


async def test_review__somebody_merges_them__it_is_done_and_says_no_more_of_them(
    service: Harness, a: Any
) -> None:
    (app, card), task = await _asked(service, a)

    command = a.merge(card, app)
    merged = only(await service.deliver(command), CustomersMerged)
    done = only(await service.work_due(), Task)

    assert merged.merge_id == command.merge_id
    assert (done.task_id, done.state, done.detail) == (task.task_id, "done", "")
    assert (done.customer_refs, done.evidence) == ((), None)
    assert await service.connection.fetchval("SELECT count(*) FROM match_review") == 0


async def test_review__dismissed__they_are_never_asked_about_nor_merged_again(
    service: Harness, a: Any
) -> None:
    (app, card), task = await _asked(service, a)

    out = await service.deliver(dismissal(a, card, task))

    only(out, CommandAccepted)
    done = only(out, Task)
    assert (done.state, done.detail, done.history[-1].owner) == ("done", "", "staff:7")
    for ref in (app, card):
        await service.deliver(a.identification(ref, **BORN))
    assert await service.work_due() == []
    assert await _customers(service) == 2


async def test_review__dismissed_when_one_of_them_has_just_become_a_third__is_refused_and_all_can_be_undone(
    service: Harness, a: Any
) -> None:
    third = a.ref()
    await service.deliver(a.identification(third))
    (app, card), task = await _asked(service, a)

    out = await service.deliver(a.merge(third, app), dismissal(a, card, task))

    assert only(out, CommandRefused).reason == "unknown_review"
    merged = only(out, CustomersMerged)
    await service.deliver(a.merge(third, card))
    only(await service.deliver(a.undo(merged)), CustomerSplit)


@pytest.mark.parametrize("ref", ["a stranger's", "nobody's"])
async def test_review__dismissed_in_the_name_of_somebody_else__is_refused(
    service: Harness, a: Any, ref: str
) -> None:
    _, task = await _asked(service, a)
    stranger = a.ref()
    await service.deliver(a.identification(stranger))

    out = await service.deliver(dismissal(a, stranger if ref == "a stranger's" else a.ref(), task))

    assert only(out, CommandRefused).reason == "unknown_review"


async def test_review__what_was_missing_is_said__answers_it(service: Harness, a: Any) -> None:
    (app, card), task = await _asked(service, a)

    await service.deliver(a.identification(app, **BORN))
    await service.deliver(a.identification(card, **BORN))
    out = await service.work_due()

    only(out, CustomersMerged)
    assert [(one.task_id, one.state) for one in all_of(out, Task)] == [(task.task_id, "done")]


async def test_review__what_is_said_tells_them_apart__is_not_asked_any_more(service: Harness, a: Any) -> None:
    (_, card), task = await _asked(service, a)

    await service.deliver(a.identification(card, given_name="華子", given_name_kana="ハナコ"))
    out = await service.work_due()

    assert [(one.task_id, one.state, one.detail) for one in all_of(out, Task)] == [
        (task.task_id, "cancelled", "")
    ]


async def test_review__one_of_the_two_is_merged_into_a_third__that_one_is_asked_about_instead(
    service: Harness, a: Any
) -> None:
    older = a.ref("ec")
    await service.deliver(a.identification(older))
    (app, card), task = await _asked(service, a)

    await service.deliver(a.merge(older, card))
    out = await service.work_due()

    [cancelled] = [one for one in all_of(out, Task) if one.state is TaskState.CANCELLED]
    [asked] = [one for one in all_of(out, Task) if one.state is TaskState.OPEN]
    assert cancelled.task_id == task.task_id
    assert app in asked.detail
    only(await service.deliver(dismissal(a, older, asked)), CommandAccepted)


async def test_erase__somebody_who_is_asked_about__ends_the_question_and_what_they_are_found_by_at_once(
    service: Harness, a: Any
) -> None:
    (app, card), task = await _asked(service, a)

    out = await service.deliver(a.erasure(app))

    ended = only(out, Task)
    assert (ended.task_id, ended.state, ended.detail) == (task.task_id, "cancelled", "")
    left = await service.connection.fetch("SELECT DISTINCT digest FROM match_key")
    assert [row["digest"] for row in left] == [digest_of_ref(card)]
    assert await service.connection.fetchval("SELECT count(*) FROM match_review") == 0
    assert not all_of(await service.work_due(), Task)
    body = await service.connection.fetchval("SELECT body::text FROM task")
    assert app not in body


async def test_erase__between_the_statement_and_the_look__leaves_the_other_as_they_are(
    service: Harness, a: Any
) -> None:
    app, _ = await _two(service, a, KEN | BORN, KEN | BORN)

    await service.deliver(a.erasure(app))

    assert not _said(await service.work_due())
    assert await _customers(service) == 1


async def test_erase__between_the_look_and_the_lock__merges_nobody(
    service: Harness, a: Any, database: str
) -> None:
    app, _ = await _two(service, a, KEN | BORN, KEN | BORN)
    other = await asyncpg.connect(database)
    try:
        async with other.transaction():
            await other.execute("SELECT FROM identifier WHERE digest = $1 FOR UPDATE", digest_of_ref(app))
            working = asyncio.create_task(service.work_due())
            async with asyncio.timeout(20):
                while not await service.connection.fetchval(_WAITING):  # noqa: ASYNC110 - PostgreSQL tells nobody
                    await asyncio.sleep(0.005)
            for erasing in (
                "DELETE FROM person_key WHERE digest = $1",
                "DELETE FROM match_key WHERE digest = $1",
                "UPDATE identifier SET customer_id = NULL, kind = NULL, suppressed_at = now() WHERE digest = $1",
            ):
                await other.execute(erasing, digest_of_ref(app))
        out = await working
    finally:
        await other.close()

    assert not _said(out)


async def test_split__who_was_merged_by_evidence__stays_two(service: Harness, a: Any) -> None:
    app, card = await _two(service, a, KEN | BORN, KEN | BORN)
    await service.work_due()

    await service.deliver(a.split(app, card))
    await service.deliver(a.identification(card, **LIVES))

    assert not _said(await service.work_due())
    assert await _customers(service) == 2


async def test_replay__the_same_statements_and_steps_again__change_nothing(service: Harness, a: Any) -> None:
    records = [record_of(a.identification(a.ref(), **KEN, **LIVES)) for _ in range(2)]
    records += [record_of(a.identification(a.ref(), **KENTO)) for _ in range(2)]
    await service.deliver_records(CUSTOMER_COMMANDS, records)
    first = await service.work_due()
    assert len(all_of(first, CustomersMerged)) == len(all_of(first, Task)) == 1

    await service.deliver_records(CUSTOMER_COMMANDS, records)
    await service.connection.execute(
        "INSERT INTO due_work (kind, key, due_at, payload, cause_id, message_id, correlation_id)"
        " SELECT 'match_records', customer_id, now(), '{}', 'again', 'again', 'again' FROM customer"
    )

    assert await service.work_due() == []


@pytest_asyncio.fixture(loop_scope="session")
async def processes(database: str, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[Harness, Harness]]:
    """Two processes of customer on one database; each takes one piece of due work at a time."""
    monkeypatch.setenv("TSUNAGU_DUE_ROWS_MAX", "1")
    async with AsyncExitStack() as stack:
        yield (
            await stack.enter_async_context(harness(SERVICE, database)),
            await stack.enter_async_context(harness(SERVICE, database)),
        )


async def test_two_processes__both_sides_of_many_pairs_change_at_once__each_pair_is_merged_once(
    processes: tuple[Harness, Harness], a: Any
) -> None:
    pairs = 15
    births = [date(1950 + number, 1 + number % 12, 1 + number) for number in range(pairs)]

    async def live(process: Harness, partition: int) -> None:
        for born in births:
            said = a.identification(a.ref(), **KEN, birth_date=born)
            await process.deliver_records(CUSTOMER_COMMANDS, [record_of(said)], partition=partition)
            while await process.step_due():
                pass

    await asyncio.gather(*(live(process, number) for number, process in enumerate(processes)))
    out = await processes[0].work_due()

    assert len(all_of(out, CustomerIdentified)) == 2 * pairs
    merged = all_of(out, CustomersMerged)
    assert len(merged) == pairs == await _customers(processes[0])
    assert {one.reason for one in merged} == {"evidence"}
    assert await processes[0].connection.fetchval("SELECT count(*) FROM due_work") == 0
