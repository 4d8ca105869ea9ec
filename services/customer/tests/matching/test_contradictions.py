"""A ref that is said to mean somebody else than before: nothing is lost or mixed, and a person is asked."""

from datetime import date
from typing import Any

import pytest
from prometheus_client import REGISTRY

from customer.identifiers import digest_of_ref
from customer.store import people
from tsunagu.contracts.messages import CommandRefused, CustomersMerged, CustomerSplit, DismissReview, Task
from tsunagu.contracts.values import PersonalData
from tsunagu.testing.harness import Harness, all_of, only

pytestmark = pytest.mark.component

HANA = {"family_name": "勅使河原", "given_name": "花", "birth_date": date(1980, 5, 4)}
TARO = {"family_name": "勅使河原", "given_name": "太郎", "birth_date": date(1951, 11, 23)}


def dismissal(a: Any, ref: str, task: Task) -> DismissReview:
    return DismissReview(
        dismissal_id=a.ref("no"), customer_ref=ref, task_id=task.task_id, occurred_at=a.ago()
    )


async def _known(service: Harness, ref: str) -> PersonalData:
    [found] = await people.addressees(service.connection, None, digest_of_ref(ref))
    return found.personal


async def _kept(service: Harness) -> int:
    return int(await service.connection.fetchval("SELECT count(*) FROM contradicted_data"))


async def test_contradiction__another_name_and_birth_date__what_was_said_last_stands_and_both_are_kept(
    service: Harness, a: Any
) -> None:
    card = a.ref("card")

    def counted() -> float:
        return REGISTRY.get_sample_value("tsunagu_customer_contradicting_statements_total") or 0.0

    before = counted()
    await service.deliver(a.identification(card, phones=("045-222-3333",), **HANA))

    out = await service.deliver(a.identification(card, **TARO))

    task = only(out, Task)
    assert (task.kind, task.owner) == ("contradiction", "dept:customer-care")
    assert card in task.detail
    assert task.customer_refs == (card,)
    assert (await _known(service, card)) == PersonalData.model_validate(TARO)  # and not with her number
    assert await _kept(service) == 1
    assert counted() == before + 1


async def test_contradiction__by_a_statement_that_comes_late__what_was_said_last_stands(
    service: Harness, a: Any
) -> None:
    card = a.ref("card")
    late = a.identification(card, at=a.ago(days=1), **TARO)
    await service.deliver(a.identification(card, **HANA))

    only(await service.deliver(late), Task)

    assert (await _known(service, card)).given_name == "花"
    assert await _kept(service) == 1


@pytest.mark.parametrize(
    "said",
    [
        HANA | {"family_name": "山本"},
        HANA | {"birth_date": date(1980, 4, 5)},
        {"given_name": "太郎"},
        {"birth_date": TARO["birth_date"]},
        TARO | {"birth_date": None},
    ],
)
async def test_contradiction__a_marriage_a_slip_or_one_field_only__is_none(
    service: Harness, a: Any, said: dict[str, Any]
) -> None:
    card = a.ref("card")
    await service.deliver(a.identification(card, **HANA))

    assert not all_of(await service.deliver(a.identification(card, **said)), Task)
    assert await _kept(service) == 0


async def test_contradiction__of_a_customer__evidence_leaves_them_alone_until_a_person_has_decided(
    service: Harness, a: Any
) -> None:
    card, app = a.ref("card"), a.ref("app")
    await service.deliver(a.identification(card, **HANA))
    task = only(await service.deliver(a.identification(card, **TARO)), Task)
    await service.deliver(a.identification(app, **TARO))
    assert await service.work_due() == []

    out = await service.deliver(dismissal(a, card, task))

    assert only(out, Task).state == "done"
    assert await _kept(service) == 0
    only(await service.work_due(), CustomersMerged)


async def test_contradiction__dismissed_where_there_is_none__is_refused(service: Harness, a: Any) -> None:
    card = a.ref("card")
    await service.deliver(a.identification(card, **HANA))
    task = only(await service.deliver(a.identification(card, **TARO)), Task)
    await service.deliver(dismissal(a, card, task))

    out = await service.deliver(dismissal(a, card, task))

    assert only(out, CommandRefused).reason == "unknown_review"


async def test_contradiction__said_again_and_again__is_one_question_and_no_more_than_is_kept(
    service: Harness, a: Any, use_settings: Any
) -> None:
    use_settings.use(contradictions_kept_max=2)
    card = a.ref("card")
    tasks = []
    for said in (HANA, TARO, HANA, TARO, HANA):
        tasks += all_of(await service.deliver(a.identification(card, **said)), Task)

    assert len(tasks) == 1
    assert await _kept(service) == 2


async def test_contradiction__the_person_is_erased__nothing_of_either_is_left(
    service: Harness, a: Any
) -> None:
    card = a.ref("card")
    await service.deliver(a.identification(card, **HANA))
    only(await service.deliver(a.identification(card, **TARO)), Task)

    out = await service.deliver(a.erasure(card))

    ended = only(out, Task)
    assert (ended.state, ended.detail) == ("cancelled", "")
    assert await _kept(service) == 0
    assert await service.connection.fetchval("SELECT count(*) FROM personal_data") == 0


async def test_contradiction__the_ref_is_parted__is_answered(service: Harness, a: Any) -> None:
    card, app = a.ref("card"), a.ref("app")
    await service.deliver(a.identification(app, others=[card], **HANA))
    await service.deliver(a.identification(card, **HANA))
    task = only(await service.deliver(a.identification(card, **TARO)), Task)
    assert task.customer_refs == (card, app), "the ref that is asked about, and another who stays"

    command = a.split(app, card)
    out = await service.deliver(command)

    assert only(out, CustomerSplit).split_id == command.split_id
    assert only(out, Task).state == "done"
    assert await _kept(service) == 0
